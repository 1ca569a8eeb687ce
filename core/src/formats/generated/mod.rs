//! Data made on the spot: `arange(200000000)`, `linspace(0, 1, 101)`, `full((10, 20), 1.5)`, `random((1000, 64, 64))`.
//!
//! The text of a call takes the place of a path. Each cell follows from its position alone, so that the partition never
//! changes a value; random numbers are splitmix64 (Steele, Lea and Flood 2014) counted by the cell's position.

mod call;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests;

use crate::model::{
    Attrs, Block, DType, Data, Dim, Error, Group, Region, Result, Source, SourceInfo, Tier, VariableMeta,
};
use call::{Argument, Call};
use std::sync::Arc;

/// Cells of a chunk where none is asked for.
const CHUNK: usize = 1 << 18;
/// What can be made.
const NAMES: &[&str] = &["arange", "full", "linspace", "ones", "random", "zeros"];

/// Whether a text is a call of one of the generators. Nothing is said of its arguments yet.
#[must_use]
pub fn is_call(text: &str) -> bool {
    let text = text.trim();
    text.ends_with(')') && text.split_once('(').is_some_and(|(name, _)| NAMES.contains(&name.trim()))
}

/// The data that a call makes: one variable `a` (or `name=`) in the root group.
///
/// - `arange(stop)`, `arange(start, stop)`, `arange(start, stop, step)`: integers where all are integers, as numpy's.
/// - `linspace(start, stop, number)`: both ends held.
/// - `full(shape, value)`, `zeros(shape)`, `ones(shape)`.
/// - `random(shape, low=0, high=1, seed=0)`: evenly spread from `low` up to and without `high`.
///
/// All take `chunks=`, `dims=`, `dtype=` and `name=`.
///
/// # Errors
/// [`Invalid`](crate::model::ErrorKind::Invalid) where the arguments make no sense, naming them.
pub fn open(text: &str) -> Result<Arc<dyn Source>> {
    let made = Made::read(text).map_err(|e| e.within(text.trim()))?;
    Ok(Arc::new(made))
}

/// How a cell follows from its position in C order.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Rule {
    /// Integers in equal steps.
    Integers { start: i64, step: i64 },
    /// Numbers in equal steps; at the last position `last`, where there is one.
    Steps { start: f64, step: f64, last: Option<(u64, f64)> },
    /// The same everywhere.
    Same(f64),
    /// Even random numbers.
    Random { seed: u64, low: f64, high: f64 },
    /// Even random integers.
    RandomIntegers { seed: u64, low: i64, count: u64 },
}

struct Made {
    info: SourceInfo,
    rule: Rule,
    dtype: DType,
    shape: Vec<usize>,
    path: String,
}

impl Made {
    fn read(text: &str) -> Result<Self> {
        let mut call = Call::parse(text)?;
        let name = call.name.clone();
        let (shape, rule) = match name.as_str() {
            "arange" => arange(&mut call)?,
            "linspace" => linspace(&mut call)?,
            "random" => random(&mut call)?,
            name => {
                let shape = call.shape("shape")?;
                let value = match name {
                    "zeros" => 0.0,
                    "ones" => 1.0,
                    _ => call.need("value")?.number("value")?,
                };
                (shape, Rule::Same(value))
            }
        };
        let dtype = dtype(&mut call, rule)?;
        let rule = settled(rule, &dtype)?;
        let chunks = match call.take("chunks") {
            Some(chunks) => {
                let chunks = chunks.lengths("chunks")?;
                if chunks.len() != shape.len() || chunks.contains(&0) {
                    return Err(Error::invalid(format!("chunks of {} lengths for {}", chunks.len(), shape.len()))
                        .hint("each dimension needs one, above 0"));
                }
                chunks.iter().zip(&shape).map(|(&c, &n)| c.min(n.max(1))).collect()
            }
            None => chunks(&shape),
        };
        let dims = match call.take("dims") {
            Some(dims) => dims.words(),
            None => (0..shape.len()).map(|d| format!("dim_{d}")).collect(),
        };
        if dims.len() != shape.len() || dims.iter().enumerate().any(|(i, d)| d.is_empty() || dims[..i].contains(d)) {
            return Err(Error::invalid(format!("dims={} for {} dimensions", dims.join(","), shape.len()))
                .hint("each dimension needs a name of its own"));
        }
        let name = call.take("name").map_or_else(|| "a".to_owned(), |n| n.words().join(""));
        if name.is_empty() || name.contains('/') {
            return Err(Error::invalid(format!("{name} is no name of a variable")));
        }
        call.done()?;
        if shape.iter().try_fold(8_usize, |n, &d| n.checked_mul(d)).is_none_or(|n| isize::try_from(n).is_err()) {
            return Err(Error::invalid(format!("{shape:?} are more cells than can be counted")));
        }
        let path = format!("/{name}");
        let variable = VariableMeta {
            name,
            path: path.clone(),
            dtype: dtype.clone(),
            dims: dims.clone(),
            shape: shape.clone(),
            chunks: Some(chunks),
            shards: None,
            filters: Vec::new(),
            fill_value: None,
            tier: Tier::Direct,
            attrs: Attrs::default(),
        };
        let dims = dims.into_iter().zip(&shape).map(|(name, &size)| Dim { name, size, unlimited: false }).collect();
        let root =
            Group { name: "/".to_owned(), path: "/".to_owned(), dims, variables: vec![variable], ..Group::default() };
        let text = text.trim().to_owned();
        let info = SourceInfo {
            format: "generated",
            identity: format!("generated {text}"),
            path: text,
            root,
            warnings: Vec::new(),
        };
        Ok(Self { info, rule, dtype, shape, path })
    }
}

