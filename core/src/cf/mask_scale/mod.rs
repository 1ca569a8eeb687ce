//! Numbers on disk to numbers that mean something: CF sections 2.5.1 and 8.1, the netCDF user guide on `_Unsigned` and
//! valid ranges. Describes the steps; kernels over whole blocks are built from the description elsewhere.

mod read;

use super::{Fact, number};
use crate::model::DType;

/// Which attributes make a value missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Policy {
    /// All that the conventions name: fill and missing values, valid ranges, and the default fills of netCDF.
    #[default]
    Full,
    /// `_FillValue` and `missing_value` alone, compared as xarray 2026.9 compares them.
    Xarray,
}

/// Bits of an integer to be read with the other signedness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reinterpret {
    /// Signed on disk, meant unsigned; the number of bits.
    Unsigned(u8),
    /// Unsigned on disk, meant signed; the number of bits.
    Signed(u8),
}

/// When a value counts as missing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Test {
    /// It equals this.
    Equal(f64),
    /// It is less than this.
    Below(f64),
    /// It is more than this.
    Above(f64),
}

/// One reason for a value to be missing, put to the packed value: that on disk, after the reinterpretation and before
/// scale and offset.
#[derive(Debug, Clone, PartialEq)]
pub struct Mask {
    /// The condition.
    pub test: Test,
    /// The attribute that says so (`default fill` where none does).
    pub from: &'static str,
}

/// How the values of a variable are decoded, in this order: reinterpret the sign, mask on the packed values, multiply by
/// `scale` and add `offset` in `f64`, round to `decoded`. Missing becomes NaN.
///
/// Invariant: where `masks` is not empty or there is a scale or an offset, `decoded` is `F32` or `F64`.
/// 64-bit integers are compared and scaled as `f64`, rounded above 2^53; decoding compares fill values exactly.
#[derive(Debug, Clone, PartialEq)]
pub struct Packing {
    /// The type on disk.
    pub packed: DType,
    /// A change of sign, first of all.
    pub reinterpret: Option<Reinterpret>,
    /// What is missing.
    pub masks: Vec<Mask>,
    /// Factor.
    pub scale: Option<f64>,
    /// What is added after the factor.
    pub offset: Option<f64>,
    /// The type of the result, as xarray 2026.9 chooses it.
    pub decoded: DType,
    /// What was read and what was assumed.
    pub facts: Vec<Fact>,
}

impl Packing {
    /// Attributes that decoding uses up: the decoded variable no longer has them.
    pub const USED: [&'static str; 5] = ["_FillValue", "missing_value", "scale_factor", "add_offset", "_Unsigned"];

    /// Whether values pass unchanged.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        self.reinterpret.is_none() && self.masks.is_empty() && self.scale.is_none() && self.offset.is_none()
    }

    /// One value decoded; NaN where missing.
    #[must_use]
    pub fn decode(&self, raw: f64) -> f64 {
        if self.why_missing(raw).is_some() { f64::NAN } else { self.unpack(self.resigned(raw)) }
    }

    /// The reason for a value on disk to be missing, the first of them; `None` where it is not, and for NaN.
    #[must_use]
    pub fn why_missing(&self, raw: f64) -> Option<&Mask> {
        let x = self.resigned(raw);
        self.masks.iter().find(|mask| match mask.test {
            Test::Equal(v) => x == v,
            Test::Below(v) => x < v,
            Test::Above(v) => x > v,
        })
    }

