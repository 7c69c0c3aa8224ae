//! What a thread is about to write, and what it has written.

use std::io::IoSliceMut;

use nix::libc;
use nix::sys::ptrace;
use nix::sys::uio::{RemoteIoVec, process_vm_readv};
use nix::unistd::Pid;

/// So many bytes are read of one write; the writer of what comes after that is not
/// known.
const MOST_BYTES: usize = 4 << 20;

/// A call of write(2) or writev(2) that is about to begin.
pub struct Call {
    pub descriptor: u64,
    vector: bool,
    address: u64,
    /// In bytes, or in parts of a vector.
    length: u64,
}

impl Call {
    #[expect(unsafe_code, reason = "the kernel's answer is a union")]
    pub fn of(thread: Pid) -> Option<Call> {
        let info = ptrace::syscall_info(thread).ok()?;
        if info.op != libc::PTRACE_SYSCALL_INFO_SECCOMP {
            return None;
        }
        // SAFETY: this is the union's part for this kind of stop.
        let call = unsafe { info.u.seccomp };
        Some(Call {
            descriptor: call.args[0],
            vector: call.nr == libc::SYS_writev as u64,
            address: call.args[1],
            length: call.args[2],
        })
    }

    /// What it writes, as far as it is read.
    pub fn bytes(&self, thread: Pid) -> Option<Vec<u8>> {
        if !self.vector {
            return read_memory(thread, self.address, self.length);
        }
        const WORD: usize = size_of::<usize>();
        let length = self.length.min(1024) * 2 * WORD as u64;
        let vector = read_memory(thread, self.address, length)?;
        let words = vector.as_chunks::<WORD>().0.iter();
        let words: Vec<u64> = words
            .map(|word| usize::from_ne_bytes(*word) as u64)
            .collect();
        let parts = words.as_chunks::<2>().0.iter();
        let parts = parts.map(|&[address, length]| read_memory(thread, address, length));
        Some(parts.collect::<Option<Vec<_>>>()?.concat())
    }
}

fn read_memory(thread: Pid, address: u64, length: u64) -> Option<Vec<u8>> {
    let mut bytes = vec![0; (length as usize).min(MOST_BYTES)];
    let base = address as usize;
    let len = bytes.len();
    if len == 0 {
        return Some(bytes);
    }
    let remote = [RemoteIoVec { base, len }];
    let read = process_vm_readv(thread, &mut [IoSliceMut::new(&mut bytes)], &remote).ok()?;
    bytes.truncate(read);
    Some(bytes)
}

/// What a system call returned that has just ended: 0 for an error.
#[expect(unsafe_code, reason = "the kernel's answer is a union")]
pub fn returned(thread: Pid) -> Option<usize> {
    let info = ptrace::syscall_info(thread).ok()?;
    if info.op != libc::PTRACE_SYSCALL_INFO_EXIT {
        return None;
    }
    // SAFETY: this is the union's part for this kind of stop.
    let value = unsafe { info.u.exit.sval };
    Some(usize::try_from(value).unwrap_or(0))
}
