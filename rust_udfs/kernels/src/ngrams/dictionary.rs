//! Numbers for n-grams, in the order in which they are first seen.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};
use std::ops::Range;

/// An n-gram of at most this many bytes is a number by itself: nothing is allocated for it.
const SHORT: usize = 15;

/// An n-gram; greater ones come later in the order of code points, which is that of the bytes of UTF-8.
///
/// `head` holds the first 15 bytes, the first one highest, and how many there are, 16 for more than 15.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Term {
    head: u128,
    tail: Box<[u8]>,
}

impl Term {
    /// Adds the bytes of the n-gram to `bytes`.
    pub fn write(&self, bytes: &mut Vec<u8>) {
        let head = self.head.to_be_bytes();
        bytes.extend_from_slice(&head[..SHORT.min(head[SHORT].into())]);
        bytes.extend_from_slice(&self.tail);
    }
}

/// What is known of an n-gram: its number, and where it was counted last. Small, as each look-up is a miss in the cache.
pub(super) struct Known {
    pub number: u32,
    /// The text it was last seen in.
    pub text: u32,
    /// Where it was counted there.
    pub at: u32,
}

/// The n-grams seen so far.
#[derive(Default)]
pub(super) struct Dictionary {
    short: HashMap<u128, Known, BuildHasherDefault<Folding>>,
    long: HashMap<Box<[u8]>, usize>,
    known: Vec<Known>,
}

impl Dictionary {
    /// The entry of the n-gram at `place` in `text`; one not seen before gets the next number.
    pub fn entry(&mut self, text: &[u8], place: Range<usize>) -> &mut Known {
        let fresh = Known { number: self.len(), text: u32::MAX, at: 0 };
        if place.len() <= SHORT {
            return self.short.entry(head(text, place)).or_insert(fresh);
        }
        let at = self.long.get(&text[place.clone()]).copied().unwrap_or_else(|| {
            self.known.push(fresh);
            self.long.insert(text[place].into(), self.known.len() - 1);
            self.known.len() - 1
        });
        &mut self.known[at]
    }

    fn len(&self) -> u32 {
        u32::try_from(self.short.len() + self.long.len()).unwrap_or(u32::MAX)
    }

    /// The n-grams in order, and the number of each.
    pub fn into_sorted(self) -> Vec<(Term, u32)> {
        let short = self.short.into_iter().map(|(head, known)| (Term { head, tail: Box::default() }, known.number));
        let known = &self.known;
        let long = self.long.into_iter().map(|(gram, at)| {
            let head = head(&gram, 0..SHORT) + 1; // 16, which says that there are more
            (Term { head, tail: gram[SHORT..].into() }, known[at].number)
        });
        let mut terms: Vec<_> = short.chain(long).collect();
        terms.sort_unstable();
        terms
    }
}

/// At most 15 bytes and their number.
fn head(text: &[u8], place: Range<usize>) -> u128 {
    let length = place.len();
    let mut bytes = [0; 16];
    if let Some(&sixteen) = text[place.start..].first_chunk::<16>() {
        let kept = !0_u128 << (8 * (16 - length)); // what stands behind the n-gram is masked out
        return u128::from_be_bytes(sixteen) & kept | length as u128;
    }
    bytes[..length].copy_from_slice(&text[place]);
    u128::from_be_bytes(bytes) | length as u128
}

/// A hash of one `u128`: both halves, multiplied into 128 bits and folded. Its seed differs in each process, so that
/// nobody can prepare texts whose n-grams all collide.
pub(super) struct Folding(u64);

impl Default for Folding {
    fn default() -> Self {
        static SEED: std::sync::OnceLock<u64> = std::sync::OnceLock::new();
        Self(*SEED.get_or_init(|| RandomState::new().hash_one(0)))
    }
}

impl Hasher for Folding {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u128(byte.into());
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "the two halves of a number")]
    fn write_u128(&mut self, value: u128) {
        let (low, high) = (value as u64 ^ self.0, (value >> 64) as u64 ^ self.0.rotate_left(32));
        let product = u128::from(low) * u128::from(high);
        self.0 = product as u64 ^ (product >> 64) as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
