# The child of parent_and_child.sh says its lines the other way round.
echo "Parent process $$."
sh -c 'echo "Child $$ ran 0.3 s."; echo "Run child process ($$)..."'
echo "Child process end."
