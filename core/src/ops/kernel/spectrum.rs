//! Series as sums of waves: power, amplitude and phase by frequency.

use super::columns::{CELLS, columns};
use super::series::bounded;
use super::stat::plane;
use crate::model::{Block, DType, Error, Region, Result, Span};
use crate::plan::{ArrayMeta, Op};
use realfft::RealFftPlanner;
use std::any::Any;
use std::f64::consts::TAU;
use std::hash::{Hash, Hasher};

/// What is told of each wave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Wave {
    /// Power by unit of frequency, of series with so many values to the unit.
    Density(f64),
    /// Power.
    Power,
    /// Half the way from trough to crest.
    Amplitude,
    /// The angle of a cosine at the first position, in radians from -π to π.
    Phase,
}

/// What is taken off a series first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Detrend {
    /// Nothing.
    No,
    /// Its mean.
    Constant,
    /// The straight line of least squares.
    Linear,
}

/// The spectrum of real series along a dimension, from frequency 0 to half of that of the positions, as `f64`.
///
/// Both sides are brought together, as `scipy.signal.periodogram` does. A missing value makes its whole series missing.
#[derive(Debug, Clone)]
pub(crate) struct Spectrum {
    /// The dimension's number and length.
    pub(crate) dim: usize,
    pub(crate) size: usize,
    /// The name that the dimension gets.
    pub(crate) name: String,
    pub(crate) wave: Wave,
    pub(crate) detrend: Detrend,
    /// Whether series fade in and out (a periodic Hann window).
    pub(crate) fades: bool,
}

impl Spectrum {
    /// Number of frequencies.
    fn frequencies(&self) -> usize {
        self.size / 2 + 1
    }

    fn window(&self) -> Vec<f64> {
        let n = self.size as f64;
        (0..self.size).map(|i| if self.fades { 0.5 - 0.5 * (TAU * i as f64 / n).cos() } else { 1.0 }).collect()
    }

    /// What is told of the wave of each frequency from its complex amplitude.
    fn told(&self, window: &[f64]) -> impl Fn(usize, f64, f64) -> f64 {
        let sum: f64 = window.iter().sum();
        let squares: f64 = window.iter().map(|w| w * w).sum();
        let (wave, size) = (self.wave, self.size);
        move |k, re, im| {
            // All frequencies but 0 and the highest of an even number stand for themselves and their mirror image.
            let sides = if k == 0 || 2 * k == size { 1.0 } else { 2.0 };
            match wave {
                Wave::Density(rate) => sides * (re * re + im * im) / (rate * squares),
                Wave::Power => sides * (re * re + im * im) / (sum * sum),
                Wave::Amplitude => sides * re.hypot(im) / sum,
                Wave::Phase => im.atan2(re),
            }
        }
    }
}

/// Takes the mean or the line off a series.
fn detrended(x: &mut [f64], detrend: Detrend) {
    let n = x.len() as f64;
    if detrend == Detrend::No {
        return;
    }
    let mean = x.iter().sum::<f64>() / n;
    x.iter_mut().for_each(|x| *x -= mean);
    if detrend == Detrend::Linear {
        let at = |i: usize| i as f64 - (n - 1.0) / 2.0;
        let (mut products, mut squares) = (0.0, 0.0);
        for (i, x) in x.iter().enumerate() {
            products += at(i) * x;
            squares += at(i) * at(i);
        }
        let slope = if squares > 0.0 { products / squares } else { 0.0 };
        x.iter_mut().enumerate().for_each(|(i, x)| *x -= slope * at(i));
    }
}

