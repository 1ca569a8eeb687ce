//! `convolve`: weighted sums of neighbours, to smooth, to sharpen, to find edges.

use crate::model::{DType, Error, Result};
use crate::ops::kernel::{Beyond, Convolve};
use crate::ops::params::{number, wrong};
use crate::ops::reduce::SKIPNA;
use crate::ops::{Family, OpSpec, ParamKind, ParamSpec, Params, attrs, python};
use crate::plan::{Dataset, Node, Role};
use std::sync::Arc;

pub(crate) static CONVOLVE: OpSpec = OpSpec {
    name: "convolve",
    family: Family::Window,
    summary: "weighted sums of neighbours: smoothing and filters",
    doc: "The convolution along one or two dimensions with given weights or a named window, as scipy.ndimage.convolve gives \
          it: the kernel is turned over and centred. A window's weights add up to 1. A missing value makes every result \
          missing that it has a weight in; with skipna=true the rest stands for it, by its share of the weights, and gaps \
          within reach are filled. Beyond the ends there is nothing, or what mode says. Floats keep their type, integers \
          give double precision. Variables without the dimensions stay as they are.",
    cdo: Some("smooth, smooth9, runmean, fldfilter"),
    example: "convolve dim=lat,lon window=gaussian sigma=1.5 mode=nearest",
    params: &[
        ParamSpec { name: "dim", kind: ParamKind::Dims, default: None, required: true, doc: "one dimension or two" },
        ParamSpec {
            name: "weights",
            kind: ParamKind::Text,
            default: None,
            required: false,
            doc: "the kernel: 1,2,1; rows of one of two dimensions are parted by semicolons: '0,1,0;1,-4,1;0,1,0'",
        },
        ParamSpec {
            name: "window",
            kind: ParamKind::Choice(&["boxcar", "hann", "gaussian"]),
            default: None,
            required: false,
            doc: "a window instead of weights: boxcar and hann take width, gaussian sigma",
        },
        ParamSpec {
            name: "width",
            kind: ParamKind::Integer,
            default: None,
            required: false,
            doc: "positions in a boxcar or a Hann window",
        },
        ParamSpec {
            name: "sigma",
            kind: ParamKind::Number,
            default: None,
            required: false,
            doc: "standard deviation of a Gaussian window in positions; it reaches four of them far",
        },
        ParamSpec {
            name: "mode",
            kind: ParamKind::Choice(&["constant", "nearest", "wrap", "reflect", "mirror"]),
            default: Some("constant"),
            required: false,
            doc: "beyond the ends: nothing, the last value, the other end, the values backwards with or without the last",
        },
        ParamSpec { default: Some("false"), doc: "pass over missing values instead of spreading them", ..SKIPNA },
    ],
    keys: None,
    apply,
    xarray,
};

/// Most positions of a kernel along a dimension.
const MOST: usize = 1 << 16;
/// Most weights of a kernel: more take for ever.
const MOST_WEIGHTS: usize = 1 << 20;

/// Weights of one or two dimensions, row by row.
struct Kernel {
    dims: Vec<String>,
    rows: Vec<Vec<f64>>,
    /// Whether the kernel of two dimensions is the product of `rows[0]` with itself.
    square: bool,
    beyond: Beyond,
    mode: String,
    skipna: bool,
}

/// Dimensions with lengths, and the weights along them.
type Part<'a> = (Vec<(&'a str, usize)>, Vec<f64>);

