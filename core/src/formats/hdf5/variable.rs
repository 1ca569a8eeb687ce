//! One variable of an HDF5 file: what is known of it, which tier reads it, and the library's tier itself.

use super::super::file::RandomFile;
use super::super::plain::{bytes_mut, cells, zeros};
use super::agreed::Agreement;
use super::dims::Named;
use super::direct::Direct;
use super::elsewhere::Home;
use super::ffi::{self, Creation, Elements, Key};
use super::filters::filter_name;
use super::tree::FoundDataset;
use super::types::Type;
use crate::events::{Kind, record};
use crate::model::{AttrValue, Block, Data, Error, Member, Region, Result, Span, Tier, VariableMeta};
use hdf5::{Dataset, Datatype, File};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// What [`Variable::examine`] may still take from a file.
pub(super) struct Effort {
    chunks: u32,
    bytes: usize,
}

impl Default for Effort {
    fn default() -> Self {
        Self { chunks: 100_000, bytes: 4 << 20 }
    }
}

/// Chunks whose bytes are added up.
const COUNTED: usize = 1 << 20;

/// Cells of a variable that are examined.
const EXAMINED: usize = 1024;

/// How a variable is read.
pub(super) struct Variable {
    /// Its path in the file it stands in, which may differ from the one shown.
    path: String,
    /// Its place there, by which it is found where its path is no UTF-8.
    key: Key,
    /// That file, where it is another one.
    home: Option<Arc<Home>>,
    /// Lengths as shown, and as stored: shorter along dimensions that grew after it was written.
    shape: Vec<usize>,
    stored: Vec<usize>,
    /// Lengths of a chunk, where there are chunks.
    chunk: Option<Vec<usize>>,
    dtype: Type,
    /// An unwritten cell.
    fill: Option<Data>,
    /// Filters that the library cannot undo.
    missing: Vec<String>,
    direct: Option<Direct>,
    /// The bytes of elements that the library can make values of, but not read.
    elements: Option<Direct>,
    /// Which tier reads it, once the first read has compared both.
    settled: OnceLock<Tier>,
    handle: OnceLock<Dataset>,
    /// Why the library must not be asked for values.
    refused: Option<String>,
}

