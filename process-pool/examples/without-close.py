# The chapter without its close and join. Each task takes 3 seconds; the parent
# ends after one. Predict: how many tasks begin, and how many come to their end?
from multiprocessing import Pool
import os
import time


def long_time_task(name):
    print(f"Run task {name} ({os.getpid()})...")
    time.sleep(3)
    print(f"Task {name} runs 3 seconds.")


if __name__ == "__main__":
    print(f"Parent process {os.getpid()}.")
    p = Pool(4)
    for i in range(5):
        p.apply_async(long_time_task, args=(i,))
    time.sleep(1)
    print("All subprocesses done.")
