//! Owns the way from a value to a colour: choice of map and range, and the scale itself.
//! Knows nothing of pictures.

use super::colormap::{ColorMap, MapKind, Rgba, color_map};
use super::field::Field;
use super::ticks::{Tick, nice_log_ticks, nice_ticks, number_label};
use crate::RenderError;
use crate::cast::{f32_of, f64_of};

/// How the range of colours is found.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub enum ColorRange {
    /// Smallest to largest value of this field; centred on zero with a diverging map.
    #[default]
    Auto,
    /// From the 2nd to the 98th percentile of this field.
    Robust,
    /// Smallest to largest, made symmetric about zero.
    Symmetric,
    /// Given ends.
    Fixed {
        /// Value of the first colour.
        low: f64,
        /// Value of the last colour.
        high: f64,
    },
}

/// What a person chose about colours; [`ColorScale::resolve`] fills in the rest.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ColorSettings {
    /// Name of a colour map; `None` chooses by standard name and range.
    pub map: Option<String>,
    /// The range.
    pub range: ColorRange,
    /// Logarithmic; only positive values have a place then, others show as missing.
    pub log: bool,
    /// Swap the ends of the map.
    pub reversed: bool,
    /// Number of steps of one colour each; `None` is continuous. At most 256.
    pub levels: Option<u16>,
    /// Colour of missing values; `None` is the theme's.
    pub missing: Option<Rgba>,
}

/// Number of entries in a lookup table of colours.
pub const LUT_LEN: usize = 256;

/// From a value to a colour. A value below or above the range has the end colour.
#[derive(Debug, Clone, PartialEq)]
pub struct ColorScale {
    /// The map's name.
    pub map: String,
    /// Value of the first colour.
    pub low: f64,
    /// Value of the last colour; above `low`.
    pub high: f64,
    /// Logarithmic between the ends.
    pub log: bool,
    /// Number of steps, when stepped.
    pub levels: Option<u16>,
    /// Colour of missing values.
    pub missing: Rgba,
    /// Whether the field it was made for has values below and above the range.
    pub beyond: [bool; 2],
    /// The colours from low to high, reversal and steps applied.
    pub lut: Box<[Rgba; LUT_LEN]>,
}

impl ColorScale {
    /// Chooses what is not said in `settings` from the field: its standard name, then whether
    /// the range lies on both sides of zero. `missing` is used when the settings name no colour for it.
    ///
    /// # Errors
    /// [`RenderError::UnknownColorMap`]; [`RenderError::Layout`] when fixed ends are not
    /// finite and rising, or not positive on a logarithmic scale.
    pub fn resolve(settings: &ColorSettings, field: &Field, missing: Rgba) -> Result<Self, RenderError> {
        let extremes = usable_extremes(field, settings.log);
        let known = known_map(field);
        let spans_zero = extremes[0] < 0.0 && extremes[1] > 0.0;
        // A little noise below zero makes no second side.
        let two_sided = spans_zero && extremes[0].abs().min(extremes[1]) > 0.1 * extremes[0].abs().max(extremes[1]);
        let name = match (&settings.map, known) {
            (Some(name), _) => name.as_str(),
            (None, Some(name)) => name,
            (None, None) if two_sided && !settings.log => "balance",
            (None, None) => "viridis",
        };
        let (map, turned) = color_map(name)?;
        let [low, high] = match settings.range {
            ColorRange::Fixed { low, high } => checked_range(low, high, settings.log)?,
            ColorRange::Symmetric => symmetric(extremes),
            ColorRange::Robust => {
                let robust = percentiles(field, settings.log, [0.02, 0.98]).unwrap_or(extremes);
                if map.kind == MapKind::Diverging && spans_zero { symmetric(robust) } else { widened(robust) }
            }
            ColorRange::Auto if map.kind == MapKind::Diverging && spans_zero => symmetric(extremes),
            ColorRange::Auto => widened(extremes),
        };
        let levels = settings.levels.map(|n| n.clamp(1, 256));
        let beyond = [extremes[0] < low, extremes[1] > high];
        Ok(Self {
            map: map.name.clone(),
            low,
            high,
            log: settings.log,
            levels,
            missing: settings.missing.unwrap_or(missing),
            beyond,
            lut: Box::new(lut(map, settings.reversed != turned, levels)),
        })
    }

