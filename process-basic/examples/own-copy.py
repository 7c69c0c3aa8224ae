# A child changes a variable of its parent.
# Predict: which number does each of the two print?
from multiprocessing import Process
import os

counter = 0


def count():
    global counter
    counter += 1
    print(f"Child process {os.getpid()}: the counter is {counter}.")


if __name__ == "__main__":
    p = Process(target=count)
    p.start()
    p.join()
    print(f"Parent process {os.getpid()}: the counter is {counter}.")
