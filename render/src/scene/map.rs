//! Owns the building of a map or image from its spec. Knows nothing of painters.

use std::sync::Arc;

use super::axes::{self, PlainAxes};
use super::cache::SceneCache;
use super::color::ColorScale;
use super::labels;
use super::layout::{Page, Rim, Words};
use super::parts::{ColorBar, Layer, LineKind, LineLayer, RasterLayer, Rect, Shape, Text};
use super::spec::{CoastDetail, Layout, PlotSpec, ViewSpec};
use super::wording::pretty_units;
use super::{ColorSettings, Rgba};
use crate::RenderError;
use crate::cast::round_u32;
use crate::geo::{CoastLines, Detail, Graticule, MapView, Paths, Projection, box_bounds, grid_bounds};

/// A picture as plain data, drawn the same by every painter.
///
/// Everything is in device pixels from the top left, except the lines of [`Layer::Lines`],
/// which lie on the plane of [`Scene::view`].
#[derive(Debug, Clone)]
pub struct Scene {
    /// Size of the whole picture.
    pub size_px: [u32; 2],
    /// Device pixels per point.
    pub pixel_ratio: f64,
    /// Behind everything.
    pub background: Rgba,
    /// Where the layers are drawn and clipped.
    pub frame: Rect,
    /// What the frame shows; its `size_px` is the frame's size.
    pub view: MapView,
    /// From the bottom up.
    pub layers: Vec<Layer>,
    /// Ticks, borders and keys of a figure, over the layers, not clipped to the frame.
    pub shapes: Vec<Shape>,
    /// The key to the colours; none for line plots.
    pub color_bar: Option<ColorBar>,
    /// Every text. In a tile only the labels of the graticule.
    pub texts: Vec<Text>,
}

/// Coast of 1 : 110 million is used where a point is more than this many metres: on paper
/// where more detail cannot be seen, in a tile, which is drawn every frame, a little earlier.
const COARSE_FROM_M_PER_PT: [f64; 2] = [26_000.0, 14_000.0];

impl Scene {
    /// Builds a map, or an image with axes for a plain grid. Takes milliseconds to tens of
    /// milliseconds: call it on a worker thread.
    ///
    /// # Errors
    /// [`RenderError`] when the view, the colours or the projection cannot be used.
    pub fn build(spec: &PlotSpec, cache: &SceneCache) -> Result<Self, RenderError> {
        let palette = spec.theme.palette();
        let scale = color_scale(&spec.color, spec)?;
        let mut page = Page::new(spec.size_px, spec.pixel_ratio, palette);
        let tile = spec.layout == Layout::Tile;
        let plain = !spec.field.grid.is_on_globe();
        let title = if spec.title.is_empty() { spec.field.label() } else { spec.title.clone() };
        let words = Words { title: &title, subtitle: &spec.subtitle, source: &spec.source };
        let whole = Rect { x: 0.0, y: 0.0, width: page.size[0].max(1.0), height: page.size[1].max(1.0) };
        let (frame, view) = if tile {
            (whole, view_of(spec, [whole.width, whole.height])?)
        } else if plain {
            let frame = page.frame(&words, axes::rim(spec), true, axes::aspect(spec));
            (frame, view_of(spec, [frame.width, frame.height])?)
        } else {
            let rough = view_of(spec, page.size)?;
            let rim = if spec.layers.graticule {
                Rim { left: 28.0, right: 12.0, top: 0.0, bottom: 16.0 }
            } else {
                Rim::default()
            };
            let frame = page.frame(&words, rim, true, Some(rough.size_px[0] / rough.size_px[1]));
            (frame, rough.resized([frame.width, frame.height]))
        };
        let detail = if spec.draft { Detail::Draft } else { Detail::Full };
        let overscan_px = round_u32(spec.overscan_px.clamp(0.0, 4096.0));
        let lookup = cache.lookup(&view, &spec.field.grid, overscan_px, detail)?;
        let outside = if plain { Rgba::CLEAR } else { palette.outside };
        let raster = RasterLayer { field: Arc::clone(&spec.field), lookup, scale: scale.clone(), outside };
        let mut layers = vec![Layer::Raster(raster)];
        if plain {
            let axes = PlainAxes { spec, frame, view: &view };
            if !tile {
                axes.draw(&mut page);
            }
        } else {
            lines(spec, &view, cache, &mut layers)?;
            if spec.layers.graticule {
                let graticule = Graticule::of(&view, spec.pixel_ratio)?;
                page.texts.extend(labels::labels(&graticule, &view, frame, spec.pixel_ratio, &palette, tile));
                // Under the coast: the graticule is the quietest line.
                layers.insert(1, graticule_layer(&graticule, spec));
            }
            if !tile && fills(&view, cache)? {
                page.border(frame, 0.75);
            }
        }
        let label = color_label(spec);
        let color_bar = if tile {
            ColorBar { ticks: scale.ticks(6), scale, label, place: None }
        } else {
            let below = if plain {
                axes::rim(spec).bottom
            } else if spec.layers.graticule {
                16.0
            } else {
                0.0
            };
            page.color_bar(frame, below, &scale, &label)
        };
        let background = palette.background;
        let Page { texts, shapes, .. } = page;
        Ok(Self {
            size_px: spec.size_px,
            pixel_ratio: spec.pixel_ratio,
            background,
            frame,
            view,
            layers,
            shapes,
            color_bar: Some(color_bar),
            texts,
        })
    }
}

