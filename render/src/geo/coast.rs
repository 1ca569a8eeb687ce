//! Owns the bundled coastlines and borders (Natural Earth) and their projection.
//! Knows nothing of colours or widths.

use std::sync::OnceLock;

use rayon::prelude::*;

use super::paths::Paths;
use super::projection::Projection;
use super::resample::Resampler;
use super::workers;
use crate::RenderError;
use crate::bytes::Reader;

/// Which bundled lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CoastLines {
    /// Coastline, 1 : 110 million.
    CoarseCoast,
    /// Coastline, 1 : 50 million.
    FineCoast,
    /// Borders of countries, 1 : 110 million.
    CoarseBorders,
    /// Borders of countries, 1 : 50 million.
    FineBorders,
}

impl CoastLines {
    const ALL: [Self; 4] = [Self::CoarseCoast, Self::FineCoast, Self::CoarseBorders, Self::FineBorders];

    const fn asset(self) -> (&'static str, &'static [u8]) {
        match self {
            Self::CoarseCoast => ("coast_110m.bin", include_bytes!("../../../assets/coast/coast_110m.bin")),
            Self::FineCoast => ("coast_50m.bin", include_bytes!("../../../assets/coast/coast_50m.bin")),
            Self::CoarseBorders => ("borders_110m.bin", include_bytes!("../../../assets/coast/borders_110m.bin")),
            Self::FineBorders => ("borders_50m.bin", include_bytes!("../../../assets/coast/borders_50m.bin")),
        }
    }

    /// The lines in degrees.
    ///
    /// # Errors
    /// [`RenderError::Asset`] when the bundled file is damaged.
    pub fn lines(self) -> Result<&'static Paths, RenderError> {
        static PARSED: [OnceLock<Result<Paths, RenderError>>; 4] = [const { OnceLock::new() }; 4];
        let slot = Self::ALL.iter().position(|l| *l == self).unwrap_or(0);
        let (name, data) = self.asset();
        PARSED[slot].get_or_init(|| parse(name, data)).as_ref().map_err(Clone::clone)
    }

    /// The lines on the plane of a projection, cut where it tears, on worker threads. Nothing
    /// smaller than `detail` (projected units; about a pixel) is kept, and no chord errs by
    /// more than a third of it. A cut lies within `finest_deg` degrees of where the projection
    /// tears.
    ///
    /// # Errors
    /// [`RenderError::Asset`]; [`RenderError::Projection`] on a worker.
    pub fn projected(self, projection: &Projection, detail: f64, finest_deg: f64) -> Result<Paths, RenderError> {
        let lines: Vec<&[[f64; 2]]> = self.lines()?.iter().collect();
        let parts: Vec<Result<Paths, RenderError>> = workers::run(|| {
            lines
                .par_chunks(64)
                .map(|lines| {
                    let to = projection.transformer()?;
                    let mut resampler = Resampler::new(&to, detail / 3.0, finest_deg).thinned(detail);
                    lines.iter().for_each(|line| resampler.add(line.iter().copied()));
                    Ok(resampler.done())
                })
                .collect()
        });
        let mut whole = Paths::new();
        for part in parts {
            part?.iter().for_each(|line| whole.push(line));
        }
        Ok(whole)
    }
}

/// Reads the lines of a `GRTC` file (see `assets/coast/FORMAT.md`).
fn parse(name: &'static str, data: &[u8]) -> Result<Paths, RenderError> {
    let mut read = Reader::new(name, data);
    read.magic(*b"GRTC", 1)?;
    read.u32()?;
    let shapes = read.u32()?;
    let mut paths = Paths::new();
    let mut line = Vec::new();
    for _ in 0..shapes {
        for _ in 0..read.u32()? {
            let n = read.u32()?;
            line.clear();
            let (mut lon, mut lat) = (read.i32()?, read.i32()?);
            line.push([f64::from(lon) / 1000.0, f64::from(lat) / 1000.0]);
            for _ in 1..n {
                lon += i32::from(read.i16()?);
                lat += i32::from(read.i16()?);
                line.push([f64::from(lon) / 1000.0, f64::from(lat) / 1000.0]);
            }
            paths.push(&line);
        }
    }
    Ok(paths)
}
