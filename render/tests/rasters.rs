//! What is drawn where: the lattice's error, seams, orders and kinds of grids.
#![expect(clippy::unwrap_used, clippy::cast_possible_truncation, reason = "tests fail by panicking; small numbers")]

use std::sync::Arc;

use graticule_render::geo::{Detail, Lookup, LookupKind, PRESETS};
use graticule_render::scene::{
    Axis, ColorRange, Crs, Field, Grid, Layer, LayerSettings, Layout, MapView, PlotSpec, Projection, RasterLayer, Rgba,
    Scene, SceneCache, ViewSpec, cell_from_pixel,
};
use graticule_render::svg::raster_rgba;

const OUTSIDE: Rgba = Rgba::opaque(1, 2, 3);

fn steps(n: u32, first: f64, step: f64) -> Vec<f64> {
    (0..n).map(|i| first + f64::from(i) * step).collect()
}

fn field(grid: Grid, value: impl Fn(usize, usize) -> f32) -> Arc<Field> {
    let (nx, ny) = (grid.nx(), grid.ny());
    let values = (0..nx * ny).map(|k| value(k / nx, k % nx)).collect();
    Arc::new(Field::new("index", Arc::new(grid), values).unwrap())
}

/// The bare raster of a field in a projection's home view.
fn picture(field: &Arc<Field>, projection: &Projection, [width, height]: [u32; 2]) -> Vec<[u8; 4]> {
    let mut spec = PlotSpec::new(Arc::clone(field), ViewSpec::Home(projection.clone()), [width, height]);
    spec.layout = Layout::Tile;
    spec.layers = LayerSettings { graticule: false, ..LayerSettings::default() };
    spec.color.map = Some("turbo".to_owned());
    spec.color.range = ColorRange::Fixed { low: 0.0, high: 100.0 };
    let scene = Scene::build(&spec, &SceneCache::default()).unwrap();
    let Some(Layer::Raster(raster)) = scene.layers.first() else { unreachable!() };
    raster_rgba(&RasterLayer { outside: OUTSIDE, ..raster.clone() }, width, height)
}

/// Share of pixels that differ.
fn differing(a: &[[u8; 4]], b: &[[u8; 4]]) -> f64 {
    let n = a.iter().zip(b).filter(|(p, q)| p != q).count();
    n as f64 / a.len() as f64
}

fn projections() -> Vec<Projection> {
    PRESETS.iter().map(|p| Projection::from_preset(p.id, 180.0, p.lat_0).unwrap()).collect()
}

#[test]
fn interpolation_errs_by_less_than_an_eighth_of_a_cell() {
    let grids = [
        Grid::geographic(&steps(720, 0.25, 0.5), &steps(360, 89.75, -0.5)).unwrap(),
        Grid::geographic(&steps(90, -178.0, 4.0), &steps(45, -88.0, 4.0)).unwrap(),
        Grid::geographic(&steps(200, -30.0, 0.3), &steps(150, 25.0, 0.3)).unwrap(),
    ];
    for projection in projections() {
        let view = MapView::fit_home(&projection, [480.0, 300.0]);
        for grid in &grids {
            let lookup = Lookup::build(&view, grid, 0, Detail::Full).unwrap();
            let LookupKind::Lattice { squares, origin, period } = &lookup.kind else { unreachable!() };
            let mut worst: f64 = 0.0;
            let fine = Fine::new(&view, grid);
            for square in squares {
                let [x, y, side, _] = square.rect.map(f64::from);
                if side < 2.0 {
                    continue;
                }
                for k in 0..25 {
                    let (u, v) = (f64::from(k % 5) / 4.0 * 0.98 + 0.01, f64::from(k / 5) / 4.0 * 0.98 + 0.01);
                    let Some(exact) = fine.place([x + u * side, y + v * side]) else { continue };
                    let c = square.corners.map(|c| c.map(f64::from));
                    for axis in 0..2 {
                        let top = c[0][axis] + (c[1][axis] - c[0][axis]) * u;
                        let bottom = c[2][axis] + (c[3][axis] - c[2][axis]) * u;
                        let found = top + (bottom - top) * v + f64::from(origin[axis]);
                        let mut error = found - exact[axis];
                        if axis == 0 {
                            error -= period * (error / period).round();
                        }
                        worst = worst.max(error.abs());
                    }
                }
            }
            // Between the lobes of an interrupted map lies a gap that a square can bridge where
            // it is narrower than the square's probes are apart: half a cell at most.
            let most = if projection.definition().contains("igh") { 0.5 } else { 0.125 };
            assert!(worst < most, "{}: {worst} cells", projection.definition());
        }
    }
}

/// Places on a regular geographic grid without any lattice.
struct Fine<'a> {
    view: &'a MapView,
    to: graticule_render::geo::Transformer,
    first: [f64; 2],
    step: [f64; 2],
}

impl<'a> Fine<'a> {
    fn new(view: &'a MapView, grid: &Grid) -> Self {
        let graticule_render::scene::GridKind::Rectilinear { x, y, .. } = grid.kind() else { unreachable!() };
        Self {
            view,
            to: view.projection.transformer().unwrap(),
            first: [x.edges()[0], y.edges()[0]],
            step: [x.edges()[1] - x.edges()[0], y.edges()[1] - y.edges()[0]],
        }
    }

