# The chapter with a pool of one process. (The tasks are shorter here.)
# Predict: how many PIDs, in which order, and how long does it all take?
from multiprocessing import Pool
import os
import random
import time


def long_time_task(name):
    print(f"Run task {name} ({os.getpid()})...")
    start = time.time()
    time.sleep(random.random())
    end = time.time()
    print(f"Task {name} runs {end - start:.2f} seconds.")


if __name__ == "__main__":
    print(f"Parent process {os.getpid()}.")
    start = time.time()
    p = Pool(1)
    for i in range(5):
        p.apply_async(long_time_task, args=(i,))
    p.close()
    p.join()
    print(f"All of it took {time.time() - start:.2f} seconds.")
