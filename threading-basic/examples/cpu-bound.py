# The same sum, twice: one after the other, on two threads at once, and in two
# processes at once. Predict: how long does each of the three take?
# (Rust counts to the same number.)
from multiprocessing import Process
from threading import Thread
import os
import time


def sum_up():
    total = 0
    for n in range(20_000_000):
        total += n


def at_once(kind):
    both = [kind(target=sum_up) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()


if __name__ == "__main__":
    cores = len(os.sched_getaffinity(0))
    print(f"Cores: {cores}")
    if cores == 1:
        print("On one core, nothing can run at the same time: all three take as long.")

    start = time.time()
    sum_up()
    sum_up()
    print(f"One after the other: {time.time() - start:.2f} seconds.")

    start = time.time()
    at_once(Thread)
    print(f"On two threads: {time.time() - start:.2f} seconds.")

    start = time.time()
    at_once(Process)
    print(f"In two processes: {time.time() - start:.2f} seconds.")