    fn place(&self, px: [f64; 2]) -> Option<[f64; 2]> {
        let lonlat = self.to.lonlat_from_xy(self.view.xy_from_pixel(px))?;
        Some(std::array::from_fn(|k| (lonlat[k] - self.first[k]) / self.step[k]))
    }
}

#[test]
fn any_wrap_and_order_gives_the_same_picture() {
    // Column 0 begins at 0°E in the first; the value is the longitude's share of the circle.
    let (nx, ny) = (72_u32, 36_u32);
    let value = |lon: f64, lat: f64| (lon.rem_euclid(360.0) / 360.0 * 80.0 + (lat + 90.0) / 9.0) as f32;
    let make = |lon: Vec<f64>, lat: Vec<f64>| {
        let grid = Grid::geographic(&lon, &lat).unwrap();
        field(grid, |j, i| value(lon[i], lat[j]))
    };
    let south_up = steps(ny, -87.5, 5.0);
    let plain = make(steps(nx, 2.5, 5.0), south_up.clone());
    let mut jumping = steps(nx / 2, 2.5, 5.0);
    jumping.extend(steps(nx / 2, -177.5, 5.0));
    let others = [
        ("−180…180", make(steps(nx, -177.5, 5.0), south_up.clone())),
        ("descending", make(steps(nx, 2.5, 5.0), steps(ny, 87.5, -5.0))),
        ("longitudes descending", make(steps(nx, 357.5, -5.0), south_up.clone())),
        ("a cyclic column", make(steps(nx + 1, 2.5, 5.0), south_up.clone())),
        ("a jump in the middle", make(jumping, south_up)),
    ];
    for projection in projections() {
        let size = [400, 260];
        let expected = picture(&plain, &projection, size);
        let gaps = expected.iter().filter(|p| **p == OUTSIDE.0).count();
        assert_eq!(gaps, 0, "{}: a global grid leaves gaps", projection.definition());
        for (name, other) in &others {
            let share = differing(&expected, &picture(other, &projection, size));
            // Pixels whose centre lies on a cell's edge may fall either way.
            assert!(share < 5e-3, "{name} in {}: {share} of the pixels differ", projection.definition());
        }
    }
}

#[test]
fn single_precision_longitudes_leave_no_gap() {
    let lon: Vec<f64> = (0..1440_u16).map(|i| f64::from(f32::from(i) * 0.249_999)).collect();
    let lat = steps(181, 90.0, -1.0);
    let field = field(Grid::geographic(&lon, &lat).unwrap(), |_, i| (i % 100) as f32);
    let shot = picture(&field, &Projection::from_preset("robinson", 179.9, 0.0).unwrap(), [700, 400]);
    assert!(shot.iter().all(|p| *p != OUTSIDE.0));
}

#[test]
fn one_row_and_one_column_are_drawn() {
    let projection = Projection::from_preset("platecarree", 0.0, 0.0).unwrap();
    let row = field(Grid::geographic(&steps(36, 0.0, 10.0), &[0.0]).unwrap(), |_, _| 50.0);
    let column = field(Grid::geographic(&[20.0], &steps(18, -85.0, 10.0)).unwrap(), |_, _| 50.0);
    for (field, wanted) in [(row, 1.0 / 180.0), (column, 1.0 / 360.0)] {
        let shot = picture(&field, &projection, [1440, 760]);
        let share = |test: &dyn Fn(&[u8; 4]) -> bool| shot.iter().filter(|p| test(p)).count() as f64;
        let drawn = share(&|p| *p != OUTSIDE.0 && p[3] > 0) / share(&|p| p[3] > 0);
        assert!((drawn / wanted - 1.0).abs() < 0.2, "{drawn} of the globe instead of {wanted}");
    }
}

#[test]
fn a_curvilinear_copy_looks_like_the_grid_with_axes() {
    let (lon, lat) = (steps(120, 1.5, 3.0), steps(60, -88.5, 3.0));
    let value = |j: usize, i: usize| ((i * 7 + j * 13) % 100) as f32;
    let axes = field(Grid::geographic(&lon, &lat).unwrap(), value);
    let corners = |k: usize, at: [f64; 4], v: &[f64]| -> Vec<f64> {
        (0..60 * 120).flat_map(|c| at.map(|d| v[if k == 0 { c % 120 } else { c / 120 }] + d)).collect()
    };
    let corner_lon = corners(0, [-1.5, 1.5, 1.5, -1.5], &lon);
    let corner_lat = corners(1, [-1.5, -1.5, 1.5, 1.5], &lat);
    let curved = field(Grid::curvilinear_corners(120, 60, &corner_lon, &corner_lat).unwrap(), value);
    for id in ["robinson", "mollweide", "orthographic", "southpolar", "platecarree", "laea", "lambert"] {
        let projection = Projection::from_preset(id, 37.0, 45.0).unwrap();
        let (a, b) = (picture(&axes, &projection, [500, 320]), picture(&curved, &projection, [500, 320]));
        let share = differing(&a, &b);
        // Curved edges of cells are drawn straight: a little under a pixel.
        assert!(share < 0.06, "{id}: {share} of the pixels differ");
    }
}

