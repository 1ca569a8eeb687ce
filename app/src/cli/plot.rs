//! `graticule plot`: the figure that the window would draw, as SVG or PNG.

use super::args::{Coast, ColourRange, Plot, PlotKind};
use super::context::Context;
use super::data;
use super::failure::Usage;
use super::ticks::dates;
use crate::figure;
use anyhow::Context as _;
use graticule_core::model::Error;
use graticule_core::plan::{Axis, AxisValues, Dataset};
use graticule_core::session::{Horizontal, HorizontalKind, Layout, Opened, layout};
use graticule_render::geo::Projection;
use graticule_render::scene::{
    CoastDetail, ColorRange, ColorSettings, Field, LayerSettings, LinePlotSpec, PlotSpec, Scene, SceneCache, Series,
    Tick, ViewSpec,
};
use graticule_render::svg::{to_png, to_svg};
use std::path::Path;
use std::sync::Arc;

/// Bytes for lattices and lines of one figure.
const CACHE_BYTES: usize = 256 << 20;
/// Marks along an axis.
const MOST_MARKS: usize = 7;

pub(crate) fn run(cx: &Context, args: &Plot) -> anyhow::Result<()> {
    let ending = args.output.extension().map(|e| e.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    if !["svg", "png"].contains(&ending.as_str()) {
        let wrong = format!("the ending of {} says no format: use .svg or .png", args.output.display());
        return Err(Usage(wrong).into());
    }
    let steps = data::steps(&args.selection)?;
    let (opened, var) = data::open(cx, &args.target)?;
    let (mut dataset, name) = dataset(&opened, &var)?;
    for step in &steps {
        dataset = step.apply(&dataset)?;
    }
    let lay = layout(&dataset, &name)?;
    let kind = args.kind.unwrap_or(if lay.y.is_some() { PlotKind::Map } else { PlotKind::Line });
    let source = data::caption(&opened);
    let scene = match kind {
        PlotKind::Line => line(cx, args, &dataset, &name, &lay, source)?,
        PlotKind::Map => map(cx, args, &dataset, &name, &lay, source)?,
        PlotKind::Hovmoller => map(cx, args, &dataset, &name, &hovmoller(&dataset, &name)?, source)?,
    };
    cx.run.cancel.check()?;
    let bytes = if ending == "svg" { to_svg(&scene)?.into_bytes() } else { to_png(&scene)? };
    replace(&args.output, &bytes)?;
    cx.tell(&format!("wrote {}", args.output.display()));
    Ok(())
}

/// The group of the variable, so that its coordinates are there too; the variable alone where it labels a dimension.
fn dataset(opened: &Opened, var: &str) -> anyhow::Result<(Dataset, String)> {
    match opened.locate(var) {
        Ok((group, name)) => Ok((group.dataset.clone(), name)),
        Err(_) => Ok(opened.alone(var, false)?),
    }
}

/// Time against one other dimension, the one that is longest.
fn hovmoller(ds: &Dataset, name: &str) -> anyhow::Result<Layout> {
    let meta = ds.need_var(name)?.node.meta();
    let is_time = |dim: &&String| ds.axis(dim).is_some_and(|a| matches!(a.values, AxisValues::Time { .. }));
    let time = meta.dims.iter().find(is_time).or(meta.dims.first());
    let other = meta.dims.iter().zip(&meta.shape).filter(|(d, _)| Some(*d) != time).max_by_key(|(_, n)| **n);
    let (Some(time), Some((other, _))) = (time, other) else {
        return Err(Error::invalid(format!(
            "a Hovmöller diagram needs two dimensions, {name} has {}",
            meta.dims.len()
        ))
        .into());
    };
    // Against longitude time runs upwards, as is the custom; else to the right.
    let of_longitude = layout(ds, name)?.x.as_ref() == Some(other);
    let (x, y) = if of_longitude { (other, time) } else { (time, other) };
    let others = meta.dims.iter().filter(|d| *d != x && *d != y).cloned().collect();
    Ok(Layout { x: Some(x.clone()), y: Some(y.clone()), others, horizontal: HorizontalKind::Plain })
}

fn map(cx: &Context, args: &Plot, ds: &Dataset, name: &str, lay: &Layout, source: String) -> anyhow::Result<Scene> {
    if lay.y.is_none() {
        anyhow::bail!("{name} has fewer than two dimensions here and no map; use --kind line");
    }
    let field = cx.session.field_as(ds, name, lay, &[], &cx.run)?;
    let grid = Arc::new(figure::grid(&field.horizontal, field.nx, field.ny)?);
    let projection = match &args.projection {
        Some(text) if grid.is_on_globe() => Projection::parse(text)?,
        Some(_) => anyhow::bail!("{name} has no place on Earth here, so it has no --projection"),
        None => figure::fitting(&grid)?,
    };
    let mut drawn = Field::new(&field.name, grid, Arc::clone(&field.values))?;
    drawn.long_name.clone_from(&field.long_name);
    drawn.standard_name.clone_from(&field.standard_name);
    drawn.units.clone_from(&field.units);
    let (width, height) = args.size;
    let mut spec = PlotSpec::new(Arc::new(drawn), ViewSpec::Data(projection), [width, height]).at_dpi(dpi(args));
    spec.color = colours(args);
    let coast = match args.coast {
        Coast::M110 => CoastDetail::Coarse,
        Coast::M50 => CoastDetail::Fine,
        Coast::None => CoastDetail::None,
    };
    spec.layers = LayerSettings { coast, ..LayerSettings::default() };
    spec.subtitle.clone_from(&field.title);
    spec.source = source;
    if let Horizontal::Plain { x, y } = &*field.horizontal {
        spec.axis_labels = [label(x), label(y)];
        spec.axis_ticks = [marks(x, Place::Position), marks(y, Place::Position)];
        spec.y_down = downwards(y);
        spec.square = figure::is_square(x, y);
    }
    Ok(Scene::build(&spec, &SceneCache::new(CACHE_BYTES))?)
}

fn line(cx: &Context, args: &Plot, ds: &Dataset, name: &str, lay: &Layout, source: String) -> anyhow::Result<Scene> {
    // Along time where there is one, as most lines are drawn.
    let dims = &ds.need_var(name)?.node.meta().dims;
    let is_time = |dim: &&String| ds.axis(dim).is_some_and(|a| matches!(a.values, AxisValues::Time { .. }));
    let along = dims.iter().find(is_time).or(lay.x.as_ref());
    let dim = along.with_context(|| format!("{name} is a single value here; graticule values prints it"))?;
    let series = cx.session.series(ds, name, dim, &[], &cx.run)?;
    let place = series.label.strip_prefix(name).unwrap_or_default().trim_start_matches(", ").to_owned();
    let x = (0..series.axis.values.len()).map(|i| at(&series.axis, i)).collect();
    let var = ds.need_var(name)?;
    let title = var.attrs.text("long_name").unwrap_or(name).to_owned();
    let ratio = dpi(args) / 96.0;
    let pixels = |points: u32| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 8192 points at 1200 dpi")]
        let pixels = (f64::from(points) * ratio).round() as u32;
        pixels
    };
    let size = [pixels(args.size.0), pixels(args.size.1)];
    let mut spec = LinePlotSpec::new(vec![Series { name: name.to_owned(), x, y: series.values }], size);
    spec.pixel_ratio = ratio;
    spec.x_label = label(&series.axis);
    spec.y_label.clone_from(&series.units);
    spec.x_ticks = marks(&series.axis, Place::Value);
    spec.title = title;
    spec.subtitle = place;
    spec.source = source;
    Ok(Scene::build_lines(&spec)?)
}

