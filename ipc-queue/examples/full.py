# A writer puts 1,000 numbers, and nobody gets any for a second.
# Predict: how far does the writer come before the reader starts?
from multiprocessing import Process, Queue
import time


def write(q):
    for number in range(1, 1001):
        q.put(number)
        if number % 100 == 0:
            print(f"{number} numbers are put.")


def read(q):
    print("The reader starts.")
    count = 0
    while q.get() is not None:
        count += 1
    print(f"The reader has got {count} numbers.")


if __name__ == "__main__":
    q = Queue()
    pw = Process(target=write, args=(q,))
    pr = Process(target=read, args=(q,))
    pw.start()
    time.sleep(1)
    pr.start()
    pw.join()
    q.put(None)
    pr.join()
