# A pool's worker that ends in the middle of its task, while the program goes on.
echo "Parent process $$."
/bin/sh -c 'echo "Run task 0 ($$)..."; /bin/sleep 0.3'
/bin/sh -c 'echo "Run task 1 ($$)..."; /bin/sleep 0.01; echo "Task 1 runs 0.01 seconds."'
/bin/sleep 0.7
echo "All subprocesses done."
