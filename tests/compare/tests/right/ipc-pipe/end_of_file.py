from multiprocessing import Pipe, Process
import os


def listen(conn, parent_conn):
    parent_conn.close()
    print(f"Child process {os.getpid()} is listening...")
    while True:
        try:
            word = conn.recv()
        except EOFError:
            break
        print(f"Child received {word}, reply {word.upper()}...")
        conn.send(word.upper())
    print(f"Pipe closed, child process {os.getpid()} ends.")


if __name__ == "__main__":
    print(f"Parent process {os.getpid()}.")
    conn, child_conn = Pipe()
    p = Process(target=listen, args=(child_conn, conn))
    p.start()
    child_conn.close()
    for word in ["hello", "world", "pipe"]:
        print(f"Send {word} to pipe...")
        conn.send(word)
        print(f"Receive {conn.recv()} from pipe.")
    conn.close()
    p.join()
    print("Child process end.")
