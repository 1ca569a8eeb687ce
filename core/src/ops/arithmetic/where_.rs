//! `where`: values kept where a condition holds.

use super::compile::Compiler;
use crate::model::{DType, Result};
use crate::ops::{Family, OpSpec, ParamKind, ParamSpec, Params};
use crate::plan::{Dataset, Instr, Role};

pub(crate) static WHERE: OpSpec = OpSpec {
    name: "where",
    family: Family::Arithmetic,
    summary: "values where a condition holds",
    doc: "Keeps values where the condition holds and makes the others missing, or what other says. The condition is an \
          expression over variables and coordinates; it applies to every data variable and spreads each over its \
          dimensions. Integers become floats where values go missing: of 8 and 16 bits single precision, else double.",
    cdo: Some("ifthen, ifthenelse, setctomiss, setrtomiss"),
    example: "where cond='t2m > 273.15'",
    params: &[
        ParamSpec {
            name: "cond",
            kind: ParamKind::Expression,
            default: None,
            required: true,
            doc: "where to keep values",
        },
        ParamSpec {
            name: "other",
            kind: ParamKind::Expression,
            default: Some("nan"),
            required: false,
            doc: "what stands elsewhere",
        },
    ],
    keys: None,
    apply,
    xarray,
};

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let cond = params.need_text("cond")?;
    let other = params.text("other").filter(|t| t != "nan");
    // Where there is nothing to choose from, a wrong condition is still one.
    Compiler::new(ds, params.functions()).compile(&cond).map_err(|e| e.within("cond"))?;
    let mut out = ds.clone();
    for var in out.vars.iter_mut().filter(|v| v.role == Role::Data && v.node.meta().dtype.is_numeric()) {
        let mut compiler = Compiler::new(ds, params.functions());
        // The variable comes first, so that its dimensions do.
        let kept = compiler.load(&var.node);
        let cond = compiler.compile(&cond).map_err(|e| e.within("cond"))?;
        let own = var.node.meta().dtype.plain();
        let (elsewhere, dtype) = match &other {
            None => (compiler.push(Instr::Const(f64::NAN)), with_missing(&own)),
            Some(text) => {
                let other = compiler.compile(text).map_err(|e| e.within("other"))?;
                (other.at(), other.dtype_with(&own))
            }
        };
        let result = compiler.push(Instr::Select(cond.at(), kept, elsewhere));
        var.node = compiler.node(result, dtype)?;
    }
    Ok(out)
}

/// The type that holds such values and missing ones.
fn with_missing(dtype: &DType) -> DType {
    match dtype {
        t if t.is_float() => t.clone(),
        DType::I8 | DType::U8 | DType::I16 | DType::U16 => DType::F32,
        _ => DType::F64,
    }
}

fn xarray(ds: &Dataset, params: &Params) -> Result<String> {
    let cond = Compiler::new(ds, params.functions()).compile(&params.need_text("cond")?)?.python().to_owned();
    Ok(match params.text("other").filter(|t| t != "nan") {
        None => format!("ds = ds.where({cond})"),
        Some(other) => {
            format!("ds = ds.where({cond}, {})", Compiler::new(ds, params.functions()).compile(&other)?.python())
        }
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::model::Data;
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};

    #[test]
    fn keeps_what_meets_the_condition() {
        let ds = dataset();
        let step = Step::parse("where 'mask > 0 and lat < 60'").unwrap();
        let out = step.apply(&ds).unwrap();
        let nan = f32::NAN;
        let Data::F32(mask) = values(&out, "mask") else { unreachable!("16-bit integers become f32") };
        let expected = [nan, nan, nan, nan, 1.0, 2.0, nan, 1.0, 2.0, nan, 1.0, 2.0];
        assert!(mask.iter().zip(expected).all(|(a, b)| *a == b || (a.is_nan() && b.is_nan())), "{mask:?}");
        assert_eq!(out.need_var("t").unwrap().node.meta().dims, ["time", "lat", "lon"]);
        assert_eq!(out.need_var("t").unwrap().attrs.text("units"), Some("K"));
        assert_eq!(step.xarray(&ds).unwrap(), r#"ds = ds.where(np.logical_and(ds["mask"] > 0, ds["lat"] < 60))"#);
    }

    #[test]
    fn other_values_may_stand_elsewhere() {
        let ds = dataset();
        let step = Step::parse("where 'mask > 1' other=-1").unwrap();
        let out = step.apply(&ds).unwrap();
        assert_eq!(values(&out, "mask"), Data::I16(vec![-1, -1, 2, -1, -1, 2, -1, -1, 2, -1, -1, 2]));
        assert_eq!(step.xarray(&ds).unwrap(), r#"ds = ds.where(ds["mask"] > 1, -1)"#);
        let error = Step::parse("where 'nothing > 1'").unwrap().apply(&ds).unwrap_err().to_string();
        assert!(error.starts_with("where: cond: no variable nothing"), "{error}");
    }
}
