//! `shift` and `roll`: values moved along dimensions, labels left where they are.

use super::with_missing;
use crate::model::{DType, Error, Result};
use crate::ops::kernel::{Index, Pick, Scan};
use crate::ops::params::wrong;
use crate::ops::{Family, KeySpec, KeyTarget, OpSpec, ParamKind, ParamSpec, Params, Value, coords, python};
use crate::plan::{Dataset, Node, Role};
use std::sync::Arc;

const KEYS: KeySpec = KeySpec {
    target: KeyTarget::Dims,
    kind: ParamKind::Text,
    required: true,
    single: false,
    doc: "so many positions further on, or back where negative",
};

pub(crate) static SHIFT: OpSpec = OpSpec {
    name: "shift",
    family: Family::Window,
    summary: "moves values along a dimension",
    doc: "Moves values so many positions along their dimensions; labels stay where they are. What leaves is lost, and where \
          nothing comes from is missing, or fill_value. Integers become floats unless a fill_value is given.",
    cdo: Some("shifttime, shiftx, shifty"),
    example: "shift time=1",
    params: &[ParamSpec {
        name: "fill_value",
        kind: ParamKind::Number,
        default: None,
        required: false,
        doc: "what stands where no value comes from; missing where not given",
    }],
    keys: Some(&KEYS),
    apply: shift,
    xarray: |_, params| {
        let fill = params.number("fill_value")?.map(|x| (String::from("fill_value"), python::number(x)));
        call("shift", &SHIFT, params, fill)
    },
};

pub(crate) static ROLL: OpSpec = OpSpec {
    name: "roll",
    family: Family::Window,
    summary: "moves values around a dimension",
    doc: "Moves values so many positions along their dimensions; what leaves at one end comes back at the other. Labels \
          stay where they are unless roll_coords moves them too. The type stays.",
    cdo: Some("shiftx,cyclic"),
    example: "roll lon=180 roll_coords=true",
    params: &[ParamSpec {
        name: "roll_coords",
        kind: ParamKind::Bool,
        default: Some("false"),
        required: false,
        doc: "whether labels and coordinates move with the values",
    }],
    keys: Some(&KEYS),
    apply: roll,
    xarray: |_, params| {
        let coords = params.flag("roll_coords")?.filter(|&c| c);
        call("roll", &ROLL, params, coords.map(|_| (String::from("roll_coords"), String::from("True"))))
    },
};

/// The positions to move by, along each dimension.
fn moves(spec: &'static OpSpec, params: &Params) -> Result<Vec<(String, isize)>> {
    let number = |(dim, value): (&str, &Value)| {
        let by = value
            .text()
            .trim()
            .parse()
            .map_err(|_ignored: std::num::ParseIntError| wrong(dim, "a whole number", value))?;
        Ok((dim.to_owned(), by))
    };
    spec.free_keys(params).map(number).collect()
}

fn shift(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let fill = params.number("fill_value")?;
    let mut out = ds.clone();
    for (dim, by) in moves(&SHIFT, params)? {
        out = super::along(&out, &dim, |meta| {
            let dtype = match fill {
                Some(_) if meta.dtype == DType::Bool => DType::Bool,
                Some(_) => meta.dtype.plain(),
                None => with_missing(&meta.dtype),
            };
            // What is not 0 is true.
            let fill = fill.map(|x| if dtype == DType::Bool { f64::from(u8::from(x != 0.0)) } else { x });
            (Scan::Shift { by, fill: fill.unwrap_or(f64::NAN) }, dtype)
        })?;
    }
    Ok(out)
}

fn roll(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let mut picks = Vec::new();
    for (dim, by) in moves(&ROLL, params)? {
        let size = ds.need_axis(&dim)?.values.len();
        let whole = isize::try_from(size.max(1)).map_err(|e| Error::internal(e.to_string()))?;
        let start = usize::try_from((-(by % whole)).rem_euclid(whole)).unwrap_or(0);
        let positions: Vec<usize> = (0..size).map(|i| (start + i) % size.max(1)).collect();
        picks.push((dim, Pick::of(&positions, size)));
    }
    if params.flag("roll_coords")? == Some(true) {
        return coords::take(ds, &picks);
    }
    let mut out = ds.clone();
    for var in out.vars.iter_mut().filter(|v| v.role == Role::Data) {
        let meta = var.node.meta();
        let of = |d: &String| picks.iter().find(|(name, _)| name == d).map_or(Pick::All, |(_, p)| p.clone());
        let own: Vec<Pick> = meta.dims.iter().map(of).collect();
        if own.iter().any(|p| *p != Pick::All) {
            var.node = Node::op(Arc::new(Index::new(meta, own)), vec![Arc::clone(&var.node)])?;
        }
    }
    Ok(out)
}

fn call(name: &str, spec: &'static OpSpec, params: &Params, more: Option<(String, String)>) -> Result<String> {
    let moves: Vec<_> = moves(spec, params)?.into_iter().map(|(d, by)| (d, by.to_string())).collect();
    let more = more.map(|(k, v)| format!(", {k}={v}")).unwrap_or_default();
    Ok(format!("ds = ds.{name}({}{more})", python::by_dim(&moves)))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::model::Data;
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};
    use crate::plan::AxisValues;

    #[test]
    fn values_move_and_labels_stay() {
        let ds = dataset();
        let out = Step::parse("shift lon=1").unwrap().apply(&ds).unwrap();
        let Data::F32(mask) = values(&out, "mask") else { unreachable!("16-bit integers become f32") };
        assert!(mask[0].is_nan() && mask[1..4] == [0.0, 1.0, 2.0]);
        assert_eq!(out.axes, ds.axes);
        let out = Step::parse("shift lon=-3 lat=1 fill_value=9").unwrap().apply(&ds).unwrap();
        assert_eq!(values(&out, "mask"), Data::I16(vec![9, 9, 9, 9, 0, 9, 9, 9, 1, 9, 9, 9]));
    }

    #[test]
    fn what_leaves_comes_back() {
        let ds = dataset();
        let out = Step::parse("roll lon=1").unwrap().apply(&ds).unwrap();
        assert_eq!(values(&out, "mask").to_f64()[..4], [0.0, 0.0, 1.0, 2.0]);
        assert_eq!(out.axes, ds.axes);
        let out = Step::parse("roll lon=-5 lat=3 roll_coords=true").unwrap().apply(&ds).unwrap();
        assert_eq!(values(&out, "mask").to_f64()[..4], [1.0, 2.0, 0.0, 0.0]);
        assert_eq!(out.need_axis("lon").unwrap().values, AxisValues::Number([90.0, 180.0, 270.0, 0.0].into()));
    }

    #[test]
    fn python_and_errors() {
        let ds = dataset();
        let line = |text: &str| Step::parse(text).unwrap().xarray(&ds).unwrap();
        assert_eq!(line("shift time=2 fill_value=0"), "ds = ds.shift(time=2, fill_value=0.0)");
        assert_eq!(line("roll lon=-2 roll_coords=true"), "ds = ds.roll(lon=-2, roll_coords=True)");
        let error = Step::parse("shift time=1h").unwrap().apply(&ds).unwrap_err().to_string();
        assert_eq!(error, "shift: time must be a whole number, not 1h");
    }
}
