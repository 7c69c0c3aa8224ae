from multiprocessing import Process
import os


def run_proc(name):
    print(f"\033[32mRun child process {name} ({os.getpid()})...\033[0m")


if __name__ == "__main__":
    # It needs a terminal that has a width.
    assert os.get_terminal_size().columns > 0
    print(f"\033[1mParent process {os.getpid()}.\033[0m")
    p = Process(target=run_proc, args=("test",))
    print("Child process will start.")
    p.start()
    p.join()
    print("Child process end.")
