//! The types of a pipe say what each side sends.

use ipc_pipe::{Connection, Error, pipe};

fn main() -> Result<(), Error> {
    let (mut conn, mut child_conn): (Connection<String, u32>, _) = pipe()?;
    conn.send("hello")?;
    conn.send(&7)?; // does not compile: E0277
    child_conn.send(&7)?;
    Ok(())
}
