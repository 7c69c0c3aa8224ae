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
    # It sleeps, and waits all the same.
    while p.is_alive():
        time.sleep(0.1)
    print("Child process end.")
