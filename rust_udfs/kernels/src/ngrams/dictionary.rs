//! Numbers for n-grams, in the order in which they are first seen.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::ops::Range;

use crate::term::{Folding, SHORT, Term, head};

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
        let short = self.short.into_iter().map(|(head, known)| (Term::short(head), known.number));
        let known = &self.known;
        let long = self.long.into_iter().map(|(gram, at)| (Term::long(&gram), known[at].number));
        let mut terms: Vec<_> = short.chain(long).collect();
        terms.sort_unstable();
        terms
    }
}
