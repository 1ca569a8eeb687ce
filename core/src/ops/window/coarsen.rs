//! `coarsen`: a statistic over blocks of neighbours.

use crate::model::{Block, DType, Data, Error, Result, plane};
use crate::ops::combine::blanked;
use crate::ops::kernel::{Fold, Groups, Pick, Stat};
use crate::ops::reduce::{DDOF, MIN_COUNT, SKIPNA, arguments, stat};
use crate::ops::scan::with_missing;
use crate::ops::{Family, KeySpec, KeyTarget, OpSpec, ParamKind, ParamSpec, Params, attrs, coords, python};
use crate::plan::{Axis, AxisValues, Dataset, Node, Numbers, Role, Var};
use std::sync::Arc;

pub(crate) static COARSEN: OpSpec = OpSpec {
    name: "coarsen",
    family: Family::Window,
    summary: "a statistic over blocks of neighbours",
    doc: "Reduces blocks of so many positions along one or more dimensions to one each. Labels become the mean of their \
          block. Where a dimension is no multiple of its block, boundary=trim leaves out the rest, pad reduces the part \
          that is there, of integers as floats, exact is an error.",
    cdo: Some("gridboxmean, gridboxsum, gridboxmin, gridboxmax, timselmean"),
    example: "coarsen lat=2 lon=2 reduce=mean boundary=trim",
    params: &[
        ParamSpec {
            name: "reduce",
            kind: ParamKind::Choice(&["mean", "sum", "min", "max", "std", "var", "count"]),
            default: Some("mean"),
            required: false,
            doc: "the statistic within each block",
        },
        ParamSpec {
            name: "boundary",
            kind: ParamKind::Choice(&["exact", "trim", "pad"]),
            default: Some("exact"),
            required: false,
            doc: "what becomes of positions that fill no block",
        },
        SKIPNA,
        DDOF,
        MIN_COUNT,
    ],
    keys: Some(&KeySpec {
        target: KeyTarget::Dims,
        kind: ParamKind::Integer,
        required: true,
        single: false,
        doc: "positions in a block",
    }),
    apply,
    xarray,
};

/// The block length along each named dimension.
fn blocks(params: &Params) -> Result<Vec<(String, usize)>> {
    COARSEN
        .free_keys(params)
        .map(|(dim, _)| {
            let n = params.count(dim)?.filter(|&n| n > 0);
            Ok((dim.to_owned(), n.ok_or_else(|| Error::invalid(format!("{dim}: a block needs a position")))?))
        })
        .collect()
}

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let stat = stat(params.text("reduce").as_deref().unwrap_or("mean"), params)?;
    let skipna = params.flag("skipna")?.unwrap_or(true);
    let boundary = params.text("boundary").unwrap_or_else(|| "exact".to_owned());
    let blocks = blocks(params)?;
    let mut trims = Vec::new();
    for (dim, block) in &blocks {
        let size = ds.need_axis(dim)?.values.len();
        match boundary.as_str() {
            _ if size % block == 0 => {}
            "trim" => trims.push((dim.clone(), Pick::Range { start: 0, step: 1, len: size - size % block })),
            "pad" => {}
            _ => {
                return Err(Error::invalid(format!("{dim} of {size} positions is no multiple of {block}"))
                    .hint("boundary=trim leaves out the rest, boundary=pad reduces it"));
            }
        }
    }
    let mut out = coords::take(ds, &trims)?;
    let groups: Vec<(String, Groups)> = blocks
        .iter()
        .map(|(dim, block)| {
            let size = out.need_axis(dim)?.values.len();
            let labels = (0..size).map(|i| u32::try_from(i / block).unwrap_or(Groups::NONE)).collect();
            Ok((dim.clone(), Groups::new(labels, size.div_ceil(*block))))
        })
        .collect::<Result<_>>()?;
    let groups: Vec<(&str, &Groups)> = groups.iter().map(|(dim, g)| (dim.as_str(), g)).collect();
    let touched = |dims: &[String]| dims.iter().any(|d| groups.iter().any(|(g, _)| g == d));
    // The bounds of blocks are not the means of their cells' bounds.
    let stale: Vec<String> = out
        .axes
        .iter()
        .filter(|a| groups.iter().any(|(g, _)| *g == a.name))
        .filter_map(|a| a.attrs.text("bounds").map(str::to_owned))
        .collect();
    out.vars
        .retain(|v| !stale.contains(&v.name) && (v.node.meta().dtype.is_numeric() || !touched(&v.node.meta().dims)));
    for var in out.vars.iter_mut().filter(|v| touched(&v.node.meta().dims)) {
        let stat = if var.role == Role::Data { stat } else { Stat::Mean };
        let meta = var.node.meta();
        let mut fold = Fold::grouped(stat, skipna, meta, &groups);
        if padded(&meta.dims, &meta.shape, &blocks) {
            fold = fold.stored_as(stat.dtype(&with_missing(&meta.dtype)));
        }
        let shape = meta.shape.clone();
        var.node = Node::op(Arc::new(fold), vec![Arc::clone(&var.node)])?;
        if var.role == Role::Data {
            if !skipna && stat != Stat::Count {
                var.node = with_ends_missing(&var.node, &shape, &blocks)?;
            }
            let dims: Vec<String> =
                groups.iter().map(|(d, _)| (*d).to_owned()).filter(|d| var.node.meta().dim(d).is_some()).collect();
            var.attrs = attrs::reduced(&var.attrs, stat, &dims);
        }
    }
    for axis in &mut out.axes {
        if let Some((_, block)) = blocks.iter().find(|(dim, _)| *dim == axis.name) {
            *axis = means(axis, *block);
        }
    }
    Ok(out)
}