    /// Offset, factor and whether to take the logarithm first: the entry of `v` is
    /// `floor((f(v) − offset) · factor · 256)` clamped to the table, `f` being the identity
    /// or the base-2 logarithm. The same 32-bit arithmetic runs on the graphics device.
    #[must_use]
    pub fn mapping(&self) -> (f32, f32, bool) {
        if self.log {
            let (low, high) = (self.low.log2(), self.high.log2());
            (f32_of(low), f32_of(1.0 / (high - low)), true)
        } else {
            (f32_of(self.low), f32_of(1.0 / (self.high - self.low)), false)
        }
    }

    /// The colour of a value.
    #[must_use]
    pub fn color_of(&self, value: f32) -> Rgba {
        let (offset, factor, log) = self.mapping();
        if value.is_nan() || (log && value <= 0.0) {
            return self.missing;
        }
        let v = if log { value.log2() } else { value };
        let t = (v - offset) * factor * 256.0;
        let i = crate::cast::cell_of(f64::from(t.clamp(0.0, 255.0)), LUT_LEN).unwrap_or(0);
        self.lut[i]
    }

    /// Where a value lies along the bar, 0–1, not clamped.
    #[must_use]
    pub fn share_of(&self, value: f64) -> f64 {
        if self.log {
            (value.log2() - self.low.log2()) / (self.high.log2() - self.low.log2())
        } else {
            (value - self.low) / (self.high - self.low)
        }
    }

    /// At most about `most` marks inside the range: round numbers, or where steps meet.
    #[must_use]
    pub fn ticks(&self, most: usize) -> Vec<Tick> {
        match self.levels {
            Some(n) if n > 1 => self.edges(n, most),
            _ if self.log => nice_log_ticks(self.low, self.high, most),
            _ => nice_ticks(self.low, self.high, most),
        }
    }

    /// Every edge between `n` steps, or every second, third …
    fn edges(&self, n: u16, most: usize) -> Vec<Tick> {
        let stride = usize::from(n).div_ceil(most.max(1)).max(1);
        let value = |i: u16| {
            let t = f64::from(i) / f64::from(n);
            if self.log { self.low * (self.high / self.low).powf(t) } else { self.low + (self.high - self.low) * t }
        };
        (0..=n)
            .step_by(stride)
            .map(|i| {
                let value = value(i);
                let step = if self.log { value } else { (self.high - self.low) / f64::from(n) };
                // A step of no round length is written to three digits.
                let thousand = step * 1e3 / 10_f64.powf(step.abs().log10().floor());
                let whole = (thousand - thousand.round()).abs() < 1e-6;
                let digits = if whole { step } else { 10_f64.powf(step.abs().log10().floor() - 1.0) };
                Tick { value, label: number_label(value, digits) }
            })
            .collect()
    }
}

fn lut(map: &ColorMap, reversed: bool, levels: Option<u16>) -> [Rgba; LUT_LEN] {
    std::array::from_fn(|i| {
        let t = (f64_of(i) + 0.5) / f64_of(LUT_LEN);
        let t = match levels {
            Some(1) => 0.5,
            // The first and last step take the ends of the map.
            Some(n) => ((t * f64::from(n)).floor() / f64::from(n - 1)).min(1.0),
            None => t,
        };
        map.at(if reversed { 1.0 - t } else { t })
    })
}

fn usable_extremes(field: &Field, log: bool) -> [f64; 2] {
    let found =
        if log {
            field.values().iter().filter(|v| v.is_finite() && **v > 0.0).fold(None, |found, v| {
                Some(found.map_or([*v, *v], |[low, high]: [f32; 2]| [low.min(*v), high.max(*v)]))
            })
        } else {
            field.extremes()
        };
    match (found, log) {
        (Some([low, high]), _) => [f64::from(low), f64::from(high)],
        (None, true) => [1.0, 10.0],
        (None, false) => [0.0, 1.0],
    }
}

/// A field of one value still gets a range with that value in its middle.
fn widened([low, high]: [f64; 2]) -> [f64; 2] {
    if high > low && (high - low) > 1e-6 * high.abs().max(low.abs()) {
        return [low, high];
    }
    let half = if low == 0.0 { 0.5 } else { 0.05 * low.abs() };
    [low - half, high + half]
}

fn symmetric([low, high]: [f64; 2]) -> [f64; 2] {
    let far = low.abs().max(high.abs());
    if far > 0.0 { [-far, far] } else { [-1.0, 1.0] }
}

