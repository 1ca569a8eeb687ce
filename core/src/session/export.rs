//! Datasets streamed to disk as Zarr or NetCDF-4, whole or not at all.

use super::Session;
use super::encode::{self, Encoded};
use crate::engine::Run;
use crate::formats::netcdf_out::NetcdfSink;
use crate::formats::zarr::{Codec, ZarrOptions, ZarrSink, ZarrVersion};
use crate::model::{ArraySpec, Block, DType, DatasetSpec, Error, Region, Result, Sink};
use crate::ops::Recipe;
use crate::plan::{ArrayMeta, Dataset};
use parking_lot::RwLock;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// The form of a result on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExportFormat {
    /// Zarr version 3.
    #[default]
    Zarr3,
    /// Zarr version 2.
    Zarr2,
    /// NetCDF-4.
    NetCdf4,
}

/// How a result is written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ExportOptions {
    /// The format.
    pub format: ExportFormat,
    /// Chunk lengths by dimension; the others follow the source, within sensible sizes.
    pub chunks: Vec<(String, usize)>,
    /// Shard lengths by dimension, multiples of the chunks; only Zarr version 3.
    pub shards: Vec<(String, usize)>,
    /// Compression; the format's default where not given. NetCDF-4 knows `gzip` and `none`.
    pub codec: Option<Codec>,
    /// The chain that made the dataset, to be told in its attributes.
    pub recipe: Option<Recipe>,
}

/// What was written.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportReport {
    /// Bytes on disk.
    pub bytes_written: u64,
    /// Time it took.
    pub seconds: f64,
    /// Where it stands.
    pub path: PathBuf,
}

/// Chunks of more bytes are cut, where nobody asked for them.
const LARGEST_CHUNK: u64 = 16 << 20;
/// Chunks of fewer bytes are joined along the slowest dimensions.
const SMALLEST_CHUNK: u64 = 256 << 10;

impl Session {
    /// Computes a dataset and writes it to `target`, which must not exist. Nothing stands there before all is written;
    /// on any failure, and on cancelling, what was written is removed.
    ///
    /// # Errors
    /// [`Exists`](crate::model::ErrorKind::Exists), [`Io`](crate::model::ErrorKind::Io) for the target,
    /// [`Invalid`](crate::model::ErrorKind::Invalid) for chunks or codecs that do not fit,
    /// [`Memory`](crate::model::ErrorKind::Memory), [`Cancelled`](crate::model::ErrorKind::Cancelled), and whatever
    /// computing reports.
    pub fn export(&self, ds: &Dataset, target: &Path, options: &ExportOptions, run: &Run) -> Result<ExportReport> {
        let started = Instant::now();
        for (dim, _) in options.chunks.iter().chain(&options.shards) {
            ds.need_axis(dim)?;
        }
        let encoded = encode::arrays(ds)?;
        let mut spec = DatasetSpec { attrs: encode::history(ds, options.recipe.as_ref()), arrays: Vec::new() };
        for array in &encoded {
            spec.arrays.push(array_spec(array, options)?);
        }
        // Tasks write whole shards where there are any, whole chunks else.
        let units = spec.arrays.iter().map(|a| a.shards.clone().unwrap_or_else(|| a.chunks.clone()));
        let arrays: Vec<_> =
            encoded.iter().zip(units).map(|(a, unit)| (a.name.clone(), Arc::clone(&a.node), unit)).collect();
        let lent = Arc::new(Lent(RwLock::new(Some(create(target, spec, options)?))));
        let sink: Arc<dyn Sink> = Arc::clone(&lent) as Arc<dyn Sink>;
        if let Err(error) = self.engine().write(&arrays, &sink, run).and_then(|()| run.cancel.check()) {
            // Tasks on their way out may hold the sink a little longer: what it wrote is to be gone now.
            drop(lent.0.write().take());
            return Err(error);
        }
        let whole = lent.0.write().take().ok_or_else(|| Error::internal("the output was closed before its end"))?;
        let sent = whole.bytes_written();
        whole.finish()?;
        // A library may hold back until the end what it was given.
        let bytes_written = std::fs::metadata(target).ok().filter(std::fs::Metadata::is_file).map_or(sent, |m| m.len());
        Ok(ExportReport { bytes_written, seconds: started.elapsed().as_secs_f64(), path: target.to_path_buf() })
    }
}

fn create(target: &Path, spec: DatasetSpec, options: &ExportOptions) -> Result<Box<dyn Sink>> {
    let codec = options.codec;
    let zarr = |version| ZarrOptions { version, codec: codec.unwrap_or_default() };
    match options.format {
        ExportFormat::Zarr3 => ZarrSink::create(target, spec, zarr(ZarrVersion::V3)),
        ExportFormat::Zarr2 => ZarrSink::create(target, spec, zarr(ZarrVersion::V2)),
        ExportFormat::NetCdf4 => {
            let level = match codec {
                None => 4,
                Some(Codec::None) => 0,
                Some(Codec::Gzip { level }) => level,
                Some(other) => {
                    return Err(Error::unsupported(format!("NetCDF-4 files have no codec {other}"))
                        .hint("choose gzip:4 or none, or write Zarr")
                        .at(target));
                }
            };
            NetcdfSink::create(target, spec, level)
        }
    }
}

