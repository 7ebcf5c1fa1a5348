//! Texts as categories: a number for each different text, in their order.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

use arrow_array::{Array, LargeStringArray};

use crate::chunks::{CHUNK, Cancel, in_order, reserve, zeros};
use crate::error::{Error, require};
use crate::pool;
use crate::term::{Folding, SHORT, head, long_head};

/// A column of texts as categories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextCodes {
    /// For each of n rows the number of its text; -1 is NULL.
    pub codes: Vec<i32>,
    /// For each different text the row where it is first, in the order of the texts (by code points).
    pub firsts: Vec<i64>,
}

/// As many different texts have no numbers any more.
const MOST_TEXTS: usize = i32::MAX as usize;

/// The different texts of n rows, sorted, and which of them each row has; NULL is none.
///
/// Each thread numbers the texts of its share of the rows, found by hashing; in what order that was is gone from the result
/// once the texts are sorted. Memory beside it: up to 128 bytes a different text of each thread.
///
/// # Errors
/// [`Error::Invalid`] for 2^31 different texts or more; [`Error::Memory`], [`Error::Cancelled`].
///
/// ```
/// use arrow_array::LargeStringArray;
/// use stratum_kernels::{Cancel, text_codes};
/// let made = text_codes(&LargeStringArray::from(vec![Some("b"), None, Some("a"), Some("b")]), &Cancel::default())?;
/// assert_eq!(made.codes, [1, -1, 0, 1]);
/// assert_eq!(made.firsts, [2, 0]);
/// # Ok::<(), stratum_kernels::Error>(())
/// ```
pub fn text_codes(texts: &LargeStringArray, cancel: &Cancel) -> Result<TextCodes, Error> {
    let mut codes = zeros(texts.len())?;
    let share = texts.len().div_ceil(pool::threads()?).max(CHUNK);
    let parts = codes.chunks_mut(share).enumerate().collect();
    let found = in_order(parts, cancel, |(index, codes)| numbered(texts, index * share, codes, cancel))?;
    let (firsts, numbers) = united(texts, found, cancel)?;
    let order = sorted(texts, &firsts);
    let ranks = ranks(&order);
    let parts = codes.chunks_mut(share).zip(&numbers).collect();
    in_order(parts, cancel, |(codes, numbers): (&mut [i32], &Vec<u32>)| {
        let ranks: Vec<i32> = numbers.iter().map(|&number| ranks[number as usize]).collect();
        for code in codes.iter_mut().filter(|code| **code >= 0) {
            *code = ranks[code.cast_unsigned() as usize];
        }
        Ok(())
    })?;
    Ok(TextCodes { codes, firsts: order.into_iter().map(|number| firsts[number].cast_signed() as i64).collect() })
}

/// Numbers for texts, in the order in which they are first seen.
struct Dictionary<'a> {
    short: Table,
    long: HashMap<&'a [u8], u32, BuildHasherDefault<Folding>>,
    /// Where each text is first.
    firsts: Vec<usize>,
}

impl<'a> Dictionary<'a> {
    fn new() -> Self {
        Self { short: Table::with_room(1024), long: HashMap::default(), firsts: Vec::new() }
    }

    /// The number of the text of `row`.
    #[inline]
    fn number(&mut self, bytes: &'a [u8], place: Range<usize>, row: usize) -> u32 {
        let fresh = u32::try_from(self.firsts.len()).unwrap_or(NONE);
        let found = if place.len() <= SHORT {
            self.short.number(head(bytes, place), fresh)
        } else {
            *self.long.entry(&bytes[place]).or_insert(fresh)
        };
        if found == fresh {
            self.firsts.push(row);
        }
        found
    }
}

/// No number: a free slot.
const NONE: u32 = u32::MAX;

/// A hash table of short texts by their [`head`], with open addressing: one look-up is one multiplication and, as a rule,
/// one line of the cache.
struct Table {
    slots: Vec<(u128, u32)>,
    used: usize,
}

impl Table {
    /// `slots` is a power of 2.
    fn with_room(slots: usize) -> Self {
        Self { slots: vec![(0, NONE); slots], used: 0 }
    }

    /// The number of a text; `fresh` if it was not seen before.
    #[inline]
    fn number(&mut self, head: u128, fresh: u32) -> u32 {
        let last = self.slots.len() - 1;
        let mut at = slot(head, last);
        loop {
            let (known, number) = self.slots[at];
            if number == NONE {
                self.insert(at, head, fresh);
                return fresh;
            }
            if known == head {
                return number;
            }
            at = (at + 1) & last;
        }
    }

    fn insert(&mut self, at: usize, head: u128, number: u32) {
        self.slots[at] = (head, number);
        self.used += 1;
        if 2 * self.used > self.slots.len() {
            let old = std::mem::replace(self, Self::with_room(4 * self.slots.len()));
            for (head, number) in old.slots.into_iter().filter(|slot| slot.1 != NONE) {
                self.number(head, number);
            }
        }
    }
}

