//! `astype`: values held in another type.

use crate::model::{DType, Result};
use crate::ops::{Family, OpSpec, ParamKind, ParamSpec, Params, python};
use crate::plan::{Dataset, Instr, MapOp, Node, Program, Role};
use std::sync::Arc;

const TYPES: &[(&str, DType)] = &[
    ("float32", DType::F32),
    ("float64", DType::F64),
    ("int8", DType::I8),
    ("int16", DType::I16),
    ("int32", DType::I32),
    ("int64", DType::I64),
    ("uint8", DType::U8),
    ("uint16", DType::U16),
    ("uint32", DType::U32),
    ("uint64", DType::U64),
];

pub(crate) static ASTYPE: OpSpec = OpSpec {
    name: "astype",
    family: Family::Arithmetic,
    summary: "values held in another type",
    doc: "Holds the values of all variables of numbers in another type. Floats lose their fraction on the way to integers; \
          what lies beyond an integer type becomes its smallest or largest number, and what is missing becomes 0.",
    cdo: None,
    example: "astype dtype=float32",
    params: &[ParamSpec {
        name: "dtype",
        kind: ParamKind::Choice(&[
            "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
        ]),
        default: None,
        required: true,
        doc: "numpy's name of the type",
    }],
    keys: None,
    apply,
    xarray,
};

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let word = params.need_text("dtype")?;
    let Some((_, dtype)) = TYPES.iter().find(|(name, _)| *name == word) else { return Ok(ds.clone()) };
    let mut out = ds.clone();
    for var in out.vars.iter_mut().filter(|v| v.role == Role::Data) {
        let meta = var.node.meta();
        if !meta.dtype.is_numeric() || meta.dtype == *dtype {
            continue;
        }
        let op = MapOp::new(Program { steps: vec![Instr::Load(0)] }, dtype.clone(), &[meta]);
        var.node = Node::op(Arc::new(op), vec![Arc::clone(&var.node)])?;
    }
    Ok(out)
}

fn xarray(ds: &Dataset, params: &Params) -> Result<String> {
    let word = python::quote(&params.need_text("dtype")?);
    let numeric: Vec<&str> = ds.data().filter(|v| v.node.meta().dtype.is_numeric()).map(|v| v.name.as_str()).collect();
    if numeric.len() == ds.data().count() {
        return Ok(format!("ds = ds.astype({word})"));
    }
    let items: Vec<(&str, String)> =
        numeric.iter().map(|n| (*n, format!("ds[{}].astype({word})", python::quote(n)))).collect();
    Ok(format!("ds = ds.assign({})", python::dict(&items)))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{ASTYPE, TYPES};
    use crate::model::{DType, Data};
    use crate::ops::testing::{dataset, values};
    use crate::ops::{ParamKind, Step};

    #[test]
    fn every_type_that_is_offered() {
        let ParamKind::Choice(words) = ASTYPE.params[0].kind else { unreachable!("a choice") };
        assert!(words.iter().copied().eq(TYPES.iter().map(|(w, _)| *w)));
        let ds = dataset();
        for (word, dtype) in TYPES {
            let out = Step::parse(&format!("astype {word}")).unwrap().apply(&ds).unwrap();
            assert_eq!(out.need_var("mask").unwrap().node.meta().dtype, *dtype);
            assert_eq!(values(&out, "mask").to_f64(), values(&ds, "mask").to_f64());
        }
        let out = Step::parse("astype int8").unwrap().apply(&ds).unwrap();
        let Data::I8(t) = values(&out, "t") else { unreachable!("as asked") };
        assert_eq!((t[0], t[1], t[2]), (0, 120, 121));
        assert_eq!(out.need_var("area").unwrap().node.meta().dtype, DType::F64);
        assert_eq!(Step::parse("astype int8").unwrap().xarray(&ds).unwrap(), r#"ds = ds.astype("int8")"#);
    }
}
