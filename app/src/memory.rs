//! The program's allocator on Linux: large blocks that are let go of serve the next.
//!
//! Decoded chunks come and go by tens of megabytes. The system's allocator maps and unmaps each, so that every page of
//! 4 KiB faults anew and every other core is told: up to a third of the time of a written anomaly went there. Smaller
//! blocks are the system's. (Huge pages fault even less, but were slower in all: 2 MiB at a time must be cleared.)

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};

/// Large blocks are as long as several of these, so that few lengths are met.
const PAGE: usize = 64 << 10;
/// Smaller blocks are the system's.
const LARGE: usize = 1 << 20;
/// What the system aligns blocks to, at least.
const ALIGN: usize = 4 << 10;
/// Places for blocks let go of.
const PLACES: usize = 64;

/// Bytes kept at most.
static KEPT: AtomicUsize = AtomicUsize::new(64 << 20);
static SHELF: Mutex<Shelf> = Mutex::new(Shelf { places: [(0, 0); PLACES], used: 0, bytes: 0 });

/// Of a memory budget, how much the blocks let go of may take before they go back to the system.
pub(crate) fn keep_within(budget: u64) {
    KEPT.store(usize::try_from(budget / 8).unwrap_or(usize::MAX).min(256 << 20), Ordering::Relaxed);
}

/// Blocks let go of, by address; neighbours are joined.
struct Shelf {
    /// Address and length.
    places: [(usize, usize); PLACES],
    used: usize,
    bytes: usize,
}

impl Shelf {
    fn lock() -> MutexGuard<'static, Self> {
        SHELF.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The smallest that is long enough, cut to length.
    fn take(&mut self, len: usize) -> Option<usize> {
        let places = self.places.get_mut(..self.used)?;
        let (at, place) = places.iter_mut().enumerate().filter(|(_, p)| p.1 >= len).min_by_key(|(_, p)| p.1)?;
        let start = place.0;
        *place = (start + len, place.1 - len);
        if place.1 == 0 {
            self.remove(at);
        }
        self.bytes -= len;
        Some(start)
    }

    /// Whether it was taken in.
    fn put(&mut self, start: usize, len: usize) -> bool {
        if self.bytes + len > KEPT.load(Ordering::Relaxed) {
            return false;
        }
        let at = self.places.iter().take(self.used).position(|p| p.0 > start).unwrap_or(self.used);
        let below = at.checked_sub(1).filter(|&b| self.places.get(b).is_some_and(|p| p.0 + p.1 == start));
        let above = self.places.get(at).is_some_and(|p| at < self.used && p.0 == start + len);
        match (below.and_then(|b| self.places.get(b).copied()), above) {
            (Some((first, length)), true) => {
                let more = self.places.get(at).map_or(0, |p| p.1);
                self.remove(at);
                self.set(at - 1, (first, length + len + more));
            }
            (Some((first, length)), false) => self.set(at - 1, (first, length + len)),
            (None, true) => {
                let more = self.places.get(at).map_or(0, |p| p.1);
                self.set(at, (start, len + more));
            }
            (None, false) => {
                if self.used == PLACES {
                    return false;
                }
                self.places.copy_within(at..self.used, at + 1);
                self.used += 1;
                self.set(at, (start, len));
            }
        }
        self.bytes += len;
        true
    }

    fn set(&mut self, at: usize, place: (usize, usize)) {
        if let Some(p) = self.places.get_mut(at) {
            *p = place;
        }
    }

    fn remove(&mut self, at: usize) {
        self.places.copy_within(at + 1..self.used, at);
        self.used -= 1;
    }
}

/// Large blocks from here, all others from the system.
#[derive(Debug)]
pub struct Blocks;

/// Bytes that a large block takes.
fn pages(layout: Layout) -> Option<usize> {
    let large = layout.size() >= LARGE && layout.align() <= ALIGN;
    if large { layout.size().checked_next_multiple_of(PAGE) } else { None }
}

/// A block of whole pages, and whether it is new: then it is zero.
fn large(len: usize) -> (*mut u8, bool) {
    if let Some(start) = Shelf::lock().take(len) {
        return (std::ptr::with_exposed_provenance_mut(start), false);
    }
    let mapped = map(len).unwrap_or(null_mut());
    // Its address comes back as a number when it is let go of.
    mapped.expose_provenance();
    (mapped, true)
}

#[expect(unsafe_code, reason = "the system gives and takes memory")]
fn map(len: usize) -> Option<*mut u8> {
    // SAFETY: no address is asked for, so that nothing is replaced.
    let mapped = unsafe { mmap_anonymous(null_mut(), len, ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE) };
    mapped.ok().map(<*mut _>::cast)
}

#[expect(unsafe_code, reason = "the system gives and takes memory")]
fn unmap(start: usize, len: usize) {
    // SAFETY: callers give ranges that they mapped and nobody uses any more. What cannot be unmapped stays.
    let _stays: rustix::io::Result<()> = unsafe { munmap(std::ptr::with_exposed_provenance_mut(start), len) };
}

