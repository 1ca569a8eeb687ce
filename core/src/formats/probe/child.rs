//! A child process that tries files: how it is started and waited for, and what its end means.

use super::Setup;
use crate::model::{Error, ErrorKind, Result};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};

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

/// What became of a batch.
pub(super) struct Batch {
    /// So many passed, from the first on.
    pub(super) passed: usize,
    /// How it ended; fine too where no child could be started, as then nothing is known against the files.
    pub(super) end: Result<()>,
}

/// Has files tried by one child, until the first that fails.
pub(super) fn run(setup: &Setup, paths: &[&Path]) -> Batch {
    let mut command = Command::new(&setup.program);
    command.args(&setup.args).args(paths);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    without_console(&mut command);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(e) => {
            tracing::warn!("files are opened untried, {} does not start: {e}", setup.program.display());
            return Batch { passed: 0, end: Ok(()) };
        }
    };
    let mut batch = Batch { passed: 0, end: Ok(()) };
    let lines = lines(&mut child);
    for path in paths {
        let told = lines.recv_timeout(setup.patience);
        let end = match told.as_deref() {
            Ok(PASSED) => Ok(()),
            Ok(text) => Err(said(text)),
            Err(RecvTimeoutError::Timeout) => Err(slow(setup.patience.as_secs())),
            Err(RecvTimeoutError::Disconnected) => Err(child.wait().map_or_else(|e| lost(&e), ended)),
        };
        batch.end = end.map_err(|e| e.at(path));
        if batch.end.is_err() {
            break;
        }
        batch.passed += 1;
    }
    // Nothing more is wanted of it; one that has ended cannot be stopped, which is as good.
    drop(child.kill());
    drop(child.wait());
    batch
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

/// The error of which a line tells.
fn said(text: &str) -> Error {
    let (name, message) = text.split_once(' ').unwrap_or(("", text));
    match KINDS.iter().find(|(n, _)| *n == name) {
        Some((_, kind)) => Error::new(*kind, message),
        None => Error::internal(format!("the trial of the file gave an answer that makes no sense, {text:?}")),
    }
}

fn slow(seconds: u64) -> Error {
    Error::corrupt(format!("the HDF5 library had not opened the file after {seconds} s"))
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
        Some(9) => "was killed while it opened the file, most likely for want of memory (signal 9)".to_owned(),
        Some(6) => "gave up on the file: out of memory, or its memory was damaged (signal 6)".to_owned(),
        Some(number) if number == CPU_TIME => "took too long to open the file".to_owned(),
        Some(number) => format!("crashed on the file (signal {number})"),
        None => format!("crashed on the file (exit code {})", status.code().unwrap_or(-1)),
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
