//! Owns the raster of one map on the device: the field, the lattice or cell image, and the
//! numbers of the shader. Knows nothing of lines.

use std::sync::Arc;

use bytemuck::Zeroable as _;
use wgpu::util::DeviceExt as _;
use wgpu::{BindGroup, Buffer, BufferUsages, Device, Extent3d, Queue, RenderPass, Texture, TextureUsages};

use super::pipelines::Pipelines;
use crate::RenderError;
use crate::cast::{f32_of, u32_of};
use crate::geo::{Lookup, LookupKind, MapView};
use crate::scene::{ColorScale, RasterLayer, Rgba};

/// The uniform block of `raster.wgsl`, field by field.
#[derive(Debug, Clone, Copy, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
struct Params {
    scale: [f32; 2],
    offset: [f32; 2],
    size: [f32; 2],
    period: f32,
    low: f32,
    factor: f32,
    flags: u32,
    overscan: f32,
    unused: f32,
    origin: [i32; 2],
    grid: [u32; 2],
    reduce: [u32; 2],
    image: [u32; 2],
    missing: [f32; 4],
    outside: [f32; 4],
    table: [[u8; 4]; 256],
}

/// The raster of one map.
#[derive(Debug)]
pub(super) struct Raster {
    values: Arc<[f32]>,
    lookup: Arc<Lookup>,
    params: Params,
    params_buffer: Buffer,
    field: Texture,
    cells: Texture,
    squares: Option<Buffer>,
    count: u32,
    group: BindGroup,
}

/// Bytes sent to the device for a raster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Sent {
    pub(super) field: usize,
    pub(super) lookup: usize,
}

impl Raster {
    /// Brings the device up to date with `layer`, sending only what changed.
    pub(super) fn update(
        before: Option<Self>,
        device: &Device,
        queue: &Queue,
        pipelines: &Pipelines,
        layer: &RasterLayer,
    ) -> Result<(Self, Sent), RenderError> {
        let limit = device.limits().max_texture_dimension_2d.min(8192);
        let [nx, ny] = layer.lookup.grid_size.map(u32_of);
        let reduce = [nx.div_ceil(limit).max(1), ny.div_ceil(limit).max(1)];
        let texels = [nx.div_ceil(reduce[0]).max(1), ny.div_ceil(reduce[1]).max(1)];
        let mut sent = Sent::default();
        let (old_field, old_lookup) =
            before.map_or((None, None), |b| (Some((b.values, b.field)), Some((b.lookup, b.cells, b.squares, b.count))));
        let field = match old_field {
            Some((values, field)) if Arc::ptr_eq(&values, layer.field.values()) && texture_size(&field) == texels => {
                field
            }
            old => {
                let reuse = old.map(|(_, texture)| texture).filter(|t| texture_size(t) == texels);
                let texture = reuse.unwrap_or_else(|| uint_texture(device, "field", texels));
                sent.field = send_field(queue, &texture, layer.field.values(), [nx, ny], reduce);
                texture
            }
        };
        let (cells, squares, count) = match old_lookup {
            Some((lookup, cells, squares, count)) if Arc::ptr_eq(&lookup, &layer.lookup) => (cells, squares, count),
            _ => {
                sent.lookup = layer.lookup.bytes();
                send_lookup(device, queue, &layer.lookup, limit)?
            }
        };
        let mut params = Params::zeroed();
        params.grid = [nx, ny];
        params.reduce = reduce;
        params.image = texture_size(&cells);
        params.overscan = f32_of(f64::from(layer.lookup.overscan_px));
        params.flags = pipelines.target_flag();
        if let LookupKind::Lattice { origin, period, .. } = &layer.lookup.kind {
            params.origin = *origin;
            params.period = f32_of(*period);
        }
        params.outside = floats(layer.outside);
        color(&mut params, &layer.scale);
        let params_buffer = device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: Some("map raster"),
            contents: bytemuck::bytes_of(&params),
            usage: BufferUsages::UNIFORM | BufferUsages::COPY_DST,
        });
        let field_view = field.create_view(&wgpu::TextureViewDescriptor::default());
        let cells_view = cells.create_view(&wgpu::TextureViewDescriptor::default());
        let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("map raster"),
            layout: pipelines.raster_layout(),
            entries: &[
                wgpu::BindGroupEntry { binding: 0, resource: params_buffer.as_entire_binding() },
                wgpu::BindGroupEntry { binding: 1, resource: wgpu::BindingResource::TextureView(&field_view) },
                wgpu::BindGroupEntry { binding: 2, resource: wgpu::BindingResource::TextureView(&cells_view) },
            ],
        });
        let values = Arc::clone(layer.field.values());
        let lookup = Arc::clone(&layer.lookup);
        Ok((Self { values, lookup, params, params_buffer, field, cells, squares, count, group }, sent))
    }

    /// Points the raster at `view`: the lattice made for one view drawn where another puts it.
    pub(super) fn set_view(&mut self, queue: &Queue, view: &MapView) {
        let from = &self.lookup.view;
        let scale = [0, 1].map(|k| from.units_per_px[k] / view.units_per_px[k]);
        let corner = view.pixel_from_xy(from.xy_from_pixel([0.0, 0.0]));
        self.params.scale = scale.map(f32_of);
        self.params.offset = corner.map(f32_of);
        self.params.size = view.size_px.map(f32_of);
        queue.write_buffer(&self.params_buffer, 0, bytemuck::bytes_of(&self.params));
    }

    /// Takes another colour scale; nothing but the shader's numbers is sent.
    pub(super) fn set_scale(&mut self, queue: &Queue, scale: &ColorScale) {
        color(&mut self.params, scale);
        queue.write_buffer(&self.params_buffer, 0, bytemuck::bytes_of(&self.params));
    }

    /// Cells per texel along x and y; 1 unless the field is larger than a texture may be.
    pub(super) fn reduction(&self) -> [u32; 2] {
        self.params.reduce
    }

    /// Bytes held on the device.
    pub(super) fn bytes(&self) -> u64 {
        let texture = |t: &Texture| u64::from(t.width()) * u64::from(t.height()) * 4;
        texture(&self.field) + texture(&self.cells) + self.squares.as_ref().map_or(0, Buffer::size)
    }

    pub(super) fn paint(&self, pass: &mut RenderPass<'_>, pipelines: &Pipelines) {
        pass.set_bind_group(0, &self.group, &[]);
        match &self.squares {
            Some(squares) => {
                pass.set_pipeline(pipelines.squares());
                pass.set_vertex_buffer(0, squares.slice(..));
                pass.draw(0..4, 0..self.count);
            }
            None if self.count > 0 => {
                pass.set_pipeline(pipelines.image());
                pass.draw(0..4, 0..1);
            }
            None => {}
        }
    }
}

