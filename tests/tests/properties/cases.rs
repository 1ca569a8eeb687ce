//! Cases at random: small data in two chunkings, and chains of steps that make sense of them.

use graticule_core::model::calendar::{Calendar, DateTime};
use graticule_core::model::{
    Attrs, Block, DType, Data, Dim, Group, Region, Result, Source, SourceInfo, Span, Tier, VariableMeta,
};
use graticule_core::ops::{Functions, Other, Scope, Step};
use graticule_core::plan::{Axis, AxisValues, Dataset, Node, Role, Var};
use proptest::prelude::*;
use std::sync::Arc;

/// Data, two ways to cut them, what is done with them.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) shape: [usize; 3],
    pub(crate) chunks: [usize; 3],
    pub(crate) others: [usize; 3],
    dtype: DType,
    calendar: Calendar,
    /// Whether the latitudes go from north to south.
    southward: bool,
    seed: u64,
    pub(crate) mib: u64,
    pub(crate) choices: Vec<u64>,
}

/// Cases with lengths from these to below those. Chunks are no smaller than an eighth of a long dimension.
pub(crate) fn case(from: [usize; 3], to: [usize; 3]) -> impl Strategy<Value = Case> {
    let shape = (from[0]..to[0], from[1]..to[1], from[2]..to[2]).prop_map(|(t, y, x)| [t, y, x]);
    let cuts = |s: [usize; 3]| s.map(|n| if n < 40 { 1..=n } else { n / 8..=n });
    let data = shape.prop_flat_map(move |s| (Just(s), cuts(s), cuts(s)));
    let dtype = prop_oneof![Just(DType::F32), Just(DType::F64), Just(DType::I16)];
    let calendar = prop_oneof![Just(Calendar::Standard), Just(Calendar::NoLeap), Just(Calendar::Day360)];
    let rest = (dtype, calendar, any::<bool>(), any::<u64>(), 16u64..64);
    (data, rest, proptest::collection::vec(any::<u64>(), 1..6)).prop_map(
        |((shape, chunks, others), (dtype, calendar, southward, seed, mib), choices)| Case {
            shape,
            chunks,
            others,
            dtype,
            calendar,
            southward,
            seed,
            mib,
            choices,
        },
    )
}

impl Case {
    /// `x(time, lat, lon)` with some values missing, and `m(lat, lon)` of small integers. Values are quarters, so that
    /// sums of them are exact in any order.
    pub(crate) fn dataset(&self, chunks: &[usize; 3]) -> Dataset {
        let source: Arc<dyn Source> = Arc::new(Made::new(self, *chunks));
        let start = self.calendar.ticks(&DateTime::midnight(2000, 1, 27)).unwrap();
        let ticks = (0..self.shape[0]).map(|i| start + i64::try_from(i).unwrap() * 5 * 86_400_000_000).collect();
        let time = AxisValues::Time { ticks, calendar: self.calendar };
        let sign = if self.southward { -1.0 } else { 1.0 };
        let lat = AxisValues::Number((0..self.shape[1]).map(|i| sign * (10.0 * i as f64 - 20.0)).collect());
        let lon = AxisValues::Number((0..self.shape[2]).map(|i| 30.0 * i as f64).collect());
        let axis = |name: &str, values| Axis { name: name.into(), values, attrs: Attrs::default(), bounds: None };
        let var = |name: &str| Var {
            name: name.into(),
            node: Node::source(Arc::clone(&source), &format!("/{name}")).unwrap(),
            attrs: Attrs::default(),
            role: Role::Data,
        };
        Dataset {
            axes: vec![axis("time", time), axis("lat", lat), axis("lon", lon)],
            vars: vec![var("x"), var("m")],
            attrs: Attrs::default(),
        }
    }

    /// A step that finds the same data, in other chunks, under the name of other data.
    pub(crate) fn bound(&self, mut step: Step) -> Step {
        let identity = ("b.nc".to_owned(), String::new());
        let other = Other { dataset: self.dataset(&self.others), files: vec!["b.nc".into()], zarr: false, identity };
        let mut functions = Functions::default();
        functions.define("own(a, b) = where(a > b, a - b, 2 * b)").unwrap();
        step.params.bind(&Arc::new(Scope { functions, data: vec![("b.nc".into(), Ok(other))] }));
        step
    }
}

