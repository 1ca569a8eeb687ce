//! `expr`: new variables computed from those that are there.

use super::compile::Compiler;
use crate::model::{AttrValue, Attrs, Error, Result};
use crate::ops::{Family, KeySpec, KeyTarget, OpSpec, ParamKind, Params, python};
use crate::plan::{Dataset, Role, Var};

pub(crate) static EXPR: OpSpec = OpSpec {
    name: "expr",
    family: Family::Arithmetic,
    summary: "new variables from expressions",
    doc: "Computes new variables from expressions over variables and coordinates, in Python's words: + - * / // % **, \
          comparisons (1 and 0), and, or, not; abs acos asin atan atan2 ceil clip cos cosh degrees exp expm1 floor \
          hypot isfinite isnan log log10 log1p log2 max min pow radians round sign sin sinh sqrt tan tanh trunc where; \
          pi, e, nan, inf; and the functions that the recipe defines, of which one that uses none of its \
          arguments gives a number without dimensions. Operands are matched by dimension. Types \
          follow numpy; the arithmetic is double precision, labels of dimensions are, and integers stay within the range of \
          their type. What is missing stays missing. Names with other signs than \
          letters, digits and _ stand in backquotes. A unit is kept where all operands share it. Several are computed in \
          order and may use each other.",
    cdo: Some("expr, exprf, aexpr"),
    example: "expr 'ws = hypot(u, v)'",
    params: &[],
    keys: Some(&KeySpec {
        target: KeyTarget::NewVariables,
        kind: ParamKind::Expression,
        required: true,
        single: false,
        doc: "the expression that the new variable is",
    }),
    apply,
    xarray,
};

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let mut ds = ds.clone();
    for (name, value) in params.iter() {
        if ds.axis(name).is_some() {
            return Err(
                Error::invalid(format!("{name} is a dimension")).hint("choose another name for the new variable")
            );
        }
        let text = value.text();
        let mut compiler = Compiler::new(&ds, params.functions());
        let compiled = compiler.compile(&text).map_err(|e| e.within(name))?;
        let mut attrs = Attrs::default();
        attrs.set("long_name", AttrValue::Text(text));
        if let Some(units) = compiled.units() {
            attrs.set("units", AttrValue::Text(units.to_owned()));
        }
        let node = compiler.node(compiled.at(), compiled.dtype()).map_err(|e| e.within(name))?;
        let var = Var { name: name.to_owned(), node, attrs, role: Role::Data };
        match ds.vars.iter_mut().find(|v| v.name == name) {
            Some(old) => *old = var,
            None => ds.vars.push(var),
        }
    }
    Ok(ds)
}

