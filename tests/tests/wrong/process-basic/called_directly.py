# The function is called, in place of a process.
from multiprocessing import Process
import os


def run_proc(name):
    print(f"Run child process {name} ({os.getpid()})...")


if __name__ == "__main__":
    print(f"Parent process {os.getpid()}.")
    print("Child process will start.")
    run_proc("test")
    print("Child process end.")
