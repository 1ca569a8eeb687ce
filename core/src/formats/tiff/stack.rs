//! Several TIFF files as one array: each a step along `frame`, in the order of the numbers in their names.

use super::{Tiff, complex, label};
use crate::model::{
    AttrValue, Attrs, Block, DType, Data, Dim, Error, Member, Region, Result, Source, SourceInfo, Span, VariableMeta,
};
use lru::LruCache;
use parking_lot::Mutex;
use rayon::prelude::*;
use std::cmp::Ordering;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Headers of up to so many files are compared on opening; of more, when they are read.
const COMPARED: usize = 20_000;
/// Files held open.
const OPEN: usize = 64;
/// The dimension along the files.
const FRAME: &str = "frame";

/// Opens files of one structure as one. `given`: how the person named them.
///
/// Where the names differ in one number alone, those numbers are the labels of `frame`.
///
/// # Errors
/// As [`super::open`], and [`Invalid`](crate::model::ErrorKind::Invalid) naming two files that differ.
pub(crate) fn open_stack(mut paths: Vec<PathBuf>, given: Option<&str>) -> Result<Arc<dyn Source>> {
    paths.sort_by(|a, b| natural(&a.to_string_lossy(), &b.to_string_lossy()));
    let first_path = paths.first().ok_or_else(|| Error::not_found("no file is named"))?.clone();
    let first = Tiff::open(&first_path)?;
    let identities: Vec<String> = if paths.len() <= COMPARED {
        paths.par_iter().map(|path| same(&first, path).map(|t| t.info.identity)).collect::<Result<_>>()?
    } else {
        paths.par_iter().map(|path| stat(path)).collect::<Result<_>>()?
    };
    let mut root = first.info.root.clone();
    let mut warnings = first.info.warnings.clone();
    let labels = numbers(&paths);
    if labels.is_none() {
        warnings.push("the names of the files do not differ in one number alone: frames are counted from 0".to_owned());
    }
    root.dims.insert(0, Dim { name: FRAME.to_owned(), size: paths.len(), unlimited: false });
    for variable in root.variables.iter_mut().filter(|v| first.series.contains_key(&v.path)) {
        variable.dims.insert(0, FRAME.to_owned());
        variable.shape.insert(0, paths.len());
        if let Some(chunks) = &mut variable.chunks {
            chunks.insert(0, 1);
        }
    }
    if labels.is_some() {
        let mut attrs = Attrs::default();
        attrs.set("long_name", AttrValue::Text("number in the file's name".to_owned()));
        root.variables.insert(0, label(FRAME, vec![FRAME.to_owned()], vec![paths.len()], DType::I64, attrs));
    }
    let mut hasher = DefaultHasher::new();
    identities.hash(&mut hasher);
    let ends =
        || format!("{} … {}", first_path.display(), paths.last().map_or(String::new(), |p| p.display().to_string()));
    let info = SourceInfo {
        format: "tiff",
        path: format!("{} ({} files)", given.map_or_else(ends, str::to_owned), paths.len()),
        identity: format!("stack:{}:{:016x}", paths.len(), hasher.finish()),
        root,
        warnings,
    };
    Ok(Arc::new(Stack {
        info,
        first,
        paths,
        labels,
        open: Mutex::new(LruCache::new(NonZeroUsize::new(OPEN).unwrap_or(NonZeroUsize::MIN))),
    }))
}

struct Stack {
    info: SourceInfo,
    first: Tiff,
    paths: Vec<PathBuf>,
    labels: Option<Vec<i64>>,
    /// Those read last.
    open: Mutex<LruCache<usize, Arc<Tiff>>>,
}

impl Stack {
    fn file(&self, frame: usize) -> Result<Arc<Tiff>> {
        if let Some(found) = self.open.lock().get(&frame) {
            return Ok(Arc::clone(found));
        }
        let path = self.paths.get(frame).ok_or_else(|| Error::internal("a frame that is not there"))?;
        let file = Arc::new(same(&self.first, path)?);
        self.open.lock().put(frame, Arc::clone(&file));
        Ok(file)
    }
}

impl Source for Stack {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn read(&self, path: &str, region: &Region) -> Result<Block> {
        let (meta, half) = complex::find(&self.info, path)?;
        region.check(&meta.shape).map_err(|e| e.within(format!("cannot read variable {path}")).at(&self.info.path))?;
        if let (FRAME, Some(labels)) = (meta.name.as_str(), &self.labels) {
            return Block::new(vec![labels.len()], Data::I64(labels.clone()))?.slice(region);
        }
        if !self.first.series.contains_key(&meta.path) {
            return self.first.read(&meta.path, region);
        }
        let [frames, inner @ ..] = region.0.as_slice() else { return Err(Error::internal("no dimension of frames")) };
        let inner = Region(inner.to_vec());
        if frames.len == 1 {
            let block = self.file(frames.start)?.read(path, &inner)?;
            return Block::new(region.shape(), block.into_data());
        }
        let part = complex::members(&meta.dtype).into_iter().next().filter(|_| half.is_some());
        let mut out = Block::zeros(&part.map_or_else(|| meta.dtype.clone(), |part| part.dtype), region.shape());
        for i in 0..frames.len {
            let block = self.file(frames.start + i)?.read(path, &inner)?;
            let mut shape = block.shape().to_vec();
            shape.insert(0, 1);
            let block = Block::new(shape, block.into_data())?;
            let mut to = Region::all(&region.shape());
            if let Some(span) = to.0.first_mut() {
                *span = Span::new(i, 1);
            }
            out.paste(&to, &block, &Region::all(block.shape()))?;
        }
        Ok(out)
    }

