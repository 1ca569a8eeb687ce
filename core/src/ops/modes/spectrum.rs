//! `spectrum`: how much of a series each frequency makes.

use crate::model::{AttrValue, Attrs, Error, Result};
use crate::ops::kernel::{Detrend, Spectrum, Wave};
use crate::ops::reduce::without;
use crate::ops::{Family, OpSpec, ParamKind, ParamSpec, Params, attrs, coords, python};
use crate::plan::{Axis, AxisValues, Dataset, Node, Var};
use std::sync::Arc;

pub(crate) static SPECTRUM: OpSpec = OpSpec {
    name: "spectrum",
    family: Family::Time,
    summary: "power, amplitude or phase by frequency",
    doc: "The Fourier transform of each series along a dimension with equal steps, from frequency 0 to half of one for \
          each step, in double precision. The power density is that of scipy.signal.periodogram: over all frequencies it \
          adds up to the variance. The amplitude is that of a cosine, the phase its angle at the first position in \
          radians. The new dimension, frequency, takes the place of the old; along dates it is in 1/s, along others in \
          one by their units. A missing value makes its whole series missing. Variables without the dimension stay as \
          they are.",
    cdo: Some("fourier"),
    example: "spectrum dim=time detrend=linear",
    params: &[
        ParamSpec {
            name: "dim",
            kind: ParamKind::Dim,
            default: None,
            required: true,
            doc: "the dimension to go along",
        },
        ParamSpec {
            name: "part",
            kind: ParamKind::Choice(&["density", "power", "amplitude", "phase"]),
            default: Some("density"),
            required: false,
            doc: "what is told of each frequency: power by unit of frequency, power, amplitude, phase",
        },
        ParamSpec {
            name: "detrend",
            kind: ParamKind::Choice(&["none", "constant", "linear"]),
            default: Some("constant"),
            required: false,
            doc: "what is taken off first: nothing, the mean, a straight line",
        },
        ParamSpec {
            name: "window",
            kind: ParamKind::Choice(&["boxcar", "hann"]),
            default: Some("boxcar"),
            required: false,
            doc: "hann lets series fade in and out, which keeps strong frequencies from spreading",
        },
        ParamSpec {
            name: "per",
            kind: ParamKind::Choice(&["unit", "step", "hour", "day", "year"]),
            default: Some("unit"),
            required: false,
            doc: "what frequencies are for: a unit of the coordinate (a second along dates), a step, a length of time",
        },
    ],
    keys: None,
    apply,
    xarray,
};

/// The new dimension.
const NAME: &str = "frequency";
/// How far steps may differ, as a part of them: rounding in the file, and no more.
const UNEVEN: f64 = 1e-4;

/// What a step of the dimension is.
struct Step {
    /// Its length in the unit that frequencies are for.
    length: f64,
    /// The unit as UDUNITS know it, where there is one.
    unit: Option<String>,
}

fn step(ds: &Dataset, params: &Params, dim: &str) -> Result<Step> {
    let axis = ds.need_axis(dim)?;
    let per = params.text("per").unwrap_or_else(|| "unit".to_owned());
    if per == "step" || (per == "unit" && matches!(axis.values, AxisValues::Index(_))) {
        return Ok(Step { length: 1.0, unit: None });
    }
    let at = coords::numbers(axis)?;
    let (Some(first), Some(last)) = (at.first(), at.last()) else {
        return Err(Error::invalid(format!("{dim} has no position")));
    };
    if at.len() < 2 {
        return Err(Error::invalid(format!("{dim} has one position, and so no step")).hint("per=step needs none"));
    }
    let length = (last - first) / (at.len() - 1) as f64;
    let even = |w: &[f64]| (w[1] - w[0] - length).abs() <= UNEVEN * length.abs();
    if length == 0.0 || !at.windows(2).all(even) {
        return Err(Error::invalid(format!("the steps of {dim} are not equal"))
            .hint("resample or interp to equal steps, or count by position with per=step"));
    }
    let dates = matches!(axis.values, AxisValues::Time { .. });
    let (nanos, unit) = match per.as_str() {
        "unit" if !dates => {
            let unit = axis.attrs.text("units").map(str::to_owned);
            return Ok(Step { length: length.abs(), unit });
        }
        _ if !dates => {
            return Err(Error::invalid(format!("frequencies per {per}, but the labels of {dim} are not dates"))
                .hint("per=unit is for each unit of the coordinate, per=step for each position"));
        }
        "hour" => (3600e9, "hour"),
        "day" => (86_400e9, "day"),
        "year" => (365.25 * 86_400e9, "year"),
        _ => (1e9, "s"),
    };
    Ok(Step { length: length.abs() / nanos, unit: Some(unit.to_owned()) })
}

