import os
import signal
import time

print(f"Parent process {os.getpid()}.")
print("Child process will start.")
reader, writer = os.pipe()
pid = os.fork()
if pid == 0:
    # As the worker of a pool that ends its workers so: no failure.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(15))
    print(f"Run child process test ({os.getpid()})...", flush=True)
    os.write(writer, b"!")
    time.sleep(60)
else:
    os.read(reader, 1)
    os.kill(pid, signal.SIGTERM)
    os.waitpid(pid, 0)
    print("Child process end.")
