//! What the whole-product tests share: the program `graticule` as people run it, the places of test data, the Python of
//! the oracles. Knows nothing of the product's insides.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "these serve tests: they fail by panicking and say what they skip"
)]

use serde_json::Value;
use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Longer than this no command of a test may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// How a command ended and what it said.
#[derive(Debug)]
pub struct Output {
    /// The exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// Standard output, read as UTF-8.
    pub stdout: String,
    /// Standard error, read as UTF-8.
    pub stderr: String,
}

impl Output {
    /// Standard output of a run that must have succeeded.
    ///
    /// # Panics
    /// Where it has not.
    #[expect(clippy::must_use_candidate, reason = "often only the success is wanted")]
    #[track_caller]
    pub fn done(self) -> String {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self.stdout
    }

    /// Standard output as JSON, of a run that must have succeeded.
    ///
    /// # Panics
    /// Where it has not, or wrote something else.
    #[must_use]
    #[track_caller]
    pub fn json(self) -> Value {
        let text = self.done();
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("no JSON, {e}: {text}"))
    }

    /// The one line on stderr of a run that must have failed with this code and without an answer.
    ///
    /// # Panics
    /// Where it has not.
    #[expect(clippy::must_use_candidate, reason = "often only the failure is wanted")]
    #[track_caller]
    pub fn failed(self, code: i32) -> String {
        let said = self.stderr;
        assert_eq!(self.code, Some(code), "{said}");
        assert_eq!(self.stdout, "", "an answer though it failed: {said}");
        assert!(said.lines().count() == 1 && said.ends_with('\n'), "not one line: {said}");
        assert!(!said.contains("panicked"), "{said}");
        said.trim_end().to_owned()
    }
}

/// The program under test, built from the code at hand: `cargo build` runs once in each test process, in the profile
/// and target folder that this process was built in, and does nothing where the program is fresh.
///
/// # Panics
/// Where it cannot be built.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        // target/PROFILE/deps/TEST
        let test = std::env::current_exe().expect("the test knows its own path");
        let profile = test.ancestors().nth(2).expect("tests stand in target/PROFILE/deps");
        let target = profile.parent().expect("a profile's folder stands in target");
        let name = match profile.file_name().and_then(OsStr::to_str) {
            Some("debug") => "dev",
            Some(name) => name,
            None => panic!("{} is no profile's folder", profile.display()),
        };
        let built = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(["build", "--package", "graticule", "--bin", "graticule", "--profile", name])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("CARGO_TARGET_DIR", target)
            .output()
            .expect("cargo runs");
        assert!(built.status.success(), "graticule is not built:\n{}", String::from_utf8_lossy(&built.stderr));
        profile.join(format!("graticule{}", std::env::consts::EXE_SUFFIX))
    })
}

/// The program with arguments, ready to be started: nothing on stdin, no display, its cache beside the build and not in
/// the home folder.
#[must_use]
pub fn command<S: AsRef<OsStr>>(folder: &Path, args: &[S]) -> Command {
    let mut command = Command::new(binary());
    let cache = binary().ancestors().nth(2).unwrap_or(Path::new(".")).join("tmp/cache");
    command.current_dir(folder).args(args).env("XDG_CACHE_HOME", cache).stdin(Stdio::null());
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET");
    command
}

/// Runs the program in a folder to its end.
///
/// # Panics
/// Where it takes longer than two minutes.
#[must_use]
pub fn graticule<S: AsRef<OsStr>>(folder: &Path, args: &[S]) -> Output {
    finish(start(command(folder, args)))
}

/// Runs the program, as [`graticule`] does, wherever the tests run.
///
/// # Panics
/// Where it takes longer than two minutes.
#[must_use]
pub fn run(args: &[&dyn AsRef<OsStr>]) -> Output {
    let args: Vec<&OsStr> = args.iter().map(|a| a.as_ref()).collect();
    graticule(Path::new("."), &args)
}

/// Starts a command with stdout and stderr to be read.
///
/// # Panics
/// Where it does not start.
#[must_use]
pub fn start(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap_or_else(|e| panic!("{command:?}: {e}"))
}

/// Waits for a started command.
///
/// # Panics
/// Where it takes longer than two minutes.
#[must_use]
pub fn finish(mut child: Child) -> Output {
    fn all(stream: Option<impl Read + Send + 'static>) -> std::thread::JoinHandle<Vec<u8>> {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(mut stream) = stream {
                stream.read_to_end(&mut bytes).expect("a pipe can be read");
            }
            bytes
        })
    }
    let (stdout, stderr) = (all(child.stdout.take()), all(child.stderr.take()));
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            break status;
        }
        if started.elapsed() > PATIENCE {
            child.kill().expect("a child can be killed");
            panic!("no end after {PATIENCE:?}");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let text = |thread: std::thread::JoinHandle<Vec<u8>>| {
        String::from_utf8_lossy(&thread.join().expect("a pipe is read")).into_owned()
    };
    Output { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
}

/// The folder of real files, `shared/data` somewhere above this package; without it says what is skipped.
#[must_use]
pub fn shared_data() -> Option<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = here.ancestors().map(|a| a.join("shared/data")).find(|p| p.is_dir());
    if found.is_none() {
        eprintln!("skipped: no folder shared/data above {}", here.display());
    }
    found
}

/// The Python with xarray that `GRATICULE_PYTHON` names; without it says what is skipped.
#[must_use]
pub fn python() -> Option<PathBuf> {
    let found = std::env::var_os("GRATICULE_PYTHON").map(PathBuf::from);
    if found.is_none() {
        eprintln!("skipped: GRATICULE_PYTHON names no Python with the packages of tests/requirements.txt");
    }
    found
}

/// Runs a Python script that asserts, in a folder, with arguments in `sys.argv`; without a Python says what is skipped.
///
/// # Panics
/// Where the script fails.
#[track_caller]
pub fn oracle<S: AsRef<OsStr>>(folder: &Path, script: &str, args: &[S]) {
    let Some(python) = python() else { return };
    let mut command = Command::new(python);
    command.current_dir(folder).args(["-W", "ignore", "-c", script]).args(args).stdin(Stdio::null());
    let output = finish(start(command));
    assert_eq!(output.code, Some(0), "{script}\n{}", output.stderr);
}

/// The built-in sample as a file.
#[must_use]
pub fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/sample/idealised_climate.nc")
}

/// An empty folder that goes away with its handle.
///
/// # Panics
/// Where none can be made.
#[must_use]
pub fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// Names of what stands in a folder, sorted, hidden files included.
///
/// # Panics
/// Where it cannot be listed.
#[must_use]
pub fn listing(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder can be listed");
    let mut names: Vec<_> = entries.map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