fn let_go(start: usize, len: usize) {
    let taken = Shelf::lock().put(start, len);
    if !taken {
        unmap(start, len);
    }
}

#[expect(unsafe_code, reason = "an allocator is unsafe by its nature")]
// SAFETY: large blocks are ranges of whole mapped pages that belong to one block at a time: the shelf gives each away
// once, and takes it back when it is let go of. Which blocks are large depends on their layout alone.
unsafe impl GlobalAlloc for Blocks {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match pages(layout) {
            Some(len) => large(len).0,
            // SAFETY: as the caller promised.
            None => unsafe { System.alloc(layout) },
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let Some(len) = pages(layout) else {
            // SAFETY: as the caller promised.
            return unsafe { System.alloc_zeroed(layout) };
        };
        let (block, new) = large(len);
        if !new && !block.is_null() {
            // SAFETY: the block is at least that long.
            unsafe { block.write_bytes(0, layout.size()) };
        }
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        match pages(layout) {
            Some(len) => let_go(block.expose_provenance(), len),
            // SAFETY: as the caller promised.
            None => unsafe { System.dealloc(block, layout) },
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let Ok(wanted) = Layout::from_size_align(size, layout.align()) else { return null_mut() };
        match (pages(layout), pages(wanted)) {
            // SAFETY: as the caller promised.
            (None, None) => unsafe { System.realloc(block, layout, size) },
            (held, needed) if held == needed => block,
            // SAFETY: both blocks are as long as their layouts say, and distinct.
            _ => unsafe {
                let moved = self.alloc(wanted);
                if !moved.is_null() {
                    block.copy_to_nonoverlapping(moved, layout.size().min(size));
                    self.dealloc(block, layout);
                }
                moved
            },
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, unsafe_code, reason = "tests fail by panicking")]
mod tests {
    use super::{Blocks, LARGE, PAGE, PLACES, Shelf};
    use std::alloc::{GlobalAlloc, Layout};

    fn shelf() -> Shelf {
        Shelf { places: [(0, 0); PLACES], used: 0, bytes: 0 }
    }

    #[test]
    fn neighbours_are_joined_and_the_best_fit_is_cut() {
        let mut shelf = shelf();
        for at in [8, 2, 5] {
            assert!(shelf.put(at * PAGE, PAGE));
        }
        assert_eq!(shelf.used, 3);
        assert!(shelf.put(3 * PAGE, 2 * PAGE), "joins both of its neighbours");
        assert_eq!(shelf.places[..2], [(2 * PAGE, 4 * PAGE), (8 * PAGE, PAGE)]);
        assert!(shelf.put(7 * PAGE, PAGE) && shelf.put(9 * PAGE, PAGE));
        assert_eq!((shelf.used, shelf.places[1], shelf.bytes), (2, (7 * PAGE, 3 * PAGE), 7 * PAGE));
        assert_eq!(shelf.take(2 * PAGE), Some(7 * PAGE));
        assert_eq!(shelf.take(4 * PAGE), Some(2 * PAGE));
        assert_eq!(shelf.take(2 * PAGE), None);
        assert_eq!(shelf.take(PAGE), Some(9 * PAGE));
        assert_eq!((shelf.used, shelf.bytes), (0, 0));
    }

    #[test]
    fn a_full_shelf_takes_nothing_in() {
        let mut shelf = shelf();
        assert!(!shelf.put(0, usize::MAX / 2), "more than is kept");
        let taken = (0..2 * PLACES).filter(|at| shelf.put(2 * at, 1)).count();
        assert_eq!((taken, shelf.used), (PLACES, PLACES));
        assert!(shelf.put(1, 1), "a neighbour takes no place");
    }

    #[test]
    fn blocks_keep_what_is_in_them_as_they_grow_and_shrink() {
        let layout = |size| Layout::from_size_align(size, 64).unwrap();
        let sizes = [100, LARGE - 1, LARGE, LARGE + 1, 3 * LARGE, LARGE + 7, 6, 9 * PAGE];
        let work = || {
            for round in 0..20_u8 {
                // SAFETY: each block is used within its layout and let go of once.
                unsafe {
                    let mut held = layout(sizes[0]);
                    let mut block = Blocks.alloc_zeroed(held);
                    assert!((0..held.size()).all(|i| block.add(i).read() == 0));
                    block.write_bytes(round, 5);
                    for size in sizes {
                        block = Blocks.realloc(block, held, size);
                        held = layout(size);
                        assert!((0..5).all(|i| block.add(i).read() == round), "{size}");
                        block.add(size - 1).write(round.wrapping_add(1));
                    }
                    Blocks.dealloc(block, held);
                    let zeroed = Blocks.alloc_zeroed(layout(2 * LARGE));
                    assert!((0..2 * LARGE).step_by(512).all(|i| zeroed.add(i).read() == 0));
                    zeroed.write_bytes(1, 2 * LARGE);
                    Blocks.dealloc(zeroed, layout(2 * LARGE));
                }
            }
        };
        std::thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(work))));
    }
}
