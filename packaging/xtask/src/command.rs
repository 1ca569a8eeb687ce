//! Runs other programs and reports their failure. Does not decide what to run.

use std::ffi::OsStr;
use std::io::{Write, stderr};
use std::process::{Command, Output, Stdio};

/// Why the tool stops, and its exit code: that of the failed program where there is one.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) code: u8,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: 1 }
    }

    pub(crate) fn usage(message: &str) -> Self {
        Self { message: message.to_owned(), code: 2 }
    }
}

/// Writes a line to the terminal. A closed standard error is no reason to stop.
pub(crate) fn say(line: &str) {
    writeln!(stderr(), "{line}").ok();
}

/// Shows a command, runs it with this terminal, and fails with its exit code.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let line = shown(command);
    say(&format!("$ {line}"));
    let status = command.status().map_err(|error| Failure::new(format!("cannot start `{line}`: {error}")))?;
    if status.success() {
        return Ok(());
    }
    // A program that a signal ended has no code; 130 is what shells give for Ctrl-C.
    let code = status.code().map_or(130, |code| u8::try_from(code).unwrap_or(1));
    Err(Failure { message: format!("`{line}` failed: {status}"), code })
}

/// Runs a command silently; `None` where it cannot start or fails.
pub(crate) fn quiet(command: &mut Command) -> Option<Output> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    output.status.success().then_some(output)
}

/// The command as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(quoted).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |c: char| c.is_alphanumeric() || "-_./=:,+@%\\".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.into_owned() } else { format!("'{word}'") }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_passed_on() {
        let code = |script: &str| run(Command::new("sh").args(["-c", script])).map_err(|f| f.code);
        assert_eq!(code("exit 0"), Ok(()));
        assert_eq!(code("exit 101"), Err(101));
        assert_eq!(code("kill -TERM $$"), Err(130));
    }

    #[test]
    fn a_missing_program_is_named() {
        let failure = run(&mut Command::new("no-such-program-here")).map_err(|f| f.message);
        assert!(failure.is_err_and(|message| message.contains("no-such-program-here")));
    }

    #[test]
    fn words_with_spaces_are_quoted() {
        let mut command = Command::new("graticule");
        command.args(["run", "--step", "anomaly by=month"]);
        assert_eq!(shown(&command), "graticule run --step 'anomaly by=month'");
    }
}