    /// One value as it stands on disk: rounded where the type on disk is an integer; NaN becomes the fill value.
    ///
    /// `None` where the type cannot hold it, or for NaN in a type that has none and no fill value.
    #[must_use]
    pub fn encode(&self, value: f64) -> Option<f64> {
        let fill = self.masks.iter().find_map(|m| if let Test::Equal(v) = m.test { Some(v) } else { None });
        let mut x = if value.is_nan() {
            fill.unwrap_or(f64::NAN)
        } else {
            (value - self.offset.unwrap_or(0.0)) / self.scale.unwrap_or(1.0)
        };
        if self.packed.is_float() {
            return Some(x);
        }
        x = x.round_ties_even();
        let (low, high) = number::range(&self.integer_type())?;
        if !(low..=high).contains(&x) {
            return None;
        }
        Some(match self.reinterpret {
            Some(Reinterpret::Unsigned(bits)) if x >= 2f64.powi(i32::from(bits) - 1) => x - 2f64.powi(i32::from(bits)),
            Some(Reinterpret::Signed(bits)) if x < 0.0 => x + 2f64.powi(i32::from(bits)),
            _ => x,
        })
    }

    /// The packed type with the sign that is meant.
    fn integer_type(&self) -> DType {
        match self.reinterpret {
            Some(Reinterpret::Unsigned(8)) => DType::U8,
            Some(Reinterpret::Unsigned(16)) => DType::U16,
            Some(Reinterpret::Unsigned(32)) => DType::U32,
            Some(Reinterpret::Unsigned(_)) => DType::U64,
            Some(Reinterpret::Signed(8)) => DType::I8,
            Some(Reinterpret::Signed(16)) => DType::I16,
            Some(Reinterpret::Signed(32)) => DType::I32,
            Some(Reinterpret::Signed(_)) => DType::I64,
            None => self.packed.clone(),
        }
    }

    fn resigned(&self, x: f64) -> f64 {
        match self.reinterpret {
            Some(Reinterpret::Unsigned(bits)) if x < 0.0 => x + 2f64.powi(i32::from(bits)),
            Some(Reinterpret::Signed(bits)) if x >= 2f64.powi(i32::from(bits) - 1) => x - 2f64.powi(i32::from(bits)),
            _ => x,
        }
    }

    fn unpack(&self, x: f64) -> f64 {
        let mut x = x;
        if let Some(scale) = self.scale {
            x *= scale;
        }
        if let Some(offset) = self.offset {
            x += offset;
        }
        if self.decoded == DType::F32 { number::single(x) } else { x }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Packing, Policy, Test};
    use crate::cf::testing::{meta, numbers};
    use crate::model::{AttrValue, DType, Data};

    fn dtype(name: &str) -> DType {
        [DType::I8, DType::U8, DType::I16, DType::U16, DType::I32, DType::U32, DType::I64, DType::F32, DType::F64]
            .into_iter()
            .find(|t| t.to_string() == name)
            .unwrap()
    }

    fn values(text: &str) -> Vec<f64> {
        text.split_whitespace().map(|v| v.parse().unwrap()).collect()
    }

    #[test]
    fn that_texts_have_no_missing_value_is_told() {
        let mut name = meta("name", DType::String, &["x"]);
        for (fill, told) in [("NA", true), ("", false), ("\0", false)] {
            name.attrs.set("_FillValue", AttrValue::Text(fill.to_owned()));
            let facts = Packing::of(&name, "netcdf4", Policy::Full).facts;
            assert_eq!(facts.iter().any(|f| f.what == "missing text" && f.value.contains("NA")), told, "{fill:?}");
        }
    }

    /// As xarray writes lengths of time: without a fill value.
    #[test]
    fn numpys_no_time_is_missing_among_lengths_of_time() {
        let mut span = meta("span", DType::I64, &["x"]);
        span.attrs.set("units", AttrValue::Text("hours".to_owned()));
        assert!(Packing::of(&span, "zarr3", Policy::Full).is_identity());
        span.attrs.set("dtype", AttrValue::Text("timedelta64[ns]".to_owned()));
        let packing = Packing::of(&span, "zarr3", Policy::Full);
        assert!(packing.decode(-9_223_372_036_854_775_808.0).is_nan());
        assert_eq!(packing.decode(-5.0), -5.0);
    }

