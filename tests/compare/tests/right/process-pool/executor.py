from concurrent.futures import ProcessPoolExecutor
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
    with ProcessPoolExecutor(4) as executor:
        for i in range(5):
            executor.submit(long_time_task, i)
        print("Waiting for all subprocesses done...")
    print("All subprocesses done.")