/// Where a text is looked for first.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the low bits of a hash")]
fn slot(head: u128, last: usize) -> usize {
    let mut hasher = Folding::default();
    hasher.write_u128(head);
    hasher.finish() as usize & last
}

/// Where the text of `row` is in all bytes.
#[inline]
fn place(ends: &[i64], row: usize) -> Range<usize> {
    crate::csr::place(ends[row])..crate::csr::place(ends[row + 1])
}

/// Writes the numbers of the texts of one part of the rows, which are its own, and returns the rows where each is first.
fn numbered(texts: &LargeStringArray, start: usize, codes: &mut [i32], cancel: &Cancel) -> Result<Vec<usize>, Error> {
    let (mut own, bytes, ends) = (Dictionary::new(), texts.value_data(), texts.value_offsets());
    for (at, codes) in codes.chunks_mut(CHUNK).enumerate() {
        cancel.check()?;
        for (row, code) in (start + at * CHUNK..).zip(codes) {
            *code = if texts.is_valid(row) { own.number(bytes, place(ends, row), row).cast_signed() } else { -1 };
        }
        require(own.firsts.len() < MOST_TEXTS, || "2^31 different texts are too many".to_owned())?;
    }
    Ok(own.firsts)
}

/// Where each different text is first, and for each part of the rows which of these its own are.
fn united(
    texts: &LargeStringArray,
    mut found: Vec<Vec<usize>>,
    cancel: &Cancel,
) -> Result<(Vec<usize>, Vec<Vec<u32>>), Error> {
    if found.len() == 1 {
        let own = found.swap_remove(0);
        let numbers = (0..).take(own.len()).collect();
        return Ok((own, vec![numbers]));
    }
    let (mut all, bytes, ends) = (Dictionary::new(), texts.value_data(), texts.value_offsets());
    let mut numbers = reserve(found.len())?;
    for rows in found {
        cancel.check()?;
        numbers.push(rows.iter().map(|&row| all.number(bytes, place(ends, row), row)).collect());
    }
    require(all.firsts.len() < MOST_TEXTS, || "2^31 different texts are too many".to_owned())?;
    Ok((all.firsts, numbers))
}

/// The numbers of the texts in the order of the texts.
fn sorted(texts: &LargeStringArray, firsts: &[usize]) -> Vec<usize> {
    let text = |number: usize| texts.value(firsts[number]).as_bytes();
    let key = |number: usize| {
        let own = text(number);
        (if own.len() <= SHORT { head(own, 0..own.len()) } else { long_head(own) }, number)
    };
    let mut keys: Vec<(u128, usize)> = (0..firsts.len()).map(key).collect();
    keys.sort_unstable_by(|left, right| left.0.cmp(&right.0).then_with(|| text(left.1).cmp(text(right.1))));
    keys.into_iter().map(|(_, number)| number).collect()
}

/// The place of each number in `order`.
fn ranks(order: &[usize]) -> Vec<i32> {
    let mut ranks = vec![0; order.len()];
    for (rank, &number) in (0..).zip(order) {
        ranks[number] = rank;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::pool;

    proptest! {
        #[test]
        fn equals_its_definition(texts in prop::collection::vec(prop::option::of("[aä]{0,3}|[ab\u{0}]{14,17}"), 0..60)) {
            let made = text_codes(&LargeStringArray::from(texts.clone()), &Cancel::default())?;
            let different: Vec<&String> = texts.iter().flatten().collect::<BTreeSet<_>>().into_iter().collect();
            let found: Vec<Option<&String>> = made.firsts.iter().map(|&row| texts[crate::csr::place(row)].as_ref()).collect();
            prop_assert_eq!(found, different.iter().map(|text| Some(*text)).collect::<Vec<_>>());
            for (code, text) in made.codes.iter().zip(&texts) {
                prop_assert_eq!(usize::try_from(*code).ok().map(|code| different[code]), text.as_ref());
            }
        }
    }

    #[test]
    fn the_number_of_threads_changes_nothing_and_a_slice_is_read_where_it_is() -> Result<(), Error> {
        let texts = LargeStringArray::from_iter_values((0..3 * CHUNK).map(|row| format!("{}", row * row % 1013)));
        let texts = texts.slice(1, 2 * CHUNK + 7);
        let mut answers = Vec::new();
        for count in [1, 2, 5] {
            pool::set_threads(count)?;
            answers.push(text_codes(&texts, &Cancel::default())?);
        }
        assert!(answers[0] == answers[1] && answers[0] == answers[2]);
        let word = |row: usize| texts.value(crate::csr::place(answers[0].firsts[row]));
        assert!((0..texts.len()).all(|row| texts.value(row) == word(answers[0].codes[row].cast_unsigned() as usize)));
        Ok(())
    }

    #[test]
    fn a_cancelled_call_stops() {
        let flag = Cancel::default();
        flag.cancel();
        assert_eq!(text_codes(&LargeStringArray::from(vec!["a"]), &flag), Err(Error::Cancelled));
    }
}
