//! Datasets streamed to disk as Zarr or NetCDF-4, whole or not at all.

mod chunks;
mod stored;

use super::encode::{self, Encoded};
use super::{Damage, Opened, Session};
use crate::engine::{Explain, Run};
use crate::formats::journal::Fingerprint;
use crate::formats::netcdf_out::NetcdfSink;
use crate::formats::zarr::{Codec, ZarrOptions, ZarrSink, ZarrVersion};
use crate::model::{ArraySpec, Attrs, Block, DatasetSpec, Error, Region, Result, Sink};
use crate::ops::Recipe;
use crate::plan::{Dataset, Node};
use chunks::array_spec;
use parking_lot::RwLock;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
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
#[derive(Debug, Clone, Default)]
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
    /// The group that the chain reads, to be told likewise; empty for the root.
    pub group: String,
    /// Whether to go on with what an interrupted export to the same target left, and to leave such for the next. Zarr.
    pub resume: bool,
    /// What reading finds damaged where it goes on nevertheless: the same as in
    /// [`OpenOptions`](super::OpenOptions::mark_missing). Each array's own is listed in its attribute
    /// [`Damage::ATTRIBUTE`].
    pub damage: Damage,
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
    /// Why variables that nobody named were left out: nothing can read them.
    pub left_out: Vec<Error>,
}

/// Arrays to write and the attributes of the dataset.
struct Content {
    attrs: Attrs,
    /// Groups below the root and their attributes.
    groups: Vec<(String, Attrs)>,
    arrays: Vec<Encoded>,
    /// Why others are not among them.
    left_out: Vec<Error>,
}

impl Session {
    /// Computes a dataset and writes it to `target`, which must not exist. Nothing stands there before all is written;
    /// on any failure, and on cancelling, what was written is removed, unless it is to be resumed.
    ///
    /// # Errors
    /// [`Exists`](crate::model::ErrorKind::Exists), [`Io`](crate::model::ErrorKind::Io) for the target,
    /// [`Invalid`](crate::model::ErrorKind::Invalid) for chunks or codecs that do not fit, and where what is to be
    /// resumed was made from other sources or by another plan,
    /// [`Memory`](crate::model::ErrorKind::Memory), [`Cancelled`](crate::model::ErrorKind::Cancelled), and whatever
    /// computing reports.
    pub fn export(&self, ds: &Dataset, target: &Path, options: &ExportOptions, run: &Run) -> Result<ExportReport> {
        let (attrs, arrays) = (encode::attributes(ds), encode::arrays(ds)?);
        let content = Content { attrs, groups: Vec::new(), arrays, left_out: Vec::new() };
        self.write(content, target, options, run)
    }

    /// Writes variables as they stand on disk: the same types, packed where they are packed, the same attributes. The
    /// coordinates that they need come with them. `names` are paths or names; without any, all of `group` is written, and
    /// without that all groups, each in its place, but for what this build cannot read, of which the report tells.
    ///
    /// # Errors
    /// As [`Session::export`], and [`NotFound`](crate::model::ErrorKind::NotFound) for names and groups.
    pub fn convert(
        &self,
        opened: &Opened,
        group: Option<&str>,
        names: &[String],
        target: &Path,
        options: &ExportOptions,
        run: &Run,
    ) -> Result<ExportReport> {
        self.write(stored::content(opened, group, names)?, target, options, run)
    }

    /// How a dataset would be computed and written.
    ///
    /// # Errors
    /// As [`Engine::explain`](crate::engine::Engine::explain), and for chunks that do not fit.
    pub fn explain_export(&self, ds: &Dataset, options: &ExportOptions) -> Result<Explain> {
        let encoded = encode::arrays(ds)?;
        let data = encoded.iter().filter(|a| ds.data().any(|v| v.name == a.name));
        self.engine().explain_written(&units(data.map(|a| Ok((a, array_spec(a, options)?))))?)
    }

