import os
import sys
from multiprocessing import Process

sys.stdout.reconfigure(newline="\r\n")


def run_proc(name):
    print(f"Run child process {name} ({os.getpid()})...")


if __name__ == "__main__":
    print(f"Parent process {os.getpid()}.", flush=True)
    p = Process(target=run_proc, args=("test",))
    print("Child process will start.", flush=True)
    p.start()
    p.join()
    print("Child process end.")
