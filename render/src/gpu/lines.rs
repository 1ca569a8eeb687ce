//! Owns one layer of lines on the device. Knows nothing of rasters.

use std::sync::Arc;

use wgpu::util::DeviceExt as _;
use wgpu::{BindGroup, Buffer, BufferUsages, Device, Queue, RenderPass};

use super::pipelines::{LinePoint, Pipelines};
use super::raster::floats;
use crate::cast::{f32_of, u32_of};
use crate::geo::{MapView, Paths};
use crate::scene::LineLayer;

/// The uniform block of `lines.wgsl`, field by field.
#[derive(Debug, Clone, Copy, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
struct Params {
    scale: [f32; 2],
    offset: [f32; 2],
    size: [f32; 2],
    half_width: f32,
    flags: u32,
    color: [f32; 4],
}

/// One layer of lines.
#[derive(Debug)]
pub(super) struct Lines {
    paths: Arc<Paths>,
    /// The point of the plane that the 32-bit points count from.
    anchor: [f64; 2],
    points: Buffer,
    steps: u32,
    params: Params,
    params_buffer: Buffer,
    group: BindGroup,
}

/// Pixels from the anchor at which 32-bit points are still exact to a twentieth of a pixel.
const FARTHEST_PX: f64 = 800_000.0;

impl Lines {
    /// A layer on the device; points of `before` are kept when they are the same.
    pub(super) fn update(
        before: Option<Self>,
        device: &Device,
        pipelines: &Pipelines,
        layer: &LineLayer,
        view: &MapView,
    ) -> (Self, usize) {
        let near = |anchor: [f64; 2]| {
            (0..2).all(|k| ((view.centre[k] - anchor[k]) / view.units_per_px[k]).abs() < FARTHEST_PX)
        };
        let kept = before.filter(|b| Arc::ptr_eq(&b.paths, &layer.paths) && near(b.anchor));
        let (points, steps, anchor, sent) = kept.map_or_else(
            || {
                let (points, steps, sent) = points(device, &layer.paths, view.centre);
                (points, steps, view.centre, sent)
            },
            |b| (b.points, b.steps, b.anchor, 0),
        );
        let params = Params {
            scale: [1.0, 1.0],
            offset: [0.0, 0.0],
            size: [1.0, 1.0],
            half_width: f32_of(layer.width_px / 2.0),
            flags: pipelines.target_flag(),
            color: floats(layer.color),
        };
        let params_buffer = device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: Some("map lines"),
            contents: bytemuck::bytes_of(&params),
            usage: BufferUsages::UNIFORM | BufferUsages::COPY_DST,
        });
        let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("map lines"),
            layout: pipelines.line_layout(),
            entries: &[wgpu::BindGroupEntry { binding: 0, resource: params_buffer.as_entire_binding() }],
        });
        let paths = Arc::clone(&layer.paths);
        (Self { paths, anchor, points, steps, params, params_buffer, group }, sent)
    }

    pub(super) fn paths(&self) -> &Arc<Paths> {
        &self.paths
    }

    /// Bytes held on the device.
    pub(super) fn bytes(&self) -> u64 {
        self.points.size()
    }

    pub(super) fn set_view(&mut self, queue: &Queue, view: &MapView) {
        self.params.scale = [f32_of(1.0 / view.units_per_px[0]), f32_of(-1.0 / view.units_per_px[1])];
        self.params.offset = view.pixel_from_xy(self.anchor).map(f32_of);
        self.params.size = view.size_px.map(f32_of);
        queue.write_buffer(&self.params_buffer, 0, bytemuck::bytes_of(&self.params));
    }

    pub(super) fn paint(&self, pass: &mut RenderPass<'_>, pipelines: &Pipelines) {
        if self.steps == 0 {
            return;
        }
        pass.set_pipeline(pipelines.lines());
        pass.set_bind_group(0, &self.group, &[]);
        let point = size_of::<LinePoint>() as u64;
        for slot in 0..4_u32 {
            pass.set_vertex_buffer(slot, self.points.slice(u64::from(slot) * point..));
        }
        pass.draw(0..4, 0..self.steps);
    }
}

/// Every line between separators, one buffer for all; and the number of steps, those across
/// separators included (the shader leaves them out).
fn points(device: &Device, paths: &Paths, anchor: [f64; 2]) -> (Buffer, u32, usize) {
    let mut points: Vec<LinePoint> = Vec::with_capacity(paths.points() + paths.len() + 4);
    points.push([0.0; 3]);
    for line in paths.iter() {
        points.extend(line.iter().map(|p| [f32_of(p[0] - anchor[0]), f32_of(p[1] - anchor[1]), 1.0]));
        points.push([0.0; 3]);
    }
    points.extend([[0.0; 3]; 3]);
    let steps = u32_of(points.len() - 3);
    let contents = bytemuck::cast_slice(&points);
    let usage = BufferUsages::VERTEX;
    let label = Some("map lines");
    (device.create_buffer_init(&wgpu::util::BufferInitDescriptor { label, contents, usage }), steps, contents.len())
}
