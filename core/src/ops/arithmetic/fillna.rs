//! `fillna`: values for what is missing.

use super::compile::Compiler;
use crate::model::Result;
use crate::ops::{Family, OpSpec, ParamKind, ParamSpec, Params};
use crate::plan::{Dataset, Instr, Role, Unary};

pub(crate) static FILLNA: OpSpec = OpSpec {
    name: "fillna",
    family: Family::Arithmetic,
    summary: "values for what is missing",
    doc: "Puts a value, or that of an expression, where a data variable is missing. Integers have nothing missing and keep \
          their values.",
    cdo: Some("setmisstoc, setmissval"),
    example: "fillna value=0",
    params: &[ParamSpec {
        name: "value",
        kind: ParamKind::Expression,
        default: None,
        required: true,
        doc: "a number, or an expression over variables",
    }],
    keys: None,
    apply,
    xarray,
};

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let text = params.need_text("value")?;
    let mut out = ds.clone();
    for var in out.vars.iter_mut().filter(|v| v.role == Role::Data && v.node.meta().dtype.is_numeric()) {
        let mut compiler = Compiler::new(ds, params.functions());
        let kept = compiler.load(&var.node);
        let own = var.node.meta().dtype.plain();
        if own.is_float() {
            let value = compiler.compile(&text).map_err(|e| e.within("value"))?;
            let missing = compiler.push(Instr::Unary(Unary::IsNan, kept));
            let result = compiler.push(Instr::Select(missing, value.at(), kept));
            var.node = compiler.node(result, value.dtype_with(&own))?;
        } else {
            // Nothing is missing, but the type is that of the choice.
            let dtype =
                Compiler::new(ds, params.functions()).compile(&text).map_err(|e| e.within("value"))?.dtype_with(&own);
            if dtype != own {
                var.node = compiler.node(kept, dtype)?;
            }
        }
    }
    Ok(out)
}

fn xarray(ds: &Dataset, params: &Params) -> Result<String> {
    Ok(format!(
        "ds = ds.fillna({})",
        Compiler::new(ds, params.functions()).compile(&params.need_text("value")?)?.python()
    ))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::model::Data;
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};

    #[test]
    fn fills_and_leaves_the_rest() {
        let ds = dataset();
        let first = |text: &str| {
            let out = Step::parse(text).unwrap().apply(&ds).unwrap();
            assert_eq!(values(&out, "mask").to_f64(), values(&ds, "mask").to_f64());
            let Data::F32(t) = values(&out, "t") else { unreachable!("the type stays") };
            (t[0], t[1])
        };
        assert_eq!(first("fillna value=0"), (0.0, 120.5));
        assert_eq!(first("fillna value=-1.5"), (-1.5, 120.5));
        assert_eq!(first("fillna 'mask + 7'"), (7.0, 120.5));
        let line = |text: &str| Step::parse(text).unwrap().xarray(&ds).unwrap();
        assert_eq!(line("fillna 0"), "ds = ds.fillna(0)");
        assert_eq!(line("fillna 'mask + 7'"), r#"ds = ds.fillna(ds["mask"] + 7)"#);
    }
}