impl Op for Spectrum {
    fn id(&self) -> &'static str {
        match self.wave {
            Wave::Density(_) | Wave::Power => "spectrum",
            Wave::Amplitude => "spectrum amplitude",
            Wave::Phase => "spectrum phase",
        }
    }

    fn key(&self, mut hasher: &mut dyn Hasher) {
        (self.dim, self.size, &self.name, self.detrend, self.fades).hash(&mut hasher);
        let rate = if let Wave::Density(rate) = self.wave { Some(rate.to_bits()) } else { None };
        rate.hash(&mut hasher);
    }

    fn describe(&self) -> String {
        format!("along dimension {}, {} frequencies", self.dim, self.frequencies())
    }

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        let [input] = inputs else { return Err(Error::internal("a spectrum has one input")) };
        if input.shape.get(self.dim) != Some(&self.size) {
            return Err(Error::internal(format!("a spectrum of {} along dimension {}", self.size, self.dim)));
        }
        if !input.dtype.is_numeric() {
            return Err(Error::invalid(format!("a spectrum of values of type {}", input.dtype)));
        }
        if self.size == 0 {
            return Err(Error::invalid("a spectrum of no values"));
        }
        let mut meta = ArrayMeta { dtype: DType::F64, ..(*input).clone() };
        meta.dims[self.dim].clone_from(&self.name);
        meta.shape[self.dim] = self.frequencies();
        meta.chunks[self.dim] = 1;
        bounded(&mut meta.chunks, self.size);
        meta.chunks[self.dim] = self.frequencies();
        Ok(meta)
    }

    fn needs(&self, out: &Region, _inputs: &[&ArrayMeta]) -> Vec<Region> {
        let mut region = out.clone();
        if let Some(span) = region.0.get_mut(self.dim) {
            *span = Span::new(0, self.size);
        }
        vec![region]
    }

    fn scratch_bytes(&self, out: &Region) -> u64 {
        // Rows of columns twice, a series with its transform, its plan and its scratch, and the result before its type.
        (2 * CELLS.max(16 * self.size) * 8 + 12 * self.size * 8 + out.cells() * 8) as u64
    }

    fn compute(&self, out: &Region, inputs: &[(&Region, &Block)]) -> Result<Block> {
        let [(region, block)] = inputs else { return Err(Error::internal("a spectrum has one input")) };
        let want = out.0.get(self.dim).copied().unwrap_or(Span::new(0, 0));
        let transform = RealFftPlanner::<f64>::new().plan_fft_forward(self.size);
        let (mut series, mut waves) = (transform.make_input_vec(), transform.make_output_vec());
        let mut scratch = transform.make_scratch_vec();
        let window = self.window();
        let told = self.told(&window);
        let result = columns(block, region, out, self.dim, |x, width| {
            let mut rows = vec![f64::NAN; want.len * width];
            for column in 0..width {
                series.iter_mut().zip(x.iter().skip(column).step_by(width)).for_each(|(to, x)| *to = *x);
                if series.iter().any(|x| x.is_nan()) {
                    continue;
                }
                detrended(&mut series, self.detrend);
                series.iter_mut().zip(&window).for_each(|(x, w)| *x *= w);
                if transform.process_with_scratch(&mut series, &mut waves, &mut scratch).is_ok() {
                    let wanted = waves.iter().enumerate().skip(want.start).take(want.len);
                    for (row, (k, wave)) in rows.chunks_exact_mut(width).zip(wanted) {
                        row[column] = told(k, wave.re, wave.im);
                    }
                }
            }
            rows
        })?;
        Block::new(out.shape(), plane(&DType::F64, result))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Detrend, Spectrum, Wave};
    use crate::model::Data;
    use crate::ops::testing::{cube, everywhere};
    use crate::plan::Node;
    use std::f64::consts::TAU;
    use std::sync::Arc;

    fn run(x: Vec<f64>, wave: Wave, detrend: Detrend, fades: bool) -> Vec<f64> {
        let size = x.len() / 2;
        let node = cube(&["t", "x"], &[size, 2], Data::F64(x));
        let op = Spectrum { dim: 0, size, name: "frequency".to_owned(), wave, detrend, fades };
        everywhere(&Node::op(Arc::new(op), vec![node]).unwrap()).unwrap().into_data().to_f64()
    }

    /// Two columns of `n`: a mean, a line and two waves, and the same with one value missing.
    fn waves(n: u32, slope: f64) -> Vec<f64> {
        let of = |i: u32| {
            let (t, n) = (f64::from(i), f64::from(n));
            5.0 + slope * t + 3.0 * (TAU * 2.0 * t / n + 0.7).cos() + 0.5 * (TAU * 3.0 * t / n - 1.0).cos()
        };
        (0..n).flat_map(|i| [of(i), if i == 4 { f64::NAN } else { of(i) }]).collect()
    }

    #[test]
    fn waves_come_back_as_they_went_in() {
        for n in [12, 15] {
            let told = |wave| run(waves(n, 0.0), wave, Detrend::No, false);
            let (amplitude, phase, power) = (told(Wave::Amplitude), told(Wave::Phase), told(Wave::Power));
            let expected = [5.0, 0.0, 3.0, 0.5, 0.0];
            for (k, expected) in expected.iter().enumerate() {
                assert!((amplitude[2 * k] - expected).abs() < 1e-13, "{n}: {amplitude:?}");
                let twice = if k == 0 { 1.0 } else { 2.0 };
                assert!((power[2 * k] - expected * expected / twice).abs() < 1e-12, "{n}: {power:?}");
                assert!(amplitude[2 * k + 1].is_nan() && phase[2 * k + 1].is_nan());
            }
            assert!((phase[4] - 0.7).abs() < 1e-13 && (phase[6] + 1.0).abs() < 1e-12, "{n}: {phase:?}");
        }
    }

    /// The density adds up to the variance (Parseval).
    #[test]
    fn the_density_adds_up_to_the_variance() {
        for n in [12u32, 15] {
            let x = waves(n, 0.4);
            let own: Vec<f64> = x.iter().step_by(2).copied().collect();
            let mean = own.iter().sum::<f64>() / f64::from(n);
            let variance = own.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(n);
            // Four values to the unit: frequencies lie 4 / n apart.
            let density = run(x, Wave::Density(4.0), Detrend::Constant, false);
            let sum: f64 = density.iter().step_by(2).sum::<f64>() * 4.0 / f64::from(n);
            assert!((sum - variance).abs() < 1e-12, "{sum} {variance}");
        }
    }

    #[test]
    fn a_line_taken_off_leaves_nothing() {
        let x: Vec<f64> = (0..14).map(|i| f64::from(i / 2) * 2.0 - 3.0).collect();
        assert!(run(x, Wave::Amplitude, Detrend::Linear, true).iter().all(|a| a.abs() < 1e-14));
        let one = run(vec![2.5, f64::NAN], Wave::Amplitude, Detrend::No, false);
        assert!(one[0] == 2.5 && one[1].is_nan());
    }
}
