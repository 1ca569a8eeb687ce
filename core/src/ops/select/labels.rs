//! Which positions a label, a range of labels or a list of labels means on an axis.

use crate::model::calendar::Calendar;
use crate::model::{EXACT, Error, Result};
use crate::ops::dates::{PartialDate, resolution};
use crate::ops::horizontal::is_longitude;
use crate::ops::kernel::Pick;
use crate::ops::{Value, python};
use crate::plan::{Axis, AxisValues};

/// What a selection means, and how xarray is told.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub(crate) pick: Pick,
    pub(crate) how: How,
}

/// The argument that xarray takes for the same.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum How {
    /// `sel(dim=…)`
    Sel(String),
    /// `sel(dim=…, method="nearest")`
    Nearest(String),
    /// `isel(dim=…)`, where labels alone do not say it.
    Isel(String),
}

/// One end or label as it is written.
enum Text<'a> {
    One(&'a str),
    Near(&'a str),
    Range(&'a str, &'a str),
}

/// The positions that `value` means on `axis`. `near` takes the nearest label for single ones.
///
/// # Errors
/// [`NotFound`](crate::model::ErrorKind::NotFound) where nothing has such a label,
/// [`Invalid`](crate::model::ErrorKind::Invalid) where the text is no label of this axis.
pub(crate) fn find(axis: &Axis, value: &Value, near: bool) -> Result<Found> {
    if let Value::List(items) = value {
        let mut at = Vec::new();
        for item in items {
            match one(axis, &item.text(), near)?.pick {
                Pick::One(i) => at.push(i),
                other => at.extend(other.positions(axis.values.len())),
            }
        }
        let pick = Pick::of(&at, axis.values.len());
        let how = How::Isel(positions(&at));
        return Ok(Found { pick, how });
    }
    one(axis, &value.text(), near)
}

fn one(axis: &Axis, text: &str, near: bool) -> Result<Found> {
    let text = text.trim();
    let nearest = text.strip_prefix('~').map(str::trim);
    if nearest.unwrap_or(text).is_empty() {
        return Err(Error::invalid(format!("{}={text} names no label", axis.name))
            .hint(format!("write one behind it, as in {0}=850, {0}=~850 or {0}=300:850", axis.name)));
    }
    match &axis.values {
        AxisValues::Index(_) => {
            Err(Error::invalid(format!("{} has no labels", axis.name)).hint("isel takes positions"))
        }
        AxisValues::Number(labels) => {
            let split = text.split_once(':').map(|(a, b)| Text::Range(a.trim(), b.trim()));
            let text =
                nearest.map(Text::Near).or(split).unwrap_or(if near { Text::Near(text) } else { Text::One(text) });
            numbers(axis, labels, &text)
        }
        AxisValues::Time { ticks, calendar } => {
            let split = || date_range(text).map(|(a, b)| Text::Range(a, b));
            let whole = PartialDate::parse(text).map(|_| if near { Text::Near(text) } else { Text::One(text) });
            let text = nearest.map(Text::Near).or(whole).or_else(split).unwrap_or(Text::One(text));
            times(axis, ticks, *calendar, &text)
        }
        AxisValues::Text(labels) => names(axis, labels, text),
    }
}

fn number(axis: &Axis, text: &str) -> Result<f64> {
    text.parse::<f64>().ok().filter(|x| !x.is_nan()).ok_or_else(|| {
        Error::invalid(format!("{text} is no label of {}", axis.name))
            .hint("its labels are numbers: 30, 30:60 or ~51.4")
    })
}

/// What a whole turn adds to a longitude, and 0 for all else.
fn turns(axis: &Axis) -> &'static [f64] {
    if is_longitude(axis) { &[0.0, -360.0, 360.0, -720.0, 720.0] } else { &[0.0] }
}

