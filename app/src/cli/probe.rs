//! The hidden command that tries files in a process of its own, within limits, before anything else here opens them.

use graticule_core::formats::probe::{Setup, answer, set};
use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

/// What stands in the place of a command.
const NAME: &str = "__probe";

/// Seconds that the library may take to open one file, where `GRATICULE_PROBE_SECONDS` says nothing else.
const PATIENCE: u64 = 6;

/// Most memory of a child. A file of 10,000 chunked variables takes a seventh of it.
#[cfg(unix)]
const MEMORY: u64 = 1 << 30;

/// Has files tried by children of this program, from now on.
pub(super) fn start() {
    // Without a way to start itself the program opens files untried.
    let Ok(program) = std::env::current_exe() else { return };
    let asked = std::env::var("GRATICULE_PROBE_SECONDS").ok().and_then(|text| text.parse().ok());
    let seconds: u64 = asked.filter(|&n| n > 0).unwrap_or(PATIENCE);
    set(Setup {
        program,
        args: vec![NAME.into(), seconds.to_string().into()],
        patience: Duration::from_secs(seconds),
        notes: crate::sample::cache_folder().map(|c| c.join("graticule").join(env!("CARGO_PKG_VERSION")).join("tried")),
    });
}

/// The child's whole life, where the arguments ask for it: the seconds for each file, then what the core passes on.
pub(super) fn child() -> Option<ExitCode> {
    let mut args = std::env::args_os().skip(1);
    args.next().filter(|name| name == NAME)?;
    let seconds = args.next().and_then(|s| s.to_str()?.parse().ok()).unwrap_or(PATIENCE);
    let rest: Vec<OsString> = args.collect();
    limit(seconds.saturating_mul(10).saturating_mul(u64::try_from(rest.len()).unwrap_or(u64::MAX)));
    let answered = answer(rest.into_iter(), &mut std::io::stdout().lock());
    Some(if answered.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Bounds the memory and the processor time of this process, and has it leave no core behind when it crashes.
#[cfg(unix)]
fn limit(seconds: u64) {
    use rustix::process::{Resource, getrlimit, setrlimit};
    for (resource, most) in [(Resource::Core, 0), (Resource::As, MEMORY), (Resource::Cpu, seconds.saturating_add(1))] {
        let mut limit = getrlimit(resource);
        limit.current = Some(limit.maximum.map_or(most, |hard| hard.min(most)));
        if let Err(e) = setrlimit(resource, limit) {
            // The parent's patience remains.
            tracing::debug!("no limit on {resource:?}: {e}");
        }
    }
}

/// The parent's patience is the only limit here.
#[cfg(not(unix))]
fn limit(_: u64) {}
