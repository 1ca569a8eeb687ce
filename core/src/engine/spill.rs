//! An array by way of a file: each part is computed once and laid down sorted by chunks of the target; then each chunk
//! is put together from its pieces.
//!
//! Parts lie in the file one after the other, each as its pieces in the order of the target's chunks. So the place of
//! every piece follows from the two grids and no table is kept.

use super::Run;
use super::budget::Permit;
use super::eval::Context;
use super::plan::Plan;
use super::write::{Target, largest, put, writing_bytes};
use crate::events::{self, Kind, Stamp};
use crate::model::{Block, Data, Error, ErrorKind, Region, Result, Span};
use crate::plan::Node;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// The file and where each part lies in it.
struct Spill {
    file: File,
    parts: Vec<Region>,
    /// Lengths of the grid of parts, and how many lie along each dimension.
    step: Vec<usize>,
    counts: Vec<usize>,
    /// The cell with which each part begins.
    starts: Vec<u64>,
    /// Bytes of one cell.
    cell: usize,
}

/// Computes the parts into a file in `scratch`, then writes the target from it.
pub(super) fn run(cx: &Arc<Context>, target: &Arc<Target>, plan: &Plan, scratch: &Path, run: &Run) -> Result<()> {
    let meta = target.node.meta();
    let units: Arc<Vec<Region>> =
        Arc::new(target.missing(Region::all(&meta.shape).chunks(&target.unit, &meta.shape)).collect());
    if units.is_empty() {
        return Ok(());
    }
    let all_missing = units.len() == Region::all(&meta.shape).chunks(&target.unit, &meta.shape).count();
    let spill = Arc::new(Spill::new(scratch, plan.tasks.clone(), &meta.shape, meta.dtype.size())?);
    let pool = &cx.inner.pool;
    let wanted: Vec<usize> = (0..spill.parts.len())
        .filter(|&i| all_missing || units.iter().any(|u| u.intersect(&spill.parts[i]).is_some()))
        .collect();
    let (task_cx, task_target, task_spill) = (Arc::clone(cx), Arc::clone(target), Arc::clone(&spill));
    let count = wanted.len();
    let bytes = laying_bytes(&target.node, plan);
    let lay = move |i: usize, _: &mut Permit| {
        let part = wanted[i];
        let block = task_cx.eval(&task_target.node, &task_spill.parts[part])?;
        task_spill.lay(part, &block, &task_target)
    };
    pool.run(run, count, bytes, Arc::new(lay))?;
    let (task_target, task_run, count) = (Arc::clone(target), run.clone(), units.len());
    let take = move |i: usize, _: &mut Permit| {
        let block = spill.take(&units[i], &task_target)?;
        put(&task_target, &units[i], &block, &task_run)
    };
    pool.run(run, count, writing_bytes(&target.node, &target.unit), Arc::new(take))
}

/// Bytes held while one part is laid down: what making it takes, and its copy in the order of the target.
pub(super) fn laying_bytes(node: &Node, plan: &Plan) -> u64 {
    plan.task_bytes + largest(node, plan)
}

impl Spill {
    fn new(folder: &Path, parts: Vec<Region>, shape: &[usize], cell: usize) -> Result<Self> {
        let path = folder.join("spill");
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&path);
        let file = file.map_err(|e| failed("create a temporary file", &e))?;
        // Without a name it goes away with the process, however that ends. Systems that refuse keep it until the sink goes.
        drop(std::fs::remove_file(&path));
        let step = parts.first().map(Region::shape).unwrap_or_default();
        let counts = shape.iter().zip(&step).map(|(&n, &s)| n.div_ceil(s.max(1))).collect();
        let mut at = 0;
        let starts = parts
            .iter()
            .map(|p| {
                let start = at;
                at += p.cells() as u64;
                start
            })
            .collect();
        Ok(Self { file, parts, step, counts, starts, cell })
    }

    /// Lays a part down, piece by piece of the chunks it touches.
    fn lay(&self, part: usize, block: &Block, target: &Target) -> Result<()> {
        let started = Stamp::now();
        let region = &self.parts[part];
        let mut bytes: Vec<u8> = Vec::with_capacity(block.bytes());
        for unit in region.chunks(&target.unit, &target.node.meta().shape) {
            let Some(common) = unit.intersect(region) else { continue };
            let piece = common.relative_to(region).0;
            crate::with_data!(
                block.data(),
                v => append(&mut bytes, bytemuck::cast_slice(v), block.shape(), &piece, self.cell),
                _t => return Err(Error::internal("text is never laid down"))
            );
        }
        write_all_at(&self.file, &bytes, self.starts[part] * self.cell as u64)
            .map_err(|e| failed("write the temporary file", &e))?;
        events::record_step(Kind::Write, "spill", &started, bytes.len() as u64, bytes.len() as u64);
        Ok(())
    }

    /// A chunk of the target, put together.
    fn take(&self, unit: &Region, target: &Target) -> Result<Block> {
        let started = Stamp::now();
        let meta = target.node.meta();
        let mut out = Block::zeros(&meta.dtype, unit.shape());
        for part in unit.chunks(&self.step, &meta.shape) {
            let Some(common) = unit.intersect(&part) else { continue };
            let number = part
                .0
                .iter()
                .zip(&self.step)
                .zip(&self.counts)
                .fold(0, |n, ((s, step), count)| n * count + s.start / step);
            let start = self.starts.get(number).ok_or_else(|| Error::internal("a part outside the spilled ones"))?;
            let at = (start + before(&part, &common)) * self.cell as u64;
            let mut piece = Block::zeros(&meta.dtype, common.shape());
            read_into(&self.file, piece.data_mut(), at).map_err(|e| failed("read the temporary file", &e))?;
            if common == *unit {
                return Ok(piece);
            }
            out.paste(&common.relative_to(unit), &piece, &Region::all(piece.shape()))?;
        }
        events::record_step(Kind::Read, "spill", &started, out.bytes() as u64, out.bytes() as u64);
        Ok(out)
    }
}

