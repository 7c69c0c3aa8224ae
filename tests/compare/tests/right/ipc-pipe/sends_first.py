# The child sends its reply a little before it prints: which of the two lines that
# follow comes first is chance.
from multiprocessing import Pipe, Process
import os
import time


def listen(conn):
    print(f"Child process {os.getpid()} is listening...")
    while (word := conn.recv()) is not None:
        reply = word.upper()
        conn.send(reply)
        time.sleep(0.002)
        print(f"Child received {word}, reply {reply}...")
    print(f"Pipe closed, child process {os.getpid()} ends.")


if __name__ == "__main__":
    print(f"Parent process {os.getpid()}.")
    conn, child_conn = Pipe()
    p = Process(target=listen, args=(child_conn,))
    p.start()
    for word in ["hello", "world", "pipe"]:
        print(f"Send {word} to pipe...")
        conn.send(word)
        reply = conn.recv()
        print(f"Receive {reply} from pipe.")
    conn.send(None)
    p.join()
    print("Child process end.")
