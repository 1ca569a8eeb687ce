//! Draws one field in many projections: `cargo run -p graticule-render --example gallery -- DIR`
//! writes a PNG per projection to `DIR`. A second argument names a folder with `grid.txt` (two
//! lines: longitudes, latitudes) and `values.f32` (little-endian, row-major) to draw instead
//! of the synthetic field.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use graticule_render::scene::{
    ColorSettings, Field, Grid, LayerSettings, PlotSpec, Projection, Scene, SceneCache, Theme, ViewSpec,
};
use graticule_render::{geo, svg};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let folder = args.next().ok_or("say where to write the pictures")?;
    let field = Arc::new(match args.next() {
        Some(data) => read(Path::new(&data))?,
        None => synthetic()?,
    });
    std::fs::create_dir_all(&folder)?;
    let cache = SceneCache::default();
    for (i, preset) in geo::PRESETS.iter().enumerate() {
        let projection = Projection::from_preset(preset.id, 10.0, preset.lat_0)?;
        let mut spec = PlotSpec::new(Arc::clone(&field), ViewSpec::Home(projection), [1100, 720]);
        spec.subtitle = "January, synthetic".to_owned();
        spec.source = preset.name.to_owned();
        spec.layers = LayerSettings { borders: i % 2 == 0, ..LayerSettings::default() };
        spec.color = ColorSettings::default();
        spec.theme = if i % 3 == 1 { Theme::Dark } else { Theme::Light };
        let scene = Scene::build(&spec, &cache)?;
        std::fs::write(Path::new(&folder).join(format!("{}.png", preset.id)), svg::to_png(&scene)?)?;
    }
    Ok(())
}

/// Surface temperature of no planet in particular: warm at the equator, waves in longitude.
fn synthetic() -> Result<Field, Box<dyn Error>> {
    let (nx, ny) = (720_u16, 361_u16);
    let lon: Vec<f64> = (0..nx).map(|i| f64::from(i) * 0.5).collect();
    let lat: Vec<f64> = (0..ny).map(|j| 90.0 - f64::from(j) * 0.5).collect();
    let mut values = Vec::with_capacity(lon.len() * lat.len());
    for y in &lat {
        for x in &lon {
            let (x, y) = (x.to_radians(), y.to_radians());
            let wave = (3.0 * x + 4.0 * y).sin() * y.cos().powi(2) + 0.5 * (7.0 * x - 3.0 * y).cos() * (2.0 * y).sin();
            let value = 252.0 + 50.0 * y.cos().powi(2) + 7.0 * wave;
            values.push(format!("{value:.3}").parse::<f32>()?);
        }
    }
    let grid = Arc::new(Grid::geographic(&lon, &lat)?);
    let mut field = Field::new("tas", grid, values.into())?;
    field.long_name = "Near-surface air temperature".to_owned();
    field.standard_name = "air_temperature".to_owned();
    field.units = "K".to_owned();
    Ok(field)
}

fn read(folder: &Path) -> Result<Field, Box<dyn Error>> {
    let text = std::fs::read_to_string(folder.join("grid.txt"))?;
    let mut axes =
        text.lines().map(|line| line.split_whitespace().map(str::parse::<f64>).collect::<Result<Vec<_>, _>>());
    let lon = axes.next().ok_or("grid.txt has no longitudes")??;
    let lat = axes.next().ok_or("grid.txt has no latitudes")??;
    let bytes = std::fs::read(folder.join("values.f32"))?;
    let values: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
    let grid = Arc::new(Grid::geographic(&lon, &lat)?);
    let mut field = Field::new("values", grid, values.into())?;
    field.long_name = "Sea surface temperature".to_owned();
    field.standard_name = "sea_surface_temperature".to_owned();
    field.units = "K".to_owned();
    Ok(field)
}
