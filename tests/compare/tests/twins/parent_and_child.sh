# A parent and a child, each of which says who it is.
echo "Parent process $$."
sh -c 'echo "Run child process ($$)..."; sleep 0.2; echo "Child $$ ran 0.2 s."'
echo "Child process end."