fn xarray(ds: &Dataset, params: &Params) -> Result<String> {
    let mut ds = ds.clone();
    let mut lines = Vec::new();
    for (name, value) in params.iter() {
        let compiled = Compiler::new(&ds, params.functions()).compile(&value.text()).map_err(|e| e.within(name))?;
        lines.push(format!("ds[{}] = {}", python::quote(name), compiled.python()));
        let mut one = params.clone();
        params.iter().filter(|(other, _)| *other != name).for_each(|(other, _)| drop(one.remove(other)));
        ds = apply(&ds, &one)?;
    }
    Ok(lines.join("\n"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::model::{DType, Data};
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};

    fn run(text: &str) -> crate::plan::Dataset {
        Step::parse(&format!("expr x='{text}'")).unwrap().apply(&dataset()).unwrap()
    }

    /// Types that numpy gives to the same expressions on f32 `t` and i16 `mask`.
    #[test]
    fn types_are_those_of_numpy() {
        let cases = [
            ("t * 3.6", DType::F32),
            ("t + mask", DType::F32),
            ("mask + 1", DType::I16),
            ("mask * 2.5", DType::F64),
            ("mask / 2", DType::F64),
            ("mask // 2", DType::I16),
            ("sqrt(mask)", DType::F32),
            ("t > 1", DType::Bool),
            ("isnan(t)", DType::Bool),
            ("where(t > 1, t, 0)", DType::F32),
            ("where(t > 1, 1, 2)", DType::I64),
            ("lat * 2", DType::F64),
            ("t * lat", DType::F64),
            ("hypot(t, t)", DType::F32),
            ("mask ** 2", DType::I16),
            ("(mask > 0) + (mask > 1)", DType::I64),
            ("-mask", DType::I16),
            ("2 + 3", DType::I64),
        ];
        for (text, dtype) in cases {
            assert_eq!(run(text).need_var("x").unwrap().node.meta().dtype, dtype, "{text}");
        }
    }

    #[test]
    fn cells_meet_by_the_names_of_their_dimensions() {
        let out = run("mask * 10 + lat");
        assert_eq!(out.need_var("x").unwrap().node.meta().dims, ["lat", "lon"]);
        assert_eq!(values(&out, "x").to_f64()[3..6], [60.0, 40.0, 50.0]);
        let out = run("1 <= mask < 2 and not lat == 60");
        assert_eq!(values(&out, "x"), Data::U8(vec![0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0]));
        assert_eq!(values(&run("t - mask"), "x").to_f64()[13], 9.5);
    }

    /// Values from numpy: cell numbers of 64 bits, which floats would round by up to 128.
    #[test]
    fn long_integers_stay_exact_within_expressions() {
        let mut ds = dataset();
        let far = 1_i64 << 60;
        let id = crate::ops::testing::cube(&["lon"], &[4], Data::I64(vec![far, far + 1, far + 2, far + 130]));
        let mask = ds.need_var("mask").unwrap().clone();
        ds.vars.push(crate::plan::Var { name: "id".into(), node: id, ..mask });
        let run = |text: &str| values(&Step::parse(&format!("expr x='{text}'")).unwrap().apply(&ds).unwrap(), "x");
        assert_eq!(run("id - 1152921504606846977"), Data::I64(vec![-1, 0, 1, 129]));
        assert_eq!(run("id == 1152921504606846977"), Data::U8(vec![0, 1, 0, 0]));
        assert_eq!(run("(id - 1152921504606846976) * 0.5"), Data::F64(vec![0.0, 0.5, 1.0, 65.0]));
        assert_eq!(run("sqrt(id - 1152921504606846974)").f64(2), 2.0);
        let chosen = run("where(id > 1152921504606846977, lon, -1.5)");
        assert_eq!(chosen, Data::F64(vec![-1.5, -1.5, 180.0, 270.0]));
        assert_eq!(run("id // 2 * 2 + id % 2 - id"), Data::I64(vec![0; 4]));
    }

    #[test]
    fn units_are_kept_where_they_hold() {
        let units = |text: &str| run(text).need_var("x").unwrap().attrs.text("units").map(str::to_owned);
        assert_eq!(units("t + t").as_deref(), Some("K"));
        assert_eq!(units("max(t, t)").as_deref(), Some("K"));
        assert_eq!(units("t - 273.15"), None);
        assert_eq!(units("t * t"), None);
        assert_eq!(units("t > 1"), None);
    }

    #[test]
    fn python_and_errors() {
        let ds = dataset();
        let line = |text: &str| Step::parse(&format!("expr x='{text}'")).unwrap().xarray(&ds).unwrap();
        assert_eq!(line("hypot(t, mask) * 3.6"), r#"ds["x"] = np.hypot(ds["t"], ds["mask"]) * 3.6"#);
        assert_eq!(
            line("-(t + 1) ** 2 / (t - (1 - t))"),
            r#"ds["x"] = -(ds["t"] + 1) ** 2 / (ds["t"] - (1 - ds["t"]))"#
        );
        assert_eq!(line("(-t) ** 2 ** t"), r#"ds["x"] = (-ds["t"]) ** 2 ** ds["t"]"#);
        assert_eq!(
            line("t > 1 and not t < pi"),
            r#"ds["x"] = np.logical_and(ds["t"] > 1, np.logical_not(ds["t"] < np.pi))"#
        );
        assert_eq!(
            line("where(t > 0, min(t, 2, mask), nan)"),
            r#"ds["x"] = xr.where(ds["t"] > 0, np.minimum(np.minimum(ds["t"], 2), ds["mask"]), np.nan)"#
        );
        let both = Step::parse("expr a='t + 1' b='a * 2'").unwrap();
        assert_eq!(both.xarray(&ds).unwrap(), "ds[\"a\"] = ds[\"t\"] + 1\nds[\"b\"] = ds[\"a\"] * 2");
        assert!(both.apply(&ds).is_ok());
        let error = |text: &str| Step::parse(&format!("expr x='{text}'")).unwrap().apply(&ds).unwrap_err().to_string();
        assert_eq!(error("masc + 1"), "expr: x: no variable masc; did you mean mask?");
        assert_eq!(
            error("sqroot(t)"),
            "expr: x: no function sqroot; there are: abs, acos, asin, atan, ceil, cos, cosh, degrees, exp, expm1, floor, isfinite, isnan, log, log10, log1p, log2, radians, round, sign, sin, sinh, sqrt, tan, tanh, trunc, atan2, hypot, max, min, pow, clip, where"
        );
        assert_eq!(error("hypot(t)"), "expr: x: hypot takes two values, not 1 of them");
        assert!(error("time + 1").contains("labels of time are not numbers"));
        assert!(error("t +").contains("missing at the end"));
        assert!(Step::parse("expr lat='t'").unwrap().apply(&ds).unwrap_err().to_string().contains("is a dimension"));
    }
}
