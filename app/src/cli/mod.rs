//! The command line: one file for each subcommand, all work done by the core's session. Knows no window but how to open it.

#![expect(clippy::disallowed_methods, reason = "the command line draws no window that could be blocked")]

mod args;
mod chain;
mod code;
mod context;
mod data;
mod doctor;
mod explain;
mod export;
mod failure;
mod info;
mod ops;
mod output;
mod plot;
mod probe;
mod run;
mod stats;
mod summary;
mod ticks;
mod values;

use args::{Cli, Command, Shared};
use clap::Parser as _;
use context::Context;
use std::process::ExitCode;

/// Does what the command line says; without a subcommand it opens the window.
#[must_use]
pub fn main() -> ExitCode {
    if let Some(code) = probe::child() {
        return code;
    }
    match Cli::try_parse() {
        Ok(cli) => {
            log(&cli.shared);
            probe::start();
            failure::report(dispatch(cli))
        }
        Err(error) => failure::grammar(&error),
    }
}

fn dispatch(cli: Cli) -> anyhow::Result<()> {
    let Some(command) = cli.command else { return window(cli) };
    if cli.sample {
        return Err(failure::Usage("--sample stands after the command, as in graticule info --sample".into()).into());
    }
    let shared = cli.shared;
    if let Command::Ops(args) = &command {
        return ops::run(args);
    }
    let mut cx = Context::new(&shared)?;
    match &command {
        Command::Info(args) => info::run(&cx, args),
        Command::Stats(args) => stats::run(&cx, args),
        Command::Values(args) => values::run(&cx, args),
        Command::Plot(args) => plot::run(&cx, args),
        Command::Run(args) => run::run(&cx, args),
        Command::Explain(args) => explain::run(&cx, args),
        Command::Code(args) => code::run(&cx, args),
        Command::Ops(args) => ops::run(args),
        Command::Export(args) => export::run(&cx, args),
        Command::Doctor => doctor::run(&cx),
    }?;
    cx.finish(shared.trace.as_deref())
}

fn window(cli: Cli) -> anyhow::Result<()> {
    crate::window::run(crate::window::Options {
        paths: cli.data,
        sample: cli.sample,
        threads: cli.shared.threads.map(usize::from),
        memory_bytes: cli.shared.memory,
        ..Default::default()
    })
}

/// The log goes to stderr, as much of it as was asked for.
fn log(shared: &Shared) {
    let level = match shared.verbose {
        0 => return,
        1 => tracing::Level::INFO,
        2 => tracing::Level::DEBUG,
        _ => tracing::Level::TRACE,
    };
    let subscriber = tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).finish();
    // Only a second call could fail, and there is none.
    drop(tracing::subscriber::set_global_default(subscriber));
}
