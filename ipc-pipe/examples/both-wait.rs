//! Both sides receive first; the parent stops waiting after a second.
//!
//! Predict: which lines come in that second? What makes the two go on?

use std::time::Duration;

use anyhow::Result;
use common::{pid, println};
use ipc_pipe::{Closed, Connection, pipe};
use process_basic::Process;

fn listen(mut conn: Connection<String, String>) -> Result<()> {
    println!("Child process {} waits for a word.", pid());
    while let Some(word) = conn.recv()? {
        let reply = word.to_uppercase();
        println!("Child received {word}, reply {reply}...");
        conn.send(&reply)?;
    }
    Ok(())
}

fn main() -> Result<()> {
    println!("Parent process {} waits for a word.", pid());
    let (mut conn, child_conn) = pipe()?;
    let p = Process::new(listen, (child_conn,)).start()?;
    if !conn.poll(Duration::from_secs(1))? {
        println!("Nothing has come in a second: both wait.");
    }
    println!("Send hello to pipe...");
    conn.send("hello")?;
    let reply = conn.recv()?.ok_or(Closed)?;
    println!("Receive {reply} from pipe.");
    conn.close()?;
    p.join()?;
    Ok(())
}