/// What a step does to values that differ in their last digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Passes them on.
    Exact,
    /// Makes more of a difference of them: a comparison, a rank.
    Decides,
    /// Makes such: its sums are not of quarters.
    Sums,
    /// Does both: a spread of nearly equal values.
    Both,
}

/// A step for `x`, chosen by a number, along the given dimensions only.
pub(crate) fn step(ds: &Dataset, choice: u64, dims: &[&str]) -> Option<(String, Kind)> {
    let meta = ds.var("x")?.node.meta();
    let small = |bits: u64, n: usize| usize::try_from((choice >> bits) % n.max(1) as u64).unwrap_or(0);
    let own: Vec<&String> = meta.dims.iter().filter(|d| dims.contains(&d.as_str())).collect();
    let dim = own.get(small(8, own.len()))?.as_str();
    let size = meta.shape[meta.dim(dim)?];
    if size == 0 {
        return None;
    }
    let (at, len) = (small(16, size), 1 + small(24, size));
    let reduce = ["mean", "sum", "min", "max", "count", "median", "std", "first", "last"][small(32, 9)];
    let kind = |reduce: &str| match reduce {
        "std" => Kind::Both,
        "mean" => Kind::Sums,
        _ => Kind::Exact,
    };
    let free = dims.len() == 3;
    let map = dims.contains(&"lat") && ["lat", "lon"].iter().all(|d| meta.dim(d).is_some());
    let dated = dim == "time";
    Some(match small(0, 40) {
        0 => (format!("isel {dim}={at}:{}", (at + len).min(size)), Kind::Exact),
        1 => (format!("isel {dim}=::-{}", 1 + small(40, 3)), Kind::Exact),
        2 => (format!("isel {dim}={at}"), Kind::Exact),
        3 => (format!("isel {dim}={at},{},{at}", small(40, size)), Kind::Exact),
        4 => (format!("transpose dims={dim},..."), Kind::Exact),
        5 => ("where 'x > -3.5'".to_owned(), Kind::Decides),
        6 => ("fillna value=2.5".to_owned(), Kind::Exact),
        7 => ("expr 'x = x * 2 + 1'".to_owned(), Kind::Exact),
        8 => ("expr 'x = own(x, 1)'".to_owned(), Kind::Decides),
        9 => ("expr 'x = hypot(x, 3)'".to_owned(), Kind::Sums),
        10 => (format!("{reduce} dim={dim}"), kind(reduce)),
        11 if free => (reduce.to_owned(), kind(reduce)),
        12 => (format!("median dim={dim}"), Kind::Exact),
        13 => (format!("quantile q=0.25,0.5 dim={dim}"), Kind::Exact),
        14 => (format!("cumsum {dim}"), Kind::Exact),
        15 => (format!("diff {dim}"), Kind::Exact),
        16 => (format!("shift {dim}={}", small(40, 5)), Kind::Exact),
        17 => (format!("roll {dim}={}", small(40, 5)), Kind::Exact),
        18 => (format!("ffill {dim}"), Kind::Exact),
        19 => (format!("bfill {dim} limit=2"), Kind::Exact),
        20 => (format!("rank {dim}"), Kind::Decides),
        21 => (format!("rolling {dim}={len} min_periods=1 reduce={reduce}"), kind(reduce)),
        22 => (format!("rolling {dim}={len} center=true reduce={reduce}"), kind(reduce)),
        23 => (format!("coarsen {dim}={len} boundary=pad reduce={reduce}"), kind(reduce)),
        24 => (format!("coarsen {dim}={len} boundary=trim reduce={reduce}"), kind(reduce)),
        25 if dated => (format!("groupby by=month reduce={reduce}"), kind(reduce)),
        26 if dated => ("anomaly by=month".to_owned(), Kind::Sums),
        27 if dated => (format!("resample time=MS reduce={reduce}"), kind(reduce)),
        28 if map => (format!("groupby by=m reduce={reduce}"), kind(reduce)),
        29 if map => ("stack z=lat,lon".to_owned(), Kind::Exact),
        30 if map => ("mean dim=lat,lon".to_owned(), Kind::Sums),
        31 => (format!("chunk {dim}={len}"), Kind::Exact),
        32 => (format!("detrend {dim}"), Kind::Sums),
        33 => (format!("standardize {dim}"), Kind::Both),
        34 => (format!("interpolate_na {dim}"), Kind::Sums),
        35 if free => (format!("concat file=b.nc dim={dim}"), Kind::Exact),
        36 if free => ("concat file=b.nc dim=run join=outer".to_owned(), Kind::Exact),
        37 if free => ("merge file=b.nc prefix=b_ join=outer".to_owned(), Kind::Exact),
        38 => (format!("any {dim}"), Kind::Decides),
        39 => ("astype float64".to_owned(), Kind::Exact),
        _ => return None,
    })
}

