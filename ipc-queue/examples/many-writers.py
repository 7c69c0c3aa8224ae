# The chapter with three writers and one reader. Predict: do the letters of one
# writer arrive in its order? Where does None have to be put?
from multiprocessing import Process, Queue
import os
import random
import time


def write(q, name):
    for number in range(1, 4):
        print(f"Process {os.getpid()} puts {name}{number} to queue...")
        q.put(f"{name}{number}")
        time.sleep(random.random())


def read(q):
    while (value := q.get()) is not None:
        print(f"Get {value} from queue.")


if __name__ == "__main__":
    q = Queue()
    writers = [Process(target=write, args=(q, name)) for name in "ABC"]
    for pw in writers:
        pw.start()
    pr = Process(target=read, args=(q,))
    pr.start()
    for pw in writers:
        pw.join()
    q.put(None)
    pr.join()
