# Ten children at once: the first sleeps for 2.0 seconds, the last for 0.2.
# Predict: who ends first, who is joined first, and how long does it all take?
from multiprocessing import Process
import time


def run_proc(name, seconds):
    time.sleep(seconds)
    print(f"Child {name} ends.")


if __name__ == "__main__":
    start = time.time()
    children = []
    for i in range(10):
        p = Process(target=run_proc, args=(i, 2.0 - 0.2 * i))
        p.start()
        children.append(p)
    for i, p in enumerate(children):
        p.join()
        print(f"Child {i} is joined.")
    print(f"All of it took {time.time() - start:.2f} seconds.")
