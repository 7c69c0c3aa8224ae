# A pool's worker in which the first task and the last one fail. It goes on, and
# ends with its pool.
echo "Parent process $$."
/bin/sh -c 'echo "Run task 0 ($$)..."; /bin/sleep 0.3
            echo "Run task 1 ($$)..."; /bin/sleep 0.3; echo "Task 1 runs 0.30 seconds."
            echo "Run task 2 ($$)..."; /bin/sleep 0.3'
echo "All subprocesses done."
