# The lines of parent_and_child.sh, and another end.
echo "Parent process $$."
sh -c 'echo "Run child process ($$)..."; echo "Child $$ ran 1.25 s."'
echo "Child process end."
exit 3
