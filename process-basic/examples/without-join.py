# The chapter without its join, and with a child that takes a second.
# Predict: which line comes last? Does the program end before its child does?
from multiprocessing import Process
import os
import time


def run_proc(name):
    time.sleep(1)
    print(f"Run child process {name} ({os.getpid()})...")


if __name__ == "__main__":
    print(f"Parent process {os.getpid()}.")
    p = Process(target=run_proc, args=("test",))
    print("Child process will start.")
    p.start()
    print("Child process end.")
