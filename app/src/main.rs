//! One binary: subcommands work without a display, none opens the window.

use std::process::ExitCode;

fn main() -> ExitCode {
    graticule::cli::main()
}