fn color_scale(settings: &ColorSettings, spec: &PlotSpec) -> Result<ColorScale, RenderError> {
    ColorScale::resolve(settings, &spec.field, spec.theme.palette().missing)
}

/// What stands by the colour bar: units, and the name where the title says something else.
fn color_label(spec: &PlotSpec) -> String {
    let units = pretty_units(&spec.field.units);
    let name = spec.field.label();
    let named = spec.title.is_empty() || spec.title == name;
    match (named, units.is_empty()) {
        (true, _) => units,
        (false, true) => name,
        (false, false) => format!("{name} ({units})"),
    }
}

/// The wanted view, its size in the shape of what it shows within `room` pixels.
fn view_of(spec: &PlotSpec, room: [f64; 2]) -> Result<MapView, RenderError> {
    let grid = &spec.field.grid;
    if !grid.is_on_globe() {
        let mut view = match &spec.view {
            ViewSpec::Exact(view) if view.projection.is_plane() => view.resized(room),
            _ => {
                let mut view = MapView::fit_grid(&Projection::plane(), grid, room);
                if spec.y_down {
                    view.units_per_px[1] = -view.units_per_px[1];
                }
                view
            }
        };
        if axes::aspect(spec).is_some() {
            let [x, y] = view.units_per_px;
            let longer = x.abs().max(y.abs());
            view.units_per_px = [longer, longer.copysign(y)];
        }
        return Ok(view);
    }
    let (projection, bounds) = match &spec.view {
        ViewSpec::Exact(view) if spec.layout == Layout::Tile => return Ok(view.resized(room)),
        ViewSpec::Exact(view) => return Ok(view.clone()),
        ViewSpec::Home(projection) => (projection, projection.home_bounds()),
        ViewSpec::Data(projection) => (projection, grid_bounds(projection, grid)),
        ViewSpec::Box(projection, bounds) => (projection, box_bounds(projection, *bounds)?),
    };
    let mut view = MapView::fit_bounds(projection, bounds, room);
    if spec.layout == Layout::Figure {
        // The frame takes the shape of what it shows; a thin strip still gets some height.
        // Home keeps a breath around it, so that the edge of the globe is not cut.
        let breath = if bounds == projection.home_bounds() { 1.008 } else { 1.0 };
        let [wide, high] = [bounds[2] - bounds[0], bounds[3] - bounds[1]].map(|b| b * breath / view.units_per_px[0]);
        view.size_px = [wide.max(0.25 * high), high.max(0.25 * wide)];
    }
    Ok(view)
}

fn lines(spec: &PlotSpec, view: &MapView, cache: &SceneCache, layers: &mut Vec<Layer>) -> Result<(), RenderError> {
    let palette = spec.theme.palette();
    let pt = spec.pixel_ratio;
    let metres_per_pt = view.metres_per_px() * pt;
    let tile = usize::from(spec.layout == Layout::Tile);
    let detail = match spec.layers.coast {
        CoastDetail::Auto | CoastDetail::Fine if spec.draft => CoastDetail::Coarse,
        CoastDetail::Auto if metres_per_pt > COARSE_FROM_M_PER_PT[tile] => CoastDetail::Coarse,
        CoastDetail::Auto => CoastDetail::Fine,
        chosen => chosen,
    };
    let (coast, borders) = match detail {
        CoastDetail::Coarse => (Some(CoastLines::CoarseCoast), CoastLines::CoarseBorders),
        CoastDetail::None => (None, CoastLines::CoarseBorders),
        _ => (Some(CoastLines::FineCoast), CoastLines::FineBorders),
    };
    let units_per_px = view.units_per_px[0];
    let mut add = |kind, paths: Arc<Paths>, color, width: f64| {
        if !paths.is_empty() {
            layers.push(Layer::Lines(LineLayer { kind, paths, color, width_px: width * pt }));
        }
    };
    if spec.layers.borders {
        add(LineKind::Borders, cache.lines(&view.projection, borders, units_per_px)?, palette.borders, 0.6);
    }
    if let Some(coast) = coast {
        // A faint light edge, less detailed, keeps the dark line visible over dark data.
        let edge = cache.lines(&view.projection, coast, 2.0 * units_per_px)?;
        add(LineKind::CoastEdge, edge, palette.coast_edge, 2.0);
        add(LineKind::Coast, cache.lines(&view.projection, coast, units_per_px)?, palette.coast, 0.8);
    }
    add(LineKind::Outline, cache.outline(&view.projection)?, palette.edge, 1.0);
    Ok(())
}

fn graticule_layer(graticule: &Graticule, spec: &PlotSpec) -> Layer {
    let mut paths = Paths::new();
    graticule.lines.iter().flat_map(|(_, line)| line.iter()).for_each(|line| paths.push(line));
    Layer::Lines(LineLayer {
        kind: LineKind::Graticule,
        paths: Arc::new(paths),
        color: spec.theme.palette().graticule,
        width_px: 0.7 * spec.pixel_ratio,
    })
}

/// True when the map reaches the frame's edge, so that the frame needs a border: no edge of
/// the projected world lies wholly inside it.
fn fills(view: &MapView, cache: &SceneCache) -> Result<bool, RenderError> {
    let outline = cache.outline(&view.projection)?;
    let within = |p: &[f64; 2]| {
        let px = view.pixel_from_xy(*p);
        (0..2).all(|k| (-1.0..=view.size_px[k] + 1.0).contains(&px[k]))
    };
    Ok(outline.is_empty() || !outline.iter().flatten().all(within))
}
