//! Owns one map on the device and what of a scene is already there. Knows nothing of text.

use wgpu::{Device, Queue, RenderPass, TextureFormat};

use super::lines::Lines;
use super::pipelines::Pipelines;
use super::raster::Raster;
use crate::RenderError;
use crate::geo::MapView;
use crate::scene::{ColorScale, Layer, Scene};

/// One map on the device.
///
/// [`GpuMap::prepare`] takes a built scene and sends what is new in it: a time step sends the
/// field, another colour scale a few hundred bytes, another view or projection the lattice.
/// [`GpuMap::set_view_transform`] draws what is there where a newer view puts it, so that a
/// pan or zoom shows at once while a worker builds the next scene. [`GpuMap::paint`] draws
/// into the viewport that is set on the pass: the whole viewport is the scene's frame.
///
/// A field with more than 8192 columns or rows (or than the device allows) is reduced to the
/// mean of blocks of cells, missing ones left out ([`GpuMap::reduction`] says how many).
#[derive(Debug)]
pub struct GpuMap {
    pipelines: Pipelines,
    view: Option<MapView>,
    raster: Option<Raster>,
    /// From the bottom up, all above the raster.
    lines: Vec<Lines>,
}

/// Bytes that [`GpuMap::prepare`] sent to the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Uploaded {
    /// Of the field.
    pub field: usize,
    /// Of the lattice or cell image.
    pub lookup: usize,
    /// Of lines.
    pub lines: usize,
}

impl GpuMap {
    /// An empty map for targets of `target_format`: use the window's own format (egui's
    /// `target_format`). Compiles the shaders: make further maps with [`Self::sibling`].
    #[must_use]
    pub fn new(device: &Device, target_format: TextureFormat) -> Self {
        Self::with(Pipelines::new(device, target_format))
    }

    /// Another empty map that shares this one's shaders.
    #[must_use]
    pub fn sibling(&self) -> Self {
        Self::with(self.pipelines.clone())
    }

    fn with(pipelines: Pipelines) -> Self {
        Self { pipelines, view: None, raster: None, lines: Vec::new() }
    }

    /// Brings the device up to date with a scene, sending only what changed, and shows the
    /// scene's own view.
    ///
    /// # Errors
    /// [`RenderError::Gpu`] when the scene asks for more than the device allows; the map is
    /// then empty.
    pub fn prepare(&mut self, device: &Device, queue: &Queue, scene: &Scene) -> Result<Uploaded, RenderError> {
        let mut uploaded = Uploaded::default();
        let mut raster_before = self.raster.take();
        let mut lines_before = std::mem::take(&mut self.lines);
        for layer in &scene.layers {
            match layer {
                Layer::Raster(layer) => {
                    let (raster, sent) = Raster::update(raster_before.take(), device, queue, &self.pipelines, layer)?;
                    uploaded.field += sent.field;
                    uploaded.lookup += sent.lookup;
                    self.raster = Some(raster);
                }
                Layer::Lines(layer) => {
                    let same = lines_before.iter().position(|l| std::sync::Arc::ptr_eq(l.paths(), &layer.paths));
                    let before = same.map(|i| lines_before.swap_remove(i));
                    let (lines, sent) = Lines::update(before, device, &self.pipelines, layer, &scene.view);
                    uploaded.lines += sent;
                    self.lines.push(lines);
                }
            }
        }
        self.place(queue, &scene.view);
        Ok(uploaded)
    }

    /// Draws what is on the device where `view` puts it: scaled and moved, at the cost of a
    /// few bytes. Right for any pan, zoom or change of size; cells keep the lattice's detail
    /// until the next [`Self::prepare`]. False, and nothing changed, when the projection is
    /// another one (a turned globe too) or nothing was prepared.
    pub fn set_view_transform(&mut self, queue: &Queue, view: &MapView) -> bool {
        if self.view.as_ref().is_none_or(|shown| shown.projection != view.projection) {
            return false;
        }
        self.place(queue, view);
        true
    }

    /// Shows another colour scale without a new scene: a range that follows a slider, say.
    pub fn set_color_scale(&mut self, queue: &Queue, scale: &ColorScale) {
        if let Some(raster) = &mut self.raster {
            raster.set_scale(queue, scale);
        }
    }

    fn place(&mut self, queue: &Queue, view: &MapView) {
        if let Some(raster) = &mut self.raster {
            raster.set_view(queue, view);
        }
        self.lines.iter_mut().for_each(|lines| lines.set_view(queue, view));
        self.view = Some(view.clone());
    }

    /// Draws the layers into the viewport of the pass. Draws nothing before a scene was
    /// prepared.
    pub fn paint(&self, pass: &mut RenderPass<'_>) {
        if let Some(raster) = &self.raster {
            raster.paint(pass, &self.pipelines);
        }
        self.lines.iter().for_each(|lines| lines.paint(pass, &self.pipelines));
    }

    /// The view shown now.
    #[must_use]
    pub fn view(&self) -> Option<&MapView> {
        self.view.as_ref()
    }

    /// Cells drawn as one along x and y; `[1, 1]` for fields that fit a texture.
    #[must_use]
    pub fn reduction(&self) -> [u32; 2] {
        self.raster.as_ref().map_or([1, 1], Raster::reduction)
    }

    /// Bytes held on the device, for the memory panel.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.raster.as_ref().map_or(0, Raster::bytes) + self.lines.iter().map(Lines::bytes).sum::<u64>()
    }
}
