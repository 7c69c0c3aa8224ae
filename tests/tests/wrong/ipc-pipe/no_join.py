# join is left out.
from multiprocessing import Pipe, Process
import os
import time


def listen(conn):
    print(f"Child process {os.getpid()} is listening...")
    while (word := conn.recv()) is not None:
        reply = word.upper()
        print(f"Child received {word}, reply {reply}...")
        conn.send(reply)
        time.sleep(0.5)
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
    print("Child process end.")
