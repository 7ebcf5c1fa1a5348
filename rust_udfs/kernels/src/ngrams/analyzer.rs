//! What is counted of a text: words or characters, as scikit-learn's analyzers take it apart.

use std::collections::HashSet;
use std::ops::Range;

use crate::error::{Error, require};

const CODE_POINTS: usize = 0x11_0000;
/// Zeros behind a text, so that 16 bytes can be read at each of its n-grams.
const BEHIND: [u8; 16] = [0; 16];

/// A set of characters, for which a caller's own Unicode tables decide.
#[derive(Clone, Debug)]
pub struct CharSet(Vec<u64>);

impl CharSet {
    /// The characters of some ranges of code points, each from its first to before its end.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a range that is no range of code points.
    pub fn of(ranges: &[(u32, u32)]) -> Result<Self, Error> {
        let mut bits = vec![0; CODE_POINTS / 64];
        for &(first, end) in ranges {
            require(first <= end && end as usize <= CODE_POINTS, || format!("{first} to {end} are no code points"))?;
            for point in first as usize..end as usize {
                bits[point / 64] |= 1 << (point % 64);
            }
        }
        Ok(Self(bits))
    }

    fn has(&self, letter: char) -> bool {
        let point = letter as usize;
        self.0[point / 64] >> (point % 64) & 1 == 1
    }
}

/// What an n-gram is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Words of two or more letters, joined by a space.
    Word,
    /// Characters; several characters of white space count as one space.
    Char,
    /// Characters of one word and the space on each side of it.
    CharWb,
}

/// How a text is taken apart: scikit-learn's `analyzer` and `ngram_range`, `token_pattern` as it is by default.
#[derive(Clone, Debug)]
pub struct Analyzer {
    /// What an n-gram is made of.
    pub unit: Unit,
    /// The fewest of them in an n-gram, 1 or more.
    pub low: usize,
    /// The most of them in an n-gram.
    pub high: usize,
    /// The characters that words are made of: `\w` of Python's `re`.
    pub letters: CharSet,
    /// The characters that count as white space: `\s` of Python's `re`.
    pub spaces: CharSet,
    /// Words that are left out; only where `unit` is [`Unit::Word`].
    pub stop_words: HashSet<String>,
}

/// A text made ready: every n-gram is a piece of `text`. Kept from one text to the next for its memory.
#[derive(Default)]
pub(super) struct Pieces {
    /// The words or characters that count, with the spaces between them, and [`BEHIND`].
    pub text: Vec<u8>,
    /// Where the units begin and end in `text`.
    units: Vec<Range<usize>>,
    /// The units that n-grams may be made of together.
    words: Vec<Range<usize>>,
}

impl Analyzer {
    /// # Errors
    /// [`Error::Invalid`] for a range of n that is none.
    pub(super) fn check(&self) -> Result<(), Error> {
        require(1 <= self.low && self.low <= self.high, || format!("n-grams of {} to {}", self.low, self.high))
    }

    /// `emit` is called with the place in `pieces.text` of every n-gram of `text`, in scikit-learn's order.
    pub(super) fn each(&self, text: &str, pieces: &mut Pieces, mut emit: impl FnMut(&[u8], Range<usize>)) {
        pieces.text.clear();
        pieces.units.clear();
        pieces.words.clear();
        match self.unit {
            Unit::Word => self.find_words(text, pieces),
            Unit::Char => self.find_characters(text, pieces),
            Unit::CharWb => self.find_characters_of_words(text, pieces),
        }
        pieces.text.extend(BEHIND);
        for word in &pieces.words {
            let units = &pieces.units[word.clone()];
            for n in self.low..=self.high.min(units.len().max(self.low)) {
                if n <= units.len() {
                    for gram in units.windows(n) {
                        emit(&pieces.text, gram[0].start..gram[n - 1].end);
                    }
                } else if self.unit == Unit::CharWb {
                    emit(&pieces.text, units[0].start..units[units.len() - 1].end); // a short word counts as a whole
                }
            }
        }
    }

    fn find_words(&self, text: &str, pieces: &mut Pieces) {
        let apart = |letter: char| !self.letters.has(letter);
        for word in text.split(apart).filter(|word| word.chars().nth(1).is_some()) {
            if self.stop_words.contains(word) {
                continue;
            }
            if !pieces.text.is_empty() {
                pieces.text.push(b' ');
            }
            let start = pieces.text.len();
            pieces.text.extend_from_slice(word.as_bytes());
            pieces.units.push(start..pieces.text.len());
        }
        pieces.words.push(0..pieces.units.len());
    }

    fn find_characters(&self, text: &str, pieces: &mut Pieces) {
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            if self.spaces.has(letter) && letters.next_if(|&next| self.spaces.has(next)).is_some() {
                while letters.next_if(|&next| self.spaces.has(next)).is_some() {}
                pieces.push(' ');
            } else {
                pieces.push(letter);
            }
        }
        pieces.words.push(0..pieces.units.len());
    }

    fn find_characters_of_words(&self, text: &str, pieces: &mut Pieces) {
        for word in text.split(|letter| self.spaces.has(letter)).filter(|word| !word.is_empty()) {
            let first = pieces.units.len();
            pieces.push(' ');
            word.chars().for_each(|letter| pieces.push(letter));
            pieces.push(' ');
            pieces.words.push(first..pieces.units.len());
        }
    }
}

impl Pieces {
    fn push(&mut self, letter: char) {
        let start = self.text.len();
        self.text.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
        self.units.push(start..self.text.len());
    }
}
