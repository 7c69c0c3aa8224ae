# Eight tasks on four workers; each adds 1 to a counter of the program.
# Predict: which numbers do the tasks print? Which one does the parent print?
from multiprocessing import Pool
import os
import time

counter = 0


def count():
    global counter
    counter += 1
    print(f"Worker {os.getpid()}: the counter is {counter}.")
    time.sleep(0.5)


if __name__ == "__main__":
    p = Pool(4)
    for _ in range(8):
        p.apply_async(count)
    p.close()
    p.join()
    print(f"Parent process {os.getpid()}: the counter is {counter}.")