fn read(params: &Params) -> (String, Detrend, bool) {
    let part = params.text("part").unwrap_or_else(|| "density".to_owned());
    let detrend = match params.text("detrend").as_deref() {
        Some("none") => Detrend::No,
        Some("linear") => Detrend::Linear,
        _ => Detrend::Constant,
    };
    (part, detrend, params.text("window").as_deref() == Some("hann"))
}

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let dims = [params.need_text("dim")?];
    let [dim] = &dims;
    let step = step(ds, params, dim)?;
    let (part, detrend, fades) = read(params);
    let wave = match part.as_str() {
        "power" => Wave::Power,
        "amplitude" => Wave::Amplitude,
        "phase" => Wave::Phase,
        _ => Wave::Density(1.0 / step.length),
    };
    let size = ds.need_axis(dim)?.values.len();
    let mut out = without(ds, &dims, |var| {
        let Some(along) = var.node.meta().dim(dim) else { return Ok(var.clone()) };
        let op = Spectrum { dim: along, size, name: NAME.to_owned(), wave, detrend, fades };
        let node = Node::op(Arc::new(op), vec![Arc::clone(&var.node)])?;
        Ok(Var { node, attrs: described(&var.attrs, &part, step.unit.as_deref()), ..var.clone() })
    })?;
    if out.axis(NAME).is_some() {
        return Err(Error::invalid(format!("there is a dimension {NAME} already")).hint("rename it first"));
    }
    out.vars.retain(|v| v.name != NAME);
    let mut attrs = Attrs::default();
    attrs.set("long_name", AttrValue::Text(NAME.to_owned()));
    let unit = step.unit.map_or_else(|| "1".to_owned(), |u| inverse(&u));
    attrs.set("units", AttrValue::Text(unit));
    // As numpy.fft.rfftfreq has them.
    let span = size as f64 * step.length;
    let values = AxisValues::Number((0..=size / 2).map(|k| k as f64 / span).collect());
    let place = ds.axes.iter().position(|a| a.name == *dim).unwrap_or(0).min(out.axes.len());
    out.axes.insert(place, Axis { name: NAME.to_owned(), values, attrs, bounds: None });
    Ok(out.pruned())
}

/// One by a unit.
fn inverse(unit: &str) -> String {
    if unit.chars().all(char::is_alphabetic) { format!("{unit}-1") } else { format!("({unit})-1") }
}

/// The attributes of a spectrum.
fn described(attrs: &Attrs, part: &str, unit: Option<&str>) -> Attrs {
    let mut attrs = attrs::difference(attrs);
    let own = attrs.text("units").map(str::to_owned);
    let units = match (part, own) {
        ("phase", _) => Some("radian".to_owned()),
        ("amplitude", own) => own,
        ("power", Some(own)) => Some(format!("({own})2")),
        (_, Some(own)) => Some(unit.map_or_else(|| format!("({own})2"), |unit| format!("({own})2 ({unit})"))),
        _ => None,
    };
    match units {
        Some(units) => attrs.set("units", AttrValue::Text(units)),
        None => drop(attrs.remove("units")),
    }
    if let Some(name) = attrs.text("long_name").map(|n| format!("spectral {part} of {n}")) {
        attrs.set("long_name", AttrValue::Text(name));
    }
    attrs
}

