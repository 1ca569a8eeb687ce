//! One scene, two painters: what wgpu draws is what the SVG painter draws.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests fail by panicking and say why they skip")]

use std::sync::Arc;

use graticule_render::gpu::GpuMap;
use graticule_render::scene::{
    Axis, CoastDetail, ColorRange, Crs, Field, Grid, LayerSettings, Layout, MapView, PlotSpec, Projection, Rgba, Scene,
    SceneCache, ViewSpec,
};
use graticule_render::svg;

const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

struct Screen {
    device: wgpu::Device,
    queue: wgpu::Queue,
}

/// A device without a window, or `None` (with the reason printed) where there is none.
fn screen() -> Option<Screen> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let adapter = match pollster::block_on(instance.request_adapter(&wgpu::RequestAdapterOptions::default())) {
        Ok(adapter) => adapter,
        Err(reason) => {
            eprintln!("skipped: no graphics adapter here ({reason})");
            return None;
        }
    };
    let limits = adapter.limits();
    let descriptor = wgpu::DeviceDescriptor { required_limits: limits, ..wgpu::DeviceDescriptor::default() };
    let (device, queue) = pollster::block_on(adapter.request_device(&descriptor)).unwrap();
    Some(Screen { device, queue })
}

impl Screen {
    /// Draws a map over the background and reads the pixels back.
    fn shoot(&self, map: &GpuMap, [width, height]: [u32; 2], Rgba(background): Rgba) -> Vec<[u8; 4]> {
        let texture = self.device.create_texture(&wgpu::TextureDescriptor {
            label: None,
            size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: FORMAT,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let stride = (4 * width).next_multiple_of(256);
        let buffer = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: u64::from(stride) * u64::from(height),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let [r, g, b, a] = background.map(|v| f64::from(v) / 255.0);
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder
                .begin_render_pass(&wgpu::RenderPassDescriptor {
                    color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                        view: &view,
                        depth_slice: None,
                        resolve_target: None,
                        ops: wgpu::Operations {
                            load: wgpu::LoadOp::Clear(wgpu::Color { r, g, b, a }),
                            store: wgpu::StoreOp::Store,
                        },
                    })],
                    ..wgpu::RenderPassDescriptor::default()
                })
                .forget_lifetime();
            map.paint(&mut pass);
        }
        encoder.copy_texture_to_buffer(
            texture.as_image_copy(),
            wgpu::TexelCopyBufferInfo {
                buffer: &buffer,
                layout: wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(stride), rows_per_image: None },
            },
            texture.size(),
        );
        self.queue.submit([encoder.finish()]);
        buffer.map_async(wgpu::MapMode::Read, .., |mapped| mapped.unwrap());
        self.device.poll(wgpu::PollType::wait_indefinitely()).unwrap();
        let bytes = buffer.get_mapped_range(..).unwrap();
        let wide = usize::try_from(width).unwrap();
        bytes.chunks(usize::try_from(stride).unwrap()).flat_map(|row| row.as_chunks::<4>().0[..wide].to_vec()).collect()
    }
}

fn number(value: f64) -> f32 {
    format!("{value:.5}").parse().unwrap()
}

fn wavy(grid: Grid) -> Arc<Field> {
    let (nx, ny) = (grid.nx(), grid.ny());
    let value = |k: usize| {
        let (j, i) = (u32::try_from(k / nx).unwrap(), u32::try_from(k % nx).unwrap());
        let (x, y) = (
            f64::from(i) / f64::from(u32::try_from(nx).unwrap()),
            f64::from(j) / f64::from(u32::try_from(ny).unwrap()),
        );
        if (i / 7 + j / 5) % 9 == 0 { f32::NAN } else { number((9.0 * x).sin() * 10.0 + 25.0 * y) }
    };
    Arc::new(Field::new("wavy", Arc::new(grid), (0..nx * ny).map(value).collect()).unwrap())
}

fn globe_grid() -> Grid {
    let lon: Vec<f64> = (0..144).map(|i| f64::from(i) * 2.5).collect();
    let lat: Vec<f64> = (0..73).map(|j| 90.0 - f64::from(j) * 2.5).collect();
    Grid::geographic(&lon, &lat).unwrap()
}

fn turned_grid() -> Grid {
    let own =
        Projection::parse("+proj=ob_tran +o_proj=longlat +o_lon_p=0 +o_lat_p=37.5 +lon_0=357.5 +R=6371229").unwrap();
    let x: Vec<f64> = (0..60).map(|i| -30.0 + f64::from(i)).collect();
    let y: Vec<f64> = (0..50).map(|i| -25.0 + f64::from(i)).collect();
    let axis = |what, v: &[f64]| Axis::from_centres(what, v).unwrap();
    Grid::rectilinear(axis("x", &x), axis("y", &y), Crs::Projected(own)).unwrap()
}

