//! Parts of what is put together of pieces (many files as one): they follow the pieces, so that no chunk is decoded for two.

use super::plan::{cut, grain};
use super::whole::Whole;
use crate::model::{Region, Result, Span};
use crate::plan::{Node, NodeKind};
use std::sync::Arc;

/// Cuts `region` of a node into parts of about `target` bytes of work along its own chunks, in C order along the
/// dimension of the seams.
///
/// # Errors
/// As [`cut`].
pub(super) fn parts(node: &Arc<Node>, region: &Region, target: u64, room: u64, whole: &Whole) -> Result<Vec<Region>> {
    let unit = &node.meta().chunks;
    let Some((dim, starts)) = seams(node).filter(|_| !region.is_empty()) else {
        return cut(node, region, unit, target, room, whole);
    };
    let step = grain(node, region, unit, target, room, whole)?;
    let (Some(&along), Some(&span)) = (step.get(dim), region.0.get(dim)) else {
        return cut(node, region, unit, target, room, whole);
    };
    let mut unit = step;
    unit[dim] = node.meta().shape[dim].max(1);
    let mut parts = Vec::new();
    for span in spans(span, &starts, along) {
        let mut slab = region.clone();
        slab.0[dim] = span;
        parts.extend(slab.chunks(&unit, &node.meta().shape).filter_map(|c| c.intersect(&slab)));
    }
    Ok(parts)
}

/// The dimension and the beginnings of the pieces of a source, seen through what works cell by cell.
fn seams(node: &Arc<Node>) -> Option<(usize, Vec<usize>)> {
    match node.kind() {
        NodeKind::Literal(_) => None,
        NodeKind::Source { source, path } => source.seams(path).filter(|(_, starts)| starts.len() > 1),
        NodeKind::Op(op) => {
            let metas: Vec<_> = node.inputs().iter().map(|n| n.meta()).collect();
            let of = |(i, input): (usize, &Arc<Node>)| {
                let (dim, starts) = seams(input).filter(|_| input.meta().dims == node.meta().dims)?;
                // One position in the middle needs just itself where cells are on their own.
                let mut middle = Region::all(&node.meta().shape);
                *middle.0.get_mut(dim)? = Span::new(*starts.get(starts.len() / 2)?, 1);
                (op.needs(&middle, &metas).get(i) == Some(&middle)).then_some((dim, starts))
            };
            node.inputs().iter().enumerate().find_map(of)
        }
    }
}

/// Cuts a span into lengths of at most `step`: long pieces from their beginnings on, short ones gathered.
fn spans(span: Span, starts: &[usize], step: usize) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut open = false;
    let ends = starts.iter().skip(1).copied().chain([usize::MAX]);
    for (&start, end) in starts.iter().zip(ends) {
        let piece = Span::new(start, end - start).intersect(span);
        if piece.len == 0 {
            continue;
        }
        match spans.last_mut().filter(|last| open && last.len + piece.len <= step) {
            Some(last) => last.len += piece.len,
            None if piece.len < step => {
                spans.push(piece);
                open = true;
            }
            None => {
                let mut at = start + (piece.start - start) / step * step;
                while at < piece.end() {
                    spans.push(Span::new(at, step).intersect(piece));
                    at += step;
                }
                open = false;
            }
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::{Span, spans};

    fn cut(span: Span, starts: &[usize], step: usize) -> Vec<(usize, usize)> {
        spans(span, starts, step).iter().map(|s| (s.start, s.len)).collect()
    }

    #[test]
    fn parts_follow_the_pieces_and_short_pieces_are_gathered() {
        let starts = [0, 124, 236];
        let all = cut(Span::new(0, 360), &starts, 50);
        assert_eq!(
            all,
            [(0, 50), (50, 50), (100, 24), (124, 50), (174, 50), (224, 12), (236, 50), (286, 50), (336, 24)]
        );
        assert_eq!(cut(Span::new(110, 100), &starts, 50), [(110, 14), (124, 50), (174, 36)]);
        let days: Vec<usize> = (0..10).map(|d| d * 4).collect();
        assert_eq!(cut(Span::new(2, 36), &days, 10), [(2, 10), (12, 8), (20, 8), (28, 10)]);
        assert_eq!(cut(Span::new(0, 40), &days, 4), days.iter().map(|&d| (d, 4)).collect::<Vec<_>>());
    }
}
