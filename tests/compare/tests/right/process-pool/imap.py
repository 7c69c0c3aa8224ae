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
    p = Pool(4)
    done = p.imap_unordered(long_time_task, range(5))
    print("Waiting for all subprocesses done...")
    list(done)
    p.terminate()
    p.join()
    print("All subprocesses done.")