impl Variable {
    /// Describes a dataset.
    ///
    /// # Errors
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt) where its creation properties cannot be read.
    pub(super) fn new(found: FoundDataset, named: Named, direct: bool) -> Result<(VariableMeta, Self)> {
        let path = found.inside.clone();
        let fill = found.dtype.fill(&found.creation);
        let fill = fill.map_err(|e| failed(&e).within(format!("{path} has an unreadable fill value")))?;
        let (fill_bytes, fill) = fill.map_or((None, None), |(bytes, value)| (Some(bytes), value));
        let beside = direct;
        let direct = beside.then(|| Direct::new(&found, fill_bytes)).flatten();
        let filters = &found.creation.filters;
        let missing: Vec<String> = filters.iter().filter(|f| !ffi::filter_available(f.id)).map(filter_name).collect();
        let unread = beside && direct.is_none() && !missing.is_empty();
        let elements = unread.then(|| Direct::of_elements(&found, found.dtype.fill_bytes(&found.creation))).flatten();
        let meta = VariableMeta {
            name: found.name,
            path: found.path,
            dtype: found.dtype.dtype.clone(),
            dims: named.names,
            shape: named.shape.clone(),
            chunks: found.creation.chunk.clone().map(|c| c.into_iter().map(|n| n.max(1)).collect()),
            shards: None,
            filters: filters.iter().map(filter_name).collect(),
            fill_value: fill.clone().map(AttrValue::Numbers),
            tier: if direct.is_some() { Tier::Direct } else { Tier::Library },
            attrs: found.attrs,
        };
        let variable = Self {
            path,
            key: found.key,
            home: found.home,
            shape: named.shape,
            stored: found.shape,
            chunk: found.creation.chunk,
            dtype: found.dtype,
            fill,
            missing,
            direct,
            elements,
            settled: OnceLock::new(),
            handle: OnceLock::new(),
            refused: None,
        };
        Ok((meta, variable))
    }

    /// Its path in the file.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Has every read refused.
    pub(super) fn refuse(&mut self, why: String) {
        self.refused = Some(why);
    }

    /// Reads a region, also where it reaches beyond what was stored. `notice` takes what is worth telling.
    ///
    /// # Errors
    /// As [`Source::read`](crate::model::Source::read), without path and variable.
    pub(super) fn read(
        &self,
        file: &File,
        bytes: &RandomFile,
        region: &Region,
        notice: &dyn Fn(String),
    ) -> Result<Block> {
        region.check(&self.shape)?;
        if let Some(home) = &self.home {
            home.bytes.unchanged()?;
        }
        if region.is_empty() {
            return Ok(Block::zeros(&self.dtype.dtype, region.shape()));
        }
        if region.check(&self.stored).is_ok() {
            return Block::new(region.shape(), self.read_stored(file, bytes, region, notice)?);
        }
        let mut out = Block::new(region.shape(), self.unwritten(file, cells(region)?)?)?;
        let stored = region.intersect(&Region(self.stored.iter().map(|&n| Span::new(0, n)).collect()));
        if let Some(stored) = stored {
            let part = Block::new(stored.shape(), self.read_stored(file, bytes, &stored, notice)?)?;
            out.paste(&stored.relative_to(region), &part, &Region::all(&stored.shape()))?;
        }
        Ok(out)
    }

    /// The numbers within an element.
    pub(super) fn fields(&self) -> Vec<Member> {
        self.dtype.fields().into_iter().map(|part| part.member).collect()
    }

    /// Reads one of [`Self::fields`], zero where it was never stored; `None` where there is no such field. Its lengths are
    /// dimensions behind the variable's.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub(super) fn read_field(
        &self,
        file: &File,
        bytes: &RandomFile,
        region: &Region,
        name: &str,
    ) -> Result<Option<Block>> {
        let Some(Member { dtype, lengths, .. }) = self.fields().into_iter().find(|m| m.name == name) else {
            return Ok(None);
        };
        let bytes = self.home.as_ref().map_or(bytes, |home| &home.bytes);
        let with = |shape: &[usize]| [shape, &lengths].concat();
        region.check(&with(&self.shape))?;
        let mut out = Block::new(region.shape(), zeros(&dtype, cells(region)?)?)?;
        let Some(part) = region.intersect(&Region::all(&with(&self.stored))) else { return Ok(Some(out)) };
        let own = Region(part.0.get(..self.stored.len()).unwrap_or_default().to_vec());
        let (outer, inner) = self.split(&own);
        let memory = self.dtype.element_memory().map_err(|e| failed(&e))?;
        let layout = Type::new(&memory).map_err(|e| failed(&e))?.peeled();
        let elements = self.elements(self.open(file)?, bytes, memory, &outer)?;
        let held = with(&[outer.shape(), self.dtype.lengths.clone()].concat());
        let mut data = zeros(&dtype, cells(&Region::all(&held))?)?;
        if let Some(found) = layout.fields().into_iter().find(|p| p.member.name == name) {
            let size = lengths.iter().fold(dtype.size(), |n, &len| n.saturating_mul(len)).max(1);
            let all = elements.iter().flat_map(|e| layout.each(e));
            for (cell, element) in bytes_mut(&mut data).chunks_exact_mut(size).zip(all) {
                let bytes = element.part(found.offset, found.size).bytes();
                if bytes.len() != cell.len() {
                    return Err(Error::unsupported(format!("field {name} has numbers of an odd size")));
                }
                cell.copy_from_slice(bytes);
            }
        }
        let behind = part.0.get(self.stored.len()..).unwrap_or_default();
        let wanted = Region([&Region::all(&outer.shape()).0, &inner.0, behind].concat());
        let found = Block::new(held, data)?.slice(&wanted)?;
        out.paste(&part.relative_to(region), &found, &Region::all(&part.shape()))?;
        Ok(Some(out))
    }

    /// Elements of the dataset as the library has them in memory, read by it or, behind filters that it cannot undo, beside
    /// it.
    fn elements(&self, dataset: &Dataset, bytes: &RandomFile, memory: Datatype, region: &Region) -> Result<Elements> {
        let Some(direct) = &self.elements else {
            return Elements::of_dataset(dataset, memory, region).map_err(|e| failed(&e));
        };
        let read = direct.read_bytes(bytes, &|| Ok(dataset.clone()), region)?;
        let stored = self.dtype.element_stored();
        stored.and_then(|stored| Elements::converted(&stored, memory, region.cells(), read)).map_err(|e| failed(&e))
    }

    /// A region of the dataset's own dimensions, and of those within an element.
    fn split(&self, region: &Region) -> (Region, Region) {
        let (outer, inner) = region.0.split_at(region.0.len().saturating_sub(self.dtype.lengths.len()));
        (Region(outer.to_vec()), Region(inner.to_vec()))
    }

    /// Asks the library for the chunks, and for some cells where it must decode them: lists and strings stand elsewhere
    /// in the file. What goes wrong is told when the variable is read.
    pub(super) fn examine(&self, file: &File, bytes: &RandomFile, effort: &mut Effort) {
        // Not kept: each dataset has a cache of chunks.
        let (file, bytes) = self.home.as_ref().map_or((file, bytes), |home| (&home.file, &home.bytes));
        let Ok(dataset) = self.find(file) else { return };
        if self.chunk.is_some() {
            let more = |_: hdf5::dataset::ChunkInfoRef<'_>| {
                effort.chunks = effort.chunks.saturating_sub(1);
                i32::from(effort.chunks == 0)
            };
            if let Err(e) = dataset.chunks_visit(more) {
                tracing::debug!("the chunks of {} cannot be listed: {e}", self.path);
            }
        }
        let lengths = self.chunk.as_ref().unwrap_or(&self.stored);
        let held = lengths.iter().fold(self.dtype.memory_size(), |n, &len| n.saturating_mul(len));
        let decoded = if self.chunk.is_some() { held } else { held.min(EXAMINED * self.dtype.memory_size()) };
        let unread = self.direct.is_some() || !self.missing.is_empty() || self.stored.contains(&0);
        if unread || decoded > effort.bytes {
            return;
        }
        effort.bytes -= decoded;
        let mut left = EXAMINED;
        let mut some = Region(self.stored.iter().zip(lengths).map(|(&n, &c)| Span::new(0, n.min(c))).collect());
        for span in some.0.iter_mut().rev() {
            span.len = span.len.min(left).max(1);
            left /= span.len;
        }
        if let Err(e) = self.decode_by_library(&dataset, bytes, &some) {
            tracing::debug!("{} cannot be read: {e}", self.path);
        }
    }

    /// Bytes taken in the file: from the chunk index where there is one already, else as the library counts them, which goes
    /// through the index; not where that is long.
    pub(super) fn stored_bytes(&self, file: &File) -> Option<u64> {
        let chunks = self.chunk.iter().flat_map(|c| self.stored.iter().zip(c)).map(|(&n, &c)| n.div_ceil(c.max(1)));
        if chunks.fold(1, usize::saturating_mul) > COUNTED {
            return None;
        }
        let indexed = self.direct.as_ref().and_then(Direct::stored_bytes);
        indexed.or_else(|| self.open(file).ok().map(ffi::stored_bytes))
    }

    /// Cells that hold the fill value.
    fn unwritten(&self, file: &File, cells: usize) -> Result<Data> {
        let mut data = zeros(&self.dtype.dtype, cells)?;
        if let Data::Text(texts) = &mut data {
            let creation = Creation::of(self.open(file)?, self.stored.len()).map_err(|e| failed(&e))?;
            texts.fill(self.dtype.fill_text(file, &creation).map_err(|e| failed(&e))?);
            return Ok(data);
        }
        if let Some(mut fill) = self.fill.clone() {
            let pattern = bytes_mut(&mut fill);
            bytes_mut(&mut data).chunks_exact_mut(pattern.len().max(1)).for_each(|c| c.copy_from_slice(pattern));
        }
        Ok(data)
    }

    fn read_stored(&self, file: &File, bytes: &RandomFile, region: &Region, notice: &dyn Fn(String)) -> Result<Data> {
        self.allowed()?;
        let (file, bytes) = self.home.as_ref().map_or((file, bytes), |home| (&home.file, &home.bytes));
        let open = || self.open(file).cloned();
        match (&self.direct, self.settled.get()) {
            (Some(direct), Some(Tier::Direct)) => direct.read(bytes, &open, region),
            (Some(direct), None) => self.settle(direct, file, bytes, region, notice),
            (None, _) | (_, Some(Tier::Library)) => self.read_by_library(file, bytes, region),
        }
    }

    /// The first read: a part of it is read by the library too, beside it, and what both say settles the tier, unless that
    /// is known from before. Unsettled, but direct, as long as only unwritten chunks were asked for. What the library cannot read at all has nothing to be
    /// compared with.
    fn settle(
        &self,
        direct: &Direct,
        file: &File,
        bytes: &RandomFile,
        region: &Region,
        notice: &dyn Fn(String),
    ) -> Result<Data> {
        let open = || self.open(file).cloned();
        let by_library = |why: String| {
            notice(format!("{} is read by the library: {why}", self.path));
            self.settled.get_or_init(|| Tier::Library);
            self.read_by_library(file, bytes, region)
        };
        if !self.missing.is_empty() {
            self.settled.get_or_init(|| Tier::Direct);
            return direct.read(bytes, &open, region);
        }
        let agreement = Agreement { identity: bytes.identity(), path: &self.path, pipeline: direct.pipeline() };
        if agreement.is_known() {
            self.settled.get_or_init(|| Tier::Direct);
            return direct.read(bytes, &open, region);
        }
        let probe = match direct.probe(&open, region) {
            Ok(Some(probe)) => probe,
            Ok(None) => return direct.read(bytes, &open, region),
            Err(e) => return by_library(e.to_string()),
        };
        let (ours, theirs) = std::thread::scope(|scope| {
            let theirs = scope.spawn(|| self.read_by_library(file, bytes, &probe));
            let ours = direct.read(bytes, &open, region);
            let died = |_| Err(Error::internal("the thread that reads by the library panicked"));
            (ours, theirs.join().unwrap_or_else(died))
        });
        // The library alone, or both: this chunk is bad, which says nothing of the others.
        let theirs = theirs?;
        let (ours, compared) = match ours {
            Ok(data) => {
                let block = Block::new(region.shape(), data)?;
                let part = block.slice(&probe.relative_to(region))?.into_data();
                (Ok(block.into_data()), Ok(part))
            }
            Err(e) => (Err(e), direct.read(bytes, &open, &probe)),
        };
        match compared {
            Ok(compared) if same_bits(&compared, &theirs) => {
                self.settled.get_or_init(|| Tier::Direct);
                agreement.note();
                ours
            }
            Ok(_) => by_library("read directly its values differ".into()),
            Err(e) => by_library(e.to_string()),
        }
    }

    fn find(&self, file: &File) -> ffi::Result<Dataset> {
        file.dataset(&self.path).or_else(|e| ffi::dataset_at(file, self.key).or(Err(e)))
    }

    fn allowed(&self) -> Result<()> {
        self.refused.as_ref().map_or(Ok(()), |why| Err(Error::corrupt(why.clone())))
    }

    /// Whether its values may be read and its filters be undone.
    pub(super) fn readable(&self) -> Result<()> {
        self.allowed()?;
        if self.direct.is_some() { Ok(()) } else { self.known_to_library() }
    }

    fn known_to_library(&self) -> Result<()> {
        if self.missing.is_empty() || self.elements.is_some() {
            return Ok(());
        }
        Err(Error::unsupported(format!("this build cannot undo the filter {}", self.missing.join(", ")))
            .hint("write the file again with deflate, for example by nccopy -d 4"))
    }

    fn open(&self, file: &File) -> Result<&Dataset> {
        self.allowed()?;
        if let Some(dataset) = self.handle.get() {
            return Ok(dataset);
        }
        let file = self.home.as_ref().map_or(file, |home| &home.file);
        let dataset = self.find(file).map_err(|e| failed(&e))?;
        Ok(self.handle.get_or_init(|| dataset))
    }

    /// The library decodes, one caller at a time.
    fn read_by_library(&self, file: &File, bytes: &RandomFile, region: &Region) -> Result<Data> {
        self.known_to_library()?;
        let started = Instant::now();
        let data = self.decode_by_library(self.open(file)?, bytes, region)?;
        record(Kind::Decode, started, 0, data.bytes() as u64);
        Ok(data)
    }

    fn decode_by_library(&self, dataset: &Dataset, bytes: &RandomFile, region: &Region) -> Result<Data> {
        let memory = self.dtype.element_memory().map_err(|e| failed(&e))?;
        // The library reads elements whole: what an array holds is cut here.
        let (outer, inner) = self.split(region);
        let held = [outer.shape(), self.dtype.lengths.clone()].concat();
        let count = cells(&Region::all(&held))?;
        let data = if self.dtype.is_number() {
            let mut data = zeros(&self.dtype.dtype, count)?;
            match &self.elements {
                Some(_) => self.elements(dataset, bytes, memory, &outer)?.copy(bytes_mut(&mut data)),
                None => ffi::read_dataset(dataset, &memory, Some(&outer), bytes_mut(&mut data)),
            }
            .map_err(|e| failed(&e))?;
            self.dtype.ordered(data)
        } else {
            let layout = Type::new(&memory).map_err(|e| failed(&e))?.peeled();
            let elements = self.elements(dataset, bytes, memory, &outer)?;
            // References lead to objects of the file that the dataset stands in.
            let file = &dataset.file().map_err(|e| failed(&e))?;
            Data::Text(elements.iter().flat_map(|e| layout.each(e)).map(|e| layout.text(file, e)).collect())
        };
        if held == region.shape() {
            return Ok(data);
        }
        let wanted = Region([Region::all(&outer.shape()).0, inner.0].concat());
        Ok(Block::new(held, data)?.slice(&wanted)?.into_data())
    }
}

fn failed(error: &hdf5::Error) -> Error {
    Error::corrupt(format!("the HDF5 library says: {}", error.to_string().replace('\n', " ")))
}

/// Equality of bits: a NaN equals itself.
fn same_bits(a: &Data, b: &Data) -> bool {
    match (a, b) {
        (Data::F32(a), Data::F32(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits()),
        (Data::F64(a), Data::F64(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits()),
        (a, b) => a == b,
    }
}