fn curved_grid() -> Grid {
    let (nx, ny) = (90, 60);
    let mut lon = Vec::new();
    let mut lat = Vec::new();
    for j in 0..ny {
        for i in 0..nx {
            let (x, y) = (f64::from(i) * 4.0, f64::from(j) * 2.8 - 80.0);
            lon.push(x + 8.0 * (y / 30.0).sin());
            lat.push(y + 3.0 * (x / 25.0).cos());
        }
    }
    Grid::curvilinear(90, 60, &lon, &lat).unwrap()
}

fn tile(field: &Arc<Field>, projection: Projection, size: [u32; 2]) -> PlotSpec {
    let mut spec = PlotSpec::new(Arc::clone(field), ViewSpec::Home(projection), size);
    spec.layout = Layout::Tile;
    spec.layers = LayerSettings { coast: CoastDetail::None, borders: false, graticule: false };
    spec
}

/// Share of pixels that differ by more than `levels` in any channel.
fn differing(a: &[[u8; 4]], b: &[[u8; 4]], levels: u8) -> f64 {
    assert_eq!(a.len(), b.len());
    let n = a.iter().zip(b).filter(|(p, q)| p.iter().zip(*q).any(|(x, y)| x.abs_diff(*y) > levels)).count();
    f64::from(u32::try_from(n).unwrap()) / f64::from(u32::try_from(a.len()).unwrap())
}

fn paper(scene: &Scene) -> Vec<[u8; 4]> {
    svg::pixels(scene).unwrap().as_chunks::<4>().0.to_vec()
}

#[test]
fn raster_is_the_same_on_screen_and_paper() {
    let Some(screen) = screen() else { return };
    let cache = SceneCache::default();
    let size = [501, 300];
    let mut map = GpuMap::new(&screen.device, FORMAT);
    for grid in [globe_grid(), turned_grid(), curved_grid()] {
        let field = wavy(grid);
        for id in ["robinson", "orthographic", "northpolar", "mercator", "goode"] {
            let mut spec = tile(&field, Projection::from_preset(id, 150.0, 40.0).unwrap(), size);
            spec.overscan_px = 20.0;
            let mut scene = Scene::build(&spec, &cache).unwrap();
            // The edge of the globe is a smooth line, which no two rasterisers draw alike.
            scene.layers.truncate(1);
            map.prepare(&screen.device, &screen.queue, &scene).unwrap();
            let shot = screen.shoot(&map, size, scene.background);
            let share = differing(&shot, &paper(&scene), 1);
            assert!(share < 1e-3, "{id}: {share} of the pixels differ");
            let drawn = shot.iter().filter(|p| **p != scene.background.0).count();
            assert!(drawn > 30_000, "{id}: only {drawn} pixels are drawn");
        }
    }
}

#[test]
fn lines_are_nearly_the_same_on_screen_and_paper() {
    let Some(screen) = screen() else { return };
    let size = [640, 360];
    let field = wavy(globe_grid());
    let mut spec = tile(&field, Projection::from_preset("robinson", 0.0, 0.0).unwrap(), size);
    spec.layers = LayerSettings { coast: CoastDetail::Fine, borders: true, graticule: true };
    spec.pixel_ratio = 2.0;
    let mut scene = Scene::build(&spec, &SceneCache::default()).unwrap();
    scene.texts.clear();
    let mut map = GpuMap::new(&screen.device, FORMAT);
    map.prepare(&screen.device, &screen.queue, &scene).unwrap();
    let share = differing(&screen.shoot(&map, size, scene.background), &paper(&scene), 48);
    assert!(share < 0.02, "{share} of the pixels differ");
}

#[test]
fn only_what_changed_is_sent() {
    let Some(screen) = screen() else { return };
    let cache = SceneCache::default();
    let field = wavy(globe_grid());
    let mut map = GpuMap::new(&screen.device, FORMAT);
    let mut spec = tile(&field, Projection::from_preset("robinson", 0.0, 0.0).unwrap(), [300, 200]);
    spec.layers.coast = CoastDetail::Coarse;
    let mut send =
        |spec: &PlotSpec| map.prepare(&screen.device, &screen.queue, &Scene::build(spec, &cache).unwrap()).unwrap();
    let first = send(&spec);
    assert!(first.field > 0 && first.lookup > 0 && first.lines > 0);
    spec.color.range = ColorRange::Fixed { low: -5.0, high: 5.0 };
    spec.color.map = Some("turbo".to_owned());
    let recoloured = send(&spec);
    assert_eq!([recoloured.field, recoloured.lookup, recoloured.lines], [0, 0, 0]);
    let next: Arc<[f32]> = field.values().iter().map(|v| v + 1.0).collect();
    spec.field = Arc::new(Field::new("next", Arc::clone(&field.grid), next).unwrap());
    let stepped = send(&spec);
    assert_eq!([stepped.field, stepped.lookup, stepped.lines], [144 * 73 * 4, 0, 0]);
}

