# Two threads add 1 to one counter, a hundred times each: at first without a
# lock, then with one. Predict: which two numbers are printed?
import threading

counter = 0
lock = threading.Lock()
both_have_read = threading.Barrier(2)


def add_without_lock():
    global counter
    for _ in range(100):
        n = counter
        both_have_read.wait()
        counter = n + 1


def add_with_lock():
    global counter
    for _ in range(100):
        with lock:
            n = counter
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
