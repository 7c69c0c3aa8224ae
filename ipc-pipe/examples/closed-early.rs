//! The chapter with a child that closes the pipe after its first reply.
//!
//! Predict: does the parent wait for ever for the second reply? Which is the
//! last line that it prints?

use anyhow::Result;
use common::{pid, println};
use ipc_pipe::{Closed, Connection, pipe};
use process_basic::Process;

fn listen(mut conn: Connection<String, String>) -> Result<()> {
    println!("Child process {} is listening...", pid());
    let word = conn.recv()?.ok_or(Closed)?;
    let reply = word.to_uppercase();
    println!("Child received {word}, reply {reply}...");
    conn.send(&reply)?;
    println!("Child process {} closes the pipe.", pid());
    conn.close()?;
    Ok(())
}

fn main() -> Result<()> {
    println!("Parent process {}.", pid());
    let (mut conn, child_conn) = pipe()?;
    let p = Process::new(listen, (child_conn,)).start()?;
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