#[test]
fn a_moved_view_is_drawn_from_what_is_there() {
    let Some(screen) = screen() else { return };
    let cache = SceneCache::default();
    let field = wavy(globe_grid());
    let projection = Projection::from_preset("platecarree", 0.0, 0.0).unwrap();
    let size = [400, 300];
    let view = MapView::fit_box(&projection, [-40.0, -30.0, 40.0, 30.0], size.map(f64::from)).unwrap();
    let at = |view: &MapView, overscan_px: f64| {
        let mut spec = tile(&field, projection.clone(), size);
        spec.view = ViewSpec::Exact(view.clone());
        spec.overscan_px = overscan_px;
        Scene::build(&spec, &cache).unwrap()
    };
    let mut map = GpuMap::new(&screen.device, FORMAT);
    map.prepare(&screen.device, &screen.queue, &at(&view, 128.0)).unwrap();
    let moved = view.panned(37.0, -21.0).zoomed(1.25, [180.0, 120.0]);
    assert!(map.set_view_transform(&screen.queue, &moved));
    let quick = screen.shoot(&map, size, Rgba::grey(255));
    map.prepare(&screen.device, &screen.queue, &at(&moved, 0.0)).unwrap();
    let exact = screen.shoot(&map, size, Rgba::grey(255));
    let share = differing(&quick, &exact, 1);
    // Cell edges may fall a quarter of a pixel apart.
    assert!(share < 0.03, "{share} of the pixels differ");
    let other = Projection::from_preset("robinson", 0.0, 0.0).unwrap();
    assert!(!map.set_view_transform(&screen.queue, &MapView::fit_home(&other, size.map(f64::from))));
}

#[test]
fn a_field_wider_than_a_texture_is_drawn_by_means() {
    let Some(screen) = screen() else { return };
    let lon: Vec<f64> = (0..10_000).map(|i| f64::from(i) * 0.036).collect();
    let lat: Vec<f64> = (0..18).map(|j| f64::from(j) * 10.0 - 85.0).collect();
    let grid = Arc::new(Grid::geographic(&lon, &lat).unwrap());
    let values = (0..180_000_u32).map(|k| if k % 2 == 0 { number(f64::from(k % 10_000) / 10_000.0) } else { f32::NAN });
    let field = Arc::new(Field::new("wide", grid, values.collect()).unwrap());
    let size = [400, 200];
    let mut spec = tile(&field, Projection::from_preset("platecarree", 180.0, 0.0).unwrap(), size);
    spec.color.missing = Some(Rgba::opaque(255, 0, 255));
    let scene = Scene::build(&spec, &SceneCache::default()).unwrap();
    let mut map = GpuMap::new(&screen.device, FORMAT);
    map.prepare(&screen.device, &screen.queue, &scene).unwrap();
    assert_eq!(map.reduction(), [2, 1]);
    let shot = screen.shoot(&map, size, scene.background);
    assert!(shot.iter().all(|p| *p != [255, 0, 255, 255]), "a mean of one value and one missing is the value");
    let scale = scene.color_bar.unwrap().scale;
    let middle = shot[100 * 400 + 200];
    let near = |value: f32| scale.color_of(value).0.iter().zip(middle).all(|(a, b)| a.abs_diff(b) < 6);
    assert!(near(0.5), "{middle:?} is not the colour of 0.5");
}

#[test]
fn deep_zoom_stays_exact() {
    let Some(screen) = screen() else { return };
    let steps = |first: f64| (0..200).map(|i| first + f64::from(i) * 1e-4).collect::<Vec<_>>();
    let field = wavy(Grid::geographic(&steps(123.4), &steps(45.6)).unwrap());
    let size = [500, 400];
    for id in ["mercator", "robinson", "orthographic"] {
        let projection = Projection::from_preset(id, 100.0, 30.0).unwrap();
        let view = MapView::fit_box(&projection, [123.405, 45.605, 123.407, 45.606_5], size.map(f64::from)).unwrap();
        let mut spec = tile(&field, projection, size);
        spec.view = ViewSpec::Exact(view);
        let scene = Scene::build(&spec, &SceneCache::default()).unwrap();
        let mut map = GpuMap::new(&screen.device, FORMAT);
        map.prepare(&screen.device, &screen.queue, &scene).unwrap();
        let shot = screen.shoot(&map, size, scene.background);
        let paper = paper(&scene);
        assert!(differing(&shot, &paper, 1) < 5e-3, "{id}");
        let Some(graticule_render::scene::Layer::Raster(raster)) = scene.layers.first() else { unreachable!() };
        let exact: Vec<[u8; 4]> = (0..500 * 400)
            .map(|k| {
                let px = [f64::from(k % 500) + 0.5, f64::from(k / 500) + 0.5];
                let [j, i] = graticule_render::scene::cell_from_pixel(&scene.view, &field.grid, px).unwrap();
                raster.scale.color_of(field.value(j, i).unwrap()).0
            })
            .collect();
        // Cells are 25 pixels wide here; their edges may be an eighth of a pixel off.
        assert!(differing(&exact, &paper, 0) < 0.02, "{id}: {}", differing(&exact, &paper, 0));
    }
}
