//! How the slice is drawn: projection, camera, colours, layers.

use graticule_render::geo::MapView;
use graticule_render::scene::{CoastDetail, ColorSettings, LayerSettings};

/// Where the colours begin and end. All but [`RangeMode::Typed`] look at the frame that is shown when they are chosen;
/// then the range stays as it is, whatever is stepped or played through.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum RangeMode {
    /// Smallest to largest value.
    #[default]
    Frame,
    /// From the 2nd to the 98th percentile.
    Robust,
    /// The same distance to both sides of zero.
    Symmetric,
    /// As typed.
    Typed {
        /// The value of the first colour.
        low: f64,
        /// The value of the last colour.
        high: f64,
    },
}

impl RangeMode {
    /// What it is called.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Frame => "This frame",
            Self::Robust => "Robust 2–98 %",
            Self::Symmetric => "Symmetric",
            Self::Typed { .. } => "Typed",
        }
    }
}

/// The colours as they are asked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Colour {
    /// The map's name; `None` chooses by the data.
    pub map: Option<String>,
    /// Ends swapped.
    pub reversed: bool,
    /// Logarithmic.
    pub log: bool,
    /// Steps of one colour.
    pub levels: Option<u16>,
    /// The range.
    pub range: RangeMode,
}

/// Range and map as they were found for a frame, kept for the frames after it.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// The result they were found for.
    pub revision: u64,
    /// The range asked for then.
    pub range: RangeMode,
    /// Whether they are logarithmic.
    pub log: bool,
    /// The map that was chosen by the data.
    pub map: String,
    /// The value of the first colour.
    pub low: f64,
    /// The value of the last colour.
    pub high: f64,
}

/// Lines on the map that can be shown or hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// The coastline.
    Coast,
    /// Borders of countries.
    Borders,
    /// Meridians and parallels.
    Graticule,
}

/// How the slice is drawn.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// A preset's id, a PROJ string or a code; `None` chooses by the data.
    pub projection: Option<String>,
    /// The middle of the projection, where the person has chosen one.
    pub centre: Option<[f64; 2]>,
    /// What the person looks at; `None` until the first picture, and when all of the data is asked for.
    pub camera: Option<MapView>,
    /// A drag of the globe: where it began and how far it went, in pixels.
    pub turn: Option<(MapView, [f64; 2])>,
    /// Size of the map's area in device pixels; 0 until it was laid out.
    pub size_px: [u32; 2],
    /// Device pixels per point.
    pub pixel_ratio: f64,
    /// The colours asked for.
    pub colour: Colour,
    /// The colours in use.
    pub held: Option<Held>,
    /// Lines over the slice.
    pub layers: LayerSettings,
}

impl View {
    /// The colours for a frame of this result: those in use, where they are still what is asked for.
    #[must_use]
    pub fn color_settings(&self, revision: u64) -> ColorSettings {
        use graticule_render::scene::ColorRange;
        let held = self.held(revision);
        let range = match (held, self.colour.range) {
            (Some(held), _) => ColorRange::Fixed { low: held.low, high: held.high },
            (None, RangeMode::Frame) => ColorRange::Auto,
            (None, RangeMode::Robust) => ColorRange::Robust,
            (None, RangeMode::Symmetric) => ColorRange::Symmetric,
            (None, RangeMode::Typed { low, high }) => ColorRange::Fixed { low, high },
        };
        ColorSettings {
            map: self.colour.map.clone().or_else(|| held.map(|h| h.map.clone())),
            range,
            log: self.colour.log,
            reversed: self.colour.reversed,
            levels: self.colour.levels,
            missing: None,
        }
    }

    /// The colours in use, where they are still what is asked for.
    #[must_use]
    pub fn held(&self, revision: u64) -> Option<&Held> {
        let colour = &self.colour;
        self.held.as_ref().filter(|h| h.revision == revision && h.range == colour.range && h.log == colour.log)
    }

    /// Whether a layer is shown.
    #[must_use]
    pub fn shows(&self, layer: Layer) -> bool {
        match layer {
            Layer::Coast => self.layers.coast != CoastDetail::None,
            Layer::Borders => self.layers.borders,
            Layer::Graticule => self.layers.graticule,
        }
    }
}
