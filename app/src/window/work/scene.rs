//! Builds the picture of a slice: projection, lattice, lines, colours.

use crate::figure::{fitting, is_square};
use crate::window::state::{Picture, Shown};
use graticule_render::geo::{MapView, Projection};
use graticule_render::scene::{ColorSettings, LayerSettings, Layout, PlotSpec, Scene, SceneCache, Theme, ViewSpec};
use std::sync::Arc;

/// What part of the world is to be seen.
#[derive(Debug, Clone, PartialEq)]
pub enum ViewWish {
    /// All of the data in a projection (`None`: one that fits the data), about a centre where one was chosen.
    All {
        /// A preset's id, a PROJ string or a code.
        projection: Option<String>,
        /// Longitude and latitude of the middle.
        centre: Option<[f64; 2]>,
    },
    /// This view.
    Exact(MapView),
    /// This view, turned by a drag of so many pixels.
    Turned(MapView, [f64; 2]),
}

/// The picture asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct SceneWish {
    /// The slice.
    pub serial: u64,
    /// The result it belongs to.
    pub revision: u64,
    /// What part of the world.
    pub view: ViewWish,
    /// Size in device pixels.
    pub size_px: [u32; 2],
    /// Device pixels per point.
    pub pixel_ratio: f64,
    /// Colours.
    pub color: ColorSettings,
    /// Lines.
    pub layers: LayerSettings,
    /// Light on dark.
    pub dark: bool,
    /// Places to mark, longitude and latitude, with their numbers.
    pub marks: Vec<(u64, [f64; 2])>,
}

/// A picture, and what was asked for.
pub struct Drawn {
    /// What was asked for.
    pub wish: SceneWish,
    /// The picture and its slice.
    pub picture: Picture,
}

/// Pixels around the view for which the lattice is made too.
const OVERSCAN_PX: f64 = 64.0;

/// Builds the picture.
///
/// # Errors
/// Where PROJ does not know the projection, or view or colours make no picture.
pub fn draw(wish: SceneWish, shown: &Arc<Shown>, cache: &SceneCache) -> anyhow::Result<Drawn> {
    let field = &shown.field;
    let view = match &wish.view {
        ViewWish::Exact(view) => ViewSpec::Exact(view.clone()),
        ViewWish::Turned(anchor, [dx, dy]) => ViewSpec::Exact(anchor.turned(*dx, *dy)?),
        ViewWish::All { projection, centre } => {
            let mut projection = match projection {
                Some(text) => Projection::parse(text)?,
                None => fitting(&field.grid)?,
            };
            if let Some([lon, lat]) = centre {
                projection = projection.with_centre(*lon, *lat)?;
            }
            ViewSpec::Data(projection)
        }
    };
    let mut spec = PlotSpec::new(Arc::clone(field), view, wish.size_px);
    spec.layout = Layout::Tile;
    spec.pixel_ratio = wish.pixel_ratio;
    spec.color = wish.color.clone();
    spec.layers = wish.layers;
    spec.theme = if wish.dark { Theme::Dark } else { Theme::Light };
    spec.overscan_px = OVERSCAN_PX;
    spec.y_down = shown.image.as_ref().is_some_and(|i| i.y_down);
    spec.square = shown.image.as_ref().is_some_and(|i| is_square(&i.x.labels, &i.y.labels));
    let scene = Arc::new(Scene::build(&spec, cache)?);
    let marks =
        wish.marks.iter().filter_map(|(id, lonlat)| Some((*id, scene.view.projection.xy_from_lonlat(*lonlat)?)));
    let marks = marks.collect();
    Ok(Drawn { wish, picture: Picture { scene, shown: Arc::clone(shown), marks } })
}
