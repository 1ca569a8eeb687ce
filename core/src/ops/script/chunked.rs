//! What xarray asks of data that stand in chunks, as Dask opens them: some dimensions in one piece, some variables in
//! memory.

use crate::model::Result;
use crate::ops::horizontal::is_latitude;
use crate::ops::{Step, python, reduce};
use crate::plan::{AxisValues, Dataset};

/// Whether the data of a script are Dask arrays by its end.
pub(super) fn is_chunked(script: &str) -> bool {
    ["xr.open_zarr(", "xr.open_mfdataset(", ".chunk("].iter().any(|call| script.contains(call))
}

/// The lines that a script needs before a step where its data stand in chunks; most steps need none.
///
/// # Errors
/// What is wrong with the step's parameters.
pub(super) fn lines(step: &Step, ds: &Dataset) -> Result<String> {
    let whole = whole(step, ds);
    let loaded = loaded(step, ds)?;
    let mut text = String::new();
    // Coordinates of chunks of their own are no hindrance elsewhere.
    if step.op == "anomaly" {
        text.push_str("ds = ds.unify_chunks()\n");
    }
    if !whole.is_empty() {
        let sizes: Vec<_> = whole.iter().map(|dim| (dim, "-1")).collect();
        text.push_str(&format!("ds = ds.chunk({})\n", python::dict(&sizes)));
    }
    if !loaded.is_empty() {
        let values: Vec<_> =
            loaded.iter().map(|name| (name, format!("ds[{}].compute()", python::quote(name)))).collect();
        text.push_str(&format!("ds = ds.assign({})\n", python::dict(&values)));
    }
    Ok(text)
}

/// The dimensions along which the step wants one chunk.
fn whole(step: &Step, ds: &Dataset) -> Vec<String> {
    let of = |is: &dyn Fn(&crate::plan::Axis) -> bool| {
        ds.axes.iter().filter(|a| is(a)).map(|a| a.name.clone()).collect::<Vec<_>>()
    };
    let ordered = matches!(step.params.text("reduce").as_deref(), Some("median" | "quantile" | "first" | "last"));
    match step.op.as_str() {
        "rank" | "interpolate_na" => step.params.names("dim").unwrap_or_default(),
        "differentiate" => step.params.names("coord").unwrap_or_default(),
        "coarsen" => step.params.iter().map(|(key, _)| key.to_owned()).filter(|k| ds.axis(k).is_some()).collect(),
        "gradient" | "divergence" | "vorticity" => of(&is_latitude),
        // Order statistics of groups are taken chunk by chunk.
        "groupby" | "climatology" if ordered => {
            let by = step.params.text("by").unwrap_or_default();
            match ds.var(&by).map(|v| v.node.meta().dims.clone()) {
                Some(dims) => dims,
                None => of(&|a| a.name == by || matches!(a.values, AxisValues::Time { .. })),
            }
        }
        _ => Vec::new(),
    }
}

/// The variables whose values the step wants in memory.
fn loaded(step: &Step, ds: &Dataset) -> Result<Vec<String>> {
    Ok(match step.op.as_str() {
        "groupby" => {
            let by = step.params.text("by").unwrap_or_default();
            ds.var(&by).map(|v| v.name.clone()).into_iter().collect()
        }
        // Dask has a median along dimensions, and none of a whole array.
        "median" => {
            let dims = reduce::dims(ds, &step.params)?;
            let all = |own: &[String]| own.len() != 1 && own.iter().all(|d| dims.contains(d));
            ds.data().filter(|v| all(&v.node.meta().dims)).map(|v| v.name.clone()).collect()
        }
        _ => Vec::new(),
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{is_chunked, lines};
    use crate::ops::Step;
    use crate::ops::testing::dataset;

    #[test]
    fn dimensions_are_made_whole_where_xarray_needs_it() {
        let line = |text: &str| lines(&Step::parse(text).unwrap(), &dataset()).unwrap();
        assert_eq!(line("rank time"), "ds = ds.chunk({\"time\": -1})\n");
        assert_eq!(line("groupby by=month reduce=median"), "ds = ds.chunk({\"time\": -1})\n");
        assert_eq!(line("groupby by=mask"), "ds = ds.assign({\"mask\": ds[\"mask\"].compute()})\n");
        assert_eq!(line("median dim=lat,lon"), "ds = ds.assign({\"mask\": ds[\"mask\"].compute()})\n");
        assert_eq!(line("mean time") + &line("groupby by=month") + &line("median time"), "");
        assert_eq!(line("anomaly"), "ds = ds.unify_chunks()\n");
        assert!(is_chunked("ds = xr.open_zarr(\"a.zarr\")") && !is_chunked("ds = xr.open_dataset(\"a.nc\")"));
    }
}
