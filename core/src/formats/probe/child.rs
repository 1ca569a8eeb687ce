//! A child process that tries files: how it is started and waited for, and what its end means.

use super::{Avoid, Setup};
use crate::model::{Error, ErrorKind, Result};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// The line on a file that passed.
const PASSED: &str = "passed";

/// What stands before the message on a file that has not.
const KINDS: [(&str, ErrorKind); 6] = [
    ("not-found", ErrorKind::NotFound),
    ("invalid", ErrorKind::Invalid),
    ("corrupt", ErrorKind::Corrupt),
    ("unsupported", ErrorKind::Unsupported),
    ("io", ErrorKind::Io),
    ("memory", ErrorKind::Memory),
];

/// What stands before the key of what the library is asked for next.
const STEP: &str = "at ";

/// How many times as long as one question to the library an honest file of thousands of objects may take.
const LARGE: u32 = 10;

/// How a child left a file.
pub(super) enum End {
    /// With its word: it passed, or what is wrong with it.
    Said(Result<()>),
    /// Without: what became of the child, and what it asked for last.
    Died(Error, Option<String>),
}

/// Has files tried by one child, `avoid`ing what is known, until the first that does not pass; its end is the last one
/// given. None at all where no child could be started.
pub(super) fn run(setup: &Setup, avoid: &Avoid, paths: &[&Path]) -> Vec<End> {
    let mut command = Command::new(&setup.program);
    command.args(&setup.args).arg(avoid.keys().count().to_string()).args(avoid.keys()).args(paths);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    without_console(&mut command);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(e) => {
            tracing::warn!("files are opened untried, {} does not start: {e}", setup.program.display());
            return Vec::new();
        }
    };
    let lines = lines(&mut child);
    let mut ends = Vec::new();
    for path in paths {
        let end = match wait(setup.patience, &lines, &mut child) {
            End::Said(end) => End::Said(end.map_err(|e| e.at(path))),
            End::Died(error, at) => End::Died(error.at(path), at),
        };
        let passed = matches!(end, End::Said(Ok(())));
        ends.push(end);
        if !passed {
            break;
        }
    }
    // Nothing more is wanted of it; one that has ended cannot be stopped, which is as good.
    drop(child.kill());
    drop(child.wait());
    ends
}

/// Waits for the end of one file. As long as step follows step it may take many times as long as one.
fn wait(patience: Duration, lines: &Receiver<String>, child: &mut Child) -> End {
    let until = Instant::now() + patience * LARGE;
    let mut at = None;
    loop {
        let step = if at.is_none() { patience } else { patience / 3 };
        let left = until.saturating_duration_since(Instant::now()).min(step);
        match lines.recv_timeout(left) {
            Ok(line) => match line.strip_prefix(STEP) {
                Some(key) => at = Some(key.to_owned()),
                None => return End::Said(said(&line)),
            },
            Err(RecvTimeoutError::Timeout) => return End::Died(slow(left.as_secs().max(1)), at),
            Err(RecvTimeoutError::Disconnected) => {
                return End::Died(child.wait().map_or_else(|e| lost(&e), ended), at);
            }
        }
    }
}

/// The child's line on what it asks for next.
pub(super) fn step(key: &str) -> String {
    format!("{STEP}{key}")
}

/// The lines of a child, read beside the wait for them.
fn lines(child: &mut Child) -> Receiver<String> {
    let (send, lines) = channel();
    if let Some(out) = child.stdout.take() {
        let read = move || BufReader::new(out).lines().map_while(|l| l.ok()).try_for_each(|line| send.send(line));
        // Ends with the child, or with the wait for it.
        drop(std::thread::spawn(read));
    }
    lines
}

/// The child's line on a file.
pub(super) fn line(path: &Path, end: Result<()>) -> String {
    let Err(error) = end else { return PASSED.to_owned() };
    let kind = KINDS.iter().find(|(_, kind)| *kind == error.kind()).map_or("corrupt", |(name, _)| name);
    let error = error.at(path).to_string();
    // The parent puts the path behind it again.
    let text = error.strip_suffix(&format!(" [{}]", path.display())).unwrap_or(&error);
    format!("{kind} {}", text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// What a line on a file says.
fn said(text: &str) -> Result<()> {
    if text == PASSED {
        return Ok(());
    }
    let (name, message) = text.split_once(' ').unwrap_or(("", text));
    Err(match KINDS.iter().find(|(n, _)| *n == name) {
        Some((_, kind)) => Error::new(*kind, message),
        None => Error::internal(format!("the trial of the file gave an answer that makes no sense, {text:?}")),
    })
}

fn slow(seconds: u64) -> Error {
    Error::corrupt(format!("the HDF5 library did not come back from it within {seconds} s"))
        .hint("it is damaged or on a very slow disk: copy it, or set GRATICULE_PROBE_SECONDS to wait longer")
}

fn lost(error: &std::io::Error) -> Error {
    Error::io("wait for the trial of the file", error)
}

/// A child that ended without a word on its file.
fn ended(status: ExitStatus) -> Error {
    let what = match signal(status) {
        // Interrupt, hangup, terminate: sent by somebody, to us as well.
        Some(1 | 2 | 15) => return Error::cancelled(),
        Some(9) => "was killed on it, most likely for want of memory (signal 9)".to_owned(),
        Some(6) => "gave up on it: out of memory, or its memory was damaged (signal 6)".to_owned(),
        Some(number) if number == CPU_TIME => "took too long over it".to_owned(),
        Some(number) => format!("crashed on it (signal {number})"),
        None => format!("crashed on it (exit code {})", status.code().unwrap_or(-1)),
    };
    Error::corrupt(format!("the HDF5 library {what}")).hint("it is damaged: fetch or write it again")
}

/// `SIGXCPU` of Linux, macOS and the BSDs.
const CPU_TIME: i32 = 24;

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal(_: ExitStatus) -> Option<i32> {
    None
}

/// On Windows a child of a program with a window would flash one of its own.
#[cfg(windows)]
fn without_console(command: &mut Command) {
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    std::os::windows::process::CommandExt::creation_flags(command, CREATE_NO_WINDOW);
}

#[cfg(not(windows))]
fn without_console(_: &mut Command) {}
