//! The Python lines of `regrid`: xarray's `interp` with the seam closed, and overlap weights where it has nothing.

use super::regrid::{Side, TURN};
use crate::model::{DType, Result};
use crate::ops::horizontal::is_longitude;
use crate::ops::python;
use crate::plan::{Dataset, Role};

/// Interpolation by `method`, with the turns of longitudes and the types put right.
pub(crate) fn pointwise(ds: &Dataset, sides: &[Side<'_>], method: &str) -> String {
    let mut lines = Vec::new();
    let (mut targets, mut labels) = (Vec::new(), Vec::new());
    for side in sides {
        let dim = side.axis.name.as_str();
        let name = python::quote(dim);
        if side.plain() {
            targets.push((dim, side.python.clone()));
            continue;
        }
        if side.closed {
            lines.push(format!("first = ds.isel({{{name}: [int(ds[{name}].argmin())]}})"));
            lines.push(format!("first = first.assign_coords({{{name}: first[{name}] + {TURN:?}}})"));
            lines.push(format!(
                "ds = xr.concat([ds, first], {name}, data_vars=\"minimal\", coords=\"minimal\", compat=\"override\")"
            ));
        }
        let start = python::number(side.start());
        targets.push((dim, format!("{start} + (np.array({}) - {start}) % {TURN:?}", side.python)));
        labels.push((dim, side.python.clone()));
    }
    let nearest = if method == "nearest" { ", method=\"nearest\"" } else { "" };
    lines.push(format!("ds = ds.interp({}{nearest})", python::by_dim(&targets)));
    if !labels.is_empty() {
        lines.push(format!("ds = ds.assign_coords({})", python::by_dim(&labels)));
    }
    let singles: Vec<(&str, String)> = touched(ds, sides)
        .filter(|(_, dtype)| nearest.is_empty() && *dtype == DType::F32)
        // Of Dask arrays interp says single precision, and gives double.
        .map(|(name, _)| (name, format!("ds[{}].astype(float).astype(\"float32\")", python::quote(name))))
        .collect();
    if !singles.is_empty() {
        lines.push(format!("ds = ds.assign({})", python::dict(&singles)));
    }
    lines.join("\n")
}

/// Means over overlapping cells, the missing ones left out.
///
/// # Errors
/// None in practice.
pub(crate) fn conservative(ds: &Dataset, sides: &[Side<'_>]) -> Result<String> {
    let mut lines = vec![
        "def edges(x):".to_owned(),
        "    m = (x[1:] + x[:-1]) / 2".to_owned(),
        "    e = np.r_[2 * x[0] - m[0], m, 2 * x[-1] - m[-1]]".to_owned(),
        "    return np.stack([e[:-1], e[1:]], axis=1)".to_owned(),
        "def share(old, new, turns=(0.0,)):".to_owned(),
        "    old, new = np.sort(old, axis=1)[:, None], np.sort(new, axis=1)[None]".to_owned(),
        "    common = lambda t: np.minimum(old[..., 1] + t, new[..., 1]) - np.maximum(old[..., 0] + t, new[..., 0])"
            .to_owned(),
        "    return sum(np.clip(common(t), 0, None) for t in turns)".to_owned(),
        "weights = {}".to_owned(),
        "labels = {}".to_owned(),
    ];
    for side in sides {
        let name = python::quote(&side.axis.name);
        let bounds = side.axis.bounds.as_ref().and(side.axis.attrs.text("bounds"));
        let old = match bounds {
            Some(bounds) => format!("ds[{}].values.astype(float)", python::quote(bounds)),
            None => format!("edges(ds[{name}].values.astype(float))"),
        };
        lines.push(format!("labels[{name}] = np.array({})", side.python));
        let new = format!("edges(labels[{name}])");
        let sine = |e: String| format!("np.sin(np.deg2rad(np.clip({e}, -90, 90)))");
        let share = match (is_longitude(side.axis), side.turns) {
            (true, true) => format!("share({old}, {new}, {TURN:?} * np.arange(-3, 4))"),
            (true, false) => format!("share({old}, {new})"),
            (false, _) => format!("share({}, {})", sine(old), sine(new)),
        };
        lines.push(format!("weights[{name}] = xr.DataArray({share}, dims=[{name}, {name} + \"_new\"])"));
    }
    let names: Vec<&str> = touched(ds, sides).map(|(name, _)| name).collect();
    lines.push(format!("fields = ds[{}]", python::list(&names)));
    lines.push("def mean(x):".to_owned());
    lines.push("    own = [w for d, w in weights.items() if d in x.dims]".to_owned());
    lines.push("    y = xr.dot(x.fillna(0), *own) / xr.dot(x.notnull().astype(float), *own)".to_owned());
    lines.push("    y = y.rename({d + \"_new\": d for d in weights if d in x.dims})".to_owned());
    lines.push("    return y.transpose(*x.dims).astype(x.dtype if x.dtype.kind == \"f\" else float)".to_owned());
    lines.push("ds = ds.drop_dims(list(weights))".to_owned());
    lines.push("ds = ds.assign({name: mean(fields[name]) for name in fields}).assign_coords(labels)".to_owned());
    Ok(lines.join("\n"))
}

/// The data variables of numbers along one of the dimensions.
fn touched<'a>(ds: &'a Dataset, sides: &[Side<'_>]) -> impl Iterator<Item = (&'a str, DType)> {
    let dims: Vec<String> = sides.iter().map(|s| s.axis.name.clone()).collect();
    ds.vars.iter().filter(|v| v.role == Role::Data).filter_map(move |v| {
        let meta = v.node.meta();
        let dtype = meta.dtype.plain();
        let along = meta.dims.iter().any(|d| dims.contains(d));
        (along && dtype.is_numeric()).then_some((v.name.as_str(), dtype))
    })
}
