//! Texts as keys: short ones are numbers, which are hashed and compared at once.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::ops::Range;

/// A text of at most this many bytes is a number by itself: nothing is allocated for it.
pub(crate) const SHORT: usize = 15;

/// A text of its own; greater ones come later in the order of code points, which is that of the bytes of UTF-8.
///
/// `head` holds the first 15 bytes, the first one highest, and how many there are, 16 for more than 15.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Term {
    head: u128,
    tail: Box<[u8]>,
}

impl Term {
    /// A text of at most [`SHORT`] bytes, by its [`head`].
    pub fn short(head: u128) -> Self {
        Self { head, tail: Box::default() }
    }

    /// A text of more.
    pub fn long(text: &[u8]) -> Self {
        Self { head: long_head(text), tail: text[SHORT..].into() }
    }

    /// Adds the bytes of the text to `bytes`.
    pub fn write(&self, bytes: &mut Vec<u8>) {
        let head = self.head.to_be_bytes();
        bytes.extend_from_slice(&head[..SHORT.min(head[SHORT].into())]);
        bytes.extend_from_slice(&self.tail);
    }
}

/// At most 15 bytes of `text` and their number.
#[inline]
pub(crate) fn head(text: &[u8], place: Range<usize>) -> u128 {
    let length = place.len();
    let mut bytes = [0; 16];
    if let Some(&sixteen) = text[place.start..].first_chunk::<16>() {
        let kept = !(u128::MAX >> (8 * length)); // what stands behind is masked out
        return u128::from_be_bytes(sixteen) & kept | length as u128;
    }
    bytes[..length].copy_from_slice(&text[place]);
    u128::from_be_bytes(bytes) | length as u128
}

/// The first bytes of a text of more than 15, and 16 for their number, which says that there are more.
pub(crate) fn long_head(text: &[u8]) -> u128 {
    head(text, 0..SHORT) + 1
}

/// A hash of `u128`: both halves, multiplied into 128 bits and folded. Its seed differs in each process, so that
/// nobody can prepare texts that all collide.
pub(crate) struct Folding(u64);

impl Default for Folding {
    fn default() -> Self {
        static SEED: std::sync::OnceLock<u64> = std::sync::OnceLock::new();
        Self(*SEED.get_or_init(|| RandomState::new().hash_one(0)))
    }
}

impl Hasher for Folding {
    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(SHORT) {
            self.write_u128(head(part, 0..part.len()));
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
