//! Reads a transcript without a chapter's rules: whose a line is, its writer tells.

use crate::run::Output;
use crate::transcript::{Transcript, Writer};

/// The role of a program's first process.
pub const MAIN: &str = "main";

/// What any program told, so far.
#[derive(Clone, Debug)]
pub struct AnyProgram {
    /// What the program did so far.
    pub transcript: Transcript,
    /// The processes that wrote lines, and their roles, in order of appearance.
    pub roles: Vec<(u32, String)>,
    /// Its first process.
    main: u32,
    /// The threads that wrote lines, other than the first ones of their processes.
    threads: Vec<Writer>,
    /// Whose each line of stdout is.
    owners: Vec<Option<String>>,
}

impl AnyProgram {
    /// No line yet, of the program whose first process has this PID.
    pub fn new(main: u32) -> AnyProgram {
        AnyProgram {
            transcript: Transcript::default(),
            roles: Vec::new(),
            main,
            threads: Vec::new(),
            owners: Vec::new(),
        }
    }

    /// Adds an output of the program.
    pub fn record(&mut self, output: Output) {
        if let Output::Line(line) = &output {
            let owner = line.writer().map(|writer| self.name(writer));
            self.owners.push(owner);
        }
        self.transcript.record(output);
    }

    /// The process or thread whose line this is, if that is known.
    pub fn owner(&self, line: usize) -> Option<&str> {
        self.owners.get(line)?.as_deref()
    }

    /// The name of a thread: its process's, and a number where it is not the first.
    fn name(&mut self, writer: Writer) -> String {
        let role = self.role(writer.process).to_owned();
        if writer.thread == writer.process {
            return role;
        }
        if !self.threads.contains(&writer) {
            self.threads.push(writer);
        }
        let of_process = self.threads.iter().filter(|w| w.process == writer.process);
        let number = of_process.take_while(|other| **other != writer).count() + 2;
        format!("{role}, thread {number}")
    }

    /// The role of the process with this PID, which may be a new one.
    fn role(&mut self, pid: u32) -> &str {
        let known = self.roles.iter().position(|&(other, _)| other == pid);
        let index = known.unwrap_or_else(|| {
            let role = match pid == self.main {
                true => MAIN.to_owned(),
                false => format!("process {}", self.roles.len() + 1),
            };
            self.roles.push((pid, role));
            self.roles.len() - 1
        });
        &self.roles[index].1
    }
}
