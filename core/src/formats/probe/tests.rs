//! What becomes of files whose trial fails in each way, with the shell in the place of the program.

use super::child::{self, End};
use super::{Avoid, Probe, Setup, passed::Passed};
use crate::model::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

fn shell(script: &str) -> Setup {
    let args = ["-c", script, "sh"].map(Into::into).to_vec();
    Setup { program: "/bin/sh".into(), args, patience: Duration::from_secs(5), notes: None }
}

/// Has files tried by a script, whose arguments are `0` and the files.
fn run(script: &str, files: &[&str]) -> (usize, Option<Error>) {
    let probe = Probe::new(shell(script));
    let files: Vec<(PathBuf, String)> = files.iter().map(|f| (f.into(), (*f).to_owned())).collect();
    let end: Result<()> = probe.batch(&files);
    (files.iter().filter(|(_, identity)| probe.passed.get(identity).is_some()).count(), end.err())
}

/// Whether an interrupt ends a shell: one that is ignored when it starts stays so.
fn interrupts() -> bool {
    let ended = std::process::Command::new("/bin/sh").args(["-c", "kill -INT $$"]).status().unwrap();
    !ended.success()
}

#[test]
fn each_end_of_a_child_is_one_error_that_names_the_file() {
    for (script, kind, words) in [
        ("kill -SEGV $$", ErrorKind::Corrupt, "crashed on it (signal 11)"),
        ("kill -KILL $$", ErrorKind::Corrupt, "want of memory"),
        ("kill -ABRT $$", ErrorKind::Corrupt, "out of memory"),
        ("kill -INT $$", ErrorKind::Cancelled, "cancelled"),
        ("exit 101", ErrorKind::Corrupt, "exit code 101"),
        ("echo memory too little of it", ErrorKind::Memory, "too little of it"),
        ("echo hello", ErrorKind::Internal, "hello"),
        ("exec sleep 60", ErrorKind::Corrupt, "GRATICULE_PROBE_SECONDS"),
    ] {
        if kind == ErrorKind::Cancelled && !interrupts() {
            eprintln!("skipped: {script}: interrupts are ignored here, as in what a shell runs in the background");
            continue;
        }
        let started = Instant::now();
        let (passed, error) = run(script, &["/tmp/odd file.nc"]);
        let error = error.unwrap();
        assert_eq!((passed, error.kind()), (0, kind), "{script}: {error}");
        let text = error.to_string();
        assert!(text.contains(words) && text.ends_with("[/tmp/odd file.nc]"), "{script}: {text}");
        assert!(started.elapsed() < Duration::from_secs(20), "{script}");
    }
}

#[test]
fn a_batch_ends_at_the_first_that_fails() {
    let script = "shift; for f; do case $f in bad) kill -BUS $$;; *) echo passed;; esac; done";
    assert_eq!(run(script, &["a", "b", "c"]).0, 3);
    let (passed, error) = run(script, &["a", "bad", "c"]);
    assert_eq!(passed, 1);
    assert!(error.unwrap().to_string().ends_with("[bad]"));
}

/// The child dies on an object, then on some values; what is left of the file passes, and only those are left alone.
#[test]
fn what_a_child_dies_of_is_left_alone() {
    let script = r#"n=$1; shift; a=; while [ $n -gt 0 ]; do a="$a<$1>"; shift; n=$((n - 1)); done
        for f; do
            echo "at o /"
            case $f in good) echo passed; continue;; esac
            case $a in *"<o /x y>"*) ;; *) echo "at o /x y"; kill -SEGV $$;; esac
            case $a in *"<v /z>"*) ;; *) echo "at v /z"; exec sleep 60;; esac
            echo passed
        done"#;
    let probe = Probe::new(Setup { patience: Duration::from_secs(12), ..shell(script) });
    let files = ["good", "bad", "good"].map(|f| (PathBuf::from(f), f.to_owned()));
    probe.batch(&files).unwrap();
    assert_eq!(probe.passed.get("good").unwrap().keys().count(), 0);
    let avoid = probe.passed.get("bad").unwrap();
    assert_eq!(avoid.keys().collect::<Vec<_>>(), ["o /x y", "v /z"]);
    let guard = super::Guard::new(&avoid);
    assert!(guard.object("/x y").unwrap().contains("signal 11") && guard.values("/z").unwrap().contains("come back"));
    assert_eq!((guard.object("/z"), guard.values("/x y")), (None, None));
    // One that dies of the root, or of the same each time, cannot be helped.
    for script in ["echo 'at o /'; kill -SEGV $$", "echo 'at o /x'; kill -SEGV $$"] {
        let setup = shell(script);
        let ends = child::run(&setup, &Avoid::default(), &[Path::new("a")]);
        assert!(matches!(ends.as_slice(), [End::Died(_, Some(_))]));
        assert!(run(script, &["a"]).1.unwrap().to_string().contains("signal 11"), "{script}");
    }
}

#[test]
fn without_a_child_nothing_is_held_against_a_file() {
    let mut setup = shell("");
    setup.program = "/no/such/program".into();
    assert!(child::run(&setup, &Avoid::default(), &[Path::new("a")]).is_empty());
    assert!(Probe::new(setup).batch(&[("a".into(), "a".into())]).is_ok());
}

#[test]
fn an_error_survives_its_way_through_the_pipe() {
    let path = Path::new("/data/a b.nc");
    let error = Error::unsupported("this\nis odd").hint("write it again").at(path);
    let line = child::line(path, Err(error.clone()));
    assert_eq!(line, "unsupported this is odd; write it again");
    let (_, back) = run(&format!("echo '{line}'"), &["/data/a b.nc"]);
    let back = back.unwrap();
    assert_eq!((back.kind(), back.to_string()), (error.kind(), error.to_string().replace('\n', " ")));
}

#[test]
fn what_passed_is_known_to_the_next_process() {
    let folder = tempfile::tempdir().unwrap();
    let notes = folder.path().join("cache/passed");
    let first = Passed::new(Some(notes.clone()));
    assert!(first.get("/a.nc:10:1").is_none());
    first.add(["/a.nc:10:1", "/b.nc:20:2"].into_iter());
    first.add(["/a.nc:10:1"].into_iter());
    assert_eq!(std::fs::read_to_string(&notes).unwrap().lines().count(), 2);
    let next = Passed::new(Some(notes.clone()));
    assert!(next.get("/a.nc:10:1").is_some() && next.get("/b.nc:20:2").is_some() && next.get("/a.nc:10:2").is_none());
    // Torn notes cost another look, nothing else.
    std::fs::write(&notes, [0xFF; 100]).unwrap();
    let torn = Passed::new(Some(notes));
    assert!(torn.get("/a.nc:10:1").is_none());
    // A place that cannot be written neither.
    let nowhere = Passed::new(Some("/proc/none/passed".into()));
    nowhere.add(["/a.nc:10:1"].into_iter());
    assert!(nowhere.get("/a.nc:10:1").is_some());
}
