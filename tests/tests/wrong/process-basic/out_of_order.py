# The child starts before the parent says so.
from multiprocessing import Process
import os


def run_proc(name):
    print(f"Run child process {name} ({os.getpid()})...")


if __name__ == "__main__":
    print(f"Parent process {os.getpid()}.")
    p = Process(target=run_proc, args=("test",))
    p.start()
    p.join()
    print("Child process will start.")
    print("Child process end.")
