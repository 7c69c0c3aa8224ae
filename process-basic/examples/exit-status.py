# Three ways for a child to fail, and what its exitcode tells of each.
# Predict: which numbers?
from multiprocessing import Process
import sys
import time


def fail():
    sys.exit("this child failed")


def panic():
    raise RuntimeError("this child panicked")


def sleep_long():
    time.sleep(60)


if __name__ == "__main__":
    p = Process(target=fail)
    p.start()
    p.join()
    print(f"The child that failed ended with {p.exitcode}.")
    p = Process(target=panic)
    p.start()
    p.join()
    print(f"The child that panicked ended with {p.exitcode}.")
    p = Process(target=sleep_long)
    p.start()
    p.kill()
    p.join()
    print(f"The child that was killed ended with {p.exitcode}.")
