from multiprocessing import Manager, Process
import os
import random
import time


def write(q):
    print(f"Process to write: {os.getpid()}")
    for value in ["A", "B", "C"]:
        print(f"Put {value} to queue...")
        q.put(value)
        time.sleep(random.random())
    q.put(None)


def read(q):
    print(f"Process to read: {os.getpid()}")
    for value in iter(q.get, None):
        print(f"Get {value} from queue.")


if __name__ == "__main__":
    with Manager() as manager:
        q = manager.Queue()
        workers = [Process(target=target, args=(q,)) for target in (write, read)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