/// `arange(stop)`, `arange(start, stop)`, `arange(start, stop, step)`.
fn arange(call: &mut Call) -> Result<(Vec<usize>, Rule)> {
    let first = call.need("stop")?;
    let (start, stop) = match call.next() {
        None => (Argument::integer(0), first),
        Some(stop) => (first, stop),
    };
    let step = call.next().unwrap_or_else(|| Argument::integer(1));
    let (a, b, s) = (start.number("start")?, stop.number("stop")?, step.number("step")?);
    let count = ((b - a) / s).ceil().max(0.0);
    if s == 0.0 || count.is_nan() || count >= 9e15 {
        return Err(Error::invalid(format!("no end from {a} to {b} in steps of {s}")));
    }
    let rule = match (start.whole(), stop.whole(), step.whole()) {
        (Some(start), Some(_), Some(step)) => Rule::Integers { start, step },
        _ => Rule::Steps { start: a, step: (a + s) - a, last: None },
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "just checked")]
    let count = count as usize;
    Ok((vec![count], rule))
}

/// `linspace(start, stop, number)`.
fn linspace(call: &mut Call) -> Result<(Vec<usize>, Rule)> {
    let (start, stop) = (call.need("start")?.number("start")?, call.need("stop")?.number("stop")?);
    let count = call.next().unwrap_or_else(|| Argument::integer(50)).length("number")?;
    let steps = count.saturating_sub(1);
    let step = if steps == 0 { 0.0 } else { (stop - start) / steps as f64 };
    let last = (steps > 0).then_some((steps as u64, stop));
    Ok((vec![count], Rule::Steps { start, step, last }))
}

/// `random(shape, low=0, high=1, seed=0)`.
fn random(call: &mut Call) -> Result<(Vec<usize>, Rule)> {
    let shape = call.shape("shape")?;
    let number = |a: Option<Argument>, name: &str, default| a.map_or(Ok(default), |a| a.number(name));
    let low = number(call.take("low"), "low", 0.0)?;
    let high = number(call.take("high"), "high", 1.0)?;
    let seed = call.take("seed").map_or(Ok(0), |a| a.length("seed"))? as u64;
    if high <= low || !(high - low).is_finite() {
        return Err(Error::invalid(format!("nothing lies between low={low} and high={high}")));
    }
    Ok((shape, Rule::Random { seed, low, high }))
}

/// The type that is asked for, else that of the rule.
fn dtype(call: &mut Call, rule: Rule) -> Result<DType> {
    let Some(word) = call.take("dtype") else {
        return Ok(if matches!(rule, Rule::Integers { .. }) { DType::I64 } else { DType::F64 });
    };
    let word = word.words().join("");
    let all = [
        DType::I8,
        DType::I16,
        DType::I32,
        DType::I64,
        DType::U8,
        DType::U16,
        DType::U32,
        DType::U64,
        DType::F32,
        DType::F64,
    ];
    all.iter().find(|t| t.to_string() == word).cloned().ok_or_else(|| {
        Error::invalid(format!("dtype={word} is no type of numbers"))
            .hint(format!("there are: {}", all.iter().map(DType::to_string).collect::<Vec<_>>().join(", ")))
    })
}