fn checked_range(low: f64, high: f64, log: bool) -> Result<[f64; 2], RenderError> {
    let refuse = |reason: String| Err(RenderError::Layout { reason });
    if !(low.is_finite() && high.is_finite() && low < high) {
        return refuse(format!("the colour range {low} to {high} does not rise; give the smaller end first"));
    }
    if log && low <= 0.0 {
        return refuse(format!("a logarithmic colour range cannot start at {low}; give a positive value"));
    }
    Ok([low, high])
}

/// Percentiles of the usable values, by the nearest rank.
fn percentiles(field: &Field, log: bool, shares: [f64; 2]) -> Option<[f64; 2]> {
    let mut values: Vec<f32> = field.values().iter().copied().filter(|v| v.is_finite() && (!log || *v > 0.0)).collect();
    let n = values.len();
    if n == 0 {
        return None;
    }
    Some(shares.map(|share| {
        let rank = crate::cast::cell_of((f64_of(n - 1) * share).round(), n).unwrap_or(0);
        f64::from(*values.select_nth_unstable_by(rank, f32::total_cmp).1)
    }))
}

/// The colour map that the meaning of a variable asks for, by its CF standard name and the
/// words of its long name.
fn known_map(field: &Field) -> Option<&'static str> {
    let standard = field.standard_name.to_lowercase();
    let words = format!("{standard} {}", field.long_name.to_lowercase());
    let has = |part: &str| words.contains(part);
    if has("anomaly") || has("difference") {
        return Some("balance");
    }
    if standard.is_empty() {
        return None;
    }
    let starts = |part: &str| standard.starts_with(part);
    Some(match () {
        () if has("vorticity") => "curl",
        () if has("direction") => "phase",
        () if starts("eastward_")
            || starts("northward_")
            || starts("upward_air")
            || has("_x_velocity")
            || has("_y_velocity") =>
        {
            "balance"
        }
        () if has("temperature") && !has("tendency") => "thermal",
        () if has("salinity") => "haline",
        () if has("sea_ice") => "ice",
        () if has("wind_speed") || has("speed") => "speed",
        () if has("precipitation") || has("rainfall") => "rain",
        () if starts("depth") || has("sea_floor_depth") => "deep",
        () if has("density") => "dense",
        () if has("chlorophyll") || has("turbidity") || has("suspended_matter") => "matter",
        () => return None,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use std::sync::Arc;

    use super::*;
    use crate::geo::Grid;

    fn field(values: &[f32], standard_name: &str) -> Field {
        let lon: Vec<f64> = (0..values.len()).map(f64_of).collect();
        let grid = Arc::new(Grid::geographic(&lon, &[0.0]).unwrap());
        let mut field = Field::new("v", grid, values.into()).unwrap();
        field.standard_name = standard_name.to_owned();
        field
    }

    fn resolved(settings: &ColorSettings, field: &Field) -> ColorScale {
        ColorScale::resolve(settings, field, Rgba::grey(9)).unwrap()
    }

    #[test]
    fn maps_are_chosen_by_meaning_and_range() {
        let auto = ColorSettings::default();
        let choose = |values: &[f32], name: &str| {
            let scale = resolved(&auto, &field(values, name));
            (scale.map.clone(), scale.low, scale.high)
        };
        assert_eq!(choose(&[1.0, 5.0, f32::NAN], ""), ("viridis".to_owned(), 1.0, 5.0));
        assert_eq!(choose(&[-2.0, 5.0], ""), ("balance".to_owned(), -5.0, 5.0));
        assert_eq!(choose(&[-40.0, 30.0], "air_temperature"), ("thermal".to_owned(), -40.0, 30.0));
        assert_eq!(choose(&[30.0, 37.0], "sea_water_salinity"), ("haline".to_owned(), 30.0, 37.0));
        assert_eq!(choose(&[-1.0, 3.0], "air_temperature_anomaly"), ("balance".to_owned(), -3.0, 3.0));
        assert_eq!(choose(&[0.0, 30.0], "wind_speed").0, "speed");
        assert_eq!(choose(&[0.0, 359.0], "wind_from_direction").0, "phase");
    }

    #[test]
    fn empty_and_constant_fields_get_a_range() {
        let auto = ColorSettings::default();
        let range = |values: &[f32]| {
            let scale = resolved(&auto, &field(values, ""));
            [scale.low, scale.high]
        };
        assert_eq!(range(&[f32::NAN, f32::INFINITY]), [0.0, 1.0]);
        assert_eq!(range(&[0.0, 0.0]), [-0.5, 0.5]);
        let [low, high] = range(&[280.0, 280.0]);
        assert!(low < 280.0 && high > 280.0);
    }

    #[test]
    fn values_take_their_colour() {
        let settings = ColorSettings {
            map: Some("Greys".to_owned()),
            range: ColorRange::Fixed { low: 0.0, high: 10.0 },
            ..ColorSettings::default()
        };
        let field = field(&[-5.0, 20.0], "");
        let scale = resolved(&settings, &field);
        let (map, _) = color_map("greys").unwrap();
        assert_eq!(scale.color_of(-3.0), map.at(0.0));
        assert_eq!(scale.color_of(f32::NEG_INFINITY), map.at(0.0));
        assert_eq!(scale.color_of(5.0), map.at(0.5));
        assert_eq!(scale.color_of(10.0), map.at(1.0));
        assert_eq!(scale.color_of(f32::NAN), Rgba::grey(9));
        assert_eq!(scale.beyond, [true, true]);
        let reversed = resolved(&ColorSettings { reversed: true, ..settings.clone() }, &field);
        assert_eq!(reversed.color_of(0.0), map.at(1.0));
        let named = resolved(&ColorSettings { map: Some("greys_r".to_owned()), ..settings.clone() }, &field);
        assert_eq!(named.lut, reversed.lut);
        let stepped = resolved(&ColorSettings { levels: Some(5), ..settings.clone() }, &field);
        assert_eq!(stepped.color_of(0.1), stepped.color_of(1.9));
        assert_ne!(stepped.color_of(1.9), stepped.color_of(2.1));
        assert_eq!(stepped.color_of(9.9), map.at(1.0));
        let labels = |n, most| {
            let scale = resolved(&ColorSettings { levels: Some(n), ..settings.clone() }, &field);
            scale.ticks(most).into_iter().map(|t| t.label).collect::<Vec<_>>()
        };
        assert_eq!(labels(5, 9), ["0", "2", "4", "6", "8", "10"]);
        assert_eq!(labels(10, 5), ["0", "2", "4", "6", "8", "10"]);
        assert_eq!(labels(3, 9), ["0.0", "3.3", "6.7", "10.0"]);
    }

    #[test]
    fn logarithms_have_no_place_for_zero() {
        let settings = ColorSettings { log: true, ..ColorSettings::default() };
        let scale = resolved(&settings, &field(&[0.0, -3.0, 0.01, 100.0], ""));
        assert!((scale.low - 0.01).abs() < 1e-6 && (scale.high - 100.0).abs() < 1e-6);
        assert_eq!(scale.color_of(0.0), scale.missing);
        assert_eq!(scale.color_of(-1.0), scale.missing);
        assert!(scale.lut[127..129].contains(&scale.color_of(1.0)));
        assert!((scale.share_of(1.0) - 0.5).abs() < 1e-6);
        assert_eq!(scale.ticks(6).len(), 5);
    }

    #[test]
    fn bad_settings_are_refused_in_words() {
        let field = field(&[1.0, 2.0], "");
        let refuse =
            |settings: ColorSettings| ColorScale::resolve(&settings, &field, Rgba::CLEAR).unwrap_err().to_string();
        let fixed =
            |low, high, log| ColorSettings { range: ColorRange::Fixed { low, high }, log, ..ColorSettings::default() };
        assert!(refuse(fixed(3.0, 1.0, false)).contains("3 to 1"));
        assert!(refuse(fixed(f64::NAN, 1.0, false)).contains("NaN"));
        assert!(refuse(fixed(0.0, 1.0, true)).contains("logarithmic"));
        let jet = refuse(ColorSettings { map: Some("jet".to_owned()), ..ColorSettings::default() });
        assert!(jet.contains("jet") && jet.contains("viridis"));
    }

    #[test]
    fn robust_ranges_leave_out_the_outliers() {
        let mut values: Vec<f32> = (0..1000_u16).map(f32::from).collect();
        values[999] = 1e9;
        let settings = ColorSettings { range: ColorRange::Robust, ..ColorSettings::default() };
        let scale = resolved(&settings, &field(&values[..360], ""));
        assert!((scale.low - 7.0).abs() <= 1.0 && (scale.high - 352.0).abs() <= 1.0);
    }
}
