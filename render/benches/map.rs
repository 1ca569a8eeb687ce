//! How long the steps of a map take: `cargo bench -p graticule-render`. Prints the median of
//! several runs for each preset at 1920 × 1080 over a 0.25° grid.
#![expect(clippy::print_stdout, reason = "a bench prints")]

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use graticule_render::geo::{CoastLines, Detail, Graticule, Lookup, LookupKind, PRESETS};
use graticule_render::scene::{Grid, MapView, Projection};

fn median(mut run: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..7)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() / 2]
}

fn main() -> Result<(), Box<dyn Error>> {
    let lon: Vec<f64> = (0..1440_u32).map(|i| f64::from(i) * 0.25).collect();
    let lat: Vec<f64> = (0..721_u32).map(|j| 90.0 - f64::from(j) * 0.25).collect();
    let grid = Grid::geographic(&lon, &lat)?;
    println!(
        "{:<20} {:>10} {:>10} {:>9} {:>10} {:>10} {:>10}",
        "preset", "draft", "lattice", "squares", "coast 110", "coast 50", "graticule"
    );
    for preset in PRESETS {
        let projection = Projection::from_preset(preset.id, 10.0, preset.lat_0)?;
        let view = MapView::fit_home(&projection, [1920.0, 1080.0]);
        let draft = median(|| {
            black_box(Lookup::build(&view, &grid, 0, Detail::Draft).is_ok());
        });
        let mut squares = 0;
        let lattice = median(|| {
            if let Ok(lookup) = Lookup::build(&view, &grid, 0, Detail::Full)
                && let LookupKind::Lattice { squares: found, .. } = &lookup.kind
            {
                squares = found.len();
            }
        });
        let upp = view.units_per_px[0];
        let coast = |lines: CoastLines| {
            median(|| {
                black_box(lines.projected(&projection, 0.75 * upp, 0.05).is_ok());
            })
        };
        let graticule = median(|| {
            black_box(Graticule::of(&view, 1.0).is_ok());
        });
        println!(
            "{:<20} {draft:>10.1?} {:>10.1?} {squares:>9} {:>10.1?} {:>10.1?} {graticule:>10.1?}",
            preset.id,
            lattice,
            coast(CoastLines::CoarseCoast),
            coast(CoastLines::FineCoast)
        );
    }
    Ok(())
}
