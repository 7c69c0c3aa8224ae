# The main guard is left out: the child, started afresh, runs everything again.
from multiprocessing import Process, set_start_method
import os


def run_proc(name):
    print(f"Run child process {name} ({os.getpid()})...")


set_start_method("spawn", force=True)
print(f"Parent process {os.getpid()}.")
p = Process(target=run_proc, args=("test",))
print("Child process will start.")
p.start()
p.join()
print("Child process end.")
