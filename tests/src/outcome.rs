//! Runs of the program judged in one word: it answered, it failed as it should.

#![expect(clippy::panic, reason = "these serve tests, which fail by panicking")]

use super::{binary, command, finish, start};
use serde_json::Value;
use std::ffi::OsStr;
use std::path::Path;

/// How a run ended.
#[derive(Debug)]
pub struct Outcome {
    /// The exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// Standard output, read as UTF-8.
    pub stdout: String,
    /// Standard error, read as UTF-8.
    pub stderr: String,
}

/// Runs the program in a folder, without a display.
///
/// # Panics
/// Where it cannot be built or started, or takes longer than two minutes.
pub fn graticule<S: AsRef<OsStr>>(folder: &Path, args: &[S]) -> Outcome {
    let args: Vec<&dyn AsRef<OsStr>> = args.iter().map(|a| a as &dyn AsRef<OsStr>).collect();
    let mut command = command(&args);
    command.current_dir(folder).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    let output = finish(start(command));
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    Outcome { code: output.code, stdout, stderr: output.stderr }
}

impl Outcome {
    /// Standard output of a run that must have succeeded.
    ///
    /// # Panics
    /// Where it has not.
    pub fn done(self) -> String {
        assert_eq!(self.code, Some(0), "{}: {}", binary().display(), self.stderr);
        self.stdout
    }

    /// Standard output as JSON, of a run that must have succeeded.
    ///
    /// # Panics
    /// Where it has not, or wrote something else.
    #[must_use]
    pub fn json(self) -> Value {
        let text = self.done();
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("no JSON, {e}: {text}"))
    }

    /// The one line on stderr of a run that must have failed with this code and without an answer.
    ///
    /// # Panics
    /// Where it has not.
    pub fn failed(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.stdout, "", "an answer though it failed: {self:?}");
        assert_eq!(self.stderr.lines().count(), 1, "not one line: {}", self.stderr);
        self.stderr.trim_end().to_owned()
    }
}
