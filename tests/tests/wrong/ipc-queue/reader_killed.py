# The reader is ended before the last item.
from multiprocessing import Process, Queue
import os
import time


def write(q):
    print(f"Process to write: {os.getpid()}")
    for value in ["A", "B", "C"]:
        print(f"Put {value} to queue...")
        q.put(value)
        time.sleep(0.5)


def read(q):
    print(f"Process to read: {os.getpid()}")
    while (value := q.get()) is not None:
        print(f"Get {value} from queue.")
        time.sleep(60)


if __name__ == "__main__":
    q = Queue()
    pw = Process(target=write, args=(q,))
    pr = Process(target=read, args=(q,))
    pw.start()
    pr.start()
    pw.join()
    pr.terminate()
    pr.join()