#[test]
fn cells_without_a_place_are_left_out() {
    let (nx, ny) = (60, 40);
    let mut lon = Vec::new();
    let mut lat = Vec::new();
    for j in 0..ny {
        for i in 0..nx {
            let land = (20..30).contains(&i) && (10..20).contains(&j);
            // NEMO fills the coordinates of land with zeros, far from their neighbours.
            lon.push(if land { 0.0 } else { f64::from(i) - 150.0 });
            lat.push(if land { 0.0 } else { f64::from(j) + 20.0 });
        }
    }
    lon[5] = f64::NAN;
    let field = field(Grid::curvilinear(60, 40, &lon, &lat).unwrap(), |_, _| 50.0);
    let projection = Projection::from_preset("platecarree", 0.0, 0.0).unwrap();
    let view = MapView::fit_home(&projection, [720.0, 380.0]);
    let cell = |lon: f64, lat: f64| cell_from_pixel(&view, &field.grid, view.pixel_from_lonlat([lon, lat]).unwrap());
    assert_eq!(cell(-140.0, 25.0), Some([5, 10]));
    assert_eq!(cell(-125.0, 35.0), None, "inside the hole");
    assert_eq!(cell(0.0, 0.0), None, "where the zeros point");
    assert_eq!(cell(-145.0, 20.0), None, "a missing coordinate");
    let shot = picture(&field, &projection, [720, 380]);
    let drawn = shot.iter().filter(|p| p[3] > 0 && **p != OUTSIDE.0).count();
    let whole = shot.iter().filter(|p| p[3] > 0).count();
    let share = drawn as f64 / whole as f64 * 360.0 * 180.0;
    assert!((share - 2300.0).abs() < 60.0, "{share} square degrees instead of about 2299");
}

#[test]
fn the_cell_under_a_pixel_is_the_one_that_is_drawn() {
    let own = Projection::parse("+proj=lcc +lat_1=30 +lat_2=60 +lat_0=45 +lon_0=10 +units=km").unwrap();
    let axis = |first| Axis::from_centres("km", &steps(80, first, 50.0)).unwrap();
    let conic = Grid::rectilinear(axis(-2000.0), axis(-1800.0), Crs::Projected(own.clone())).unwrap();
    let globe = Grid::geographic(&steps(72, 0.0, 5.0), &steps(37, 90.0, -5.0)).unwrap();
    for grid in [conic, globe] {
        let field = field(grid, |j, i| ((i * 31 + j * 17) % 100) as f32);
        for id in ["robinson", "orthographic", "lambert"] {
            let projection = Projection::from_preset(id, 10.0, 45.0).unwrap();
            let size = [300_u32, 200_u32];
            let mut spec = PlotSpec::new(Arc::clone(&field), ViewSpec::Data(projection.clone()), size);
            spec.layout = Layout::Tile;
            spec.color.range = ColorRange::Fixed { low: 0.0, high: 100.0 };
            let scene = Scene::build(&spec, &SceneCache::default()).unwrap();
            let Some(Layer::Raster(raster)) = scene.layers.first() else { unreachable!() };
            let shot = raster_rgba(raster, size[0], size[1]);
            let wrong = (0..size[0] * size[1])
                .filter(|k| {
                    let px = [f64::from(k % size[0]) + 0.5, f64::from(k / size[0]) + 0.5];
                    let drawn = shot[*k as usize];
                    let expected = match cell_from_pixel(&scene.view, &field.grid, px) {
                        Some([j, i]) => raster.scale.color_of(field.value(j, i).unwrap()).0,
                        None if scene.view.lonlat_from_pixel(px).is_some() => raster.outside.0,
                        None => [0; 4],
                    };
                    drawn != expected
                })
                .count();
            let share = wrong as f64 / shot.len() as f64;
            // Cells are 4 pixels wide, and their edges may be an eighth of a pixel off.
            assert!(share < 0.03, "{id}: {share} of the pixels show another cell");
        }
    }
}

#[test]
fn bad_grids_are_refused_in_words() {
    let refused = |lon: &[f64], lat: &[f64]| Grid::geographic(lon, lat).unwrap_err().to_string();
    assert!(refused(&[], &[0.0]).contains("longitude"));
    assert!(refused(&[0.0, f64::NAN], &[0.0]).contains("missing"));
    assert!(refused(&[0.0, 1.0], &[10.0, 20.0, 15.0]).contains("latitude"));
    assert!(refused(&[0.0, 1.0], &[80.0, 100.0]).contains("100"));
    assert!(Grid::curvilinear(3, 3, &[0.0; 9], &[0.0; 8]).is_err());
    let grid = Arc::new(Grid::geographic(&[0.0, 1.0], &[0.0, 1.0]).unwrap());
    assert!(Field::new("t", grid, Arc::from([0.0_f32; 3])).unwrap_err().to_string().contains("2 × 2"));
}
