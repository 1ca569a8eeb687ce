//! Attributes to a [`Packing`]: which of them count, and which make no sense and are left aside.

use super::{Mask, Packing, Policy, Reinterpret, Test};
use crate::cf::Fact;
use crate::cf::number::{self, Number};
use crate::model::{AttrValue, Attrs, DType, VariableMeta};

impl Packing {
    /// How to decode a variable of a file of this format (`netcdf3`, `netcdf4`, `hdf5`, `zarr2`, `zarr3`).
    ///
    /// A Zarr v2 fill value acts as `_FillValue`, as in xarray. Attributes that make no sense (a fill that the type
    /// cannot hold, a range upside down, a factor of 0) are left aside and the facts say so. The default fills of netCDF
    /// mask floats and what becomes float anyway; they do not turn integers into floats by themselves.
    #[must_use]
    pub fn of(meta: &VariableMeta, format: &str, policy: Policy) -> Self {
        let packed = meta.dtype.plain();
        let mut packing = Self {
            decoded: if packed == DType::F16 { DType::F32 } else { packed.clone() },
            packed,
            reinterpret: None,
            masks: Vec::new(),
            scale: None,
            offset: None,
            facts: Vec::new(),
        };
        let attrs = &meta.attrs;
        if matches!(packing.packed, DType::String | DType::Char) {
            // Text has no value that is none, as NaN is among numbers.
            for name in ["_FillValue", "missing_value"] {
                if let Some(fill) = attrs.text(name).filter(|fill| !fill.trim_matches('\0').is_empty()) {
                    packing.facts.push(Fact::assumed("missing text", format!("{fill:?}, the {name}, stays as it is")));
                }
            }
        }
        if !packing.packed.is_numeric() || packing.packed == DType::Bool {
            return packing;
        }
        packing.read_sign(attrs);
        let scale = packing.factor(attrs, "scale_factor", "scale");
        let offset = packing.factor(attrs, "add_offset", "offset");
        (packing.scale, packing.offset) = (scale.map(|n| n.value), offset.map(|n| n.value));
        let named_fill = packing.read_fills(meta, format, policy);
        if policy == Policy::Full {
            packing.read_limits(attrs);
        }
        if packing.packed == DType::I64 && attrs.text("dtype").is_some_and(|d| d.starts_with("timedelta64")) {
            // So xarray marks lengths of time, and numpy's NaT among them is the least integer.
            packing.add(Mask { test: Test::Equal(-9_223_372_036_854_775_808.0), from: "dtype" });
        }
        let packs = scale.is_some() || offset.is_some();
        if packs && named_fill && packing.masks.is_empty() && packing.packed.is_float() {
            // xarray leaves the type alone where NaN is the named fill value.
        } else if packs {
            packing.decoded = float_of(&packing.integer_type(), scale, offset);
        } else if !packing.masks.is_empty() {
            packing.decoded = promoted(&packing.packed);
        } else if attrs.text("dtype") == Some("bool") && packing.packed.size() == 1 {
            packing.decoded = DType::Bool;
        } else if packing.reinterpret.is_some() {
            packing.decoded = packing.integer_type();
        }
        if policy == Policy::Full && !named_fill && format.starts_with("netcdf") && packing.decoded.is_float() {
            packing.add_default_fill();
        }
        packing
    }

    fn read_sign(&mut self, attrs: &Attrs) {
        let Some(meant) = attrs.text("_Unsigned") else { return };
        let bits = match self.packed.size() {
            1 => 8,
            2 => 16,
            4 => 32,
            _ => 64,
        };
        let signed = matches!(self.packed, DType::I8 | DType::I16 | DType::I32 | DType::I64);
        let meant = meant.trim().to_ascii_lowercase();
        if self.packed.is_float() {
            self.facts.push(Fact::assumed("sign", "_Unsigned left aside, as the type is no integer"));
        } else if signed && meant == "true" {
            self.reinterpret = Some(Reinterpret::Unsigned(bits));
            self.facts.push(Fact::read("sign", format!("{bits} bits read as unsigned"), "_Unsigned"));
        } else if !signed && meant == "false" {
            self.reinterpret = Some(Reinterpret::Signed(bits));
            self.facts.push(Fact::read("sign", format!("{bits} bits read as signed"), "_Unsigned"));
        }
    }

    /// Scale or offset, where it is a usable number.
    fn factor(&mut self, attrs: &Attrs, name: &'static str, what: &'static str) -> Option<Number> {
        let number = number::numbers(attrs.get(name)?).first().copied();
        match number {
            Some(n) if n.value.is_finite() && !(what == "scale" && n.value == 0.0) => {
                self.facts.push(Fact::read(what, n.value.to_string(), name));
                Some(n)
            }
            _ => {
                self.facts.push(Fact::assumed(what, format!("{name} left aside, as it is no usable number")));
                None
            }
        }
    }

