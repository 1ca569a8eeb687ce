//! Draws one field in many projections: `cargo run -p graticule-render --example gallery -- DIR`
//! writes a PNG per projection to `DIR`. A second argument names a folder with data to draw
//! instead of the synthetic field (see `read`), a third a projection for one picture that
//! shows all of them.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use graticule_render::scene::{
    Axis, Crs, Field, Grid, LayerSettings, PlotSpec, Projection, Scene, SceneCache, Theme, ViewSpec,
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
    if let Some(projection) = args.next() {
        let view = ViewSpec::Data(Projection::parse(&projection)?);
        let mut spec = PlotSpec::new(field, view, [1100, 720]);
        spec.layers.borders = true;
        let scene = Scene::build(&spec, &cache)?;
        std::fs::write(Path::new(&folder).join("data.png"), svg::to_png(&scene)?)?;
        std::fs::write(Path::new(&folder).join("data.svg"), svg::to_svg(&scene)?)?;
        return Ok(());
    }
    for (i, preset) in geo::PRESETS.iter().enumerate() {
        let projection = Projection::from_preset(preset.id, 10.0, preset.lat_0)?;
        let mut spec = PlotSpec::new(Arc::clone(&field), ViewSpec::Home(projection), [1100, 720]);
        spec.subtitle = "January, synthetic".to_owned();
        spec.source = preset.name.to_owned();
        spec.layers = LayerSettings { borders: i % 2 == 0, ..LayerSettings::default() };
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

/// Reads `x.f64`, `y.f64`, `values.f32` (little-endian) and `about.txt` (one per line: long
/// name, standard name, units, PROJ string of x and y or nothing). As many x as values make a
/// curvilinear grid, whose shape stands in a fifth line (`nx ny`).
fn read(folder: &Path) -> Result<Field, Box<dyn Error>> {
    let doubles = |name: &str| -> Result<Vec<f64>, Box<dyn Error>> {
        let bytes = std::fs::read(folder.join(name))?;
        Ok(bytes.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b)).collect())
    };
    let (x, y) = (doubles("x.f64")?, doubles("y.f64")?);
    let bytes = std::fs::read(folder.join("values.f32"))?;
    let values: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
    let about = std::fs::read_to_string(folder.join("about.txt"))?;
    let line = |i: usize| about.lines().nth(i).unwrap_or_default().trim();
    let grid = if x.len() == values.len() {
        let shape = line(4).split_whitespace().map(str::parse::<usize>).collect::<Result<Vec<_>, _>>()?;
        let [nx, ny] = shape[..] else { return Err("about.txt has no shape".into()) };
        Grid::curvilinear(nx, ny, &x, &y)?
    } else if line(3).is_empty() {
        Grid::geographic(&x, &y)?
    } else {
        let own = Crs::Projected(Projection::parse(line(3))?);
        Grid::rectilinear(Axis::from_centres("x", &x)?, Axis::from_centres("y", &y)?, own)?
    };
    let mut field = Field::new("values", Arc::new(grid), values.into())?;
    field.long_name = line(0).to_owned();
    field.standard_name = line(1).to_owned();
    field.units = line(2).to_owned();
    Ok(field)
}
