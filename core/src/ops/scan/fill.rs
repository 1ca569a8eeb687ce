//! `ffill` and `bfill`: gaps take the last or the next value.

use super::{DIM, LIMIT, along};
use crate::model::{Error, Result};
use crate::ops::kernel::Scan;
use crate::ops::{Family, OpSpec, Params, python};
use crate::plan::Dataset;

pub(crate) static FFILL: OpSpec = OpSpec {
    name: "ffill",
    family: Family::Window,
    summary: "fills gaps with the last value before them",
    doc: "A missing value takes the last value before it along the dimension, over at most limit positions of a gap. \
          Before the first value it stays missing. The type stays; integers have no gaps.",
    cdo: None,
    example: "ffill dim=time",
    params: &[DIM, LIMIT],
    keys: None,
    apply: |ds, params| apply(ds, params, |limit| Scan::Forward { limit }),
    xarray: |_, params| call("ffill", params),
};

pub(crate) static BFILL: OpSpec = OpSpec {
    name: "bfill",
    family: Family::Window,
    summary: "fills gaps with the next value behind them",
    doc: "A missing value takes the next value behind it along the dimension, over at most limit positions of a gap. \
          Behind the last value it stays missing. The type stays; integers have no gaps.",
    cdo: None,
    example: "bfill dim=time",
    params: &[DIM, LIMIT],
    keys: None,
    apply: |ds, params| apply(ds, params, |limit| Scan::Backward { limit }),
    xarray: |_, params| call("bfill", params),
};

fn apply(ds: &Dataset, params: &Params, scan: impl Fn(Option<usize>) -> Scan) -> Result<Dataset> {
    let dim = params.need_text("dim")?;
    let limit = params.count("limit")?;
    if limit == Some(0) {
        return Err(Error::invalid("limit must be at least 1"));
    }
    let mut out = along(ds, &dim, |meta| (scan(limit), meta.dtype.plain()))?;
    // What has no gaps stays as it is.
    for var in &mut out.vars {
        if let Some(before) = ds.var(&var.name).filter(|v| !v.node.meta().dtype.is_float()) {
            var.node = std::sync::Arc::clone(&before.node);
        }
    }
    Ok(out)
}

fn call(name: &str, params: &Params) -> Result<String> {
    let limit = params.count("limit")?.map(|n| format!(", {n}")).unwrap_or_default();
    Ok(format!("ds = ds.{name}({}{limit})", python::quote(&params.need_text("dim")?)))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};

    #[test]
    fn gaps_take_their_neighbours() {
        let ds = dataset();
        let out = Step::parse("bfill lon limit=1").unwrap().apply(&ds).unwrap();
        assert_eq!(values(&out, "t").to_f64()[..2], [120.5, 120.5]);
        assert_eq!(values(&out, "mask"), values(&ds, "mask"));
        let out = Step::parse("ffill time").unwrap().apply(&ds).unwrap();
        assert!(values(&out, "t").to_f64()[0].is_nan());
        let line = Step::parse("ffill time limit=3").unwrap().xarray(&ds).unwrap();
        assert_eq!(line, r#"ds = ds.ffill("time", 3)"#);
        let error = Step::parse("ffill time limit=0").unwrap().apply(&ds).unwrap_err().to_string();
        assert_eq!(error, "ffill: limit must be at least 1");
    }
}
