//! What can be typed: subcommands, their flags and help. Does no work.

use clap::{Args, Parser, Subcommand, ValueEnum};
use graticule_core::session::Override;
use std::path::PathBuf;

/// Explore and process large N-dimensional data. Without a subcommand it opens the window.
#[derive(Debug, Parser)]
#[command(name = "graticule", version)]
pub(crate) struct Cli {
    /// Files, folders or addresses to show in the window.
    #[arg(value_name = "DATA")]
    pub(crate) data: Vec<String>,
    /// Show the built-in sample in the window.
    #[arg(long)]
    pub(crate) sample: bool,
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
    /// What counts as missing: all that CF names, or what xarray masks (no valid range, no default fills).
    #[arg(long, global = true, value_name = "RULE", default_value = "cf")]
    pub(crate) mask: Mask,
    /// Set an attribute over that of the file before decoding, as in time:calendar=noleap; no value takes it away.
    #[arg(long, global = true, value_name = "VAR:NAME=VALUE")]
    pub(crate) attr: Vec<Override>,
    /// Leave all reading to the format's library.
    #[arg(long, global = true)]
    pub(crate) no_direct: bool,
    /// Go on where chunks are damaged: their cells are missing, and which they are is told and written.
    #[arg(long, global = true)]
    pub(crate) mark_missing: bool,
    /// No progress and no word of what was done.
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Say more on stderr (-vv: much more).
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// What counts as missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mask {
    /// Fill and missing values, valid ranges, the default fills of netCDF.
    Cf,
    /// `_FillValue` and `missing_value` alone.
    Xarray,
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
    /// A map, line or Hovmöller diagram as SVG or PNG.
    Plot(Plot),
    /// Run a chain and write the result.
    Run(Run),
    /// What a chain would read, compute and hold in memory; runs nothing.
    Explain(Chain),
    /// A chain as a runnable xarray script.
    Code(Chain),
    /// The operations and their parameters.
    Ops(Ops),
    /// Convert and rechunk variables as they are stored, to Zarr or NetCDF-4.
    Export(Export),
    /// Versions, threads, memory, and what is missing.
    Doctor,
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
    /// File, folder, pattern, catalogue, or an entry of one (catalog.yml/NAME); several files are one dataset.
    #[arg(value_name = "DATA", required_unless_present = "sample")]
    pub(crate) data: Vec<String>,
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
    /// The data (several files are one dataset), then the variable, which always stands last; VAR alone with --sample.
    #[arg(value_name = "DATA… VAR", required = true)]
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
    /// The missing cells alone: what is stored in each, and the attribute or rule that makes it missing.
    #[arg(long, conflicts_with = "raw")]
    pub(crate) why: bool,
    /// Print more than a million cells.
    #[arg(long)]
    pub(crate) all: bool,
}

/// `graticule plot`.
#[derive(Debug, Args)]
pub(crate) struct Plot {
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) selection: Selection,
    /// Where to write: .svg or .png.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// What to draw [default: a map where there are two horizontal dimensions, else a line].
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Option<PlotKind>,
    /// A preset such as robinson or orthographic, or any PROJ string [default: the data's own for regional grids].
    #[arg(long, value_name = "NAME|PROJ")]
    pub(crate) projection: Option<String>,
    /// Coastlines.
    #[arg(long, value_name = "SCALE", default_value = "110m")]
    pub(crate) coast: Coast,
    /// Colour range: two numbers, robust (2–98 %) or symmetric.
    #[arg(long, value_name = "A,B|robust|symmetric", allow_hyphen_values = true, value_parser = parse_range)]
    pub(crate) range: Option<ColourRange>,
    /// Colour map by name.
    #[arg(long, value_name = "NAME")]
    pub(crate) cmap: Option<String>,
    /// Width and height in points.
    #[arg(long, value_name = "WxH", default_value = "960x600", value_parser = parse_size)]
    pub(crate) size: (u32, u32),
    /// Pixels per inch of a PNG; 96 gives one pixel for each point.
    #[arg(long, value_name = "N", default_value_t = 192, value_parser = clap::value_parser!(u32).range(24..=1200))]
    pub(crate) dpi: u32,
}

/// Kinds of plot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlotKind {
    /// A field on a map, or an image where nothing is known of the place.
    Map,
    /// One dimension along x, the value along y.
    Line,
    /// Two dimensions, one of them often time, as an image.
    Hovmoller,
}

/// Scales of coastlines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Coast {
    /// 1 : 110 million.
    #[value(name = "110m")]
    M110,
    /// 1 : 50 million.
    #[value(name = "50m")]
    M50,
    /// No coast.
    None,
}

/// How the colour range is chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum ColourRange {
    /// From here to there.
    Fixed(f64, f64),
    /// From the 2nd to the 98th percentile.
    Robust,
    /// As far below zero as above.
    Symmetric,
}

/// A chain: a recipe file, what a result tells of its own, or steps typed one by one.
#[derive(Debug, Args)]
pub(crate) struct Chain {
    /// The chain as a file, or a result in which it stands.
    #[arg(value_name = "RECIPE", conflicts_with = "step")]
    pub(crate) recipe: Option<PathBuf>,
    /// A result whose chain is to be run again, on the same data.
    #[arg(long, value_name = "RESULT", conflicts_with_all = ["recipe", "step"])]
    pub(crate) from: Option<PathBuf>,
    /// What to read, in place of the recipe's input; given several times, the files are one dataset.
    #[arg(long, value_name = "DATA")]
    pub(crate) input: Vec<String>,
    /// Read the built-in sample.
    #[arg(long, conflicts_with = "input")]
    pub(crate) sample: bool,
    /// One step, such as 'anomaly by=month'; may be given many times.
    #[arg(long, value_name = "'OP KEY=VALUE …'")]
    pub(crate) step: Vec<String>,
    /// A function for the expressions of the steps, such as 'celsius(t) = t - 273.15'; may be given many times.
    #[arg(long, value_name = "'NAME(ARG, …) = EXPR'")]
    pub(crate) define: Vec<String>,
    /// The group of the file that the chain reads [default: the root].
    #[arg(long, value_name = "PATH")]
    pub(crate) group: Option<String>,
}

