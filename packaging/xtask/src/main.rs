//! `cargo xtask`: makes a bare machine able to build Graticule, then runs, tests or checks it.
//!
//! Owns the command line of this tool. Knows nothing of the program's own code, and depends on
//! no crate, so that it builds at once on any machine with Rust.

mod bench;
mod check;
mod cmake;
mod command;
mod needs;
mod os;
mod packages;
mod python;
mod run;
mod setup;
mod test;
mod workspace;

use std::process::ExitCode;

use command::{Failure, say};
use workspace::Workspace;

const USAGE: &str = "\
usage: cargo xtask <command>

  run [ARGS]      build in release and open the window on the built-in sample, or run
                  `graticule ARGS`; without a display, do the sample's main job headless
  test [ARGS]     set up the Python oracle and run `cargo test --workspace ARGS`
  bench [NAMES]   measure the release build beside xarray: events, reading, engine
  check           formatting, clippy and documentation, all warnings denied
  setup [--check] install what the build, the window and the tests need; --check only reports";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say(&failure.message);
            ExitCode::from(failure.code)
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<(), Failure> {
    let Some((command, rest)) = arguments.split_first() else {
        return Err(Failure::usage(USAGE));
    };
    match (command.as_str(), rest) {
        ("run", rest) => run::run(&Workspace::find()?, after_dashes(rest)),
        ("test", rest) => test::test(&Workspace::find()?, rest),
        ("bench", names) => bench::bench(&Workspace::find()?, names),
        ("check", []) => check::check(&Workspace::find()?),
        ("setup", []) => setup::everything(&Workspace::find()?),
        ("setup", [flag]) if flag == "--check" => setup::report(&Workspace::find()?),
        ("help" | "--help" | "-h", _) => {
            say(USAGE);
            Ok(())
        }
        _ => Err(Failure::usage(USAGE)),
    }
}

/// `cargo xtask run -- FILE` means the same as `cargo xtask run FILE`.
fn after_dashes(arguments: &[String]) -> &[String] {
    match arguments {
        [first, rest @ ..] if first == "--" => rest,
        all => all,
    }
}
