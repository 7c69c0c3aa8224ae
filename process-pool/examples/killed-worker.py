# The chapter, with a task that kills its own worker. (The tasks are shorter
# here.) If you have to end it, press Ctrl-C, twice if need be.
# Predict: which of the other tasks are run? How does the program end?
from multiprocessing import Pool
import os
import random
import signal
import time


def long_time_task(name):
    print(f"Run task {name} ({os.getpid()})...")
    if name == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    start = time.time()
    time.sleep(random.random())
    end = time.time()
    print(f"Task {name} runs {end - start:.2f} seconds.")


if __name__ == "__main__":
    print(f"Parent process {os.getpid()}.")
    p = Pool(4)
    for i in range(5):
        p.apply_async(long_time_task, args=(i,))
    print("Waiting for all subprocesses done...")
    p.close()
    p.join()
    print("All subprocesses done.")
