# A pool's worker that ends in the middle of its task, while the program goes on.
echo "Parent process $$."
/bin/sh -c 'echo "Run task 0 ($$)..."; /bin/sleep 0.2'
/bin/sh -c 'echo "Run task 1 ($$)..."; echo "Task 1 runs 0.00 seconds."'
/bin/sleep 1.5
echo "All subprocesses done."