    fn write(&self, content: Content, target: &Path, options: &ExportOptions, run: &Run) -> Result<ExportReport> {
        let started = Instant::now();
        let Content { attrs, groups, arrays: encoded, left_out } = content;
        if let (true, Some(reason)) = (encoded.is_empty(), left_out.first()) {
            return Err(reason.clone());
        }
        for (dim, _) in options.chunks.iter().chain(&options.shards) {
            need_dim(dim, &encoded)?;
        }
        let specs: Vec<ArraySpec> = encoded.iter().map(|a| array_spec(a, options)).collect::<Result<_>>()?;
        let arrays = units(encoded.iter().zip(&specs).map(|(a, spec)| Ok((a, spec.clone()))))?;
        let mut sources = encode::sources(encoded.iter().map(|a| &a.node));
        // A grid is taken from data of which no value goes into the result.
        let steps = options.recipe.iter().flat_map(|r| &r.steps).filter(|s| s.enabled);
        for other in steps.filter_map(|s| s.params.scope()).flat_map(|s| &s.data).filter_map(|(_, o)| o.as_ref().ok()) {
            if !sources.contains(&other.identity) {
                sources.push(other.identity.clone());
            }
        }
        let fingerprint = Fingerprint { plan: plan(&arrays, &specs, options), sources };
        let attrs = encode::history(&attrs, &fingerprint.sources, &options.group, options.recipe.as_ref());
        let spec = DatasetSpec { attrs, groups, arrays: specs };
        let lent = Arc::new(Lent(RwLock::new(Some(create(target, spec, options, &fingerprint)?))));
        let sink: Arc<dyn Sink> = Arc::clone(&lent) as Arc<dyn Sink>;
        if let Err(error) = self.engine().write(&arrays, &sink, run).and_then(|()| run.cancel.check()) {
            // Tasks on their way out may hold the sink a little longer: what it wrote is to be gone now.
            drop(lent.0.write().take());
            return Err(error);
        }
        let mut whole = lent.0.write().take().ok_or_else(|| Error::internal("the output was closed before its end"))?;
        for array in &encoded {
            if let Some(chunks) = options.damage.behind(&array.node) {
                whole.annotate(&array.name, Damage::ATTRIBUTE, &chunks)?;
            }
        }
        let sent = whole.bytes_written();
        whole.finish()?;
        // A library may hold back until the end what it was given.
        let bytes_written = std::fs::metadata(target).ok().filter(std::fs::Metadata::is_file).map_or(sent, |m| m.len());
        let seconds = started.elapsed().as_secs_f64();
        Ok(ExportReport { bytes_written, seconds, path: target.to_path_buf(), left_out })
    }
}

/// Name, values and what is written at one time.
type Unit = (String, Arc<Node>, Vec<usize>);

/// Arrays as the engine writes them: in whole shards where there are any, in whole chunks else.
fn units<'a>(arrays: impl Iterator<Item = Result<(&'a Encoded, ArraySpec)>>) -> Result<Vec<Unit>> {
    arrays
        .map(|one| {
            let (array, spec) = one?;
            Ok((array.name.clone(), Arc::clone(&array.node), spec.shards.unwrap_or(spec.chunks)))
        })
        .collect()
}

fn need_dim(dim: &str, arrays: &[Encoded]) -> Result<()> {
    let mut names: Vec<&str> = Vec::new();
    for name in arrays.iter().flat_map(|a| &a.node.meta().dims) {
        if name == dim {
            return Ok(());
        }
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    Err(Error::not_found(format!("no dimension {dim}")).hint(format!("there are: {}", names.join(", "))))
}

/// What tells this export from another of the same sources.
fn plan(arrays: &[(String, Arc<Node>, Vec<usize>)], specs: &[ArraySpec], options: &ExportOptions) -> String {
    let mut hasher = DefaultHasher::new();
    for (name, node, _) in arrays {
        (name, node.key()).hash(&mut hasher);
    }
    format!("{specs:?} {:?} {:?}", options.format, options.codec).hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn create(
    target: &Path,
    spec: DatasetSpec,
    options: &ExportOptions,
    fingerprint: &Fingerprint,
) -> Result<Box<dyn Sink>> {
    let codec = options.codec;
    let zarr = |version, spec| {
        let chosen = ZarrOptions { version, codec: codec.unwrap_or_default() };
        ZarrSink::create_as(target, spec, chosen, fingerprint, options.resume)
    };
    match options.format {
        ExportFormat::Zarr3 => zarr(ZarrVersion::V3, spec),
        ExportFormat::Zarr2 => zarr(ZarrVersion::V2, spec),
        ExportFormat::NetCdf4 if options.resume => Err(Error::unsupported("a NetCDF file cannot be resumed")
            .hint("write Zarr, or leave --resume out")
            .at(target)),
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

/// A sink that the engine's tasks share, and that can be taken back to be finished.
struct Lent(RwLock<Option<Box<dyn Sink>>>);

impl Sink for Lent {
    fn write_part(&self, array: &str, region: &Region, block: &Block, part: &Region) -> Result<()> {
        match self.0.read().as_ref() {
            Some(sink) => sink.write_part(array, region, block, part),
            None => Err(Error::internal("the output is closed")),
        }
    }

    fn annotate(&mut self, array: &str, name: &str, text: &str) -> Result<()> {
        self.0.get_mut().as_mut().map_or(Ok(()), |sink| sink.annotate(array, name, text))
    }

    fn finish(self: Box<Self>) -> Result<()> {
        self.0.write().take().map_or(Ok(()), Sink::finish)
    }

    fn bytes_written(&self) -> u64 {
        self.0.read().as_ref().map_or(0, |sink| sink.bytes_written())
    }

    fn holds(&self, array: &str, region: &Region) -> bool {
        self.0.read().as_ref().is_some_and(|sink| sink.holds(array, region))
    }

    fn scratch(&self) -> Option<PathBuf> {
        self.0.read().as_ref().and_then(|sink| sink.scratch())
    }
}
