# The chapter with two threads at once. (The sleeps are shorter here.)
# Predict: how long does it all take: 1 second, or 2?
import sys
import threading
import time


def name():
    return threading.current_thread().name


def print_line(text):
    # print writes a line and its end in two steps, and another thread may come
    # between.
    sys.stdout.write(text + "\n")


def loop():
    print_line(f"thread {name()} is running...")
    n = 0
    while n < 5:
        n = n + 1
        print_line(f"thread {name()} >>> {n}")
        time.sleep(0.2)
    print_line(f"thread {name()} ended.")


if __name__ == "__main__":
    print(f"thread {name()} is running...")
    start = time.time()
    threads = []
    for thread_name in ["LoopThread-1", "LoopThread-2"]:
        t = threading.Thread(target=loop, name=thread_name)
        t.start()
        threads.append(t)
    for t in threads:
        t.join()
    print(f"All of it took {time.time() - start:.2f} seconds.")
    print(f"thread {name()} ended.")