/// Whether blocks of an array reach beyond its end, where xarray puts missing values.
fn padded(dims: &[String], shape: &[usize], blocks: &[(String, usize)]) -> bool {
    dims.iter().zip(shape).any(|(d, size)| blocks.iter().any(|(dim, block)| dim == d && size % block != 0))
}

/// Blocks that reach beyond the end hold what is missing there.
fn with_ends_missing(node: &Arc<Node>, shape: &[usize], blocks: &[(String, usize)]) -> Result<Arc<Node>> {
    let mut node = Arc::clone(node);
    for (at, size) in shape.iter().enumerate() {
        let (dim, n) = (node.meta().dims[at].clone(), node.meta().shape[at]);
        if blocks.iter().any(|(d, block)| *d == dim && size % block != 0) {
            let gone = (1..=n).map(|i| u8::from(i == n)).collect();
            let mask = Node::literal(vec![dim], Block::new(vec![n], Data::U8(gone))?)?;
            node = blanked(&node, &mask)?;
        }
    }
    Ok(node)
}

/// The axis with one label for each block: the mean, or the first where labels have none.
fn means(axis: &Axis, block: usize) -> Axis {
    let values = match &axis.values {
        AxisValues::Index(n) => AxisValues::Index(n.div_ceil(block)),
        AxisValues::Number(v) => {
            let dtype = match v.dtype() {
                small if v.len() % block != 0 => with_missing(small),
                DType::F32 => DType::F32,
                _ => DType::F64,
            };
            let means = v.chunks(block).map(|c| c.iter().sum::<f64>() / c.len() as f64).collect();
            AxisValues::Number(Numbers::of(plane(&dtype, means).to_f64(), &dtype))
        }
        AxisValues::Time { ticks, calendar } => {
            let mean = |c: &[i64]| {
                let sum: i128 = c.iter().map(|&t| i128::from(t)).sum();
                i64::try_from(sum.div_euclid(c.len().try_into().unwrap_or(1))).unwrap_or(i64::MIN)
            };
            let missing = |c: &[i64]| c.contains(&i64::MIN);
            let ticks = ticks.chunks(block).map(|c| if missing(c) { i64::MIN } else { mean(c) }).collect();
            AxisValues::Time { ticks, calendar: *calendar }
        }
        AxisValues::Text(v) => AxisValues::Text(v.chunks(block).filter_map(|c| c.first().cloned()).collect()),
    };
    let mut attrs = axis.attrs.clone();
    attrs.remove("bounds");
    Axis { name: axis.name.clone(), values, attrs, bounds: None }
}

