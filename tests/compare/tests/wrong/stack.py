# The last item comes out first.
from multiprocessing import Process
from multiprocessing.managers import BaseManager
import os
import random
import time
from queue import LifoQueue


class Manager(BaseManager):
    pass


Manager.register("LifoQueue", LifoQueue)

def write(q):
    print(f"Process to write: {os.getpid()}")
    for value in ["A", "B", "C"]:
        print(f"Put {value} to queue...")
        q.put(value)
        time.sleep(random.uniform(0.1, 0.3))


def read(q):
    print(f"Process to read: {os.getpid()}")
    while (value := q.get()) is not None:
        print(f"Get {value} from queue.")


if __name__ == "__main__":
    with Manager() as manager:
        q = manager.LifoQueue()
        q.put(None)
        pw = Process(target=write, args=(q,))
        pr = Process(target=read, args=(q,))
        pw.start()
        pw.join()
        pr.start()
        pr.join()
