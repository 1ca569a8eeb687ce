//! Figures as files: what stands in them, their sizes, and bad requests.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::sync::Arc;

use graticule_render::scene::{
    Axis, CoastDetail, Field, Grid, Layout, LinePlotSpec, MapView, PlotSpec, Projection, Rgba, Scene, SceneCache,
    Series, TextRole, ViewSpec, color_maps,
};
use graticule_render::svg;

fn globe() -> Arc<Field> {
    let lon: Vec<f64> = (0..36).map(|i| f64::from(i) * 10.0).collect();
    let lat: Vec<f64> = (0..19).map(|j| f64::from(j) * 10.0 - 90.0).collect();
    let grid = Arc::new(Grid::geographic(&lon, &lat).unwrap());
    let values = (0..36 * 19_u16).map(f32::from).collect();
    let mut field = Field::new("t2m", grid, values).unwrap();
    field.long_name = "air temperature <at> 2 m & \"more\"".to_owned();
    field.units = "W m-2".to_owned();
    Arc::new(field)
}

fn robinson() -> Projection {
    Projection::from_preset("robinson", 0.0, 0.0).unwrap()
}

#[test]
fn a_figure_says_what_it_shows() {
    let mut spec = PlotSpec::new(globe(), ViewSpec::Home(robinson()), [900, 600]);
    spec.subtitle = "2001-07-16 00:00".to_owned();
    spec.source = "Source: test".to_owned();
    let scene = Scene::build(&spec, &SceneCache::default()).unwrap();
    let svg = svg::to_svg(&scene).unwrap();
    for part in [
        "Air temperature &lt;at&gt; 2 m &amp; &quot;more&quot;",
        "2001-07-16 00:00",
        "Source: test",
        "W m⁻²",
        "30°N",
        "60°E",
        "class=\"coast\"",
        "class=\"outline\"",
        "class=\"graticule\"",
        "data:image/png;base64,",
    ] {
        assert!(svg.contains(part), "{part} is not in the figure");
    }
    assert!(scene.texts.iter().all(|t| (0.0..=900.0).contains(&t.at[0]) && (0.0..=600.0).contains(&t.at[1])));
    let labels: Vec<_> = scene.texts.iter().filter(|t| t.role == TextRole::Graticule).collect();
    assert!(labels.len() >= 10, "{} labels", labels.len());
    let png = svg::to_png(&scene).unwrap();
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
}

#[test]
fn dots_per_inch_change_the_size_and_nothing_else() {
    let spec = PlotSpec::new(globe(), ViewSpec::Home(robinson()), [600, 400]);
    let cache = SceneCache::default();
    let plain = Scene::build(&spec, &cache).unwrap();
    let dense = Scene::build(&spec.clone().at_dpi(192.0), &cache).unwrap();
    assert_eq!(dense.size_px, [1200, 800]);
    assert_eq!(plain.texts.len(), dense.texts.len());
    for (a, b) in plain.texts.iter().zip(&dense.texts) {
        assert_eq!(a.text, b.text);
        assert!((0..2).all(|k| (2.0 * a.at[k] - b.at[k]).abs() < 6.0), "{} moves", a.text);
    }
    let text = svg::to_svg(&dense).unwrap();
    assert!(text.starts_with(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"600\" height=\"400\" viewBox=\"0 0 1200 800\""
    ));
    assert_eq!(svg::pixels(&dense).unwrap().len(), 1200 * 800 * 4);
}

#[test]
fn a_tile_leaves_words_to_the_window() {
    let mut spec = PlotSpec::new(globe(), ViewSpec::Home(robinson()), [300, 200]);
    spec.layout = Layout::Tile;
    let scene = Scene::build(&spec, &SceneCache::default()).unwrap();
    assert!([scene.frame.width, scene.frame.height] == [300.0, 200.0]);
    assert!(scene.texts.iter().all(|t| t.role == TextRole::Graticule));
    let bar = scene.color_bar.unwrap();
    assert!(bar.place.is_none() && bar.label == "W m⁻²" && !bar.ticks.is_empty());
}

#[test]
fn lookups_and_lines_are_made_once() {
    let cache = SceneCache::default();
    let spec = PlotSpec::new(globe(), ViewSpec::Home(robinson()), [300, 200]);
    let raster = |scene: &Scene| match scene.layers.first() {
        Some(graticule_render::scene::Layer::Raster(raster)) => Arc::clone(&raster.lookup),
        _ => unreachable!(),
    };
    let first = raster(&Scene::build(&spec, &cache).unwrap());
    let held = cache.bytes();
    assert!(held > 0);
    assert!(Arc::ptr_eq(&first, &raster(&Scene::build(&spec, &cache).unwrap())));
    assert_eq!(cache.bytes(), held);
    let small = SceneCache::new(1);
    Scene::build(&spec, &small).unwrap();
    assert!(small.bytes() < held, "a cache of one byte keeps the newest entry only");
    cache.clear();
    assert_eq!(cache.bytes(), 0);
}