impl Kernel {
    fn read(ds: &Dataset, params: &Params) -> Result<Self> {
        let dims = params.names("dim").unwrap_or_default();
        dims.iter().try_for_each(|d| ds.need_axis(d).map(drop))?;
        if !(1..=2).contains(&dims.len()) || (dims.len() == 2 && dims[0] == dims[1]) {
            return Err(Error::invalid("dim must be one dimension or two").hint("dim=time, dim=lat,lon"));
        }
        let (rows, square) = match (params.get("weights"), params.text("window")) {
            (Some(_), None) => (given(params, dims.len())?, false),
            (None, Some(window)) => (vec![named(&window, params)?], dims.len() == 2),
            (Some(_), Some(_)) => return Err(Error::invalid("weights beside a window").hint("give one of them")),
            (None, None) => {
                return Err(Error::invalid("weights or a window are needed")
                    .hint("weights=1,2,1, or window=gaussian sigma=1.5"));
            }
        };
        let mode = params.text("mode").unwrap_or_else(|| "constant".to_owned());
        let beyond = match mode.as_str() {
            "nearest" => Beyond::Nearest,
            "wrap" => Beyond::Wrap,
            "reflect" => Beyond::Reflect,
            "mirror" => Beyond::Mirror,
            _ => Beyond::Missing,
        };
        let skipna = params.flag("skipna")?.unwrap_or(false);
        if skipna && rows.iter().flatten().any(|w| *w < 0.0) {
            return Err(Error::invalid("skipna=true with weights below 0")
                .hint("what is there can stand for what is missing only where all weights are positive"));
        }
        let kernel = Self { dims, rows, square, beyond, mode, skipna };
        if kernel.cells() > MOST_WEIGHTS {
            return Err(Error::invalid(format!("a kernel of {} weights", kernel.cells()))
                .hint("coarsen first, or take a window of one dimension after the other"));
        }
        Ok(kernel)
    }

    /// The weights worked through at once: of a square window only where its rows cannot go one after the other.
    fn cells(&self) -> usize {
        let n = self.rows.iter().map(Vec::len).sum();
        if self.square && self.skipna { n * n } else { n }
    }

    /// The kernels to apply one after the other.
    fn parts(&self) -> Vec<Part<'_>> {
        let Some(row) = self.rows.first() else { return Vec::new() };
        let all = self.rows.concat();
        match self.dims.as_slice() {
            [dim] => vec![(vec![(dim, row.len())], all)],
            // What is passed over does not part into rows and columns.
            [a, b] if self.square && self.skipna => {
                let product = row.iter().flat_map(|x| row.iter().map(move |y| x * y)).collect();
                vec![(vec![(a, row.len()), (b, row.len())], product)]
            }
            [a, b] if self.square => vec![(vec![(a, row.len())], row.clone()), (vec![(b, row.len())], row.clone())],
            [a, b] => vec![(vec![(a, self.rows.len()), (b, row.len())], all)],
            _ => Vec::new(),
        }
    }

    /// The weights as Python.
    fn python(&self) -> String {
        let row =
            |row: &Vec<f64>| format!("[{}]", row.iter().map(|&w| python::number(w)).collect::<Vec<_>>().join(", "));
        match self.rows.as_slice() {
            [one] if self.square => format!("np.outer({0}, {0})", row(one)),
            [one] if self.dims.len() == 1 => format!("np.array({})", row(one)),
            rows => format!("np.array([{}])", rows.iter().map(row).collect::<Vec<_>>().join(", ")),
        }
    }
}

/// The rows of a `weights=` parameter.
fn given(params: &Params, dims: usize) -> Result<Vec<Vec<f64>>> {
    let Some(value) = params.get("weights") else { return Ok(Vec::new()) };
    let fault = || wrong("weights", "numbers", value).hint("weights=1,2,1, or '0,1,0;1,-4,1;0,1,0' for two dimensions");
    let finite = |text: &str| number(&crate::ops::Value::parse(text.trim())).filter(|w| w.is_finite());
    let rows: Vec<Vec<f64>> = value
        .text()
        .split(';')
        .map(|row| row.split(',').map(finite).collect::<Option<Vec<f64>>>())
        .collect::<Option<_>>()
        .ok_or_else(fault)?;
    let length = rows.first().map_or(0, Vec::len);
    if rows.iter().any(|r| r.len() != length) {
        return Err(Error::invalid("the rows of weights are of unequal length"));
    }
    if dims == 1 && rows.len() > 1 {
        return Err(Error::invalid(format!("{} rows of weights for one dimension", rows.len())));
    }
    if rows.len().max(length) > MOST || rows.iter().flatten().all(|w| *w == 0.0) {
        return Err(Error::invalid(
            "weights must hold a number other than 0, and be fewer than 65536 along a dimension",
        ));
    }
    Ok(rows)
}

