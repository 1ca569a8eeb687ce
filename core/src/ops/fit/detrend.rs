//! `detrend`: what a polynomial of least squares leaves.

use super::{DEG, DIM, degree};
use crate::model::{AttrValue, Block, DType, Data, Result};
use crate::ops::kernel::{Fit, Index, Pick, Terms, legendre};
use crate::ops::{Family, OpSpec, Params, attrs, coords, python};
use crate::plan::{ArrayMeta, Binary, Dataset, Instr, MapOp, Node, Program, Role};
use std::sync::Arc;

pub(crate) static DETREND: OpSpec = OpSpec {
    name: "detrend",
    family: Family::Time,
    summary: "takes a straight line or polynomial off along a dimension",
    doc: "Takes from each value that of the polynomial of least squares, a straight line unless deg says otherwise, through \
          its series by the dimension's coordinate. The result is double precision. Missing values stay missing and are \
          passed over in the fit. Variables without the dimension stay as they are.",
    cdo: Some("detrend, subtrend"),
    example: "detrend dim=time",
    params: &[DIM, DEG],
    keys: None,
    apply,
    xarray,
};

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let (dim, deg) = (params.need_text("dim")?, degree(params)?);
    let at = coords::numbers(ds.need_axis(&dim)?)?;
    let (middle, half) = Fit::centred(&at);
    // The polynomials that the fit's coefficients belong to, along the dimension.
    let basis: Vec<Arc<Node>> = (1..=deg)
        .map(|k| {
            let values: Vec<f64> = at.iter().map(|x| legendre(k, (x - middle) / half)).collect();
            Node::literal(vec![dim.clone()], Block::new(vec![values.len()], Data::F64(values))?)
        })
        .collect::<Result<_>>()?;
    let mut out = ds.clone();
    for var in out.vars.iter_mut().filter(|v| v.role == Role::Data && v.node.meta().dtype.is_numeric()) {
        let meta = var.node.meta();
        let Some(along) = meta.dim(&dim) else { continue };
        let fit = Fit::new(deg, true, Terms::Legendre, meta, along, &at);
        let fit = Node::op(Arc::new(fit), vec![Arc::clone(&var.node)])?;
        let mut inputs = vec![Arc::clone(&var.node)];
        for k in 0..=deg {
            let mut picks = vec![Pick::All; fit.meta().dims.len()];
            picks[0] = Pick::One(k);
            inputs.push(Node::op(Arc::new(Index::new(fit.meta(), picks)), vec![Arc::clone(&fit)])?);
        }
        inputs.extend(basis.iter().cloned());
        let metas: Vec<&ArrayMeta> = inputs.iter().map(|n| n.meta()).collect();
        let rest = MapOp::new(residue(deg), DType::F64, &metas);
        var.node = Node::op(Arc::new(rest), inputs)?;
        var.attrs = attrs::difference(&var.attrs);
        if let Some(name) = var.attrs.text("long_name").map(|n| format!("{n} without trend")) {
            var.attrs.set("long_name", AttrValue::Text(name));
        }
    }
    Ok(out)
}

/// Input 0 less the sum of inputs `1..` times 1 and the basis, whose inputs follow.
fn residue(deg: usize) -> Program {
    let mut p = Program::default();
    let value = p.push(Instr::Load(0));
    let mut fitted = p.push(Instr::Load(1));
    for k in 1..=deg {
        let (coefficient, basis) = (p.push(Instr::Load(1 + k)), p.push(Instr::Load(1 + deg + k)));
        let term = p.push(Instr::Binary(Binary::Mul, coefficient, basis));
        fitted = p.push(Instr::Binary(Binary::Add, fitted, term));
    }
    let rest = p.push(Instr::Binary(Binary::Sub, value, fitted));
    p.finish(rest);
    p
}

fn xarray(_ds: &Dataset, params: &Params) -> Result<String> {
    let (dim, deg) = (python::quote(&params.need_text("dim")?), degree(params)?);
    let lines = [
        "def detrend(v):".to_owned(),
        format!("    if {dim} not in v.dims:"),
        "        return v".to_owned(),
        format!("    fit = v.polyfit({dim}, {deg})"),
        format!("    return v - xr.polyval(v[{dim}], fit.polyfit_coefficients)"),
        "ds = ds.map(detrend)".to_owned(),
    ];
    Ok(lines.join("\n"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};

    #[test]
    fn a_straight_line_leaves_nothing() {
        let ds = dataset();
        let out = Step::parse("detrend lat").unwrap().apply(&ds).unwrap();
        let t = values(&out, "t").to_f64();
        assert!(t[0].is_nan() && t[1..].iter().all(|x| x.abs() < 1e-11), "{t:?}");
        assert_eq!(out.need_var("t").unwrap().node.meta().dims, ["time", "lat", "lon"]);
        let out = Step::parse("detrend time deg=0").unwrap().apply(&ds).unwrap();
        assert!((values(&out, "t").to_f64()[1] - 55.0).abs() < 1e-11);
        assert_eq!(values(&out, "mask"), values(&ds, "mask"));
        let line = Step::parse("detrend time deg=2").unwrap().xarray(&ds).unwrap();
        assert!(line.contains("v.polyfit(\"time\", 2)"), "{line}");
    }
}
