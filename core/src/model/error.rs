//! The one error type of the core. Says what failed, on which object, why, and what to do; the path comes last.

use std::fmt;
use std::path::{Path, PathBuf};

/// What went wrong, coarse enough to act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// A file, variable, dimension, attribute or operation that is not there.
    NotFound,
    /// The request makes no sense for this data: an index out of range, an unknown parameter, a type that does not fit.
    Invalid,
    /// Bytes that contradict the format: truncated, bad checksum, wrong length.
    Corrupt,
    /// Valid, but something this build cannot do.
    Unsupported,
    /// The operating system said no: permission, disk full, read error.
    Io,
    /// The target of a write exists already.
    Exists,
    /// The plan does not fit the memory budget.
    Memory,
    /// Somebody asked to stop.
    Cancelled,
    /// A fault of this program.
    Internal,
}

/// A failure with its object, reason and remedy. Shown as one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}{}", tail(self))]
pub struct Error {
    kind: ErrorKind,
    message: String,
    hint: Option<String>,
    path: Option<PathBuf>,
}

/// `Result` with the core's [`enum@ErrorKind`]-carrying error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A new error; `message` names what failed, the object and why, without the file's path.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None, path: None }
    }

    /// Something is not there.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotFound, message)
    }

    /// A request that makes no sense for this data.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    /// Bytes that contradict their format.
    pub fn corrupt(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Corrupt, message)
    }

    /// Something valid that this build cannot do.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unsupported, message)
    }

    /// A fault of this program.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, message)
    }

    /// The work was cancelled.
    #[must_use]
    pub fn cancelled() -> Self {
        Self::new(ErrorKind::Cancelled, "cancelled")
    }

    /// An operating-system error while doing `what` (for example `read 512 bytes at 4096`).
    pub fn io(what: impl fmt::Display, error: &std::io::Error) -> Self {
        let kind = match error.kind() {
            std::io::ErrorKind::NotFound => ErrorKind::NotFound,
            std::io::ErrorKind::UnexpectedEof => ErrorKind::Corrupt,
            std::io::ErrorKind::AlreadyExists => ErrorKind::Exists,
            _ => ErrorKind::Io,
        };
        Self::new(kind, format!("cannot {what}: {error}"))
    }

    /// Adds what the person can do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the path of the file concerned, unless one is known already.
    #[must_use]
    pub fn at(mut self, path: impl AsRef<Path>) -> Self {
        self.path.get_or_insert_with(|| path.as_ref().to_path_buf());
        self
    }

    /// Puts an outer operation in front: `cannot open variable /t: chunk index is truncated`.
    #[must_use]
    pub fn within(mut self, outer: impl fmt::Display) -> Self {
        self.message = format!("{outer}: {}", self.message);
        self
    }

    /// What failed and why, without remedy and path.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

/// What stands after the message: the remedy, then the path.
fn tail(error: &Error) -> String {
    let hint = error.hint.as_ref().map(|hint| format!("; {hint}"));
    let path = error.path.as_ref().map(|path| format!(" [{}]", path.display()));
    hint.into_iter().chain(path).collect()
}