/// The weights of a named window, which add up to 1.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a radius just checked")]
fn named(window: &str, params: &Params) -> Result<Vec<f64>> {
    let width = |least: usize| -> Result<usize> {
        let width = params.count("width")?.filter(|n| (least..=MOST).contains(n));
        width.ok_or_else(|| Error::invalid(format!("a {window} window needs a width from {least} to {MOST}")))
    };
    let weights: Vec<f64> = match window {
        "boxcar" => vec![1.0; width(1)?],
        "hann" => {
            let n = width(3)?;
            (0..n).map(|i| 0.5 - 0.5 * (std::f64::consts::TAU * i as f64 / (n - 1) as f64).cos()).collect()
        }
        _ => {
            let sigma = params.number("sigma")?.filter(|s| *s > 0.0 && *s * 8.0 < MOST as f64);
            let sigma = sigma.ok_or_else(|| {
                Error::invalid("a gaussian window needs its standard deviation, above 0")
                    .hint("sigma=1.5, in positions")
            })?;
            let radius = (4.0 * sigma + 0.5) as usize;
            (0..=2 * radius).map(|i| (-0.5 * ((i as f64 - radius as f64) / sigma).powi(2)).exp()).collect()
        }
    };
    let sum: f64 = weights.iter().sum();
    Ok(weights.into_iter().map(|w| w / sum).collect())
}

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let kernel = Kernel::read(ds, params)?;
    let parts = kernel.parts();
    let mut out = ds.clone();
    out.vars.retain(|v| {
        let meta = v.node.meta();
        v.role == Role::Coord || meta.dtype.is_numeric() || kernel.dims.iter().any(|d| meta.dim(d).is_none())
    });
    for var in out.vars.iter_mut().filter(|v| v.role == Role::Data) {
        let meta = var.node.meta();
        if kernel.dims.iter().any(|d| meta.dim(d).is_none()) {
            continue;
        }
        let dtype = if meta.dtype.is_float() { meta.dtype.plain() } else { DType::F64 };
        for (i, (along, weights)) in parts.iter().enumerate() {
            let meta = var.node.meta();
            let along = along.iter().filter_map(|(d, n)| Some((meta.dim(d)?, *n))).collect();
            let op = Convolve {
                along,
                weights: weights.clone(),
                beyond: kernel.beyond,
                skipna: kernel.skipna,
                shape: meta.shape.clone(),
                // Rounded once.
                dtype: if i + 1 < parts.len() { DType::F64 } else { dtype.clone() },
            };
            var.node = Node::op(Arc::new(op), vec![Arc::clone(&var.node)])?;
        }
        var.attrs = attrs::by_method(&var.attrs, "convolution", &kernel.dims);
    }
    Ok(out)
}

