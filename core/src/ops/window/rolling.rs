//! `rolling`: a statistic over a window that slides.

use crate::model::{DType, Error, Result};
use crate::ops::kernel::{Roll, Stat};
use crate::ops::reduce::{DDOF, stat};
use crate::ops::{Family, KeySpec, KeyTarget, OpSpec, ParamKind, ParamSpec, Params, attrs, python};
use crate::plan::{Dataset, Node, Role};
use std::sync::Arc;

pub(crate) static ROLLING: OpSpec = OpSpec {
    name: "rolling",
    family: Family::Window,
    summary: "a statistic over a window that slides",
    doc: "Reduces the window of so many positions that ends at each position, or is centred on it (4 positions: two before, \
          itself, one after). Fewer than min_periods values, all of the window where nothing else is said, make a missing \
          result. The dimension keeps its length and labels.",
    cdo: Some("runmean, runsum, runmin, runmax, runstd"),
    example: "rolling time=8 reduce=mean",
    params: &[
        ParamSpec {
            name: "reduce",
            kind: ParamKind::Choice(&["mean", "sum", "min", "max", "std", "var", "count"]),
            default: Some("mean"),
            required: false,
            doc: "the statistic within each window",
        },
        ParamSpec {
            name: "center",
            kind: ParamKind::Bool,
            default: Some("false"),
            required: false,
            doc: "whether the window is centred on its position",
        },
        ParamSpec {
            name: "min_periods",
            kind: ParamKind::Integer,
            default: None,
            required: false,
            doc: "fewest values that make a result; the whole window where not given",
        },
        DDOF,
    ],
    keys: Some(&KeySpec {
        target: KeyTarget::Dims,
        kind: ParamKind::Integer,
        required: true,
        single: true,
        doc: "positions in the window",
    }),
    apply,
    xarray,
};

struct Window<'a> {
    dim: &'a str,
    length: usize,
    center: bool,
    min_periods: Option<usize>,
    stat: Stat,
    name: String,
}

fn window(params: &Params) -> Result<Window<'_>> {
    let (dim, _) = ROLLING.free_keys(params).next().ok_or_else(|| Error::invalid("a dimension is needed"))?;
    let length = params
        .count(dim)?
        .filter(|&n| n > 0)
        .ok_or_else(|| Error::invalid(format!("{dim}: a window needs a position")))?;
    let min_periods = params.count("min_periods")?;
    if min_periods.is_some_and(|n| n == 0 || n > length) {
        return Err(Error::invalid(format!("min_periods must lie between 1 and the window's {length}")));
    }
    let name = params.text("reduce").unwrap_or_else(|| "mean".to_owned());
    let stat = stat(&name, params)?;
    Ok(Window { dim, length, center: params.flag("center")?.unwrap_or(false), min_periods, stat, name })
}

/// The type of results, some of which are missing (xarray's).
fn dtype(stat: Stat, input: &DType) -> DType {
    match (stat, input.plain()) {
        (Stat::Count | Stat::Mean | Stat::Sum { .. }, t) if !t.is_float() => DType::F64,
        (Stat::Count, _) => DType::F64,
        (_, t) if t.is_float() => t,
        (_, DType::I8 | DType::U8 | DType::I16 | DType::U16) => DType::F32,
        _ => DType::F64,
    }
}

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let window = window(params)?;
    let mut out = ds.clone();
    out.vars.retain(|v| {
        v.role == Role::Coord || v.node.meta().dtype.is_numeric() || v.node.meta().dim(window.dim).is_none()
    });
    for var in out.vars.iter_mut().filter(|v| v.role == Role::Data) {
        let Some(dim) = var.node.meta().dim(window.dim) else { continue };
        let roll = Roll {
            stat: window.stat,
            dim,
            window: window.length,
            before: if window.center { window.length / 2 } else { window.length - 1 },
            min_periods: window.min_periods.unwrap_or(window.length),
            dtype: dtype(window.stat, &var.node.meta().dtype),
        };
        var.node = Node::op(Arc::new(roll), vec![Arc::clone(&var.node)])?;
        var.attrs = attrs::reduced(&var.attrs, window.stat, &[window.dim.to_owned()]);
    }
    Ok(out)
}

fn xarray(_ds: &Dataset, params: &Params) -> Result<String> {
    let window = window(params)?;
    let mut arguments = python::by_dim(&[(window.dim, window.length.to_string())]);
    if window.center {
        arguments.push_str(", center=True");
    }
    if let Some(n) = window.min_periods {
        arguments.push_str(&format!(", min_periods={n}"));
    }
    let ddof = match window.stat {
        Stat::Var { ddof } | Stat::Std { ddof } if ddof > 0 => format!("ddof={ddof}"),
        _ => String::new(),
    };
    Ok(format!("ds = ds.rolling({arguments}).{}({ddof})", window.name))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::model::{DType, Data};
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};

    #[test]
    fn windows_end_at_their_position_or_are_centred() {
        let ds = dataset();
        let second = |text: &str| -> Vec<f64> {
            let out = Step::parse(text).unwrap().apply(&ds).unwrap();
            assert_eq!(out.need_var("t").unwrap().node.meta().dtype, DType::F32);
            values(&out, "t").to_f64().into_iter().skip(1).step_by(12).take(5).collect()
        };
        // 120.5, 10.5, 20.5, 30.5, 40.5 …
        let got = second("rolling time=3");
        assert!(got[0].is_nan() && got[1].is_nan());
        assert_eq!(got[2..], [50.5, 20.5, 30.5]);
        assert_eq!(second("rolling time=3 center=true reduce=max")[1..], [120.5, 30.5, 40.5, 50.5]);
        assert_eq!(second("rolling time=4 min_periods=1 reduce=sum")[..3], [120.5, 131.0, 151.5]);
    }

    #[test]
    fn other_dimensions_types_and_variables() {
        let ds = dataset();
        let out = Step::parse("rolling lon=2 reduce=min").unwrap().apply(&ds).unwrap();
        let Data::F32(mask) = values(&out, "mask") else { unreachable!("16-bit integers become f32") };
        assert!(mask[0].is_nan());
        assert_eq!(mask[1..4], [0.0, 1.0, 0.0]);
        let out = Step::parse("rolling time=2").unwrap().apply(&ds).unwrap();
        assert_eq!(values(&out, "mask"), values(&ds, "mask"));
    }

    #[test]
    fn python_and_errors() {
        let ds = dataset();
        let line = |text: &str| Step::parse(text).unwrap().xarray(&ds).unwrap();
        assert_eq!(line("rolling time=8 reduce=mean"), "ds = ds.rolling(time=8).mean()");
        assert_eq!(
            line("rolling time=8 center=true min_periods=2 reduce=std ddof=1"),
            "ds = ds.rolling(time=8, center=True, min_periods=2).std(ddof=1)"
        );
        let error = |text: &str| Step::parse(text).unwrap().apply(&ds).unwrap_err().to_string();
        assert_eq!(error("rolling time=0"), "rolling: time: a window needs a position");
        assert_eq!(error("rolling time=3 min_periods=4"), "rolling: min_periods must lie between 1 and the window's 3");
        assert!(error("rolling time=3 lat=2").contains("exactly one dimension"));
        assert!(error("rolling time=a").contains("whole number"));
    }
}
