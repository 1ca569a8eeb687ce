//! Writing to stdout, and numbers for people. Knows no command.

use std::io::{BufWriter, StdoutLock, Write as _};

/// Buffered standard output. Nothing but a command's answer goes through it.
pub(crate) struct Output(BufWriter<Named>);

/// Standard output whose errors say what could not be written to; their kind stays.
struct Named(StdoutLock<'static>);

impl std::io::Write for Named {
    fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
        self.0.write(buf).map_err(named)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush().map_err(named)
    }
}

fn named(e: std::io::Error) -> std::io::Error {
    match e.kind() {
        // To be tried again.
        std::io::ErrorKind::Interrupted => e,
        kind => std::io::Error::new(kind, format!("cannot write to standard output: {e}")),
    }
}

impl Output {
    /// Standard output, locked for this command.
    pub(crate) fn stdout() -> Self {
        Self(BufWriter::with_capacity(1 << 16, Named(std::io::stdout().lock())))
    }

    /// Text as it is.
    pub(crate) fn text(&mut self, text: &str) -> std::io::Result<()> {
        self.0.write_all(text.as_bytes())
    }

    /// Text and the end of its line.
    pub(crate) fn line(&mut self, text: &str) -> std::io::Result<()> {
        self.0.write_all(text.as_bytes())?;
        self.0.write_all(b"\n")
    }

    /// JSON, indented, and the end of its line.
    pub(crate) fn json(&mut self, value: &serde_json::Value) -> anyhow::Result<()> {
        // serde_json wraps a broken pipe in its own error; the kind must stay visible.
        serde_json::to_writer_pretty(&mut self.0, value).map_err(std::io::Error::from)?;
        Ok(self.0.write_all(b"\n")?)
    }

    /// Everything out, and the errors that come with it.
    pub(crate) fn finish(mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

impl std::io::Write for Output {
    fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
        self.0.write(buf)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

/// `512 B`, `1.4 MiB`, `12 GiB`.
pub(crate) fn bytes(n: u64) -> String {
    bytes_f64(n as f64)
}

/// As [`bytes`].
pub(crate) fn bytes_f64(n: f64) -> String {
    const UNITS: [&str; 6] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut n = n;
    let mut unit = 0;
    while n >= 1000.0 && unit + 1 < UNITS.len() {
        n /= 1024.0;
        unit += 1;
    }
    let digits = usize::from(unit > 0 && n < 10.0);
    format!("{n:.digits$} {}", UNITS.get(unit).copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_are_short() {
        let shown: Vec<_> = [0, 512, 1000, 1 << 20, 12 << 30, u64::MAX].into_iter().map(bytes).collect();
        assert_eq!(shown, ["0 B", "512 B", "1.0 KiB", "1.0 MiB", "12 GiB", "16384 PiB"]);
    }
}