fn dpi(args: &Plot) -> f64 {
    // SVG has no pixels: its size is in points.
    let svg = args.output.extension().is_some_and(|e| e.eq_ignore_ascii_case("svg"));
    if svg { 96.0 } else { f64::from(args.dpi) }
}

fn colours(args: &Plot) -> ColorSettings {
    let range = match args.range {
        None => ColorRange::Auto,
        Some(ColourRange::Robust) => ColorRange::Robust,
        Some(ColourRange::Symmetric) => ColorRange::Symmetric,
        Some(ColourRange::Fixed(low, high)) => ColorRange::Fixed { low, high },
    };
    ColorSettings { map: args.cmap.clone(), range, ..ColorSettings::default() }
}

/// Where along an axis a mark stands.
#[derive(Clone, Copy)]
enum Place {
    /// At the position of the label next to it.
    Position,
    /// At the label's own number: for times, days.
    Value,
}

/// Where a position of an axis stands on a line plot.
fn at(axis: &Axis, i: usize) -> f64 {
    match &axis.values {
        AxisValues::Number(v) => v.get(i).copied().unwrap_or(f64::NAN),
        AxisValues::Time { ticks, .. } => ticks.get(i).filter(|t| **t != i64::MIN).map_or(f64::NAN, |&t| days(t)),
        AxisValues::Index(_) | AxisValues::Text(_) => i as f64,
    }
}

