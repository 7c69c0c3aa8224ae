//! A closed connection is gone.

use ipc_pipe::{Connection, Error, pipe};

fn main() -> Result<(), Error> {
    let (mut conn, mut child_conn): (Connection<String, ()>, _) = pipe()?;
    conn.send("hello")?;
    conn.close()?;
    conn.send("world")?; // does not compile: E0382
    child_conn.recv()?;
    Ok(())
}