fn numbers(axis: &Axis, labels: &[f64], text: &Text<'_>) -> Result<Found> {
    match *text {
        Text::One(text) => {
            let x = number(axis, text)?;
            let long = x.abs() >= EXACT && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
            if long {
                // Of integers that one double stands for, the one that is written.
                let at = labels.iter().enumerate().position(|(i, &l)| l == x && axis.values.label(i) == text);
                let at = at.ok_or_else(|| missing(axis, text))?;
                return Ok(Found { pick: Pick::One(at), how: How::Sel(text.to_owned()) });
            }
            // A label stored in single precision is not the double that people write.
            let same = |label: f64, x: f64| label == x || label == f64::from(single(x));
            let found = turns(axis).iter().find_map(|t| Some((labels.iter().position(|&l| same(l, x + t))?, x + t)));
            let (at, x) = found.ok_or_else(|| missing(axis, text))?;
            Ok(Found { pick: Pick::One(at), how: How::Sel(python::number(x)) })
        }
        Text::Near(text) => {
            let x = number(axis, text)?;
            let all = turns(axis).iter().flat_map(|&t| labels.iter().enumerate().map(move |(i, l)| (i, x + t, *l)));
            // On a tie the larger label, as pandas takes it.
            let best = all
                .filter(|(_, _, l)| !l.is_nan())
                .min_by(|a, b| (a.1 - a.2).abs().total_cmp(&(b.1 - b.2).abs()).then(b.2.total_cmp(&a.2)));
            let (at, x, _) = best.ok_or_else(|| missing(axis, text))?;
            Ok(Found { pick: Pick::One(at), how: How::Nearest(python::number(x)) })
        }
        Text::Range(a, b) => range(axis, labels, a, b),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "rounding to single precision is the point")]
fn single(x: f64) -> f32 {
    x as f32
}

/// A closed range. On a longitude it goes eastwards from its start, across the seam where it must.
fn range(axis: &Axis, labels: &[f64], a: &str, b: &str) -> Result<Found> {
    let text = format!("{a}:{b}");
    let end = |t: &str, open: f64| if t.is_empty() { Ok(open) } else { number(axis, t) };
    let (mut lo, mut hi) = (end(a, f64::NEG_INFINITY)?, end(b, f64::INFINITY)?);
    let turns = turns(axis);
    if hi < lo {
        if turns.len() > 1 {
            hi += 360.0;
        } else {
            (lo, hi) = (hi, lo);
        }
    }
    let inside = |x: f64| (x >= lo || x == f64::from(single(lo))) && (x <= hi || x == f64::from(single(hi)));
    // A whole turn or more: once around from the start. Else each label at the turn where it lies inside.
    let mut hits: Vec<(f64, usize)> = labels
        .iter()
        .enumerate()
        .filter_map(|(i, &l)| {
            let mut at: Vec<f64> = turns.iter().map(|t| l - t).filter(|&x| inside(x)).collect();
            at.sort_by(f64::total_cmp);
            at.first().map(|&x| (x, i))
        })
        .collect();
    if hits.is_empty() {
        return Err(missing(axis, &text));
    }
    let plain = hits.iter().all(|&(x, i)| labels.get(i) == Some(&x));
    if !plain {
        let descending = labels.first() > labels.last();
        hits.sort_by(|p, q| if descending { q.0.total_cmp(&p.0) } else { p.0.total_cmp(&q.0) });
    }
    let at: Vec<usize> = hits.iter().map(|&(_, i)| i).collect();
    let ascending = labels.is_sorted();
    let how = if plain && (ascending || labels.is_sorted_by(|a, b| a >= b)) {
        let word = |x: f64| if x.is_infinite() { "None".to_owned() } else { python::number(x) };
        How::Sel(if ascending {
            format!("slice({}, {})", word(lo), word(hi))
        } else {
            format!("slice({}, {})", word(hi), word(lo))
        })
    } else {
        How::Isel(positions(&at))
    };
    Ok(Found { pick: Pick::of(&at, labels.len()), how })
}

/// The ends of a range of dates, which have colons of their own.
fn date_range(text: &str) -> Option<(&str, &str)> {
    let date = |t: &str| t.trim().is_empty() || PartialDate::parse(t).is_some();
    text.match_indices(':')
        .map(|(i, _)| (&text[..i], &text[i + 1..]))
        .find(|(a, b)| date(a) && date(b))
        .map(|(a, b)| (a.trim(), b.trim()))
}

