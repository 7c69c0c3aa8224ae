# It fails.
from multiprocessing import Process
import os


def run_proc(name):
    print(f"Run child process {name} ({os.getpid()})...")


if __name__ == "__main__":
    print(f"Parent process {os.getpid()}.")
    raise ValueError("no child today")
