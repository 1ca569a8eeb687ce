//! Damage for tests of parsers: small changes to sound inputs, the same on every run.

use std::time::{Duration, Instant};

/// No parser of a few hundred bytes may take longer.
const LONGEST: Duration = Duration::from_secs(2);

/// Hands `count` damaged forms of the seeds to a parser, which must come back soon; whether it takes them is its affair.
pub(crate) fn feed(seeds: &[&[u8]], count: u64, parse: impl Fn(&[u8])) {
    for i in 0..count {
        let mut random = Random(i.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(1));
        let mut bytes = random.pick(seeds).to_vec();
        for _ in 0..=random.below(4) {
            random.change(&mut bytes, seeds);
        }
        let started = Instant::now();
        parse(&bytes);
        let took = started.elapsed();
        assert!(took < LONGEST, "{took:?} for {}", bytes.escape_ascii());
    }
}

/// As [`feed`], with text: what is no longer UTF-8 is patched.
pub(crate) fn feed_text(seeds: &[&str], count: u64, parse: impl Fn(&str)) {
    let seeds: Vec<&[u8]> = seeds.iter().map(|s| s.as_bytes()).collect();
    feed(&seeds, count, |bytes| parse(&String::from_utf8_lossy(bytes)));
}

/// Knuth's MMIX generator.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % n.max(1)
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// One change: a bit, a byte, a word, a digit, a cut, a repetition, a piece of another seed.
    fn change(&mut self, bytes: &mut Vec<u8>, seeds: &[&[u8]]) {
        let at = self.below(bytes.len());
        let end = (at + 1 + self.below(8)).min(bytes.len());
        match self.below(8) {
            0 => bytes.iter_mut().skip(at).take(1).for_each(|b| *b ^= 1 << (at % 8)),
            1 => {
                let value = self.pick(&[0x00, 0xFF, 0x7F, 0x80, b'0', b'9', b'-', b'"', b' ', b'\n']);
                bytes.iter_mut().skip(at).take(1).for_each(|b| *b = value);
            }
            2 => {
                let value = self.pick(&[0x00, 0xFF, 0x7F]);
                let word = at / 4 * 4;
                bytes.iter_mut().skip(word).take(4).for_each(|b| *b = value);
            }
            3 => {
                let number: &[u8] = self.pick(&[b"0", b"-1", b"1e999", b"99999999999999999999", b"2147483648", b"nan"]);
                let digits = bytes.iter().skip(at).position(u8::is_ascii_digit).map_or(at, |i| at + i);
                let after = bytes.iter().skip(digits).take_while(|b| b.is_ascii_digit()).count();
                bytes.splice(digits.min(bytes.len())..(digits + after).min(bytes.len()), number.iter().copied());
            }
            4 => bytes.truncate(at),
            5 => drop(bytes.drain(at..end)),
            6 => {
                let piece: Vec<u8> = bytes.iter().skip(at).take(end - at).copied().collect();
                bytes.splice(at..at, piece);
            }
            _ => {
                let other = self.pick(seeds);
                let from = self.below(other.len());
                let len = self.below(12);
                bytes.splice(at..at, other.iter().skip(from).take(len).copied());
            }
        }
    }
}
