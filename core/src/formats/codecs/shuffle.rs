//! Shuffle: the bytes of elements sorted by their place in the element. Trailing bytes that fill no element stay.

/// Puts the bytes of elements of `size` bytes back together. Both buffers have one length.
pub(super) fn undo(size: usize, from: &[u8], to: &mut [u8]) {
    match size {
        0 | 1 => to.copy_from_slice(from),
        2 => fixed::<2>(from, to),
        4 => fixed::<4>(from, to),
        8 => fixed::<8>(from, to),
        n => any(n, from, to),
    }
}

/// For sizes known when compiling, the inner loop has no index to check and is vectorised.
fn fixed<const N: usize>(from: &[u8], to: &mut [u8]) {
    let count = from.len() / N;
    let (planes, rest) = from.split_at(count * N);
    let (elements, tail) = to.split_at_mut(count * N);
    tail.copy_from_slice(rest);
    let (elements, _) = elements.as_chunks_mut::<N>();
    for (place, plane) in planes.chunks_exact(count.max(1)).enumerate() {
        for (element, &byte) in elements.iter_mut().zip(plane) {
            if let Some(to) = element.get_mut(place) {
                *to = byte;
            }
        }
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