/// How results are stored.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Storage {
    /// Chunk lengths: time=24,lat=90.
    #[arg(long, value_name = "DIM=N,…", value_parser = parse_sizes)]
    pub(crate) chunks: Option<Sizes>,
    /// Shard lengths, multiples of the chunks (Zarr 3).
    #[arg(long, value_name = "DIM=N,…", value_parser = parse_sizes)]
    pub(crate) shards: Option<Sizes>,
    /// Compression: zstd:3, blosc:lz4, gzip:5, none.
    #[arg(long, value_name = "CODEC")]
    pub(crate) codec: Option<String>,
    /// Zarr version.
    #[arg(long, value_name = "2|3", value_parser = clap::value_parser!(u8).range(2..=3))]
    pub(crate) zarr: Option<u8>,
    /// Go on with what an interrupted export to the same Zarr store left, and leave such for the next.
    #[arg(long)]
    pub(crate) resume: bool,
}

/// Lengths by dimension.
pub(crate) type Sizes = std::sync::Arc<[(String, usize)]>;

/// `graticule run`.
#[derive(Debug, Args)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) chain: Chain,
    /// Where to write: .zarr, .nc, .csv, .json or .npy. Without it a small result is printed.
    #[arg(short, long, value_name = "OUT")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) storage: Storage,
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

/// `graticule export`.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The data (several files are one dataset: every path that is there), then the variables to take; all where none is
    /// named. No DATA with --sample.
    #[arg(value_name = "DATA… VAR", required_unless_present = "sample")]
    pub(crate) target: Vec<String>,
    /// Use the built-in sample.
    #[arg(long)]
    pub(crate) sample: bool,
    /// Where to write: .zarr or .nc, as stored; decoded .csv, .json or .npy.
    #[arg(short, long, value_name = "OUT")]
    pub(crate) output: PathBuf,
    /// The group of the file to take [default: all groups].
    #[arg(long, value_name = "PATH")]
    pub(crate) group: Option<String>,
    #[command(flatten)]
    pub(crate) storage: Storage,
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
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "digits and a dot: not negative, below 1e18"
            )]
            if bytes < 1e18 { Ok(bytes as u64) } else { Err(wrong()) }
        }
    }
}

/// `960x600`.
fn parse_size(text: &str) -> Result<(u32, u32), String> {
    let size = text.split_once('x').and_then(|(w, h)| Some((w.trim().parse().ok()?, h.trim().parse().ok()?)));
    size.filter(|&(w, h)| (64..=8192).contains(&w) && (64..=8192).contains(&h))
        .ok_or_else(|| "write width and height from 64 to 8192, such as 960x600".to_owned())
}

/// `-2,2`, `robust`, `symmetric`.
fn parse_range(text: &str) -> Result<ColourRange, String> {
    match text {
        "robust" => Ok(ColourRange::Robust),
        "symmetric" => Ok(ColourRange::Symmetric),
        _ => text
            .split_once(',')
            .and_then(|(a, b)| Some((a.trim().parse::<f64>().ok()?, b.trim().parse::<f64>().ok()?)))
            .filter(|(a, b)| a.is_finite() && b.is_finite() && a < b)
            .map(|(a, b)| ColourRange::Fixed(a, b))
            .ok_or_else(|| "write two numbers, the smaller first, such as 270,310; or robust; or symmetric".to_owned()),
    }
}

/// `time=24,lat=90`.
fn parse_sizes(text: &str) -> Result<Sizes, String> {
    text.split(',')
        .map(|item| {
            let (dim, n) = item.split_once('=').ok_or_else(|| format!("{item:?} has no length: write DIM=N"))?;
            match n.trim().parse() {
                Ok(n) if n > 0 => Ok((dim.trim().to_owned(), n)),
                _ => Err(format!("{n:?} is no length above 0")),
            }
        })
        .collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Cli, ColourRange, Command, parse_bytes, parse_range, parse_size, parse_sizes};
    use clap::{CommandFactory, Parser};

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_subcommand_is_the_window_and_flags_may_follow() {
        let cli = Cli::try_parse_from(["graticule", "a.nc", "b.zarr", "--sample"]).unwrap();
        assert_eq!((cli.data.len(), cli.command.is_none()), (2, true));
        let cli =
            Cli::try_parse_from(["graticule", "stats", "a.nc", "t", "--memory", "2GiB", "--isel", "x=-1"]).unwrap();
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
        assert_eq!(parse_size("960x600").unwrap(), (960, 600));
        assert!(parse_size("0x5").is_err() && parse_size("12").is_err());
        assert_eq!(parse_range("-2,2").unwrap(), ColourRange::Fixed(-2.0, 2.0));
        assert!(parse_range("2,-2").is_err() && parse_range("nan,1").is_err());
        assert_eq!(&*parse_sizes("time=24,lat=90").unwrap(), [("time".to_owned(), 24), ("lat".to_owned(), 90)]);
        assert!(parse_sizes("time=0").is_err() && parse_sizes("time").is_err());
    }
}
