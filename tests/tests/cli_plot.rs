//! Figures that the program draws: whole pictures of the size asked for, with the field in them, and drawings that hold
//! what they should.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use graticule_tests::{graticule, listing, scratch, shared_data};
use image::{DynamicImage, GenericImageView as _};
use resvg::usvg::{Options, Tree};
use std::collections::HashSet;
use std::path::Path;

/// Draws a figure of the sample and reads it.
fn png(folder: &Path, more: &[&str]) -> DynamicImage {
    graticule(folder, &[&["plot", "--sample"], more, &["-o", "figure.png"]].concat()).done();
    image::open(folder.join("figure.png")).unwrap()
}

/// Draws a figure as SVG, which must be well-formed and of a size; gives its text.
fn svg(folder: &Path, args: &[&str], size: (f32, f32)) -> String {
    graticule(folder, &[&["plot"], args, &["-o", "figure.svg"]].concat()).done();
    let text = std::fs::read_to_string(folder.join("figure.svg")).unwrap();
    let tree = Tree::from_str(&text, &Options::default()).unwrap();
    assert_eq!((tree.size().width(), tree.size().height()), size, "{args:?}");
    text
}

/// How many colours a picture has.
fn colours(picture: &DynamicImage) -> usize {
    picture.pixels().map(|(_, _, colour)| colour.0).collect::<HashSet<_>>().len()
}

/// The share of pixels that differ between two pictures of one size.
fn difference(a: &DynamicImage, b: &DynamicImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let differ = a.pixels().zip(b.pixels()).filter(|(a, b)| a.2 != b.2).count();
    differ as f64 / (f64::from(a.width()) * f64::from(a.height()))
}

#[test]
fn pictures_have_the_size_asked_for_and_a_field_in_them() {
    let folder = scratch();
    let folder = folder.path();
    for (size, dpi, pixels) in
        [("960x600", "192", (1920, 1200)), ("480x320", "96", (480, 320)), ("400x500", "144", (600, 750))]
    {
        let picture = png(folder, &["tas", "--isel", "time=0", "--size", size, "--dpi", dpi]);
        assert_eq!(picture.dimensions(), pixels);
        assert!(colours(&picture) > 500, "{size} has only {} colours", colours(&picture));
    }
    let line = png(folder, &["tas", "--isel", "lat=60,lon=10", "--size", "480x320", "--dpi", "96"]);
    assert!(line.dimensions() == (480, 320) && colours(&line) > 10);
}

#[test]
fn what_is_asked_for_changes_the_picture() {
    let folder = scratch();
    let folder = folder.path();
    let draw = |more: &[&str]| png(folder, &[&["tas", "--size", "480x320", "--dpi", "96"], more].concat());
    let plain = draw(&["--isel", "time=0"]);
    assert_eq!(difference(&plain, &draw(&["--isel", "time=0"])), 0.0, "the same figure twice");
    for (more, least) in [
        (&["--isel", "time=6"] as &[&str], 0.05),
        (&["--isel", "time=0", "--projection", "orthographic"], 0.1),
        (&["--isel", "time=0", "--projection", "+proj=laea +lat_0=50 +lon_0=10"], 0.1),
        (&["--isel", "time=0", "--cmap", "viridis"], 0.1),
        (&["--isel", "time=0", "--range", "200,400"], 0.1),
        (&["--isel", "time=0", "--coast", "none"], 0.002),
    ] {
        let other = difference(&plain, &draw(more));
        assert!(other > least, "{more:?} changes only {other} of the picture");
    }
}

/// January in the north is colder than in the south: the field stands the right way up, wherever its middle is.
#[test]
fn the_north_is_up() {
    let folder = scratch();
    let more = ["--isel", "time=0", "--projection", "plate_carree", "--cmap", "Greys", "--coast", "none"];
    let picture = png(folder.path(), &[&["tas", "--size", "480x320", "--dpi", "96"], &more[..]].concat());
    let (width, height) = picture.dimensions();
    // The map's middle column, as grey levels from its first row of colour to its last.
    let column: Vec<u8> = (0..height).map(|y| picture.get_pixel(width / 2, y).0[0]).collect();
    let quarter = |from: u32, to: u32| {
        let part = &column[usize::try_from(height * from / 100).unwrap()..usize::try_from(height * to / 100).unwrap()];
        part.iter().map(|&c| f64::from(c)).sum::<f64>() / part.len() as f64
    };
    let (north, tropics) = (quarter(22, 28), quarter(45, 50));
    // Greys run from white, cold, to black, warm.
    assert!(north > tropics + 60.0, "north {north}, tropics {tropics}");
}

#[test]
fn drawings_say_what_they_show() {
    let folder = scratch();
    let folder = folder.path();
    for projection in ["plate_carree", "mercator", "robinson", "mollweide", "equal_earth", "orthographic"] {
        let args = ["--sample", "tas", "--isel", "time=6", "--projection", projection, "--size", "700x500"];
        let text = svg(folder, &args, (700.0, 500.0));
        for part in ["Near-Surface Air Temperature", "2001-07-16", "idealised_climate.nc", ">K<", "0°"] {
            assert!(text.contains(part), "{projection}: no {part}");
        }
    }
    let text = svg(folder, &["--sample", "tas", "--isel", "lon=0", "--kind", "hovmoller"], (960.0, 600.0));
    assert!(text.contains("2004"), "no dates beside the Hovmöller diagram");
    assert_eq!(listing(folder), ["figure.svg"]);
}

#[test]
fn real_grids_are_drawn() {
    let Some(data) = shared_data() else { return };
    let folder = scratch();
    for (file, args, part) in [
        ("tos_O1_2001-2002.nc", &["tos", "--isel", "time=0", "--projection", "robinson"] as &[&str], "2001-01-16"),
        ("rotated_pole.nc", &["air_pressure_at_sea_level"], "2006-06-15"),
        ("ostia_monthly.nc", &["surface_temperature", "--isel", "time=-1"], "2010-09-16"),
        ("nemo_1m_grid-T.nc", &["tos"], "Sea Surface Temperature"),
        ("lambert_conformal_innsbruck.nc", &["tas", "--isel", "time=0"], "2010-01-16"),
        ("tasmax_CanESM2_365day.nc", &["tasmax", "--isel", "time=-1"], "2095-12-31"),
        ("ostia_v3_sharded.zarr", &["surface_temperature", "--sel", "time=2008-02"], "2008-02-1"),
    ] {
        let path = data.join(file).to_string_lossy().into_owned();
        let text = svg(folder.path(), &[&[path.as_str()], args].concat(), (960.0, 600.0));
        assert!(text.contains(part) && text.contains(file) && text.contains('°'), "{file}: no {part}");
    }
}
