from concurrent.futures import ProcessPoolExecutor
import os


def run_proc(name):
    print(f"Run child process {name} ({os.getpid()})...")


if __name__ == "__main__":
    print(f"Parent process {os.getpid()}.")
    with ProcessPoolExecutor(1) as executor:
        print("Child process will start.")
        executor.submit(run_proc, "test").result()
    print("Child process end.")
