//! `coarsen`: a statistic over blocks of neighbours.

use crate::model::{Error, Result};
use crate::ops::kernel::{Fold, Groups, Pick, Stat};
use crate::ops::reduce::{DDOF, MIN_COUNT, SKIPNA, arguments, stat};
use crate::ops::{Family, KeySpec, KeyTarget, OpSpec, ParamKind, ParamSpec, Params, attrs, coords, python};
use crate::plan::{Axis, AxisValues, Dataset, Node, Role};
use std::sync::Arc;

pub(crate) static COARSEN: OpSpec = OpSpec {
    name: "coarsen",
    family: Family::Window,
    summary: "a statistic over blocks of neighbours",
    doc: "Reduces blocks of so many positions along one or more dimensions to one each. Labels become the mean of their \
          block. Where a dimension is no multiple of its block, boundary=trim leaves out the rest, pad reduces the part \
          that is there, exact is an error.",
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
        let fold = Fold::grouped(stat, skipna, var.node.meta(), &groups);
        var.node = Node::op(Arc::new(fold), vec![Arc::clone(&var.node)])?;
        if var.role == Role::Data {
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

/// The axis with one label for each block: the mean, or the first where labels have none.
fn means(axis: &Axis, block: usize) -> Axis {
    let values = match &axis.values {
        AxisValues::Index(n) => AxisValues::Index(n.div_ceil(block)),
        AxisValues::Number(v) => {
            AxisValues::Number(v.chunks(block).map(|c| c.iter().sum::<f64>() / c.len() as f64).collect())
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

fn xarray(_ds: &Dataset, params: &Params) -> Result<String> {
    let name = params.text("reduce").unwrap_or_else(|| "mean".to_owned());
    let arguments = arguments(stat(&name, params)?, params)?;
    let blocks: Vec<_> = blocks(params)?.into_iter().map(|(d, n)| (d, n.to_string())).collect();
    let boundary = params
        .text("boundary")
        .filter(|b| b != "exact")
        .map_or_else(String::new, |b| format!(", boundary={}", python::quote(&b)));
    let blocks = python::by_dim(&blocks);
    if arguments.is_empty() {
        return Ok(format!("ds = ds.coarsen({blocks}{boundary}).{name}()"));
    }
    // coarsen's own statistics take no options: those of a DataArray do.
    let inner = format!(
        "lambda x, axis: xr.DataArray(x).{name}([f\"dim_{{a}}\" for a in np.atleast_1d(axis)]{arguments}).data"
    );
    Ok(format!("ds = ds.coarsen({blocks}{boundary}).reduce({inner})"))
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
        assert_eq!(values(&out, "mask"), Data::I64(vec![1, 3, 2, 1, 2, 0, 1, 2]));
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
