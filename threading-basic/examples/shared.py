# Two threads add 1 to one counter, a hundred times each: at first without a
# lock, then with one. Predict: which two numbers are printed?
import threading
import time

counter = 0
lock = threading.Lock()


def add_without_lock():
    global counter
    for _ in range(100):
        n = counter
        time.sleep(0.001)
        counter = n + 1


def add_with_lock():
    global counter
    for _ in range(100):
        with lock:
            n = counter
            time.sleep(0.001)
            counter = n + 1


def run_twice(target):
    threads = [threading.Thread(target=target) for _ in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


if __name__ == "__main__":
    run_twice(add_without_lock)
    print(f"Without a lock, the counter is {counter}.")
    counter = 0
    run_twice(add_with_lock)
    print(f"With a lock, the counter is {counter}.")
