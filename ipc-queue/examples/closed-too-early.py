# The chapter with its None put too early: the writer puts a letter every
# second, and the parent does not wait for it.
# Predict: which letters does the reader get? What does the writer learn?
from multiprocessing import Process, Queue
import time


def write(q):
    for value in ["A", "B", "C"]:
        print(f"Put {value} to queue...")
        q.put(value)
        time.sleep(1)


def read(q):
    while (value := q.get()) is not None:
        print(f"Get {value} from queue.")
    print("The reader ends.")


if __name__ == "__main__":
    q = Queue()
    pw = Process(target=write, args=(q,))
    pr = Process(target=read, args=(q,))
    pw.start()
    pr.start()
    time.sleep(0.5)
    q.put(None)
    pr.join()
    pw.join()
    print(f"The writer ended with {pw.exitcode}.")
