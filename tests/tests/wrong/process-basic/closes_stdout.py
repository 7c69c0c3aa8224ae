# stdout is closed before the end.
from multiprocessing import Process
import os
import time


def run_proc(name):
    print(f"Run child process {name} ({os.getpid()})...")


if __name__ == "__main__":
    print(f"Parent process {os.getpid()}.")
    p = Process(target=run_proc, args=("test",))
    print("Child process will start.")
    p.start()
    p.join()
    os.close(1)
    time.sleep(1)
    os._exit(0)