    /// Adds the named fill and missing values; says whether a fill value is named at all.
    fn read_fills(&mut self, meta: &VariableMeta, format: &str, policy: Policy) -> bool {
        // xarray's rule, and xarray opens arrays with named dimensions only: elsewhere a fill value is what an unwritten
        // cell reads as, and a written one may well equal it.
        let bare = meta.dims.iter().any(|d| d.starts_with("phony_dim_"));
        let zarr2 = if format == "zarr2" && !bare { meta.fill_value.as_ref().filter(|v| !is_null(v)) } else { None };
        let (fill, from) = match zarr2 {
            Some(fill) => (Some(fill), "fill_value"),
            None => (meta.attrs.get("_FillValue"), "_FillValue"),
        };
        let mut named = false;
        for (attr, from) in [(fill, from), (meta.attrs.get("missing_value"), "missing_value")] {
            let Some(attr) = attr else { continue };
            let numbers = number::fill_numbers(attr);
            let by_bits = self.by_bits(&meta.attrs, attr);
            if numbers.is_empty() {
                self.facts.push(Fact::assumed("missing", format!("{from} left aside, as it is no number")));
            }
            for n in numbers {
                if n.value.is_nan() && self.packed.is_integer() {
                    self.facts
                        .push(Fact::assumed("missing", format!("{from} NaN left aside, as the type is an integer")));
                    continue;
                }
                named = true;
                if n.value.is_nan() {
                    continue;
                }
                let exact = policy == Policy::Xarray && from != "fill_value";
                let held = if exact { Some(self.resigned(n.value)) } else { self.held(n.value, by_bits) };
                match held {
                    Some(v) => self.add(Mask { test: Test::Equal(v), from }),
                    None => self.facts.push(Fact::assumed(
                        "missing",
                        format!("{from} {} left aside, as the type {} cannot hold it", n.value, self.packed),
                    )),
                }
            }
        }
        named
    }

    fn read_limits(&mut self, attrs: &Attrs) {
        let limits = |name: &str| -> Vec<(Number, bool)> {
            let attr = attrs.get(name);
            let by_bits = attr.is_some_and(|a| self.by_bits(attrs, a));
            attr.map(number::numbers).unwrap_or_default().into_iter().map(|n| (n, by_bits)).collect()
        };
        let one = |name| limits(name).first().copied();
        let pairs = match limits("valid_range").as_slice() {
            [low, high] => [(Some(*low), "valid_range"), (Some(*high), "valid_range")],
            _ => [(one("valid_min"), "valid_min"), (one("valid_max"), "valid_max")],
        };
        let [(low, from_low), (high, from_high)] = pairs;
        let mut beyond = Vec::new();
        let mut test = |limit: Option<(Number, bool)>, lower: bool, from: &str| {
            let (limit, by_bits) = limit.filter(|(n, _)| n.value.is_finite())?;
            let packed = self.packed_limit(limit, by_bits);
            if let (false, Some((least, most))) = (self.is_decoded(limit), number::range(&self.integer_type())) {
                // Nothing lies below the least value; a limit that leaves nothing valid cannot be meant.
                let leaves_nothing = if lower { packed > most } else { packed < least };
                if leaves_nothing {
                    beyond.push(format!("{from} {} left aside, as no {} is valid by it", limit.value, self.packed));
                }
                if leaves_nothing || (lower && packed < least) {
                    return None;
                }
            }
            // A negative factor turns decoded limits round.
            let turned = self.is_decoded(limit) && self.scale.is_some_and(|s| s < 0.0);
            Some(if lower == turned { Test::Above(packed) } else { Test::Below(packed) })
        };
        let (low, high) = (test(low, true, from_low), test(high, false, from_high));
        self.facts.extend(beyond.into_iter().map(|why| Fact::assumed("valid range", why)));
        if let (Some(Test::Below(l)), Some(Test::Above(h))) | (Some(Test::Above(h)), Some(Test::Below(l))) = (low, high)
            && l > h
        {
            self.facts.push(Fact::assumed("valid range", format!("{from_low} left aside, as it is upside down")));
            return;
        }
        for (test, from) in [(low, from_low), (high, from_high)] {
            if let Some(test) = test {
                self.add(Mask { test, from });
            }
        }
    }

    /// Whether a limit is in the units of the decoded values: a float one on packed integers (netCDF user guide,
    /// appendix A).
    fn is_decoded(&self, limit: Number) -> bool {
        let packs = self.scale.is_some() || self.offset.is_some();
        packs && self.packed.is_integer() && limit.kind != number::Kind::Integer
    }