fn array_spec(array: &Encoded, options: &ExportOptions) -> Result<ArraySpec> {
    let meta = array.node.meta();
    let chunks = if array.labels { whole(&meta.shape) } else { chunks(meta, &options.chunks) };
    let sharded = !array.labels && options.shards.iter().any(|(d, _)| meta.dim(d).is_some());
    if sharded && options.format != ExportFormat::Zarr3 {
        return Err(Error::invalid("shards need Zarr version 3").hint("leave --shards out or write Zarr 3"));
    }
    let shards = sharded.then(|| shards(meta, &chunks, &options.shards)).transpose()?;
    Ok(ArraySpec {
        name: array.name.clone(),
        dims: meta.dims.clone(),
        shape: meta.shape.clone(),
        dtype: meta.dtype.plain(),
        chunks,
        shards,
        attrs: array.attrs.clone(),
    })
}

fn whole(shape: &[usize]) -> Vec<usize> {
    shape.iter().map(|&n| n.max(1)).collect()
}

/// The lengths asked for; else those of the source, halved or doubled along the slowest dimensions to a sensible size.
fn chunks(meta: &ArrayMeta, wanted: &[(String, usize)]) -> Vec<usize> {
    let asked = |dim: &str| wanted.iter().find(|(d, _)| d == dim).map(|&(_, n)| n);
    let mut chunks: Vec<usize> = meta
        .dims
        .iter()
        .zip(meta.shape.iter().zip(&meta.chunks))
        .map(|(dim, (&n, &c))| asked(dim).unwrap_or(c).clamp(1, n.max(1)))
        .collect();
    let cell = bytes_of_cell(&meta.dtype);
    let bytes = |chunks: &[usize]| chunks.iter().fold(cell, |b, &c| b.saturating_mul(c as u64));
    for d in (0..chunks.len()).filter(|&d| asked(&meta.dims[d]).is_none()) {
        while chunks[d] > 1 && bytes(&chunks) > LARGEST_CHUNK {
            chunks[d] = chunks[d].div_ceil(2);
        }
    }
    for d in (0..chunks.len()).rev().filter(|&d| asked(&meta.dims[d]).is_none()) {
        while chunks[d] < meta.shape[d] && bytes(&chunks) < SMALLEST_CHUNK {
            chunks[d] = (chunks[d] * 2).min(meta.shape[d]);
        }
    }
    chunks
}

fn bytes_of_cell(dtype: &DType) -> u64 {
    match dtype.size() {
        0 => 32,
        n => n as u64,
    }
}

fn shards(meta: &ArrayMeta, chunks: &[usize], wanted: &[(String, usize)]) -> Result<Vec<usize>> {
    let one = |(dim, &chunk): (&String, &usize)| match wanted.iter().find(|(d, _)| d == dim) {
        None => Ok(chunk),
        Some(&(_, n)) if n % chunk == 0 => Ok(n),
        Some((_, n)) => Err(Error::invalid(format!("shards of {n} along {dim} do not hold whole chunks of {chunk}"))
            .hint(format!("choose a multiple of {chunk}, or other --chunks"))),
    };
    meta.dims.iter().zip(chunks).map(one).collect()
}

/// A sink that the engine's tasks share, and that can be taken back to be finished.
struct Lent(RwLock<Option<Box<dyn Sink>>>);

impl Sink for Lent {
    fn write(&self, array: &str, region: &Region, block: &Block) -> Result<()> {
        match self.0.read().as_ref() {
            Some(sink) => sink.write(array, region, block),
            None => Err(Error::internal("the output is closed")),
        }
    }

    fn finish(self: Box<Self>) -> Result<()> {
        self.0.write().take().map_or(Ok(()), Sink::finish)
    }

    fn bytes_written(&self) -> u64 {
        self.0.read().as_ref().map_or(0, |sink| sink.bytes_written())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{chunks, shards};
    use crate::model::DType;
    use crate::plan::ArrayMeta;

    fn meta(shape: &[usize], chunks: &[usize]) -> ArrayMeta {
        let dims = ["time", "lat", "lon"][..shape.len()].iter().map(|&d| d.to_owned()).collect();
        ArrayMeta { dims, shape: shape.to_vec(), dtype: DType::F32, chunks: chunks.to_vec() }
    }

    #[test]
    fn chunks_follow_the_source_within_sensible_sizes() {
        assert_eq!(chunks(&meta(&[1460, 361, 720], &[24, 361, 720]), &[]), [12, 361, 720]);
        assert_eq!(chunks(&meta(&[1460, 361, 720], &[1460, 361, 720]), &[("time".into(), 1)]), [1, 361, 720]);
        assert_eq!(chunks(&meta(&[1000, 100, 100], &[1, 100, 100]), &[]), [8, 100, 100]);
        assert_eq!(chunks(&meta(&[5, 4], &[5, 4]), &[("time".into(), 99)]), [5, 4]);
        assert_eq!(chunks(&meta(&[0, 4], &[1, 4]), &[]), [1, 4]);
        assert!(chunks(&meta(&[], &[]), &[]).is_empty());
    }

    #[test]
    fn shards_hold_whole_chunks() {
        let m = meta(&[100, 10], &[10, 10]);
        assert_eq!(shards(&m, &[10, 10], &[("time".into(), 50)]).unwrap(), [50, 10]);
        assert!(shards(&m, &[10, 10], &[("time".into(), 15)]).unwrap_err().to_string().contains("multiple of 10"));
    }
}
