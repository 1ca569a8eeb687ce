//! What can be typed: subcommands, their flags and help. Does no work.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Explore and process large N-dimensional data. Without a subcommand it opens the window.
#[derive(Debug, Parser)]
#[command(name = "graticule", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Cli {
    /// Files, folders or addresses to show in the window.
    #[arg(value_name = "DATA")]
    pub(crate) data: Vec<String>,
    #[command(flatten)]
    pub(crate) shared: Shared,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Flags of every command.
#[derive(Debug, Clone, Args)]
pub(crate) struct Shared {
    /// Most memory to use, such as 512MiB or 2GiB [default: a quarter of the machine's].
    #[arg(long, global = true, value_name = "SIZE", value_parser = parse_bytes)]
    pub(crate) memory: Option<u64>,
    /// Worker threads [default: one for each core].
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,
    /// Write what the threads did as a Chrome trace, which Perfetto opens.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) trace: Option<PathBuf>,
    /// How progress is shown on stderr.
    #[arg(long, global = true, value_name = "HOW", default_value = "auto")]
    pub(crate) progress: ProgressForm,
    /// No warnings and no progress.
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Say more on stderr (-vv: much more).
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressForm {
    /// One line that changes, where stderr is a terminal.
    Auto,
    /// One JSON object per line.
    Json,
    /// Not at all.
    None,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Structure: groups, dimensions, variables, attributes.
    Info(Info),
    /// Count, missing, min, max, mean, std, sum, first and last of a variable.
    Stats(Stats),
    /// The numbers of a region.
    Values(Values),
    /// The operations and their parameters.
    Ops(Ops),
}

/// Which part of a variable.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Selection {
    /// Positions: time=0,lat=3:10 (half-open, negative counts from the end).
    #[arg(long, value_name = "DIM=…", allow_hyphen_values = true)]
    pub(crate) isel: Vec<String>,
    /// Labels: time=2001-07,lat=30:60,lon=350:20 (closed ends, partial dates; ~51.4 is the nearest).
    #[arg(long, value_name = "DIM=…", allow_hyphen_values = true)]
    pub(crate) sel: Vec<String>,
}

/// `graticule info`.
#[derive(Debug, Args)]
pub(crate) struct Info {
    /// File or folder.
    #[arg(value_name = "DATA", required_unless_present = "sample")]
    pub(crate) data: Option<String>,
    /// Use the built-in sample.
    #[arg(long, conflicts_with = "data")]
    pub(crate) sample: bool,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Data and a variable in it; with `--sample` the variable alone.
#[derive(Debug, Args)]
pub(crate) struct Target {
    /// File or folder, and the variable (not DATA with --sample).
    #[arg(value_names = ["DATA", "VAR"], num_args = 1..=2, required = true)]
    pub(crate) target: Vec<String>,
    /// Use the built-in sample.
    #[arg(long)]
    pub(crate) sample: bool,
}

/// `graticule stats`.
#[derive(Debug, Args)]
pub(crate) struct Stats {
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) selection: Selection,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// As stored: no mask, no scale.
    #[arg(long)]
    pub(crate) raw: bool,
}

/// `graticule values`.
#[derive(Debug, Args)]
pub(crate) struct Values {
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) selection: Selection,
    /// As JSON.
    #[arg(long, conflicts_with = "csv")]
    pub(crate) json: bool,
    /// As a table: one row for each cell, with its coordinates.
    #[arg(long)]
    pub(crate) csv: bool,
    /// As stored: no mask, no scale.
    #[arg(long)]
    pub(crate) raw: bool,
    /// Print more than a million cells.
    #[arg(long)]
    pub(crate) all: bool,
}

/// `graticule ops`.
#[derive(Debug, Args)]
pub(crate) struct Ops {
    /// One operation in full.
    pub(crate) name: Option<String>,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `512MiB`, `2GiB`, `800MB`, `1073741824`.
fn parse_bytes(text: &str) -> Result<u64, String> {
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        other => return Err(format!("{other:?} is no unit of size: write for example 512MiB or 2GiB")),
    };
    let wrong = || format!("{text:?} is no size: write for example 512MiB or 2GiB");
    match number.parse::<u64>() {
        Ok(whole) => whole.checked_mul(factor).ok_or_else(wrong),
        Err(_not_whole) => {
            let bytes = number.parse::<f64>().map_err(|e| format!("{}: {e}", wrong()))? * factor as f64;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "digits and a dot: not negative, below 1e18")]
            if bytes < 1e18 { Ok(bytes as u64) } else { Err(wrong()) }
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Cli, Command, parse_bytes};
    use clap::{CommandFactory, Parser};

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_subcommand_is_the_window_and_flags_may_follow() {
        let cli = Cli::try_parse_from(["graticule", "a.nc", "b.zarr"]).unwrap();
        assert_eq!((cli.data.len(), cli.command.is_none()), (2, true));
        let cli = Cli::try_parse_from(["graticule", "stats", "a.nc", "t", "--memory", "2GiB", "--isel", "x=-1"]).unwrap();
        assert_eq!(cli.shared.memory, Some(2 << 30));
        assert!(matches!(cli.command, Some(Command::Stats(s)) if s.selection.isel == ["x=-1"]));
        assert!(Cli::try_parse_from(["graticule", "info"]).is_err());
        assert!(Cli::try_parse_from(["graticule", "info", "--sample"]).is_ok());
    }

    #[test]
    fn sizes_and_ranges_are_read() {
        assert_eq!(parse_bytes("1.5GiB").unwrap(), 3 << 29);
        assert_eq!(parse_bytes("1000").unwrap(), 1000);
        assert!(parse_bytes("2 apples").is_err() && parse_bytes("").is_err() && parse_bytes("99999999999GiB").is_err());
    }
}