fn xarray(ds: &Dataset, params: &Params) -> Result<String> {
    let dim = params.need_text("dim")?;
    let step = step(ds, params, &dim)?;
    let (part, detrend, fades) = read(params);
    let quoted = python::quote(&dim);
    let window = if fades { "\"hann\"" } else { "\"boxcar\"" };
    let kind = match detrend {
        Detrend::No => None,
        Detrend::Constant => Some("\"constant\""),
        Detrend::Linear => Some("\"linear\""),
    };
    let mut lines = vec![
        "from scipy import signal".to_owned(),
        format!("step = {}", python::number(step.length)),
        "def spectrum(v):".to_owned(),
        format!("    if {quoted} not in v.dims:"),
        "        return v".to_owned(),
        format!("    x = v.transpose(..., {quoted}).values.astype(float)"),
    ];
    if matches!(part.as_str(), "density" | "power") {
        let scaling = if part == "power" { "spectrum" } else { "density" };
        let kind = kind.unwrap_or("False");
        lines.push("    there = ~np.isnan(x).any(-1, keepdims=True)".to_owned());
        lines.push(format!(
            "    y = signal.periodogram(np.nan_to_num(x), 1 / step, {window}, detrend={kind}, scaling=\"{scaling}\")[1]"
        ));
        lines.push("    y = np.where(there, y, np.nan)".to_owned());
    } else {
        if let Some(kind) = kind {
            lines.push(format!("    x = np.where(np.isnan(x).any(-1, keepdims=True), np.nan, signal.detrend(np.nan_to_num(x), type={kind}))"));
        }
        lines.push(format!("    w = signal.get_window({window}, x.shape[-1])"));
        lines.push("    y = np.fft.rfft(x * w)".to_owned());
        if part == "phase" {
            lines.push("    y = np.angle(y)".to_owned());
        } else {
            lines.push("    y = abs(y) / w.sum()".to_owned());
            lines.push("    y[..., 1 : (x.shape[-1] + 1) // 2] *= 2".to_owned());
        }
    }
    lines.push(format!("    dims = [d for d in v.dims if d != {quoted}] + [\"{NAME}\"]"));
    lines.push(format!("    coords = {{n: c for n, c in v.coords.items() if {quoted} not in c.dims}}"));
    lines.push(format!(
        "    return xr.DataArray(y, coords, dims).transpose(*(\"{NAME}\" if d == {quoted} else d for d in v.dims))"
    ));
    lines.push(format!("n = ds.sizes[{quoted}]"));
    lines.push("ds = xr.Dataset({name: spectrum(v) for name, v in ds.data_vars.items()})".to_owned());
    lines.push(format!("ds = ds.assign_coords({NAME}=np.fft.rfftfreq(n, step))"));
    Ok(lines.join("\n"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};
    use crate::plan::AxisValues;

    #[test]
    fn a_year_of_months_has_one_wave_in_twelve_steps() {
        let ds = dataset();
        let out = Step::parse("spectrum dim=time per=step part=amplitude").unwrap().apply(&ds).unwrap();
        let meta = out.need_var("t").unwrap().node.meta();
        assert_eq!((meta.dims.join(" "), meta.shape.as_slice()), ("frequency lat lon".to_owned(), &[25, 3, 4][..]));
        let AxisValues::Number(f) = &out.need_axis("frequency").unwrap().values else { unreachable!("numbers") };
        assert_eq!((f[0], f[4], f[24]), (0.0, 1.0 / 12.0, 0.5));
        let t = values(&out, "t").to_f64();
        assert!(t[0].is_nan(), "its first value is missing");
        // Four years: whatever repeats itself each year stands at 4, 8, 12 …
        assert!((0..25).all(|k| (t[12 * k + 1] > 1e-9) == (k > 0 && k % 4 == 0)), "{t:?}");
        assert_eq!(values(&out, "mask"), values(&ds, "mask"));
        assert!(out.axis("time").is_none());
    }

    #[test]
    fn frequencies_and_units_follow_the_coordinate() {
        let ds = dataset();
        let out = Step::parse("spectrum lon").unwrap().apply(&ds).unwrap();
        let axis = out.need_axis("frequency").unwrap();
        assert_eq!(axis.values, AxisValues::Number([0.0, 1.0 / 360.0, 2.0 / 360.0].into()));
        assert_eq!(axis.attrs.text("units"), Some("(degrees_east)-1"));
        assert_eq!(out.need_var("t").unwrap().attrs.text("units"), Some("(K)2 (degrees_east)"));
        let out = Step::parse("spectrum lat part=phase").unwrap().apply(&ds).unwrap();
        assert_eq!(out.need_var("mask").unwrap().attrs.text("units"), Some("radian"));
        let error = |text: &str| Step::parse(text).unwrap().apply(&ds).unwrap_err().to_string();
        assert!(error("spectrum time").starts_with("spectrum: the steps of time are not equal"));
        assert!(error("spectrum lat per=day").contains("the labels of lat are not dates"));
        let line = Step::parse("spectrum lat detrend=none window=hann").unwrap().xarray(&ds).unwrap();
        assert!(line.contains("1 / step, \"hann\", detrend=False"), "{line}");
    }
}
