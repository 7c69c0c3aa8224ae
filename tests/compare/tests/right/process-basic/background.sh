echo "Parent process $$."
echo "Child process will start."
/bin/sh -c 'echo "Run child process test ($$)..."' &
wait
echo "Child process end."