#[test]
fn line_plots_break_at_gaps_and_keep_peaks() {
    let x: Vec<f64> = (0..100_000_u32).map(f64::from).collect();
    let mut y = vec![1.0; x.len()];
    y[43_210] = 50.0;
    y[70_000..70_100].fill(f64::NAN);
    let mut spec = LinePlotSpec::new(vec![Series { name: "a".to_owned(), x, y }], [500, 300]);
    spec.title = "Series".to_owned();
    spec.y_label = "K".to_owned();
    let scene = Scene::build_lines(&spec).unwrap();
    let Some(graticule_render::scene::Layer::Lines(line)) = scene.layers.first() else { unreachable!() };
    assert_eq!(line.paths.len(), 2, "one piece each side of the gap");
    assert!(line.paths.points() < 4000, "{} points for 500 pixels", line.paths.points());
    let top = line.paths.iter().flatten().map(|p| p[1]).fold(f64::NEG_INFINITY, f64::max);
    assert!((top - 50.0).abs() < 1e-9, "the peak is lost");
    assert!(!svg::to_png(&scene).unwrap().is_empty());
    let refused =
        |series: Series| Scene::build_lines(&LinePlotSpec::new(vec![series], [500, 300])).unwrap_err().to_string();
    assert!(refused(Series { name: "b".to_owned(), x: vec![1.0], y: vec![] }).contains("'b'"));
    assert!(refused(Series { name: "c".to_owned(), x: vec![1.0], y: vec![f64::NAN] }).contains("no series"));
}

#[test]
fn a_section_has_axes_and_goes_down() {
    let axis = |what, v: &[f64]| Axis::from_centres(what, v).unwrap();
    let grid = Grid::plain(axis("latitude", &[-10.0, 0.0, 10.0]), axis("depth", &[5.0, 50.0, 500.0, 1000.0]));
    let values = (0..12_u16).map(f32::from).collect();
    let field = Arc::new(Field::new("temp", Arc::new(grid), values).unwrap());
    let mut spec = PlotSpec::new(field, ViewSpec::Data(Projection::plane()), [500, 400]);
    spec.axis_labels = ["Latitude".to_owned(), "Depth (m)".to_owned()];
    spec.y_down = true;
    let scene = Scene::build(&spec, &SceneCache::default()).unwrap();
    let at = |xy| scene.view.pixel_from_xy(xy)[1];
    assert!(at([0.0, 1000.0]) > at([0.0, 5.0]), "depth grows downwards");
    let pixels = svg::pixels(&scene).unwrap();
    let color = |xy| {
        let px = scene.view.pixel_from_xy(xy);
        let (x, y) = (scene.frame.x + px[0], scene.frame.y + px[1]);
        let at = |v: f64| format!("{v:.0}").parse::<usize>().unwrap();
        pixels[(at(y) * 500 + at(x)) * 4..][..4].to_vec()
    };
    let bar = scene.color_bar.as_ref().unwrap();
    assert_eq!(color([-9.0, 10.0]), bar.scale.color_of(0.0).0);
    assert_eq!(color([9.0, 990.0]), bar.scale.color_of(11.0).0);
}

#[test]
fn views_move_as_a_hand_expects() {
    let view = MapView::fit_home(&robinson(), [800.0, 500.0]);
    let place = view.lonlat_from_pixel([300.0, 200.0]).unwrap();
    let near = |a: [f64; 2], b: [f64; 2]| (a[0] - b[0]).hypot(a[1] - b[1]) < 1e-6;
    let panned = view.panned(40.0, -25.0);
    assert!(near(panned.pixel_from_lonlat(place).unwrap(), [340.0, 175.0]));
    let zoomed = view.zoomed(3.0, [300.0, 200.0]);
    assert!(near(zoomed.pixel_from_lonlat(place).unwrap(), [300.0, 200.0]));
    assert!((zoomed.units_per_px[0] * 3.0 - view.units_per_px[0]).abs() < 1e-9);
    assert_eq!(view.zoomed(f64::NAN, [0.0, 0.0]), view);
    let globe = MapView::fit_home(&Projection::from_preset("orthographic", 10.0, 20.0).unwrap(), [500.0, 500.0]);
    assert!(globe.turns() && !view.turns());
    let held = globe.lonlat_from_pixel([250.0, 250.0]).unwrap();
    let turned = globe.turned(30.0, 12.0).unwrap();
    let now = turned.pixel_from_lonlat(held).unwrap();
    assert!((now[0] - 280.0).abs() < 4.0 && (now[1] - 262.0).abs() < 4.0, "{now:?}");
    let across = MapView::fit_box(
        &Projection::from_preset("platecarree", 180.0, 0.0).unwrap(),
        [170.0, -20.0, -160.0, 20.0],
        [600.0, 400.0],
    )
    .unwrap();
    let [lon, _] = across.lonlat_from_pixel([300.0, 200.0]).unwrap();
    assert!((lon + 175.0).abs() < 1e-6, "the middle of a box across the date line is {lon}");
}

#[test]
fn bad_requests_are_refused_in_words() {
    let cache = SceneCache::default();
    let mut spec = PlotSpec::new(
        globe(),
        ViewSpec::Box(Projection::from_preset("orthographic", 0.0, 0.0).unwrap(), [170.0, -10.0, 190.0, 10.0]),
        [300, 200],
    );
    assert!(Scene::build(&spec, &cache).unwrap_err().to_string().contains("170"));
    spec.view = ViewSpec::Home(robinson());
    spec.color.map = Some("rainbow".to_owned());
    assert!(Scene::build(&spec, &cache).unwrap_err().to_string().contains("rainbow"));
    spec.color.map = None;
    for size in [[0, 0], [1, 1], [40, 9000]] {
        spec.size_px = size;
        if let Ok(scene) = Scene::build(&spec, &cache) {
            assert_eq!(svg::pixels(&scene).is_ok(), size[0] > 0);
        }
    }
    spec.layers.coast = CoastDetail::None;
    spec.size_px = [200, 120];
    let scene = Scene::build(&spec, &cache).unwrap();
    assert!(!svg::to_svg(&scene).unwrap().contains("class=\"coast\""));
    assert!(color_maps().unwrap().len() > 20);
    assert_ne!(scene.background, Rgba::CLEAR);
}