fn days(tick: i64) -> f64 {
    tick as f64 / graticule_core::model::calendar::DAY as f64
}

/// Marks of an axis that are no numbers: dates and names. `None` leaves them to the numbers.
fn marks(axis: &Axis, place: Place) -> Option<Vec<Tick>> {
    match &axis.values {
        AxisValues::Time { ticks, calendar } => {
            let known = || ticks.iter().copied().filter(|&t| t != i64::MIN);
            let range = [known().min()?, known().max()?];
            Some(dates(*calendar, range, MOST_MARKS, |tick| match place {
                Place::Value => days(tick),
                Place::Position => position(ticks, tick),
            }))
        }
        AxisValues::Text(names) => {
            let every = names.len().div_ceil(MOST_MARKS * 2).max(1);
            let marks = names.iter().enumerate().step_by(every);
            Some(marks.map(|(i, name)| Tick { value: i as f64, label: name.clone() }).collect())
        }
        _ => None,
    }
}

/// The position of an instant among rising ticks, between two of them in proportion.
fn position(ticks: &[i64], tick: i64) -> f64 {
    let after = ticks.partition_point(|&t| t < tick);
    match (after.checked_sub(1).and_then(|i| ticks.get(i)), ticks.get(after)) {
        (Some(&a), Some(&b)) if b > a => (after - 1) as f64 + (tick - a) as f64 / (b - a) as f64,
        _ => after as f64,
    }
}

fn label(axis: &Axis) -> String {
    let name = axis.attrs.text("long_name").unwrap_or(&axis.name);
    match axis.attrs.text("units").filter(|_| matches!(axis.values, AxisValues::Number(_))) {
        Some(units) if !["", "1"].contains(&units) => format!("{name} ({units})"),
        _ => name.to_owned(),
    }
}

/// Depth and pressure grow downwards.
fn downwards(axis: &Axis) -> bool {
    let pressure = ["Pa", "hPa", "mb", "mbar", "millibar", "millibars", "dbar"];
    match axis.attrs.text("positive") {
        Some(positive) => positive.eq_ignore_ascii_case("down"),
        None => axis.attrs.text("units").is_some_and(|u| pressure.contains(&u)),
    }
}

/// Writes a figure in the place of an earlier one, at once: a figure is drawn again and again.
fn replace(target: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let name = target.file_name().context("the output has no name")?.to_string_lossy();
    let part = target.with_file_name(format!(".{name}.graticule-tmp-{}", std::process::id()));
    let written = std::fs::write(&part, bytes).and_then(|()| std::fs::rename(&part, target));
    if written.is_err() {
        // What could not be written may not be there to remove either; the first failure is the one to tell.
        drop(std::fs::remove_file(&part));
    }
    written.map_err(|e| Error::io("write the figure", &e).at(target).into())
}
