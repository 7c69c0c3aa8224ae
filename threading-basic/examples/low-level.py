# A thread as the low-level _thread starts it: nothing to join.
# Predict: how far does the loop count before the program ends?
import _thread
import threading
import time


def name():
    return threading.current_thread().name


def loop():
    print(f"thread {name()} is running...")
    n = 0
    while n < 5:
        n = n + 1
        print(f"thread {name()} >>> {n}")
        time.sleep(1)
    print(f"thread {name()} ended.")


if __name__ == "__main__":
    print(f"thread {name()} is running...")
    _thread.start_new_thread(loop, ())
    time.sleep(2.5)
    print(f"thread {name()} ended.")
