from multiprocessing import Process
import os


class RunProc(Process):
    def run(self):
        print(f"Run child process {self.name} ({self.pid})...")


if __name__ == "__main__":
    print(f"Parent process {os.getpid()}.")
    p = RunProc(name="test")
    print("Child process will start.")
    p.start()
    p.join()
    print("Child process end.")
