# One process writes everything, what others have said into a pipe.
/bin/sh -c 'echo "Parent process $$."; echo "Child process will start."
    /bin/sh -c '\''echo "Run child process test ($$)..."'\''
    echo "Child process end."' | /bin/cat