fn color(params: &mut Params, scale: &ColorScale) {
    let (low, factor, log) = scale.mapping();
    params.low = low;
    params.factor = factor;
    params.flags = (params.flags & !1) | u32::from(log);
    params.missing = floats(scale.missing);
    params.table = scale.lut.map(|c| c.0);
}

pub(super) fn floats(Rgba(bytes): Rgba) -> [f32; 4] {
    bytes.map(|b| f32::from(b) / 255.0)
}

fn texture_size(texture: &Texture) -> [u32; 2] {
    [texture.width(), texture.height()]
}

fn uint_texture(device: &Device, label: &str, [width, height]: [u32; 2]) -> Texture {
    device.create_texture(&wgpu::TextureDescriptor {
        label: Some(label),
        size: Extent3d { width, height, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::R32Uint,
        usage: TextureUsages::TEXTURE_BINDING | TextureUsages::COPY_DST,
        view_formats: &[],
    })
}

fn send(queue: &Queue, texture: &Texture, bytes: &[u8]) {
    queue.write_texture(
        texture.as_image_copy(),
        bytes,
        wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(4 * texture.width()), rows_per_image: None },
        texture.size(),
    );
}

/// Sends the field; one larger than a texture may be is reduced to the mean of each block of
/// cells, missing cells left out.
fn send_field(queue: &Queue, texture: &Texture, values: &[f32], [nx, ny]: [u32; 2], reduce: [u32; 2]) -> usize {
    if reduce == [1, 1] {
        send(queue, texture, bytemuck::cast_slice(values));
        return size_of_val(values);
    }
    let index = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
    let (width, [wide, high]) = (index(nx), reduce.map(index));
    let mut out = Vec::with_capacity(index(texture.width()) * index(texture.height()));
    for rows in values.chunks(width * high).take(index(ny.div_ceil(reduce[1]))) {
        for start in (0..width).step_by(wide) {
            let block =
                rows.chunks(width).flat_map(|row| row.get(start..(start + wide).min(row.len())).unwrap_or_default());
            let (sum, n) = block.filter(|v| !v.is_nan()).fold((0.0_f64, 0_u32), |(s, n), v| (s + f64::from(*v), n + 1));
            out.push(if n == 0 { f32::NAN } else { f32_of(sum / f64::from(n)) });
        }
    }
    send(queue, texture, bytemuck::cast_slice(&out));
    size_of_val(out.as_slice())
}

type OnDevice = (Texture, Option<Buffer>, u32);

fn send_lookup(device: &Device, queue: &Queue, lookup: &Lookup, limit: u32) -> Result<OnDevice, RenderError> {
    match &lookup.kind {
        LookupKind::Lattice { squares, .. } => {
            // Nothing in view still needs a texture to bind.
            let none = uint_texture(device, "no cells", [1, 1]);
            if squares.is_empty() {
                return Ok((none, None, 0));
            }
            let buffer = device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
                label: Some("map lattice"),
                contents: bytemuck::cast_slice(squares),
                usage: BufferUsages::VERTEX,
            });
            Ok((none, Some(buffer), u32_of(squares.len())))
        }
        LookupKind::Cells { size, cells } => {
            if size.iter().any(|s| *s > limit) {
                let reason = format!(
                    "a map of {} × {} pixels is larger than its {limit}; make the window smaller",
                    size[0], size[1]
                );
                return Err(RenderError::Gpu { reason });
            }
            let texture = uint_texture(device, "map cells", *size);
            send(queue, &texture, bytemuck::cast_slice(cells));
            Ok((texture, None, 1))
        }
    }
}
