//! `differentiate`: the derivative along a dimension.

use super::slopes::slopes;
use crate::model::{DType, Error, Result};
use crate::ops::interpolate::{Missing, Separable};
use crate::ops::{Family, OpSpec, ParamKind, ParamSpec, Params, python};
use crate::plan::{Axis, AxisValues, Dataset, Node, Role};
use std::sync::Arc;

pub(crate) static DIFFERENTIATE: OpSpec = OpSpec {
    name: "differentiate",
    family: Family::Arithmetic,
    summary: "the derivative along a dimension",
    doc: "The derivative of every variable with respect to the labels of a dimension, or to positions where it has none: of \
          second order between neighbours at any distance, of first order (edge_order=2: second) at the ends. Per second \
          along a time, or per datetime_unit. A missing neighbour makes the result missing. Floats keep their type, \
          integers become float64.",
    cdo: None,
    example: "differentiate coord=lat",
    params: &[
        ParamSpec { name: "coord", kind: ParamKind::Dim, default: None, required: true, doc: "the dimension" },
        ParamSpec {
            name: "edge_order",
            kind: ParamKind::Choice(&["1", "2"]),
            default: Some("1"),
            required: false,
            doc: "the order at the ends",
        },
        ParamSpec {
            name: "datetime_unit",
            kind: ParamKind::Choice(&["D", "h", "m", "s"]),
            default: Some("s"),
            required: false,
            doc: "the unit of time: D, h, m (minutes) or s",
        },
    ],
    keys: None,
    apply,
    xarray,
};

fn unit(params: &Params) -> String {
    params.text("datetime_unit").unwrap_or_else(|| "s".to_owned())
}

fn labels(axis: &Axis, params: &Params) -> Result<Vec<f64>> {
    match &axis.values {
        AxisValues::Number(x) => Ok(x.to_vec()),
        AxisValues::Index(n) => Ok((0..*n).map(|i| i as f64).collect()),
        AxisValues::Time { ticks, .. } => {
            let origin = ticks.iter().copied().filter(|t| *t != i64::MIN).min().unwrap_or(0);
            let unit = match unit(params).as_str() {
                "D" => 86_400e6,
                "h" => 3_600e6,
                "m" => 60e6,
                _ => 1e6,
            };
            Ok(ticks.iter().map(|&t| if t == i64::MIN { f64::NAN } else { (t - origin) as f64 / unit }).collect())
        }
        AxisValues::Text(_) => Err(Error::invalid(format!("the labels of {} are names", axis.name))
            .hint("a derivative needs numbers or dates")),
    }
}

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let coord = params.need_text("coord")?;
    let axis = ds.need_axis(&coord)?;
    let weights = Arc::new(slopes(&coord, &labels(axis, params)?, params.count("edge_order")?.unwrap_or(1), None)?);
    let mut out = ds.clone();
    out.vars
        .retain(|v| v.role == Role::Coord || v.node.meta().dtype.is_numeric() || v.node.meta().dim(&coord).is_none());
    for var in out.vars.iter_mut().filter(|v| v.role == Role::Data) {
        let meta = var.node.meta();
        let Some(dim) = meta.dim(&coord) else { continue };
        let plain = meta.dtype.plain();
        let dtype = if plain.is_float() { plain } else { DType::F64 };
        let op = Separable::new("differentiate", vec![(dim, Arc::clone(&weights))], Missing::Spreads, dtype);
        var.node = Node::op(Arc::new(op), vec![Arc::clone(&var.node)])?;
        // Of what the values were, the unit and the name no longer hold.
        for name in ["units", "standard_name"] {
            var.attrs.remove(name);
        }
    }
    Ok(out)
}

fn xarray(ds: &Dataset, params: &Params) -> Result<String> {
    let coord = params.need_text("coord")?;
    let edge = match params.count("edge_order")?.unwrap_or(1) {
        1 => String::new(),
        order => format!(", edge_order={order}"),
    };
    let time = match ds.need_axis(&coord)?.values {
        AxisValues::Time { .. } => format!(", datetime_unit={}", python::quote(&unit(params))),
        _ => String::new(),
    };
    Ok(format!("ds = ds.differentiate({}{edge}{time})", python::quote(&coord)))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::model::DType;
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};

    #[test]
    fn slopes_along_any_dimension() {
        let ds = dataset();
        let out = Step::parse("differentiate lat").unwrap().apply(&ds).unwrap();
        // Rows 0 1 2 0, 1 2 0 1, 2 0 1 2 at 60°, 30° and the equator.
        let mask = values(&out, "mask").to_f64();
        assert_eq!(mask[..2], [-1.0 / 30.0, -1.0 / 30.0]);
        assert_eq!(out.need_var("mask").unwrap().node.meta().dtype, DType::F64);
        assert_eq!(out.need_var("t").unwrap().node.meta().dtype, DType::F32);
        let days = Step::parse("differentiate time datetime_unit=D").unwrap().apply(&ds).unwrap();
        let t = values(&days, "t").to_f64();
        assert!(t[0].is_nan() && (t[1] - -110.0 / 31.0).abs() < 1e-5, "{}", t[1]);
        assert_eq!(values(&days, "mask"), values(&ds, "mask"));
    }

    #[test]
    fn python_and_errors() {
        let ds = dataset();
        let line = |text: &str| Step::parse(text).unwrap().xarray(&ds).unwrap();
        assert_eq!(line("differentiate lat edge_order=2"), r#"ds = ds.differentiate("lat", edge_order=2)"#);
        assert_eq!(line("differentiate time"), r#"ds = ds.differentiate("time", datetime_unit="s")"#);
        let one = Step::parse("isel lat=0:1").unwrap().apply(&ds).unwrap();
        let error = Step::parse("differentiate lat").unwrap().apply(&one).unwrap_err().to_string();
        assert_eq!(error, "differentiate: lat has 1 positions, and a derivative needs 2");
    }
}
