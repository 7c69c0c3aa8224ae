//! A child sends back through a pipe what it receives.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use ipc_pipe::{Closed, Connection, pipe};
use process_basic::Process;

use crate::bare;
use crate::row::{Python, Result, Row, Unit};

/// Three letters make eight bytes with the frame and the length of the text.
pub const ROUND_TRIP: Row = Row {
    title: "pipe: round trip of a short string, on one core",
    unit: Unit::Time,
    operations: 500,
    one_core: true,
    ours: || ours(3, 500),
    bare: Some(|| bare(8, 500)),
    python: Python {
        source: PYTHON,
        call: "pipe(3, 500)",
    },
};

pub const ECHO: Row = Row {
    title: "pipe: echo 1 MiB",
    unit: Unit::Rate,
    operations: 20,
    one_core: false,
    ours: || ours(1 << 20, 20),
    bare: Some(|| bare(1 << 20, 20)),
    python: Python {
        source: "",
        call: "pipe(2**20, 20)",
    },
};

fn send_back(mut conn: Connection<String, String>) -> Result<(), ipc_pipe::Error> {
    while let Some(text) = conn.recv()? {
        conn.send(&text)?;
    }
    Ok(())
}

pub fn ours(length: usize, times: u32) -> Result<Duration> {
    let (mut conn, child_conn) = pipe()?;
    let child = Process::new(send_back, (child_conn,)).start()?;
    let text = "x".repeat(length);
    conn.send(&text)?;
    conn.recv()?; // the child has started
    let start = Instant::now();
    for _ in 0..times {
        conn.send(&text)?;
        let echo = conn.recv()?.ok_or(Closed)?;
        assert_eq!(echo.len(), length);
    }
    let elapsed = start.elapsed();
    conn.close()?;
    child.join()?;
    Ok(elapsed)
}

pub fn bare(length: usize, times: u32) -> Result<Duration> {
    let (mut stream, mut other) = UnixStream::pair()?;
    let mut bytes = vec![b'x'; length];
    let mut read = vec![0; length];
    let pid = bare::fork_server(|| {
        while other.read_exact(&mut read).is_ok() && other.write_all(&read).is_ok() {}
    })?;
    stream.write_all(&bytes)?;
    stream.read_exact(&mut bytes)?;
    let start = Instant::now();
    for _ in 0..times {
        stream.write_all(&bytes)?;
        stream.read_exact(&mut bytes)?;
    }
    let elapsed = start.elapsed();
    stream.shutdown(Shutdown::Both)?;
    bare::wait(pid)?;
    Ok(elapsed)
}

const PYTHON: &str = "\
def send_back(conn):
    while (text := conn.recv()) is not None:
        conn.send(text)


def pipe(length, times):
    conn, child_conn = Pipe()
    child = Process(target=send_back, args=(child_conn,))
    child.start()
    text = 'x' * length
    conn.send(text)
    conn.recv()
    start = perf_counter()
    for _ in range(times):
        conn.send(text)
        assert len(conn.recv()) == length
    elapsed = perf_counter() - start
    conn.send(None)
    child.join()
    return elapsed
";
