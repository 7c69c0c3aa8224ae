# join is left out.
from multiprocessing import Process
import os
import time


def run_proc(name):
    time.sleep(0.5)
    print(f"Run child process {name} ({os.getpid()})...")


if __name__ == "__main__":
    print(f"Parent process {os.getpid()}.")
    p = Process(target=run_proc, args=("test",))
    print("Child process will start.")
    p.start()
    print("Child process end.")
