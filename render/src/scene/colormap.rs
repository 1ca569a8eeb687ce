//! Owns the bundled colour maps: tables from the low end to the high end.
//! Knows nothing of values or ranges.

use std::sync::OnceLock;

use crate::RenderError;
use crate::bytes::Reader;

/// A colour with straight (not premultiplied) alpha, sRGB bytes: red, green, blue, alpha.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rgba(pub [u8; 4]);

impl Rgba {
    /// Nothing to see.
    pub const CLEAR: Self = Self([0, 0, 0, 0]);

    /// An opaque colour.
    #[must_use]
    pub const fn opaque(red: u8, green: u8, blue: u8) -> Self {
        Self([red, green, blue, 255])
    }

    /// An opaque grey.
    #[must_use]
    pub const fn grey(level: u8) -> Self {
        Self::opaque(level, level, level)
    }

    /// The same colour, `alpha` of 255 opaque.
    #[must_use]
    pub const fn with_alpha(self, alpha: u8) -> Self {
        let Self([r, g, b, _]) = self;
        Self([r, g, b, alpha])
    }
}

/// What a colour map is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MapKind {
    /// From little to much.
    Sequential,
    /// Two directions from a middle.
    Diverging,
    /// The end meets the start.
    Cyclic,
    /// Names without order.
    Categorical,
}

/// A bundled colour map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColorMap {
    /// Name as matplotlib or cmocean spells it.
    pub name: String,
    /// What it is for.
    pub kind: MapKind,
    /// Colours from the low end to the high end; at least one.
    pub colors: Vec<[u8; 3]>,
}

impl ColorMap {
    /// The colour at `t` of 0–1 (clamped), the nearest entry.
    #[must_use]
    pub fn at(&self, t: f64) -> Rgba {
        let n = self.colors.len();
        let i = crate::cast::cell_of(t.clamp(0.0, 1.0) * crate::cast::f64_of(n), n).unwrap_or(n - 1);
        let [r, g, b] = self.colors[i];
        Rgba::opaque(r, g, b)
    }
}

const TABLES: &[u8] = include_bytes!("../../../assets/cmaps/cmaps.bin");

/// Every bundled colour map, in the order of menus.
///
/// # Errors
/// [`RenderError::Asset`] when the bundled table is damaged.
pub fn color_maps() -> Result<&'static [ColorMap], RenderError> {
    static MAPS: OnceLock<Result<Vec<ColorMap>, RenderError>> = OnceLock::new();
    MAPS.get_or_init(|| parse(TABLES)).as_deref().map_err(Clone::clone)
}

/// The colour map called `name` (case does not matter). `name_r` is the reversed map, where
/// it is not bundled itself; the answer says whether to reverse.
///
/// # Errors
/// [`RenderError::UnknownColorMap`] when there is none; [`RenderError::Asset`] as above.
pub fn color_map(name: &str) -> Result<(&'static ColorMap, bool), RenderError> {
    let maps = color_maps()?;
    let find = |name: &str| maps.iter().find(|m| m.name.eq_ignore_ascii_case(name));
    let turned = |name: &str| {
        let other = name.strip_suffix("_r").map_or_else(|| format!("{name}_r"), str::to_owned);
        find(&other)
    };
    find(name).map(|m| (m, false)).or_else(|| turned(name).map(|m| (m, true))).ok_or_else(|| {
        let known = maps.iter().map(|m| m.name.as_str()).collect::<Vec<_>>().join(", ");
        RenderError::UnknownColorMap { name: name.to_owned(), known }
    })
}

fn parse(data: &[u8]) -> Result<Vec<ColorMap>, RenderError> {
    let mut read = Reader::new("cmaps.bin", data);
    read.magic(*b"GRTM", 1)?;
    let n = read.u32()?;
    (0..n)
        .map(|_| {
            let length = usize::from(read.u8()?);
            let name = String::from_utf8_lossy(read.take(length)?).into_owned();
            let kind = match read.u8()? {
                0 => MapKind::Sequential,
                1 => MapKind::Diverging,
                2 => MapKind::Cyclic,
                3 => MapKind::Categorical,
                other => return Err(read.damaged(&format!("map '{name}' has kind {other}"))),
            };
            let n = usize::from(read.u16()?);
            let colors = read.take(3 * n)?.as_chunks::<3>().0.to_vec();
            if colors.is_empty() {
                return Err(read.damaged(&format!("map '{name}' has no colours")));
            }
            Ok(ColorMap { name, kind, colors })
        })
        .collect()
}
