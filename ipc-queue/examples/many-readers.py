# The chapter with three readers. Predict: does every reader get every letter?
# How many None does it take to end three readers?
from multiprocessing import Process, Queue
import os
import random
import time


def write(q):
    print(f"Process to write: {os.getpid()}")
    for value in "ABCDEFGHI":
        print(f"Put {value} to queue...")
        q.put(value)


def read(q):
    print(f"Process to read: {os.getpid()}")
    while (value := q.get()) is not None:
        print(f"Process {os.getpid()} gets {value} from queue.")
        time.sleep(random.random())
    print(f"Process {os.getpid()} ends.")


if __name__ == "__main__":
    q = Queue()
    pw = Process(target=write, args=(q,))
    pw.start()
    readers = [Process(target=read, args=(q,)) for _ in range(3)]
    for pr in readers:
        pr.start()
    pw.join()
    for _ in readers:
        q.put(None)
    for pr in readers:
        pr.join()