    /// A limit as a packed value, in the precision of the type.
    fn packed_limit(&self, limit: Number, by_bits: bool) -> f64 {
        if !self.is_decoded(limit) {
            return if self.packed.is_integer() {
                self.meant(limit.value, by_bits)
            } else {
                self.held(limit.value, by_bits).unwrap_or(limit.value)
            };
        }
        let packed = (limit.value - self.offset.unwrap_or(0.0)) / self.scale.unwrap_or(1.0);
        // Limits stand on the grid of the packed integers, but for the rounding of the factor.
        if (packed - packed.round()).abs() < 1e-3 { packed.round() } else { packed }
    }

    /// Fills of unwritten cells (netcdf.h, `NC_FILL_*`); bytes have none, as every byte is a value.
    fn add_default_fill(&mut self) {
        let fill = match self.packed {
            DType::I16 => -32_767.0,
            DType::U16 => 65_535.0,
            DType::I32 => -2_147_483_647.0,
            DType::U32 => 4_294_967_295.0,
            DType::I64 => -9_223_372_036_854_775_806.0,
            DType::U64 => 18_446_744_073_709_551_614.0,
            DType::F32 | DType::F64 => f64::from(9.969_21e36_f32),
            _ => return,
        };
        self.add(Mask { test: Test::Equal(self.resigned(fill)), from: "default fill" });
    }

    fn add(&mut self, mask: Mask) {
        if self.masks.iter().any(|m| m.test == mask.test) {
            return;
        }
        let value = match mask.test {
            Test::Equal(v) if v.abs() >= 1e15 => format!("{v:e}"),
            Test::Equal(v) => v.to_string(),
            Test::Below(v) => format!("below {v}"),
            Test::Above(v) => format!("above {v}"),
        };
        self.facts.push(match mask.from {
            "default fill" => Fact::assumed("missing", format!("{value}, the default fill of netCDF")),
            from => Fact::read("missing", value, from),
        });
        self.masks.push(mask);
    }

    /// The value as the (reinterpreted) type holds it; `None` where it cannot.
    fn held(&self, value: f64, by_bits: bool) -> Option<f64> {
        match self.packed {
            DType::F64 => Some(value),
            DType::F32 | DType::F16 => Some(number::single(value)),
            _ => {
                let meant = self.meant(value, by_bits);
                let (low, high) = number::range(&self.integer_type())?;
                (meant.fract() == 0.0 && (low..=high).contains(&meant)).then_some(meant)
            }
        }
    }

    /// Whether a negative number in an attribute stands for an unsigned one by its bits: `_Unsigned` says so, and it is
    /// as wide as the values (text and JSON have no width).
    fn by_bits(&self, attrs: &Attrs, attr: &AttrValue) -> bool {
        let unsigned = attrs.text("_Unsigned").is_some_and(|t| t.trim().eq_ignore_ascii_case("true"));
        let as_wide = match attr {
            AttrValue::Numbers(data) => {
                let dtype = data.dtype();
                matches!(dtype, DType::I8 | DType::I16 | DType::I32 | DType::I64) && dtype.size() == self.packed.size()
            }
            _ => true,
        };
        unsigned && self.packed.is_integer() && as_wide
    }

    /// How many values the type on disk has.
    fn turn(&self) -> f64 {
        let (low, high) = number::range(&self.packed).unwrap_or_default();
        // The largest values of 64 bits are not exact.
        if self.packed.size() == 8 { high - low } else { high - low + 1.0 }
    }

    /// A number of an attribute with the sign that is meant.
    fn meant(&self, value: f64, by_bits: bool) -> f64 {
        match self.reinterpret {
            Some(Reinterpret::Signed(_)) => self.resigned(value),
            _ if by_bits && value < 0.0 => value + self.turn(),
            _ => value,
        }
    }
}

fn is_null(value: &AttrValue) -> bool {
    matches!(value, AttrValue::Json(serde_json::Value::Null))
}

/// `_choose_float_dtype` of xarray/coding/variables.py. Scales and offsets that are integers count as `F64`.
fn float_of(packed: &DType, scale: Option<Number>, offset: Option<Number>) -> DType {
    let float = |n: Number| if n.kind == number::Kind::Single { DType::F32 } else { DType::F64 };
    let plain_float = |n: Number| n.kind != number::Kind::Integer;
    match (scale, offset) {
        (Some(s), Some(o)) if plain_float(s) && plain_float(o) && s.kind == o.kind => {
            if packed.is_integer() && packed.size() == 4 { DType::F64 } else { float(s) }
        }
        (_, Some(_)) | (None, None) => DType::F64,
        (Some(s), None) => float(s),
    }
}

/// `maybe_promote` of xarray/core/dtypes.py: the type that can also hold NaN.
fn promoted(packed: &DType) -> DType {
    match packed {
        DType::F64 => DType::F64,
        t if t.is_float() || t.size() <= 2 => DType::F32,
        _ => DType::F64,
    }
}
