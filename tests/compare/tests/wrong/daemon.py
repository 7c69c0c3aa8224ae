# It leaves a process behind that belongs to no group and holds no terminal.
import os
import time

print(f"Parent process {os.getpid()}.", flush=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        null = os.open("/dev/null", os.O_RDWR)
        for descriptor in range(3):
            os.dup2(null, descriptor)
        time.sleep(600)
    os._exit(0)
os.wait()