/// Values that follow from a seed.
struct Made {
    info: SourceInfo,
    shape: [usize; 3],
    seed: u64,
}

impl Made {
    fn new(case: &Case, chunks: [usize; 3]) -> Self {
        let names = ["time", "lat", "lon"].map(str::to_owned);
        let sizes = names.iter().zip(case.shape);
        let dims = sizes.map(|(n, size)| Dim { name: n.clone(), size, unlimited: false }).collect();
        let variable = |name: &str, skip: usize, dtype: DType| VariableMeta {
            name: name.into(),
            path: format!("/{name}"),
            dtype,
            dims: names[skip..].to_vec(),
            shape: case.shape[skip..].to_vec(),
            chunks: Some(chunks[skip..].to_vec()),
            shards: None,
            filters: Vec::new(),
            fill_value: None,
            tier: Tier::Direct,
            attrs: Attrs::default(),
        };
        let variables = vec![variable("x", 0, case.dtype.clone()), variable("m", 1, DType::I16)];
        let root = Group { name: "/".into(), path: "/".into(), dims, variables, ..Group::default() };
        let identity = format!("made {:?} {chunks:?} {} {:?}", case.shape, case.seed, case.dtype);
        let info = SourceInfo { format: "made", path: "made".into(), identity, root, warnings: Vec::new() };
        Self { info, shape: case.shape, seed: case.seed }
    }

    /// A number from 0 to 2³¹ for a cell (splitmix64).
    fn mixed(&self, cell: usize) -> u32 {
        let mut z = self.seed.wrapping_add((cell as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u32::try_from((z ^ (z >> 31)) >> 33).unwrap()
    }
}

impl Source for Made {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn read(&self, path: &str, region: &Region) -> Result<Block> {
        let var = self.info.root.variable(path).unwrap();
        region.check(&var.shape)?;
        let time = if var.name == "m" { Span::new(0, 1) } else { region.0[0] };
        let [y, x] = [region.0[region.0.len() - 2], region.0[region.0.len() - 1]];
        let mut cells = Vec::with_capacity(region.cells());
        for t in time.start..time.end() {
            for i in y.start..y.end() {
                cells.extend((x.start..x.end()).map(|j| (t * self.shape[1] + i) * self.shape[2] + j));
            }
        }
        let quarter = |n: &usize| {
            let n = self.mixed(*n);
            if n.is_multiple_of(7) { f64::NAN } else { f64::from(n % 101) / 4.0 - 12.0 }
        };
        #[expect(clippy::cast_possible_truncation, reason = "small quarters, exact in single precision")]
        let data = match var.dtype {
            DType::F32 => Data::F32(cells.iter().map(|n| quarter(n) as f32).collect()),
            DType::F64 => Data::F64(cells.iter().map(quarter).collect()),
            _ if var.name == "m" => Data::I16(cells.iter().map(|&n| (self.mixed(n) % 3) as i16).collect()),
            _ => Data::I16(cells.iter().map(|&n| (self.mixed(n) % 101) as i16).collect()),
        };
        Block::new(region.shape(), data)
    }
}
