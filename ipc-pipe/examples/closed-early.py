# The chapter with a child that closes the pipe after its first reply.
# Predict: does the parent wait for ever for the second reply?
from multiprocessing import Pipe, Process
import os
import sys


def listen(conn):
    print(f"Child process {os.getpid()} is listening...")
    word = conn.recv()
    reply = word.upper()
    print(f"Child received {word}, reply {reply}...")
    conn.send(reply)
    print(f"Child process {os.getpid()} closes the pipe.")
    conn.close()


if __name__ == "__main__":
    print(f"Parent process {os.getpid()}.")
    conn, child_conn = Pipe()
    p = Process(target=listen, args=(child_conn,))
    p.start()
    # The parent's own copy of the child's end.
    child_conn.close()
    try:
        for word in ["hello", "world", "pipe"]:
            print(f"Send {word} to pipe...")
            conn.send(word)
            reply = conn.recv()
            print(f"Receive {reply} from pipe.")
    except (EOFError, ConnectionError):
        sys.exit("Error: the other side of the pipe has closed it")
    conn.send(None)
    p.join()
    print("Child process end.")