fn times(axis: &Axis, ticks: &[i64], calendar: Calendar, text: &Text<'_>) -> Result<Found> {
    let date = |t: &str| {
        PartialDate::parse(t).ok_or_else(|| {
            Error::invalid(format!("{t} is no date"))
                .hint("dates are written 2001, 2001-07, 2001-07-16T12:00, ranges 2001-07:2001-09")
        })
    };
    // pandas takes a label of the axis's own resolution as one instant; cftime always as a span.
    let pandas = matches!(calendar, Calendar::Standard | Calendar::ProlepticGregorian);
    match *text {
        Text::Near(text) => {
            let (wanted, _) = date(text)?.span(calendar)?;
            let all = ticks.iter().enumerate().filter(|(_, t)| **t != i64::MIN);
            let best = all.min_by_key(|&(_, &t)| (t.abs_diff(wanted), std::cmp::Reverse(t)));
            let (at, _) = best.ok_or_else(|| missing(axis, text))?;
            Ok(Found { pick: Pick::One(at), how: How::Isel(at.to_string()) })
        }
        Text::One(text) => {
            let label = date(text)?;
            let (first, last) = label.span(calendar)?;
            if pandas && label.resolution >= resolution(calendar, ticks) {
                let mut same = (0..ticks.len()).filter(|&i| ticks.get(i) == Some(&first));
                let at = same.next().ok_or_else(|| missing(axis, text))?;
                if same.next().is_some() {
                    // Instants less than a microsecond apart, or truly twice there: all of them, as pandas has it.
                    return between(axis, ticks, first, first, text, python::quote(text));
                }
                return Ok(Found { pick: Pick::One(at), how: How::Sel(python::quote(text)) });
            }
            between(axis, ticks, first, last, text, python::quote(text))
        }
        Text::Range(a, b) => {
            let first = if a.is_empty() { i64::MIN + 1 } else { date(a)?.span(calendar)?.0 };
            let last = if b.is_empty() { i64::MAX } else { date(b)?.span(calendar)?.1 };
            if last < first {
                return Err(Error::invalid(format!("{}={a}:{b} runs backwards", axis.name))
                    .hint("write the earlier date first"));
            }
            let word = |t: &str| if t.is_empty() { "None".to_owned() } else { python::quote(t) };
            between(axis, ticks, first, last, &format!("{a}:{b}"), format!("slice({}, {})", word(a), word(b)))
        }
    }
}

fn between(axis: &Axis, ticks: &[i64], first: i64, last: i64, text: &str, python: String) -> Result<Found> {
    let at: Vec<usize> =
        (0..ticks.len()).filter(|&i| ticks.get(i).is_some_and(|&t| (first..=last).contains(&t))).collect();
    if at.is_empty() {
        return Err(missing(axis, text));
    }
    let how = if ticks.is_sorted() { How::Sel(python) } else { How::Isel(positions(&at)) };
    Ok(Found { pick: Pick::of(&at, ticks.len()), how })
}

fn names(axis: &Axis, labels: &[String], text: &str) -> Result<Found> {
    let place = |t: &str| labels.iter().position(|l| l == t);
    if let Some(at) = place(text) {
        return Ok(Found { pick: Pick::One(at), how: How::Sel(python::quote(text)) });
    }
    let ends =
        text.match_indices(':').find_map(|(i, _)| Some((place(text[..i].trim())?, place(text[i + 1..].trim())?)));
    let (a, b) = ends.ok_or_else(|| {
        let known: Vec<&str> = labels.iter().take(8).map(String::as_str).collect();
        let more = if labels.len() > known.len() { " …" } else { "" };
        Error::not_found(format!("nothing in {} is labelled {text}", axis.name))
            .hint(format!("there are: {}{more}", known.join(", ")))
    })?;
    let at: Vec<usize> = (a.min(b)..=a.max(b)).collect();
    Ok(Found { pick: Pick::of(&at, labels.len()), how: How::Isel(positions(&at)) })
}

fn missing(axis: &Axis, text: &str) -> Error {
    let n = axis.values.len();
    let error = Error::not_found(format!("nothing in {} is labelled {text}", axis.name));
    match n {
        0 => error.hint("the dimension is empty"),
        _ => error.hint(format!(
            "it runs from {} to {}; ~ takes the nearest",
            axis.values.label(0),
            axis.values.label(n - 1)
        )),
    }
}

/// Positions as Python writes them: a slice where they follow each other, runs joined by `np.r_` where there are few,
/// else a list.
fn positions(at: &[usize]) -> String {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for &i in at {
        match runs.last_mut() {
            Some((_, end)) if *end == i => *end += 1,
            _ => runs.push((i, i + 1)),
        }
    }
    let words: Vec<String> = runs.iter().map(|(a, b)| format!("{a}:{b}")).collect();
    match runs.as_slice() {
        [(a, b)] => format!("slice({a}, {b})"),
        many if many.len() * 3 < at.len() => format!("np.r_[{}]", words.join(", ")),
        _ => format!("[{}]", at.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
    }
}
