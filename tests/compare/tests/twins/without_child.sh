# The lines of parent_and_child.sh, all from one process.
echo "Parent process $$."
echo "Run child process ($$)..."
echo "Child $$ ran 0.1 s."
echo "Child process end."
