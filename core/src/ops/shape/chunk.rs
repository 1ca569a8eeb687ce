//! `chunk`: the partition in which results are computed and written.

use crate::model::{Error, Result};
use crate::ops::kernel::Layout;
use crate::ops::{Family, KeySpec, KeyTarget, OpSpec, ParamKind, Params, Value, python};
use crate::plan::{Dataset, Node, Role, Var};
use std::sync::Arc;

pub(crate) static CHUNK: OpSpec = OpSpec {
    name: "chunk",
    family: Family::Shape,
    summary: "chunk lengths of the result",
    doc: "Says in which chunks the result is computed and written; values stay as they are. A length of -1 is the whole \
          dimension; dimensions not named keep their chunks.",
    cdo: None,
    example: "chunk time=1460 lat=19 lon=20",
    params: &[],
    keys: Some(&KeySpec {
        target: KeyTarget::Dims,
        kind: ParamKind::Number,
        required: true,
        single: false,
        doc: "cells of a chunk along the dimension, -1 for all",
    }),
    apply,
    xarray,
};

/// The chunk length along each named dimension.
fn lengths(ds: &Dataset, params: &Params) -> Result<Vec<(String, usize)>> {
    params
        .iter()
        .map(|(dim, value)| {
            let size = ds.need_axis(dim)?.values.len();
            let wrong = || Error::invalid(format!("{dim} must be a chunk length above 0, or -1, not {value}"));
            let length = match value {
                Value::Integer(-1) => size.max(1),
                value => value.text().parse().ok().filter(|&n: &usize| n > 0).ok_or_else(wrong)?,
            };
            Ok((dim.to_owned(), length))
        })
        .collect()
}

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let lengths = lengths(ds, params)?;
    let mut out = ds.clone();
    for var in out.vars.iter_mut().filter(|v| v.role == Role::Data) {
        let meta = var.node.meta();
        let wanted = |d: &String| lengths.iter().find(|(name, _)| name == d).map(|(_, n)| *n);
        let chunks: Vec<usize> = meta.dims.iter().zip(&meta.chunks).map(|(d, &c)| wanted(d).unwrap_or(c)).collect();
        if chunks != meta.chunks {
            *var = Var { node: Node::op(Arc::new(Layout(chunks)), vec![Arc::clone(&var.node)])?, ..var.clone() };
        }
    }
    Ok(out)
}

fn xarray(ds: &Dataset, params: &Params) -> Result<String> {
    let items: Vec<_> = lengths(ds, params)?.into_iter().map(|(d, n)| (d, n.to_string())).collect();
    Ok(format!("ds = ds.chunk({})", python::by_dim(&items)))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};

    #[test]
    fn chunks_change_and_values_do_not() {
        let ds = dataset();
        let step = Step::parse("chunk time=12 lon=-1 lat=99").unwrap();
        let out = step.apply(&ds).unwrap();
        assert_eq!(out.need_var("t").unwrap().node.meta().chunks, [12, 3, 4]);
        assert_eq!(values(&out, "mask"), values(&ds, "mask"));
        assert_eq!(step.xarray(&ds).unwrap(), "ds = ds.chunk(time=12, lon=4, lat=99)");
        let error = Step::parse("chunk time=0").unwrap().apply(&ds).unwrap_err().to_string();
        assert_eq!(error, "chunk: time must be a chunk length above 0, or -1, not 0");
    }
}
