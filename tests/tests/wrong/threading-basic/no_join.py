# join is left out.
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
    t = threading.Thread(target=loop, name="LoopThread")
    t.start()
    print(f"thread {name()} ended.")
