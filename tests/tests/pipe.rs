//! What a pipe promises, with processes that are killed, signalled and late.

use std::error;
use std::thread;
use std::time::Duration;

use ipc_pipe::{Closed, Connection, Error, pipe};
use nix::sys::signal::Signal;
use process_basic::{Child, Process};
use serde::{Deserialize, Serialize};
use tests::harness::Trial;
use tests::processes::memory;
use tests::signals::{let_interrupt, send};
use tests::trials;

pub fn trials() -> Vec<Trial> {
    trials![
        processes_may_receive_in_turn,
        poll_reports_whether_a_message_is_there,
        a_pipe_to_a_killed_process_is_closed,
        an_error_names_the_type_and_what_to_look_for,
        a_huge_message_leaves_no_memory_taken,
    ]
}

fn join(child: Child) {
    assert!(child.join().unwrap().success());
}

fn processes_may_receive_in_turn() {
    const MESSAGES: u32 = 20_000;
    const TURN: u32 = 100;
    let (mut one, mut other) = pipe::<u32, u32>().unwrap();
    let send = || (0..MESSAGES).for_each(|number| one.send(&number).unwrap());
    let sender = Process::new(send, ()).start().unwrap();
    for first in (0..MESSAGES).step_by(TURN as usize) {
        let mut receive = || {
            for number in first..first + TURN {
                assert_eq!(other.recv().unwrap(), Some(number));
            }
        };
        match first / TURN % 2 {
            0 => receive(),
            _ => join(Process::new(receive, ()).start().unwrap()),
        }
    }
    join(sender);
}

fn poll_reports_whether_a_message_is_there() {
    let (mut one, mut other) = pipe::<String, String>().unwrap();
    assert!(!other.poll(Duration::ZERO).unwrap());
    assert!(!other.poll(Duration::from_millis(10)).unwrap());
    one.send("hello").unwrap();
    assert!(other.poll(Duration::ZERO).unwrap());
    assert!(other.poll(Duration::MAX).unwrap());
    assert_eq!(other.recv().unwrap().as_deref(), Some("hello"));
    assert!(!other.poll(Duration::ZERO).unwrap());
    let wait = || {
        assert!(other.poll(Duration::MAX).unwrap());
        assert_eq!(other.recv().unwrap(), None);
    };
    let_interrupt(Signal::SIGUSR1);
    let waiting = Process::new(wait, ()).start().unwrap();
    for _ in 0..100 {
        send(waiting.pid(), Signal::SIGUSR1);
        thread::sleep(Duration::from_millis(1));
    }
    one.close().unwrap();
    join(waiting);
}

fn a_pipe_to_a_killed_process_is_closed() {
    let (mut conn, child_conn) = pipe::<String, String>().unwrap();
    let listen = |mut conn: Connection<String, String>| while let Ok(Some(_)) = conn.recv() {};
    let child = Process::new(listen, (child_conn,)).start().unwrap();
    child.kill().unwrap();
    child.join().unwrap();
    assert!(conn.poll(Duration::ZERO).unwrap());
    assert!(matches!(conn.recv(), Ok(None)));
    let error = conn.send("hello").unwrap_err();
    assert!(matches!(error, Error::Closed(Closed)), "{error}");
}

/// A type that postcard can write but not read.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    Number { number: u8 },
}

fn an_error_names_the_type_and_what_to_look_for() {
    let (mut one, mut other) = pipe::<Tagged, Tagged>().unwrap();
    one.send(&Tagged::Number { number: 7 }).unwrap();
    let error = other.recv().unwrap_err();
    assert!(matches!(error, Error::Decode(..)), "{error}");
    let sentence = error.to_string();
    assert!(
        sentence.contains("Tagged") && sentence.contains("`tag`"),
        "{sentence}"
    );
    let source = error::Error::source(&error);
    assert!(source.is_none(), "the sentence is all of it");
}

fn a_huge_message_leaves_no_memory_taken() {
    const HUGE: usize = 40 << 20;
    let (mut one, mut other) = pipe::<String, ()>().unwrap();
    let before = memory();
    thread::scope(|scope| {
        scope.spawn(|| one.send(&"x".repeat(HUGE)).unwrap());
        assert_eq!(other.recv().unwrap().map(|text| text.len()), Some(HUGE));
    });
    let (after, half) = (memory(), HUGE as u64 / 1024 / 2);
    assert!(after < before + half, "{before} KiB became {after} KiB");
}
