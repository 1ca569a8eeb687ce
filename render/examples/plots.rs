//! Draws the plots that are no maps, a map as the window shows it, and a stepped colour bar:
//! `cargo run -p graticule-render --example plots -- DIR`.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use graticule_render::scene::{
    Axis, ColorRange, Field, Grid, Layout, LinePlotSpec, PlotSpec, Projection, Scene, SceneCache, Series, Theme, Tick,
    ViewSpec,
};
use graticule_render::svg;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("say where to write the pictures")?;
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("lines.png"), svg::to_png(&Scene::build_lines(&lines())?)?)?;
    let cache = SceneCache::default();
    let hovmoller = hovmoller()?;
    std::fs::write(folder.join("hovmoller.png"), svg::to_png(&Scene::build(&hovmoller, &cache)?)?)?;
    let tile = tile()?;
    std::fs::write(folder.join("tile.png"), svg::to_png(&Scene::build(&tile, &cache)?)?)?;
    let mut stepped = tile.at_dpi(144.0);
    stepped.layout = Layout::Figure;
    stepped.color.levels = Some(10);
    stepped.color.range = ColorRange::Fixed { low: -20.0, high: 20.0 };
    stepped.title = "Anomaly".to_owned();
    stepped.source = "Source: made here".to_owned();
    std::fs::write(folder.join("stepped.png"), svg::to_png(&Scene::build(&stepped, &cache)?)?)?;
    Ok(())
}

fn years() -> Vec<Tick> {
    (0..6_u16).map(|y| Tick { value: f64::from(y) * 365.25, label: (2018 + y).to_string() }).collect()
}

fn lines() -> LinePlotSpec {
    let days: Vec<f64> = (0..2000_u16).map(f64::from).collect();
    let series = [("12°E 45°N", 9.0, 285.0), ("40°W 10°N", 3.0, 299.0), ("0°E 70°N", 14.0, 268.0)];
    let wave = |d: f64, size: f64, middle: f64| {
        middle - size * (d / 365.25 * std::f64::consts::TAU).cos() + (d * 0.9).sin() * (d * 0.137).cos() * 2.0
    };
    let series = series.map(|(name, size, middle)| Series {
        name: name.to_owned(),
        x: days.clone(),
        y: days.iter().map(|d| if (900.0..960.0).contains(d) { f64::NAN } else { wave(*d, size, middle) }).collect(),
    });
    let mut spec = LinePlotSpec::new(series.into(), [1000, 560]);
    spec.title = "2 metre temperature".to_owned();
    spec.subtitle = "2018-01-01 to 2023-06-23".to_owned();
    spec.y_label = "Temperature (K)".to_owned();
    spec.x_ticks = Some(years());
    spec.source = "Source: made here".to_owned();
    spec
}

fn hovmoller() -> Result<PlotSpec, Box<dyn Error>> {
    let x: Vec<f64> = (0..180_u16).map(|i| f64::from(i) * 2.0).collect();
    let y: Vec<f64> = (0..300_u16).map(|i| f64::from(i) * 6.0).collect();
    let grid = Grid::plain(Axis::from_centres("longitude", &x)?, Axis::from_centres("time", &y)?);
    let mut values = Vec::new();
    for t in &y {
        for lon in &x {
            values.push(
                format!("{:.3}", (lon.to_radians() * 4.0 - t / 90.0).sin() * 12.0 + (t / 58.0).cos() * 4.0)
                    .parse::<f32>()?,
            );
        }
    }
    let mut field = Field::new("u", Arc::new(grid), values.into())?;
    field.long_name = "Eastward wind at 200 hPa".to_owned();
    field.standard_name = "eastward_wind".to_owned();
    field.units = "m s-1".to_owned();
    let mut spec = PlotSpec::new(Arc::new(field), ViewSpec::Data(Projection::plane()), [800, 700]);
    spec.axis_labels = ["Longitude (°E)".to_owned(), String::new()];
    spec.axis_ticks = [None, Some(years())];
    spec.subtitle = "mean of 5°S to 5°N".to_owned();
    Ok(spec)
}

fn tile() -> Result<PlotSpec, Box<dyn Error>> {
    let lon: Vec<f64> = (0..360_u16).map(f64::from).collect();
    let lat: Vec<f64> = (0..181_u16).map(|j| 90.0 - f64::from(j)).collect();
    let mut values = Vec::new();
    for y in &lat {
        for x in &lon {
            values.push(
                format!("{:.3}", (x.to_radians() * 3.0).sin() * (y.to_radians() * 2.0).cos() * 24.0).parse::<f32>()?,
            );
        }
    }
    let mut field = Field::new("anomaly", Arc::new(Grid::geographic(&lon, &lat)?), values.into())?;
    field.units = "K".to_owned();
    let projection = Projection::from_preset("equalearth", 0.0, 0.0)?;
    let view = ViewSpec::Box(projection, [-30.0, 30.0, 60.0, 72.0]);
    let mut spec = PlotSpec::new(Arc::new(field), view, [900, 560]);
    spec.layout = Layout::Tile;
    spec.theme = Theme::Dark;
    spec.layers.borders = true;
    Ok(spec)
}
