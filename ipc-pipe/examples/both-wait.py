# Both sides receive first; the parent stops waiting after a second.
# Predict: which lines come in that second? What makes the two go on?
from multiprocessing import Pipe, Process
import os


def listen(conn):
    print(f"Child process {os.getpid()} waits for a word.")
    while (word := conn.recv()) is not None:
        reply = word.upper()
        print(f"Child received {word}, reply {reply}...")
        conn.send(reply)


if __name__ == "__main__":
    print(f"Parent process {os.getpid()} waits for a word.")
    conn, child_conn = Pipe()
    p = Process(target=listen, args=(child_conn,))
    p.start()
    if not conn.poll(1):
        print("Nothing has come in a second: both wait.")
    print("Send hello to pipe...")
    conn.send("hello")
    reply = conn.recv()
    print(f"Receive {reply} from pipe.")
    conn.send(None)
    p.join()
