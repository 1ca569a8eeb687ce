//! How a command ends: exit codes and the one line on stderr. Knows no command.

use graticule_core::model::{Error, ErrorKind};
use std::fmt;
use std::io::Write as _;
use std::process::ExitCode;

/// Wrong use of the command line that its grammar alone cannot tell.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// The exit code of a result, after its one line on stderr: 0 done, 1 failed, 2 wrong use, 130 cancelled. Whoever
/// closes the pipe we write to wants no more: that ends quietly.
pub(crate) fn report(result: anyhow::Result<()>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    let broken_pipe = |e: &(dyn std::error::Error + 'static)| {
        e.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
    };
    if error.chain().any(broken_pipe) {
        return ExitCode::SUCCESS;
    }
    let cancelled = error.chain().any(|e| e.downcast_ref::<Error>().is_some_and(|e| e.kind() == ErrorKind::Cancelled));
    let usage = error.downcast_ref::<Usage>().is_some();
    line(&if cancelled { "cancelled".to_owned() } else { format!("error: {error:#}") });
    ExitCode::from(if cancelled {
        130
    } else if usage {
        2
    } else {
        1
    })
}

/// What the grammar of the command line says: help and version on stdout, everything else in one line on stderr.
pub(crate) fn grammar(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        // Nobody is left to tell where even this cannot be written.
        return if error.print().is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let text = error.to_string();
    let told = text.lines().map(str::trim).take_while(|l| !l.starts_with("Usage:") && !l.starts_with("For more"));
    let told: Vec<&str> = told.filter(|l| !l.is_empty()).collect();
    line(&format!("{}; see --help", told.join(" ").replace(" tip: ", "; ")));
    ExitCode::from(2)
}

/// One line on stderr, whatever the text holds.
pub(crate) fn line(text: &str) {
    let text: Vec<&str> = text.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    // stderr may be closed; there is no other place to say so.
    drop(writeln!(std::io::stderr().lock(), "{}", text.join(" ")));
}

/// One line on stderr as it is, for tables.
pub(crate) fn row(text: &str) {
    // As above.
    drop(writeln!(std::io::stderr().lock(), "{}", text.trim_end()));
}

#[cfg(test)]
mod tests {
    use super::{Usage, report};
    use graticule_core::model::Error;
    use std::process::ExitCode;

    fn code(error: impl Into<anyhow::Error>) -> String {
        format!("{:?}", report(Err(error.into())))
    }

    #[test]
    fn each_end_has_its_code() {
        let expected = |n: u8| format!("{:?}", ExitCode::from(n));
        assert_eq!(code(Error::invalid("no")), expected(1));
        assert_eq!(code(Usage("no".into())), expected(2));
        assert_eq!(code(anyhow::Error::from(Error::cancelled()).context("while")), expected(130));
        assert_eq!(code(std::io::Error::from(std::io::ErrorKind::BrokenPipe)), expected(0));
    }
}
