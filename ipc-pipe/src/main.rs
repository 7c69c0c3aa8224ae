//! A pipe between two processes: send words, receive them in upper case.

use anyhow::Result;
use common::{pid, println};
use ipc_pipe::{Closed, Connection, pipe};
use process_basic::Process;

fn listen(mut conn: Connection<String, String>) -> Result<()> {
    println!("Child process {} is listening...", pid());
    while let Some(word) = conn.recv()? {
        let reply = word.to_uppercase();
        println!("Child received {word}, reply {reply}...");
        conn.send(&reply)?;
    }
    println!("Pipe closed, child process {} ends.", pid());
    Ok(())
}

fn main() -> Result<()> {
    println!("Parent process {}.", pid());
    let (mut conn, child_conn) = pipe()?;
    let p = Process::new(listen, (child_conn,));
    let p = p.start()?;
    for word in ["hello", "world", "pipe"] {
        println!("Send {word} to pipe...");
        conn.send(word)?;
        let reply = conn.recv()?.ok_or(Closed)?;
        println!("Receive {reply} from pipe.");
    }
    conn.close()?;
    p.join()?;
    println!("Child process end.");
    Ok(())
}
