//! Owns the pipelines and layouts: made once per device and target format, shared by every
//! map. Knows nothing of scenes.

use std::sync::Arc;

use wgpu::{
    BindGroupLayout, BindGroupLayoutEntry, BindingType, BlendState, BufferBindingType, ColorTargetState, Device,
    PrimitiveState, PrimitiveTopology, RenderPipeline, ShaderModule, ShaderStages, TextureFormat, TextureSampleType,
    TextureViewDimension, VertexBufferLayout, VertexStepMode,
};

use crate::geo::LatticeSquare;

/// Everything that does not change from map to map. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Pipelines {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    squares: RenderPipeline,
    image: RenderPipeline,
    lines: RenderPipeline,
    raster_layout: BindGroupLayout,
    line_layout: BindGroupLayout,
    format: TextureFormat,
}

/// A point of a line: x, y from the anchor, and 1 (0 between two lines).
pub(super) type LinePoint = [f32; 3];

impl Pipelines {
    pub(super) fn new(device: &Device, format: TextureFormat) -> Self {
        let uniform = |binding| BindGroupLayoutEntry {
            binding,
            visibility: ShaderStages::VERTEX_FRAGMENT,
            ty: BindingType::Buffer {
                ty: BufferBindingType::Uniform,
                has_dynamic_offset: false,
                min_binding_size: None,
            },
            count: None,
        };
        let texture = |binding| BindGroupLayoutEntry {
            binding,
            visibility: ShaderStages::FRAGMENT,
            ty: BindingType::Texture {
                sample_type: TextureSampleType::Uint,
                view_dimension: TextureViewDimension::D2,
                multisampled: false,
            },
            count: None,
        };
        let layout = |label, entries: &[BindGroupLayoutEntry]| {
            device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some(label), entries })
        };
        let raster_layout = layout("map raster", &[uniform(0), texture(1), texture(2)]);
        let line_layout = layout("map lines", &[uniform(0)]);
        let module = |label, text: &'static str| {
            let source = wgpu::ShaderSource::Wgsl(text.into());
            device.create_shader_module(wgpu::ShaderModuleDescriptor { label: Some(label), source })
        };
        let raster = module("map raster", include_str!("raster.wgsl"));
        let line = module("map lines", include_str!("lines.wgsl"));
        let square_attributes = wgpu::vertex_attr_array![0 => Float32x4, 1 => Float32x4, 2 => Float32x4];
        let per_square = VertexBufferLayout {
            array_stride: size_of::<LatticeSquare>() as u64,
            step_mode: VertexStepMode::Instance,
            attributes: &square_attributes,
        };
        let point_attributes: [[wgpu::VertexAttribute; 1]; 4] = std::array::from_fn(|i| {
            [wgpu::VertexAttribute {
                format: wgpu::VertexFormat::Float32x3,
                offset: 0,
                shader_location: crate::cast::u32_of(i),
            }]
        });
        // Four views of one buffer, each a point further: a step with both its neighbours.
        let per_point: [_; 4] = std::array::from_fn(|i| {
            Some(VertexBufferLayout {
                array_stride: size_of::<LinePoint>() as u64,
                step_mode: VertexStepMode::Instance,
                attributes: &point_attributes[i],
            })
        });
        let make = |entry: [&str; 2],
                    module: &ShaderModule,
                    layout: &BindGroupLayout,
                    buffers: &[Option<VertexBufferLayout<'_>>]| {
            pipeline(device, format, entry, module, layout, buffers)
        };
        let inner = Inner {
            squares: make(["square_vertex", "square_fragment"], &raster, &raster_layout, &[Some(per_square)]),
            image: make(["image_vertex", "image_fragment"], &raster, &raster_layout, &[]),
            lines: make(["step_vertex", "step_fragment"], &line, &line_layout, &per_point),
            raster_layout,
            line_layout,
            format,
        };
        Self { inner: Arc::new(inner) }
    }

    pub(super) fn squares(&self) -> &RenderPipeline {
        &self.inner.squares
    }

    pub(super) fn image(&self) -> &RenderPipeline {
        &self.inner.image
    }

    pub(super) fn lines(&self) -> &RenderPipeline {
        &self.inner.lines
    }

    pub(super) fn raster_layout(&self) -> &BindGroupLayout {
        &self.inner.raster_layout
    }

    pub(super) fn line_layout(&self) -> &BindGroupLayout {
        &self.inner.line_layout
    }

    /// The shader's flag for a target that expects linear colours.
    pub(super) fn target_flag(&self) -> u32 {
        if self.inner.format.is_srgb() { 2 } else { 0 }
    }
}

fn pipeline(
    device: &Device,
    format: TextureFormat,
    [vertex, fragment]: [&str; 2],
    module: &ShaderModule,
    layout: &BindGroupLayout,
    buffers: &[Option<VertexBufferLayout<'_>>],
) -> RenderPipeline {
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some(vertex),
        bind_group_layouts: &[Some(layout)],
        immediate_size: 0,
    });
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(vertex),
        layout: Some(&layout),
        vertex: wgpu::VertexState {
            module,
            entry_point: Some(vertex),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            buffers,
        },
        primitive: PrimitiveState { topology: PrimitiveTopology::TriangleStrip, ..PrimitiveState::default() },
        depth_stencil: None,
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState {
            module,
            entry_point: Some(fragment),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            targets: &[Some(ColorTargetState {
                format,
                blend: Some(BlendState::PREMULTIPLIED_ALPHA_BLENDING),
                write_mask: wgpu::ColorWrites::ALL,
            })],
        }),
        multiview_mask: None,
        cache: None,
    })
}
