//! One binary: subcommands work without a display, none opens the window.

use std::process::ExitCode;

#[cfg(target_os = "linux")]
#[global_allocator]
static BLOCKS: graticule::memory::Blocks = graticule::memory::Blocks;

fn main() -> ExitCode {
    graticule::cli::main()
}