    fn readable(&self, path: &str) -> Result<()> {
        self.first.readable(path)
    }

    fn fields(&self, path: &str) -> Vec<Member> {
        self.info.root.variable(path).map(|meta| complex::members(&meta.dtype)).unwrap_or_default()
    }
}

/// Opens a file and checks that its arrays are those of the first.
fn same(first: &Tiff, path: &Path) -> Result<Tiff> {
    let other = Tiff::open(path)?;
    let told = |v: &VariableMeta| (v.path.clone(), v.dtype.clone(), v.shape.clone());
    let of = |t: &Tiff| t.info.root.variables.iter().map(told).collect::<Vec<_>>();
    let (a, b) = (of(first), of(&other));
    if a == b {
        return Ok(other);
    }
    let say = |list: &[(String, DType, Vec<usize>)], i: usize| {
        list.get(i).map_or("nothing".to_owned(), |(path, dtype, shape)| format!("{path} {dtype} {shape:?}"))
    };
    let at = (0..a.len().max(b.len())).find(|&i| a.get(i) != b.get(i)).unwrap_or(0);
    Err(Error::invalid(format!(
        "the files are no stack: {} holds {}, {} holds {}",
        first.info.path,
        say(&a, at),
        other.info.path,
        say(&b, at)
    ))
    .hint("name files of one size and type by a pattern"))
}

/// What changes when the file does, without opening it.
fn stat(path: &Path) -> Result<String> {
    let meta = std::fs::metadata(path).map_err(|e| Error::io("open", &e).at(path))?;
    Ok(format!("{}:{}:{:?}", path.display(), meta.len(), meta.modified().ok()))
}

/// Numbers count as numbers: `frame_2` stands before `frame_10`.
fn natural(a: &str, b: &str) -> Ordering {
    let (a, b) = (pieces(a), pieces(b));
    let order = |x: &Piece<'_>, y: &Piece<'_>| match (x, y) {
        (Piece::Number(m, _), Piece::Number(n, _)) => m.cmp(n),
        (Piece::Text(s), Piece::Text(t)) => s.cmp(t),
        (Piece::Number(..), Piece::Text(_)) => Ordering::Less,
        (Piece::Text(_), Piece::Number(..)) => Ordering::Greater,
    };
    a.iter().zip(&b).map(|(x, y)| order(x, y)).find(|o| o.is_ne()).unwrap_or_else(|| a.len().cmp(&b.len()))
}

#[derive(Debug, PartialEq)]
enum Piece<'a> {
    Text(&'a str),
    /// Its value and its digits.
    Number(u128, &'a str),
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let digits = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        out.push(match piece.parse::<u128>() {
            Ok(number) if digits => Piece::Number(number, piece),
            _ => Piece::Text(piece),
        });
        rest = after;
    }
    out
}

/// The numbers in which the names differ, where it is one place in each.
fn numbers(paths: &[PathBuf]) -> Option<Vec<i64>> {
    let names: Vec<_> = paths.iter().map(|p| p.to_string_lossy().into_owned()).collect();
    let all: Vec<_> = names.iter().map(|n| pieces(n)).collect();
    let first = all.first()?;
    if all.iter().any(|n| n.len() != first.len()) {
        return None;
    }
    let value = |piece: &Piece<'_>| if let Piece::Number(n, _) = piece { Some(*n) } else { None };
    let differs = |i: &usize| {
        all.iter().any(|n| n.get(*i).map(|p| value(p).ok_or(p)) != first.get(*i).map(|p| value(p).ok_or(p)))
    };
    let mut places = (0..first.len()).filter(differs);
    let (Some(place), None) = (places.next(), places.next()) else { return None };
    let labels: Vec<i64> = all.iter().map(|n| i64::try_from(value(n.get(place)?)?).ok()).collect::<Option<_>>()?;
    labels.windows(2).all(|w| w[0] < w[1]).then_some(labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_follow_each_other_by_the_numbers_in_their_names() {
        let mut names = ["f_10.tif", "f_9.tif", "f_011.tif", "e.tif"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["e.tif", "f_9.tif", "f_10.tif", "f_011.tif"]);
        let paths = |names: &[&str]| names.iter().map(PathBuf::from).collect::<Vec<_>>();
        assert_eq!(numbers(&paths(&["a1_02.tif", "a1_5.tif"])), Some(vec![2, 5]));
        assert_eq!(numbers(&paths(&["a1_2.tif", "a2_5.tif"])), None);
        assert_eq!(numbers(&paths(&["a.tif", "b.tif"])), None);
    }
}
