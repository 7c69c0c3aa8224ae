# Printed text is still in the buffer when the process is forked.
import os
import sys

sys.stdout = open(1, "w", buffering=8192)
print(f"Parent process {os.getpid()}.")
print("Child process will start.")
pid = os.fork()
if pid == 0:
    print(f"Run child process test ({os.getpid()})...")
else:
    os.waitpid(pid, 0)
    print("Child process end.")