    #[test]
    fn types_and_values_are_those_of_xarray() {
        let table = include_str!("golden.txt");
        for line in table.lines() {
            let fields: Vec<&str> = line.split('|').collect();
            let [packed, attrs, raw, decoded, wanted] = fields[..] else { unreachable!("{line}") };
            let mut meta = meta("v", dtype(packed), &["x"]);
            for attr in attrs.split(';').filter(|a| !a.is_empty()) {
                let (name, value) = attr.split_once('=').unwrap();
                let (kind, value) = value.split_once(':').unwrap();
                let value = if kind == "text" {
                    AttrValue::Text(value.to_owned())
                } else {
                    numbers(&dtype(kind), &values(value))
                };
                meta.attrs.set(name, value);
            }
            let packing = Packing::of(&meta, "netcdf4", Policy::Xarray);
            assert_eq!(packing.decoded, dtype(decoded), "{line}");
            for (raw, wanted) in values(raw).into_iter().zip(values(wanted)) {
                let got = packing.decode(raw);
                // xarray computes in single precision where the result is single; here it is rounded once, at the end.
                let size =
                    (packing.resigned(raw) * packing.scale.unwrap_or(1.0)).abs() + packing.offset.unwrap_or(0.0).abs();
                let near = packing.decoded == DType::F32 && (got - wanted).abs() <= size * 1.2e-7;
                assert!(
                    near || got == wanted || got.is_nan() && wanted.is_nan(),
                    "{raw} → {got}, not {wanted}: {line}"
                );
                // Encoding undoes it, as far as the decoded type can tell values apart.
                let exact = packing.decoded == DType::F64 || packing.is_identity() || packing.resigned(raw).abs() < 1e6;
                if packing.packed.is_integer() && !got.is_nan() && exact {
                    assert_eq!(packing.encode(got), Some(raw), "{line}");
                }
                if got.is_nan() && packing.packed.is_integer() {
                    assert!(packing.decode(packing.encode(got).unwrap()).is_nan(), "{line}");
                }
            }
        }
        assert!(table.lines().count() > 400);
    }

