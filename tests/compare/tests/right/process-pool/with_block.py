from multiprocessing import Pool
import os
import random
import time


def long_time_task(name):
    print(f"Run task {name} ({os.getpid()})...")
    start = time.time()
    time.sleep(random.random() * 3)
    end = time.time()
    print(f"Task {name} runs {end - start:.2f} seconds.")


if __name__ == "__main__":
    print(f"Parent process {os.getpid()}.")
    with Pool(4) as p:
        results = [p.apply_async(long_time_task, (i,)) for i in range(5)]
        print("Waiting for all subprocesses done...")
        for result in results:
            result.get()
    print("All subprocesses done.")
