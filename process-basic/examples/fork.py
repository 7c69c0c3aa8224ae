# The bare fork. Predict: how often is the last line printed without the line
# marked "the child ends here"?
import os

print(f"Parent process {os.getpid()}.")
# Flushed, or the child inherits what is not yet written, and writes it again.
print("Child process will start.", flush=True)
if os.fork() == 0:
    print(f"Run child process test ({os.getpid()})...", flush=True)
    os._exit(0)  # the child ends here
else:
    os.wait()
print("Child process end.")
