import os

print(f"Parent process {os.getpid()}.")
print("Child process will start.")
pid = os.fork()
if pid == 0:
    print(f"Run child process test ({os.getpid()})...")
else:
    os.waitpid(pid, 0)
    print("Child process end.")