fn xarray(ds: &Dataset, params: &Params) -> Result<String> {
    let name = params.text("reduce").unwrap_or_else(|| "mean".to_owned());
    let arguments = arguments(stat(&name, params)?, params)?;
    let blocks = blocks(params)?;
    let boundary = params.text("boundary").filter(|b| b != "exact");
    let along = |v: &&Var| blocks.iter().any(|(dim, _)| v.node.meta().dim(dim).is_some());
    let texts = ds.vars.iter().filter(along).filter(|v| v.role == Role::Coord && !v.node.meta().dtype.is_numeric());
    let mut gone: Vec<&str> = texts.map(|v| v.name.as_str()).collect();
    let (mut lines, mut labels) = (Vec::new(), Vec::new());
    for (dim, block) in &blocks {
        let (axis, trim) = (ds.need_axis(dim)?, boundary.as_deref() == Some("trim"));
        let size = axis.values.len() - if trim { axis.values.len() % block } else { 0 };
        let parts = format!("np.split(ds[{}].values[:{size}], range({block}, {size}, {block}))", python::quote(dim));
        let label = match &axis.values {
            // Names have no mean, and dates of cftime none beside missing ones.
            AxisValues::Text(_) => format!("[x[0] for x in {parts}]"),
            AxisValues::Time { .. } if size % block != 0 => format!("[x[0] + (x - x[0]).mean() for x in {parts}]"),
            _ => continue,
        };
        labels.push((dim, label));
        gone.push(dim);
    }
    if !labels.is_empty() {
        lines.push(format!("labels = {}", python::dict(&labels)));
    }
    if !gone.is_empty() {
        lines.push(format!("ds = ds.drop_vars({})", python::list(&gone)));
    }
    let boundary = boundary.map_or_else(String::new, |b| format!(", boundary={}", python::quote(&b)));
    let sizes: Vec<_> = blocks.iter().map(|(d, n)| (d, n.to_string())).collect();
    let mut call = format!("ds = ds.coarsen({}{boundary})", python::by_dim(&sizes));
    if arguments.is_empty() {
        call.push_str(&format!(".{name}()"));
    } else {
        // coarsen's own statistics take no options: those of a DataArray do.
        let dims = "[f\"dim_{a}\" for a in np.atleast_1d(axis)]";
        call.push_str(&format!(".reduce(lambda x, axis: xr.DataArray(x).{name}({dims}{arguments}).data)"));
    }
    if !labels.is_empty() {
        call.push_str(".assign_coords(labels)");
    }
    lines.push(call);
    Ok(lines.join("\n"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::model::Data;
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};
    use crate::plan::AxisValues;

    #[test]
    fn blocks_of_one_and_of_two_dimensions() {
        let ds = dataset();
        let out = Step::parse("coarsen lat=2 lon=2 boundary=trim").unwrap().apply(&ds).unwrap();
        assert_eq!(values(&out, "mask"), Data::F64(vec![1.0, 0.75]));
        assert_eq!(out.need_axis("lat").unwrap().values, AxisValues::Number([45.0].into()));
        assert_eq!(out.need_axis("lon").unwrap().values, AxisValues::Number([45.0, 225.0].into()));
        assert_eq!(values(&out, "area"), Data::F64(vec![2.0, 2.0]));
        let out = Step::parse("coarsen lat=2 reduce=sum boundary=pad").unwrap().apply(&ds).unwrap();
        let missing = Step::parse("coarsen lat=2 reduce=sum boundary=pad skipna=false").unwrap().apply(&ds).unwrap();
        assert!(values(&missing, "mask").to_f64()[4..].iter().all(|x| x.is_nan()), "beyond the end nothing is");
        assert_eq!(values(&out, "mask"), Data::F32(vec![1.0, 3.0, 2.0, 1.0, 2.0, 0.0, 1.0, 2.0]), "padded with gaps");
        let out = Step::parse("coarsen time=12").unwrap().apply(&ds).unwrap();
        let Data::F32(t) = values(&out, "t") else { unreachable!("the type stays") };
        assert_eq!((t[0], t[1], t.len()), (60.0, 65.5, 48));
        assert_eq!(values(&out, "mask"), values(&ds, "mask"));
    }

    #[test]
    fn python_and_errors() {
        let ds = dataset();
        let line = Step::parse("coarsen lat=2 lon=2 boundary=trim").unwrap().xarray(&ds).unwrap();
        assert_eq!(line, r#"ds = ds.coarsen(lat=2, lon=2, boundary="trim").mean()"#);
        let error = |text: &str| Step::parse(text).unwrap().apply(&ds).unwrap_err().to_string();
        assert!(error("coarsen lat=2").starts_with("coarsen: lat of 3 positions is no multiple of 2"));
        assert_eq!(error("coarsen lat=0"), "coarsen: lat: a block needs a position");
    }
}
