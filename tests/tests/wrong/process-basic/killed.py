# It ends by a signal.
from multiprocessing import Process
import os
import signal


def run_proc(name):
    print(f"Run child process {name} ({os.getpid()})...")


if __name__ == "__main__":
    print(f"Parent process {os.getpid()}.")
    os.kill(os.getpid(), signal.SIGSEGV)
