//! What the whole-product tests share: the program `graticule` as people run it, the places of test data, the Python of
//! the oracles. Knows nothing of the product's insides.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "these serve tests: they fail by panicking and say what they skip"
)]

mod outcome;

pub use outcome::{Outcome, graticule};

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
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error, read as UTF-8.
    pub stderr: String,
}

impl Output {
    /// Standard output as text.
    ///
    /// # Panics
    /// Where it is not UTF-8.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("stdout is UTF-8")
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

/// The program with arguments, ready to be started: nothing on stdin, its cache beside the build, not in the home folder.
#[must_use]
pub fn command(args: &[&dyn AsRef<OsStr>]) -> Command {
    let mut command = Command::new(binary());
    let cache = binary().ancestors().nth(2).unwrap_or(Path::new(".")).join("tmp/cache");
    command.args(args.iter().map(|a| a.as_ref())).env("XDG_CACHE_HOME", cache).stdin(Stdio::null());
    command
}

/// Runs the program to its end.
///
/// # Panics
/// Where it takes longer than two minutes.
#[must_use]
pub fn run(args: &[&dyn AsRef<OsStr>]) -> Output {
    finish(start(command(args)))
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
    Output {
        code: status.code(),
        stdout: stdout.join().expect("stdout is read"),
        stderr: String::from_utf8_lossy(&stderr.join().expect("stderr is read")).into_owned(),
    }
}

/// Runs the program, which must succeed and print JSON.
///
/// # Panics
/// Where it fails or prints something else.
#[must_use]
pub fn json(args: &[&dyn AsRef<OsStr>]) -> Value {
    let output = run(args);
    let shown: Vec<_> = args.iter().map(|a| a.as_ref().to_string_lossy()).collect();
    assert_eq!(output.code, Some(0), "{shown:?}: {}", output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{shown:?} printed no JSON: {e}"))
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

/// What a Python script prints, which must be JSON; `None` without a Python. The script finds its arguments in `sys.argv`.
///
/// # Panics
/// Where the script fails or prints something else.
#[must_use]
pub fn oracle(script: &str, args: &[&dyn AsRef<OsStr>]) -> Option<Value> {
    let mut command = Command::new(python()?);
    command.args(["-W", "ignore", "-c", script]).args(args.iter().map(|a| a.as_ref()));
    let output = finish(start(command));
    assert_eq!(output.code, Some(0), "{script}\n{}", output.stderr);
    Some(serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{script}\nprinted no JSON: {e}")))
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
