//! What becomes of files whose trial fails in each way, with the shell in the place of the program.

use super::{Setup, child, passed::Passed};
use crate::model::{Error, ErrorKind};
use std::path::Path;
use std::time::{Duration, Instant};

fn shell(script: &str) -> Setup {
    let args = ["-c", script, "sh"].map(Into::into).to_vec();
    Setup { program: "/bin/sh".into(), args, patience: Duration::from_millis(500), notes: None }
}

fn run(script: &str, files: &[&str]) -> (usize, Option<Error>) {
    let files: Vec<&Path> = files.iter().map(Path::new).collect();
    let batch = child::run(&shell(script), &files);
    (batch.passed, batch.end.err())
}

#[test]
fn each_end_of_a_child_is_one_error_that_names_the_file() {
    for (script, kind, words) in [
        ("kill -SEGV $$", ErrorKind::Corrupt, "crashed on the file (signal 11)"),
        ("kill -KILL $$", ErrorKind::Corrupt, "want of memory"),
        ("kill -ABRT $$", ErrorKind::Corrupt, "out of memory"),
        ("kill -INT $$", ErrorKind::Cancelled, "cancelled"),
        ("exit 101", ErrorKind::Corrupt, "exit code 101"),
        ("echo memory too little of it", ErrorKind::Memory, "too little of it"),
        ("echo hello", ErrorKind::Internal, "hello"),
        ("exec sleep 60", ErrorKind::Corrupt, "GRATICULE_PROBE_SECONDS"),
    ] {
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
    let script = r#"for f; do case $f in bad) kill -BUS $$;; *) echo passed;; esac; done"#;
    assert_eq!(run(script, &["a", "b", "c"]).0, 3);
    let (passed, error) = run(script, &["a", "bad", "c"]);
    assert_eq!(passed, 1);
    assert!(error.unwrap().to_string().ends_with("[bad]"));
}

#[test]
fn without_a_child_nothing_is_held_against_a_file() {
    let mut setup = shell("");
    setup.program = "/no/such/program".into();
    let batch = child::run(&setup, &[Path::new("a")]);
    assert!(batch.passed == 0 && batch.end.is_ok());
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
    assert!(!first.contains("/a.nc:10:1"));
    first.add(["/a.nc:10:1", "/b.nc:20:2"].into_iter());
    first.add(["/a.nc:10:1"].into_iter());
    assert_eq!(std::fs::read_to_string(&notes).unwrap().lines().count(), 2);
    let next = Passed::new(Some(notes.clone()));
    assert!(next.contains("/a.nc:10:1") && next.contains("/b.nc:20:2") && !next.contains("/a.nc:10:2"));
    // Torn notes cost another look, nothing else.
    std::fs::write(&notes, [0xFF; 100]).unwrap();
    let torn = Passed::new(Some(notes));
    assert!(!torn.contains("/a.nc:10:1"));
    // A place that cannot be written neither.
    let nowhere = Passed::new(Some("/proc/none/passed".into()));
    nowhere.add(["/a.nc:10:1"].into_iter());
    assert!(nowhere.contains("/a.nc:10:1"));
}