/// Appends the cells of a region of an array in C order, given as bytes, `cell` of them for each.
fn append(out: &mut Vec<u8>, from: &[u8], shape: &[usize], spans: &[Span], cell: usize) {
    match (spans, shape) {
        ([], _) | (_, []) => out.extend_from_slice(from),
        ([span], _) => out.extend_from_slice(&from[span.start * cell..span.end() * cell]),
        ([span, inner @ ..], [count, rest @ ..]) => {
            let row = from.len() / count.max(&1);
            for i in span.start..span.end() {
                append(out, &from[i * row..(i + 1) * row], rest, inner, cell);
            }
        }
    }
}

/// Cells of a part that lie before one of its pieces, where pieces follow each other in C order of their grid.
fn before(part: &Region, piece: &Region) -> u64 {
    let mut cells = 0;
    for d in 0..part.0.len() {
        let own: usize = piece.0[..d].iter().map(|s| s.len).product();
        let beyond: usize = part.0[d + 1..].iter().map(|s| s.len).product();
        cells += (own * (piece.0[d].start - part.0[d].start) * beyond) as u64;
    }
    cells
}

fn failed(what: &str, e: &io::Error) -> Error {
    let error = Error::new(ErrorKind::Io, format!("cannot {what}: {e}"));
    match e.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            error.hint("free some space, choose another disk, or give more --memory")
        }
        _ => error,
    }
}

fn read_into(file: &File, data: &mut Data, at: u64) -> io::Result<()> {
    crate::with_data!(data, v => read_exact_at(file, bytemuck::cast_slice_mut(v), at), _t => Ok(()))
}

#[cfg(unix)]
fn write_all_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(unix)]
fn read_exact_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at)
}

#[cfg(windows)]
fn write_all_at(file: &File, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let n = std::os::windows::fs::FileExt::seek_write(file, bytes, at)?;
        bytes = bytes.get(n..).unwrap_or_default();
        at += n as u64;
    }
    Ok(())
}

#[cfg(windows)]
fn read_exact_at(file: &File, bytes: &mut [u8], mut at: u64) -> io::Result<()> {
    let mut done = 0;
    while let Some(rest) = bytes.get_mut(done..).filter(|r| !r.is_empty()) {
        let n = std::os::windows::fs::FileExt::seek_read(file, rest, at)?;
        if n == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        done += n;
        at += n as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{append, before};
    use crate::model::{Region, Span};

    #[test]
    fn cells_are_appended_in_order() {
        let cells: Vec<u8> = (0..24).flat_map(|i| [i, 100 + i]).collect();
        let mut out = Vec::new();
        let spans = [Span::new(1, 1), Span::new(0, 2), Span::new(2, 2)];
        append(&mut out, &cells, &[2, 3, 4], &spans, 2);
        assert_eq!(out, [14, 114, 15, 115, 18, 118, 19, 119]);
        append(&mut out, &[7, 8], &[], &[], 2);
        assert_eq!(out[8..], [7, 8]);
    }

    #[test]
    fn pieces_of_a_part_follow_each_other() {
        let part = Region(vec![Span::new(4, 3), Span::new(0, 10), Span::new(5, 7)]);
        let shape = [20, 10, 20];
        for unit in [[2, 3, 4], [20, 10, 20], [1, 1, 1], [5, 10, 3]] {
            let mut at = 0;
            for unit in part.chunks(&unit, &shape) {
                let common = unit.intersect(&part);
                let Some(common) = common else { continue };
                assert_eq!(before(&part, &common), at, "{unit:?}");
                at += common.cells() as u64;
            }
            assert_eq!(at, part.cells() as u64);
        }
    }
}