/// The rule for values of this type: random integers are drawn as such.
#[expect(clippy::cast_possible_truncation, reason = "just checked")]
fn settled(rule: Rule, dtype: &DType) -> Result<Rule> {
    match rule {
        Rule::Random { seed, low, high } if dtype.is_integer() => {
            let (low, high) = (low.ceil(), high.ceil());
            if high <= low || low < -9.2e18 || high > 9.2e18 {
                return Err(Error::invalid(format!("no integer lies from low={low} up to high={high}")));
            }
            Ok(Rule::RandomIntegers { seed, low: low as i64, count: (high as i64).abs_diff(low as i64) })
        }
        other => Ok(other),
    }
}

/// Chunks of about [`CHUNK`] cells, cut along the slowest dimensions.
fn chunks(shape: &[usize]) -> Vec<usize> {
    let mut out: Vec<usize> = shape.iter().map(|&n| n.max(1)).collect();
    for d in 0..out.len() {
        let rest = out[d + 1..].iter().fold(1_usize, |n, &c| n.saturating_mul(c));
        out[d] = out[d].min((CHUNK / rest).max(1));
    }
    out
}

/// Well-mixed bits of a position.
fn mixed(seed: u64, at: u64) -> u64 {
    let z = seed.wrapping_add(at.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Source for Made {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn decodes_chunks(&self, _path: &str) -> bool {
        false
    }

    fn read(&self, path: &str, region: &Region) -> Result<Block> {
        if path.trim_start_matches('/') != self.path.trim_start_matches('/') {
            return Err(Error::not_found(format!("no variable {path}")).at(&self.info.path));
        }
        region.check(&self.shape).map_err(|e| e.within(path))?;
        let mut data = Data::zeros(&self.dtype, region.cells());
        let rows = rows(region, &self.shape);
        macro_rules! fill {
            ($($plane:ident: $t:ty),*) => {
                match &mut data {
                    $(Data::$plane(cells) => self.fill(cells, &rows, |x| x as $t, |x| x as $t),)*
                    Data::Text(_) => return Err(Error::internal("numbers made as text")),
                }
            };
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "stored as the type asked for"
        )]
        {
            fill!(I8: i8, I16: i16, I32: i32, I64: i64, U8: u8, U16: u16, U32: u32, U64: u64, F32: f32, F64: f64);
        }
        Block::new(region.shape(), data)
    }
}

impl Made {
    /// Fills cells from the runs of positions they stand at.
    fn fill<T: Copy>(&self, cells: &mut [T], rows: &Rows, float: impl Fn(f64) -> T, whole: impl Fn(i64) -> T) {
        let each = |cells: &mut [T], value: &dyn Fn(u64, &mut [T])| {
            cells.chunks_exact_mut(rows.len.max(1)).zip(&rows.starts).for_each(|(cells, &start)| value(start, cells));
        };
        match self.rule {
            Rule::Integers { start, step } => each(cells, &|at, cells| {
                let mut x = start.wrapping_add(step.wrapping_mul(at.cast_signed()));
                for cell in cells {
                    *cell = whole(x);
                    x = x.wrapping_add(step);
                }
            }),
            Rule::Steps { start, step, last } => each(cells, &|at, cells| {
                for (i, cell) in (at..).zip(cells) {
                    let end = last.filter(|(position, _)| *position == i).map(|(_, x)| x);
                    *cell = float(end.unwrap_or(start + step * i as f64));
                }
            }),
            Rule::Same(x) => cells.fill(float(x)),
            Rule::Random { seed, low, high } => each(cells, &|at, cells| {
                let unit = (high - low) / 9_007_199_254_740_992.0;
                for (i, cell) in (at..).zip(cells) {
                    *cell = float(low + (mixed(seed, i) >> 11) as f64 * unit);
                }
            }),
            Rule::RandomIntegers { seed, low, count } => each(cells, &|at, cells| {
                for (i, cell) in (at..).zip(cells) {
                    let drawn = (u128::from(mixed(seed, i)) * u128::from(count)) >> 64;
                    *cell = whole(low.wrapping_add_unsigned(u64::try_from(drawn).unwrap_or(0)));
                }
            }),
        }
    }
}

/// Runs of neighbouring positions in C order: where each starts, and the length of all.
struct Rows {
    starts: Vec<u64>,
    len: usize,
}

fn rows(region: &Region, shape: &[usize]) -> Rows {
    let Some((last, outer)) = region.0.split_last() else { return Rows { starts: vec![0], len: 1 } };
    let mut starts = vec![0_u64];
    for (span, &size) in outer.iter().zip(shape) {
        starts =
            starts.iter().flat_map(|&s| (span.start..span.end()).map(move |i| s * size as u64 + i as u64)).collect();
    }
    let size = shape.last().copied().unwrap_or(1) as u64;
    Rows { starts: starts.iter().map(|s| s * size + last.start as u64).collect(), len: last.len }
}
