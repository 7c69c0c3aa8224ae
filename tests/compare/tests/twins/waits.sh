# The lines of parent_and_child.sh, and a wait for ever.
echo "Parent process $$."
sh -c 'echo "Run child process ($$)..."; echo "Child $$ ran 0.2 s."'
echo "Child process end."
sleep 1000
true
