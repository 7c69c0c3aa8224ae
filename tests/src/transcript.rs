//! Records which process of a program printed which line.
//!
//! stdout and stderr are one socket, whose kernel names the sender of each
//! write (unix(7), SO_PASSCRED). So the lines of each process are known, also
//! of those that print no PID.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::IoSliceMut;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use compare::lesson::answer::{Printed, Said};
use nix::cmsg_space;
use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::sys::socket::sockopt::{PassCred, ReceiveTimeout};
use nix::sys::socket::{
    AddressFamily, ControlMessageOwned, MsgFlags, SockFlag, SockType, UnixCredentials, recvmsg,
    setsockopt, socketpair,
};
use nix::sys::time::TimeVal;

use crate::group::Group;

/// What a program has printed, and how it ended.
#[derive(Debug)]
pub struct Transcript {
    /// The PID of the program's own process.
    pub pid: u32,
    /// In the order in which they came.
    pub lines: Vec<Line>,
    /// None when the program printed nothing for too long, and was killed.
    pub status: Option<ExitStatus>,
}

/// A line of stdout or stderr.
#[derive(Clone, Debug)]
pub struct Line {
    /// The process that printed it.
    pub pid: u32,
    /// Without the line feed.
    pub text: String,
}

impl Transcript {
    /// As a lesson's answer is held to it.
    pub fn printed(&self) -> Printed {
        let said = |line: &Line| Said {
            writer: Some((line.pid, thread(&line.text))),
            text: line.text.clone(),
        };
        Printed {
            pid: Some(self.pid),
            lines: self.lines.iter().map(said).collect(),
            code: self.status.and_then(|status| status.code()),
            waited: self.status.is_none(),
        }
    }
}

/// A socket does not tell which thread of a process has written a line, but the lines
/// of threads name them: the same number for the same name.
fn thread(line: &str) -> u32 {
    let name = line
        .strip_prefix("thread ")
        .and_then(|rest| rest.split(' ').next());
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish() as u32
}

/// What runs a Python program, which writes each line at once, as on a terminal.
pub fn python(program: &Path) -> Command {
    const SITE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/transcript");
    let mut python = Command::new("python3");
    python.arg(program).env("PYTHONPATH", SITE);
    python
}

/// Runs a program to its end, or until it has printed nothing for `patience`;
/// then it is killed with all its processes.
///
/// # Panics
///
/// When it cannot be started.
pub fn record(mut command: Command, patience: Duration) -> Transcript {
    let (ours, theirs) = socket(patience);
    let mut child = command
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(theirs.try_clone().expect("a descriptor"))
        .stderr(theirs)
        .spawn()
        .expect("the program starts");
    // The command holds the other end of the socket.
    drop(command);
    let pid = child.id();
    let mut pieces = Pieces::default();
    let ended = loop {
        match receive(&ours) {
            Ok(Some((pid, text))) => pieces.add(pid, &text),
            Ok(None) => break true,
            Err(Errno::EINTR) => {}
            Err(Errno::EAGAIN) => break false,
            Err(errno) => panic!("cannot read what the program prints: {errno}"),
        }
    };
    if !ended {
        Group::led_by(pid).signal(Signal::SIGKILL);
    }
    let status = child.wait().expect("a child");
    Transcript {
        pid,
        lines: pieces.lines,
        status: ended.then_some(status),
    }
}

fn socket(patience: Duration) -> (OwnedFd, OwnedFd) {
    let flags = SockFlag::SOCK_CLOEXEC;
    let (ours, theirs) =
        socketpair(AddressFamily::Unix, SockType::SeqPacket, None, flags).expect("a socket pair");
    setsockopt(&ours, PassCred, &true).expect("credentials");
    let patience = TimeVal::new(patience.as_secs().cast_signed(), 0);
    setsockopt(&ours, ReceiveTimeout, &patience).expect("a time limit");
    (ours, theirs)
}

/// One write, and the PID of its writer; `None` when all have ended. (A write
/// may be empty; Python makes such.)
fn receive(socket: &OwnedFd) -> Result<Option<(u32, Vec<u8>)>, Errno> {
    let mut buffer = vec![0; 1 << 16];
    let mut credentials = cmsg_space!(UnixCredentials);
    let mut parts = [IoSliceMut::new(&mut buffer)];
    let message = recvmsg::<()>(
        socket.as_raw_fd(),
        &mut parts,
        Some(&mut credentials),
        MsgFlags::empty(),
    )?;
    let writer = message.cmsgs()?.find_map(|part| match part {
        ControlMessageOwned::ScmCredentials(writer) => Some(writer.pid().cast_unsigned()),
        _ => None,
    });
    let length = message.bytes;
    buffer.truncate(length);
    Ok(writer.map(|pid| (pid, buffer)))
}

/// Writes on their way to lines: a line may take a process several writes, and
/// others may write meanwhile.
#[derive(Default)]
struct Pieces {
    lines: Vec<Line>,
    /// The begin of each process's next line.
    begins: BTreeMap<u32, Vec<u8>>,
}

impl Pieces {
    fn add(&mut self, pid: u32, text: &[u8]) {
        let begin = self.begins.entry(pid).or_default();
        for &byte in text {
            match byte {
                b'\n' => {
                    let text = String::from_utf8_lossy(begin).into_owned();
                    begin.clear();
                    self.lines.push(Line { pid, text });
                }
                byte => begin.push(byte),
            }
        }
    }
}