    #[test]
    fn the_full_policy_masks_valid_ranges_and_default_fills() {
        let mut v = meta("t2m", DType::I16, &["x"]);
        v.attrs.set("scale_factor", numbers(&DType::F64, &[0.01]));
        v.attrs.set("add_offset", numbers(&DType::F64, &[273.15]));
        v.attrs.set("valid_range", numbers(&DType::I16, &[-5000.0, 5000.0]));
        let packing = Packing::of(&v, "netcdf4", Policy::Full);
        assert!(
            packing.decode(-5001.0).is_nan() && packing.decode(5001.0).is_nan() && packing.decode(-32_767.0).is_nan()
        );
        assert_eq!(packing.decode(5000.0), 5000.0 * 0.01 + 273.15);
        assert_eq!(packing.why_missing(-6000.0).unwrap().from, "valid_range");
        assert_eq!(packing.masks.last().unwrap().from, "default fill");
        assert_eq!(packing.why_missing(0.0), None);
        assert_eq!(Packing::of(&v, "zarr3", Policy::Full).masks.len(), 2);
        assert_eq!(Packing::of(&v, "netcdf4", Policy::Xarray).masks, []);
        let lines: Vec<String> = packing.facts.iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            [
                "scale: 0.01 (from scale_factor)",
                "offset: 273.15 (from add_offset)",
                "missing: below -5000 (from valid_range)",
                "missing: above 5000 (from valid_range)",
                "missing: -32767, the default fill of netCDF (assumed)",
            ]
        );
    }

    #[test]
    fn float_limits_of_packed_integers_are_in_decoded_units() {
        let mut v = meta("t", DType::I16, &["x"]);
        v.attrs.set("scale_factor", numbers(&DType::F32, &[0.1]));
        v.attrs.set("valid_range", numbers(&DType::F32, &[-2.0, 0.3]));
        let packing = Packing::of(&v, "hdf5", Policy::Full);
        assert_eq!(packing.masks.iter().map(|m| m.test).collect::<Vec<_>>(), [Test::Below(-20.0), Test::Above(3.0)]);
        assert!(packing.decode(-21.0).is_nan() && packing.decode(4.0).is_nan());
        assert!(!packing.decode(-20.0).is_nan() && !packing.decode(3.0).is_nan());
        v.attrs.set("scale_factor", numbers(&DType::F32, &[-0.5]));
        v.attrs.remove("valid_range");
        v.attrs.set("valid_max", numbers(&DType::F32, &[10.0]));
        let turned = Packing::of(&v, "hdf5", Policy::Full);
        assert_eq!(
            turned.masks.iter().map(|m| (m.test, m.from)).collect::<Vec<_>>(),
            [(Test::Below(-20.0), "valid_max")]
        );
        assert!(turned.decode(-21.0).is_nan());
        assert_eq!(turned.decode(-20.0), 10.0);
    }

    #[test]
    fn limits_have_the_precision_of_the_values() {
        let mut v = meta("f", DType::F32, &["x"]);
        v.attrs.set("valid_max", numbers(&DType::F64, &[0.3]));
        let packing = Packing::of(&v, "hdf5", Policy::Full);
        assert!(!packing.decode(f64::from(0.3_f32)).is_nan() && packing.decode(f64::from(0.31_f32)).is_nan());
    }

    #[test]
    fn integers_without_any_attribute_stay_integers() {
        for format in ["netcdf3", "netcdf4", "zarr2"] {
            let packing = Packing::of(&meta("n", DType::I64, &["x"]), format, Policy::Full);
            assert!(packing.is_identity());
            assert_eq!(packing.decoded, DType::I64);
        }
        let floats = Packing::of(&meta("n", DType::F32, &["x"]), "netcdf3", Policy::Full);
        assert!(floats.decode(f64::from(9.969_21e36_f32)).is_nan());
        assert_eq!(Packing::of(&meta("s", DType::String, &["x"]), "netcdf4", Policy::Full).decoded, DType::String);
    }

    #[test]
    fn the_fill_value_of_zarr_masks_in_version_2_alone() {
        let mut v = meta("a", DType::F32, &["x"]);
        v.fill_value = Some(AttrValue::Json(serde_json::json!(-9999.0)));
        assert!(Packing::of(&v, "zarr2", Policy::Xarray).decode(-9999.0).is_nan());
        let bare = crate::model::VariableMeta { dims: vec!["phony_dim_0".into()], ..v.clone() };
        assert!(!Packing::of(&bare, "zarr2", Policy::Full).decode(-9999.0).is_nan());
        assert_eq!(Packing::of(&v, "zarr3", Policy::Full).decode(-9999.0), -9999.0);
        v.fill_value = Some(AttrValue::Json(serde_json::Value::Null));
        assert!(Packing::of(&v, "zarr2", Policy::Full).is_identity());
        v.fill_value = Some(AttrValue::Text("NaN".to_owned()));
        assert!(Packing::of(&v, "zarr2", Policy::Full).is_identity());
        v.attrs.set("_FillValue", AttrValue::Text("QIy1eB2vFUQ=".to_owned()));
        assert!(Packing::of(&v, "zarr3", Policy::Full).decode(f64::from(1e20_f32)).is_nan());
    }

    #[test]
    fn attributes_that_make_no_sense_are_left_aside_and_named() {
        let mut v = meta("n", DType::I16, &["x"]);
        v.attrs.set("_FillValue", numbers(&DType::F64, &[f64::NAN]));
        v.attrs.set("missing_value", numbers(&DType::F64, &[1e20]));
        v.attrs.set("valid_range", numbers(&DType::I16, &[10.0, -10.0]));
        v.attrs.set("scale_factor", numbers(&DType::F64, &[0.0]));
        v.attrs.set("add_offset", AttrValue::Text("none".to_owned()));
        v.attrs.set("_Unsigned", AttrValue::Text("maybe".to_owned()));
        let packing = Packing::of(&v, "netcdf4", Policy::Full);
        assert!(packing.is_identity(), "{packing:?}");
        assert_eq!(packing.decoded, DType::I16);
        assert_eq!(packing.facts.len(), 5, "{:?}", packing.facts);
    }

    #[test]
    fn unsigned_applies_to_every_attribute() {
        let mut v = meta("b", DType::I8, &["x"]);
        v.attrs.set("_Unsigned", AttrValue::Text("true".to_owned()));
        v.attrs.set("valid_range", numbers(&DType::I8, &[0.0, -6.0]));
        v.attrs.set("missing_value", numbers(&DType::I8, &[-1.0]));
        let packing = Packing::of(&v, "netcdf4", Policy::Full);
        assert_eq!(packing.decode(-6.0), 250.0);
        assert!(packing.decode(-5.0).is_nan());
        assert_eq!(packing.masks.first().unwrap().test, Test::Equal(255.0));
        assert_eq!(packing.encode(250.0), Some(-6.0));
        assert_eq!(packing.encode(300.0), None);
    }

    #[test]
    fn limits_below_an_unsigned_type_are_no_bits() {
        let with = |of: DType, name: &str, value: AttrValue, unsigned: bool| {
            let mut v = meta("b", of, &["x"]);
            v.attrs.set(name, value);
            if unsigned {
                v.attrs.set("_Unsigned", AttrValue::Text("true".to_owned()));
            }
            Packing::of(&v, "netcdf4", Policy::Full)
        };
        for kind in [DType::F64, DType::I16, DType::I8] {
            let packing = with(DType::U8, "valid_min", numbers(&kind, &[-1.0]), false);
            assert!(packing.is_identity() && packing.decoded == DType::U8, "{kind}");
        }
        for value in [numbers(&DType::F32, &[-0.5]), numbers(&DType::I32, &[-100.0])] {
            assert!(with(DType::U16, "valid_min", value, false).is_identity());
        }
        let high = with(DType::U8, "valid_max", numbers(&DType::I8, &[-1.0]), false);
        assert!(high.is_identity() && high.facts.len() == 1, "{:?}", high.facts);
        let fill = with(DType::U8, "_FillValue", numbers(&DType::I8, &[-1.0]), false);
        assert!(fill.is_identity() && fill.facts.len() == 1, "{:?}", fill.facts);
        // With `_Unsigned` the bits count, also where the values are stored unsigned; those of another width do not.
        let bits = with(DType::U8, "_FillValue", numbers(&DType::I8, &[-1.0]), true);
        assert!(bits.decode(255.0).is_nan() && !bits.decode(0.0).is_nan());
        let bits = with(DType::I8, "valid_max", numbers(&DType::I8, &[-6.0]), true);
        assert!(bits.decode(-5.0).is_nan() && bits.decode(-6.0) == 250.0);
        assert!(with(DType::I8, "valid_min", numbers(&DType::I16, &[-6.0]), true).masks.is_empty());
    }

    #[test]
    fn text_fills_and_truth_values() {
        let mut v = meta("f", DType::F32, &["x"]);
        v.attrs.set("missing_value", AttrValue::Text("-99.9".to_owned()));
        assert!(Packing::of(&v, "netcdf4", Policy::Full).decode(f64::from(-99.9_f32)).is_nan());
        let mut b = meta("b", DType::I8, &["x"]);
        b.attrs.set("dtype", AttrValue::Text("bool".to_owned()));
        assert_eq!(Packing::of(&b, "netcdf4", Policy::Full).decoded, DType::Bool);
        let mut z = meta("z", DType::Bool, &["x"]);
        z.fill_value = Some(AttrValue::Numbers(Data::U8(vec![0])));
        assert!(Packing::of(&z, "zarr2", Policy::Full).is_identity());
    }
}