fn xarray(ds: &Dataset, params: &Params) -> Result<String> {
    let kernel = Kernel::read(ds, params)?;
    let mode = python::quote(&kernel.mode);
    let axes = if kernel.dims.len() == 1 { "(-1,)" } else { "(-2, -1)" };
    let smooth =
        |x: &str, empty: &str| format!("ndimage.convolve({x}, weights, mode={mode}, cval={empty}, axes={axes})");
    let mut lines = vec![
        "from scipy import ndimage".to_owned(),
        format!("weights = {}", kernel.python()),
        "def convolve(v):".to_owned(),
        format!("    dims = {}", python::list(&kernel.dims)),
        "    if not set(dims) <= set(v.dims):".to_owned(),
        "        return v".to_owned(),
        "    t = v.transpose(..., *dims)".to_owned(),
        "    x = t.values.astype(float)".to_owned(),
    ];
    if kernel.skipna {
        lines.push("    there = ~np.isnan(x)".to_owned());
        lines.push(format!("    n = {}", smooth("there.astype(float)", "0.0")));
        lines.push(format!("    y = {}", smooth("np.where(there, x, 0.0)", "0.0")));
        lines.push("    y = np.where(n > 0, y / np.where(n > 0, n, 1.0) * weights.sum(), np.nan)".to_owned());
    } else {
        lines.push(format!("    y = {}", smooth("x", "np.nan")));
    }
    lines.push(
        "    return t.copy(data=y.astype(v.dtype if v.dtype.kind == \"f\" else float)).transpose(*v.dims)".to_owned(),
    );
    lines.push("ds = ds.map(convolve)".to_owned());
    Ok(lines.join("\n"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::model::{DType, Data};
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};

    #[test]
    fn weights_and_windows_along_one_dimension_and_two() {
        let ds = dataset();
        let out = Step::parse("convolve dim=lon weights=1,0,-1 mode=wrap").unwrap().apply(&ds).unwrap();
        // Rows 0 1 2 0, 1 2 0 1, 2 0 1 2: the next less the one before.
        assert_eq!(values(&out, "mask").to_f64()[..8], [1.0, 2.0, -1.0, -2.0, 1.0, -1.0, -1.0, 1.0]);
        let Data::F32(t) = values(&out, "t") else { unreachable!("floats stay") };
        assert!(t[1].is_nan() && t[3].is_nan() && t[0] == -1.0 && t[4] == -1.0);
        let out = Step::parse("convolve dim=lat,lon window=boxcar width=3 skipna=true").unwrap().apply(&ds).unwrap();
        assert_eq!(out.need_var("mask").unwrap().node.meta().dtype, DType::F64);
        assert!((values(&out, "mask").to_f64()[0] - 1.0).abs() < 1e-15);
        let text = "convolve dim=lat,lon weights='0,1,0;1,-4,1;0,1,0' mode=nearest";
        let out = Step::parse(text).unwrap().apply(&ds).unwrap();
        // 0 1 above 1 2: what is beyond is as what is here.
        assert_eq!(values(&out, "mask").to_f64()[0], 2.0);
        assert_eq!(out.need_var("t").unwrap().attrs.text("cell_methods"), Some("lat: lon: convolution"));
        let one = Step::parse("convolve dim=time window=gaussian sigma=2").unwrap().apply(&ds).unwrap();
        assert_eq!(values(&one, "mask"), values(&ds, "mask"));
        assert!(values(&one, "t").to_f64()[8 * 12].is_nan() && !values(&one, "t").to_f64()[9 * 12].is_nan());
    }

    /// Rows and columns one after the other are the same as both at once.
    #[test]
    fn windows_of_two_dimensions_part_into_rows_and_columns() {
        let ds = dataset();
        let run = |text: &str| values(&Step::parse(text).unwrap().apply(&ds).unwrap(), "mask").to_f64();
        let parted = run("convolve dim=lat,lon window=hann width=5 mode=reflect");
        let whole = run("convolve dim=lat,lon window=hann width=5 mode=reflect skipna=true");
        assert!(parted.iter().zip(&whole).all(|(a, b)| (a - b).abs() < 1e-14), "{parted:?} {whole:?}");
    }

    #[test]
    fn python_and_errors() {
        let ds = dataset();
        let line = |text: &str| Step::parse(text).unwrap().xarray(&ds).unwrap();
        assert!(line("convolve dim=time weights=1,2,1").contains("weights = np.array([1.0, 2.0, 1.0])"));
        assert!(line("convolve dim=lat,lon window=boxcar width=2").contains("np.outer([0.5, 0.5], [0.5, 0.5])"));
        let error = |text: &str| Step::parse(text).unwrap().apply(&ds).unwrap_err().to_string();
        assert!(error("convolve dim=time").starts_with("convolve: weights or a window are needed"));
        assert!(error("convolve dim=time window=hann").contains("needs a width from 3"));
        assert!(error("convolve dim=time window=gaussian sigma=0").contains("standard deviation, above 0"));
        assert!(error("convolve dim=time weights=1,a").contains("weights must be numbers"));
        assert!(error("convolve dim=time weights=0,0").contains("a number other than 0"));
        assert!(error("convolve dim=time weights='1,2;3,4'").contains("2 rows of weights for one dimension"));
        assert!(error("convolve dim=lat,lon weights='1,2;3'").contains("unequal length"));
        assert!(error("convolve dim=time,lat,lon weights=1").contains("one dimension or two"));
        assert!(error("convolve dim=time weights=1,-1 skipna=true").contains("below 0"));
        assert!(error("convolve dim=lat,lon window=gaussian sigma=500 skipna=true").contains("a kernel of"));
    }
}
