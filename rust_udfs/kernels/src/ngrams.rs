//! How often each n-gram is in each text, as scikit-learn's `CountVectorizer` counts.

mod analyzer;
mod dictionary;

use std::ops::Range;

use arrow_array::{Array, LargeStringArray};
use rayon::prelude::*;

pub use crate::ngrams::analyzer::{Analyzer, CharSet, Unit};

use crate::chunks::{Cancel, in_order, reserve, zeros};
use crate::csr::{OwnedCsr, place};
use crate::error::{Error, require};
use crate::ngrams::analyzer::Pieces;
use crate::ngrams::dictionary::Dictionary;
use crate::pool;
use crate::term::Term;

/// Bytes of text of one task, which has a dictionary of its own: with fewer, the dictionaries would hold more n-grams
/// than the texts do.
const TASK: usize = 2 << 20;
/// Texts of one task between two looks at the [`Cancel`] flag.
const LOOK: usize = 1024;

/// The n-grams of some texts.
#[derive(Clone, Debug, PartialEq)]
pub struct Ngrams {
    /// t + 1 places: the i-th n-gram is `bytes[ends[i]..ends[i + 1]]`.
    pub ends: Vec<i64>,
    /// All n-grams, sorted, in UTF-8.
    pub bytes: Vec<u8>,
    /// Texts × n-grams: how often; a text's n-grams in the order in which they are first in it.
    pub counts: OwnedCsr<f64>,
}

/// The n-grams of n texts, and how often each text has them; NULL has none.
///
/// As scikit-learn's `CountVectorizer`: its analyzers, its order of the n-grams (by code points). The counts of a text
/// are in the order in which it has the n-grams, from which an order over many texts can be told ([`first_seen`]).
///
/// [`first_seen`]: crate::first_seen()
///
/// # Errors
/// [`Error::Invalid`] for a range of n that is none, or more than 2^31 n-grams; [`Error::Memory`], [`Error::Cancelled`].
///
/// ```
/// use std::collections::HashSet;
/// use arrow_array::LargeStringArray;
/// use stratum_kernels::{Analyzer, Cancel, CharSet, Unit, ngrams};
/// let texts = LargeStringArray::from(vec![Some("to be or not to be"), None]);
/// let (letters, spaces) = (CharSet::of(&[(97, 123)])?, CharSet::of(&[(32, 33)])?);
/// let words = Analyzer { unit: Unit::Word, low: 1, high: 1, letters, spaces, stop_words: HashSet::new() };
/// let found = ngrams(&texts, &words, &Cancel::default())?;
/// assert_eq!(found.bytes, b"benotorto");
/// assert_eq!(found.ends, [0, 2, 5, 7, 9]);
/// assert_eq!(found.counts.starts, [0, 4, 4]);
/// assert_eq!(found.counts.columns, [3, 0, 2, 1]); // to, be, or, not
/// assert_eq!(found.counts.values, [2.0, 2.0, 1.0, 1.0]);
/// # Ok::<(), stratum_kernels::Error>(())
/// ```
pub fn ngrams(texts: &LargeStringArray, analyzer: &Analyzer, cancel: &Cancel) -> Result<Ngrams, Error> {
    analyzer.check()?;
    let parts = in_order(tasks(texts), cancel, |rows| count(texts, rows, analyzer, cancel))?;
    let terms = union(&parts)?;
    let columns = in_order(parts.iter().map(|part| &part.terms[..]).collect(), cancel, |own| places(own, &terms))?;
    let (ends, bytes) = written(&terms)?;
    Ok(Ngrams { ends, bytes, counts: joined(&parts, columns, cancel)? })
}

/// Consecutive texts of about [`TASK`] bytes.
fn tasks(texts: &LargeStringArray) -> Vec<Range<usize>> {
    let ends = texts.value_offsets();
    let mut tasks = Vec::new();
    let mut first = 0;
    for row in 1..=texts.len() {
        if row == texts.len() || place(ends[row] - ends[first]) >= TASK {
            tasks.push(first..row);
            first = row;
        }
    }
    tasks
}

/// What one task found: its own numbers for the n-grams.
struct Part {
    /// The n-grams in order, with their numbers.
    terms: Vec<(Term, u32)>,
    /// How many different n-grams each text has.
    widths: Vec<usize>,
    /// The number of each n-gram of each text, and how often it is there.
    counted: Vec<(u32, u32)>,
}

fn count(texts: &LargeStringArray, rows: Range<usize>, analyzer: &Analyzer, cancel: &Cancel) -> Result<Part, Error> {
    let (mut dictionary, mut pieces) = (Dictionary::default(), Pieces::default());
    let mut widths = reserve(rows.len())?;
    let mut counted: Vec<(u32, u32)> = Vec::new();
    for (text, row) in (0_u32..).zip(rows) {
        if row % LOOK == 0 {
            cancel.check()?;
        }
        let (before, mut at) = (counted.len(), 0);
        if texts.is_valid(row) {
            let given = texts.value(row);
            require(fits(given, analyzer), || format!("text {row} has {} bytes, which are too many", given.len()))?;
            analyzer.each(given, &mut pieces, |letters, gram| {
                let known = dictionary.entry(letters, gram);
                if known.text == text {
                    counted[before + known.at as usize].1 += 1;
                } else {
                    (known.text, known.at) = (text, at);
                    counted.push((known.number, 1));
                    at += 1;
                }
            });
        }
        widths.push(counted.len() - before);
    }
    Ok(Part { terms: dictionary.into_sorted(), widths, counted })
}

/// Whether the n-grams of a text can be numbered in 32 bits: a word of one byte has three places where one begins.
fn fits(text: &str, analyzer: &Analyzer) -> bool {
    let sizes = analyzer.high - analyzer.low + 1;
    text.len().saturating_mul(3).saturating_mul(sizes) < u32::MAX as usize
}

/// The n-grams of all parts, each once, in order.
fn union(parts: &[Part]) -> Result<Vec<Term>, Error> {
    let mut terms = reserve(parts.iter().map(|part| part.terms.len()).sum())?;
    terms.extend(parts.iter().flat_map(|part| part.terms.iter().map(|(term, _)| term.clone())));
    if parts.len() > 1 {
        pool::run(|| terms.par_sort_unstable())?;
        terms.dedup();
    }
    require(i32::try_from(terms.len()).is_ok(), || format!("{} different n-grams are too many", terms.len()))?;
    Ok(terms)
}

/// The place in `terms` of each number of a part; both are in order.
fn places(own: &[(Term, u32)], terms: &[Term]) -> Result<Vec<i32>, Error> {
    let mut places: Vec<i32> = reserve(own.len())?;
    places.resize(own.len(), 0);
    let mut all = (0..).zip(terms);
    for (term, number) in own {
        if let Some((at, _)) = all.find(|(_, other)| *other == term) {
            places[*number as usize] = at;
        }
    }
    Ok(places)
}

fn written(terms: &[Term]) -> Result<(Vec<i64>, Vec<u8>), Error> {
    let (mut ends, mut bytes) = (reserve(terms.len() + 1)?, Vec::new());
    ends.push(0);
    for term in terms {
        term.write(&mut bytes);
        ends.push(length(bytes.len())?);
    }
    Ok((ends, bytes))
}

/// The counts of all parts, `columns` in place of each part's own numbers.
fn joined(parts: &[Part], columns: Vec<Vec<i32>>, cancel: &Cancel) -> Result<OwnedCsr<f64>, Error> {
    let stored = parts.iter().map(|part| part.counted.len()).sum();
    let mut made = OwnedCsr { starts: starts(parts)?, columns: zeros(stored)?, values: zeros(stored)? };
    let (mut rest, mut values) = (made.columns.as_mut_slice(), made.values.as_mut_slice());
    let mut tasks = Vec::new();
    for (part, places) in parts.iter().zip(columns) {
        let (own_columns, own_values);
        (own_columns, rest) = rest.split_at_mut(part.counted.len());
        (own_values, values) = values.split_at_mut(part.counted.len());
        tasks.push((part, places, own_columns, own_values));
    }
    in_order(tasks, cancel, |(part, places, columns, values)| {
        for ((&(number, count), column), value) in part.counted.iter().zip(columns).zip(values) {
            (*column, *value) = (places[number as usize], count.into());
        }
        Ok(())
    })?;
    Ok(made)
}

fn starts(parts: &[Part]) -> Result<Vec<i64>, Error> {
    let (mut starts, mut end) = (reserve(1 + parts.iter().map(|part| part.widths.len()).sum::<usize>())?, 0);
    starts.push(0);
    for &width in parts.iter().flat_map(|part| &part.widths) {
        end += length(width)?;
        starts.push(end);
    }
    Ok(starts)
}

fn length(count: usize) -> Result<i64, Error> {
    i64::try_from(count).map_err(|_| Error::Memory(count))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashSet};

    use proptest::prelude::*;

    use super::*;

    fn analyzer(unit: Unit, low: usize, high: usize) -> Result<Analyzer, Error> {
        let (letters, spaces) = (CharSet::of(&[(97, 123), (0x1_F600, 0x1_F610)])?, CharSet::of(&[(9, 14), (32, 33)])?);
        Ok(Analyzer { unit, low, high, letters, spaces, stop_words: HashSet::from(["it".to_owned()]) })
    }

    /// Each text's n-grams and how often it has them, in order.
    fn found(texts: &[&str], analyzer: &Analyzer) -> Result<Vec<Vec<(String, u32)>>, Error> {
        let made = ngrams(&LargeStringArray::from(texts.to_vec()), analyzer, &Cancel::default())?;
        let name = |column: i32| {
            let column = column.cast_unsigned() as usize;
            let bytes = &made.bytes[place(made.ends[column])..place(made.ends[column + 1])];
            String::from_utf8_lossy(bytes).into_owned()
        };
        let row = |ends: &[i64]| {
            let own = place(ends[0])..place(ends[1]);
            let counts = made.counts.values[own.clone()].iter();
            let pairs = made.counts.columns[own].iter().zip(counts);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small whole numbers")]
            pairs.map(|(&column, &count)| (name(column), count as u32)).collect()
        };
        Ok(made.counts.starts.windows(2).map(row).collect())
    }

    fn named(pairs: &[(&str, u32)]) -> Vec<(String, u32)> {
        pairs.iter().map(|&(name, count)| (name.to_owned(), count)).collect()
    }

    #[test]
    fn words_characters_and_characters_of_words() -> Result<(), Error> {
        let words = found(&["as it is a as"], &analyzer(Unit::Word, 1, 2)?)?;
        assert_eq!(words, [named(&[("as", 2), ("is", 1), ("as is", 1), ("is as", 1)])]);
        let characters = found(&["a \tb", " "], &analyzer(Unit::Char, 1, 2)?)?;
        assert_eq!(characters, [named(&[("a", 1), (" ", 1), ("b", 1), ("a ", 1), (" b", 1)]), named(&[(" ", 1)])]);
        let of_words = found(&["ab c"], &analyzer(Unit::CharWb, 3, 5)?)?;
        assert_eq!(of_words, [named(&[(" ab", 1), ("ab ", 1), (" ab ", 1), (" c ", 1)])]);
        Ok(())
    }

    proptest! {
        #[test]
        fn characters_are_windows_of_a_text(texts in prop::collection::vec("[a-c😀\u{0}é]{0,24}", 1..6), n in 1_usize..20) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let found = found(&texts, &analyzer(Unit::Char, n, n)?)?;
            for (text, found) in texts.iter().zip(found) {
                let mut expected = BTreeMap::new();
                let letters: Vec<char> = text.chars().collect();
                for gram in letters.windows(n) {
                    *expected.entry(gram.iter().collect::<String>()).or_insert(0) += 1;
                }
                prop_assert_eq!(found.into_iter().collect::<BTreeMap<_, _>>(), expected);
            }
        }
    }

    #[test]
    fn wrong_ranges_are_refused() -> Result<(), Error> {
        for (low, high) in [(0, 1), (2, 1)] {
            let refused =
                ngrams(&LargeStringArray::from(vec!["a"]), &analyzer(Unit::Char, low, high)?, &Cancel::default());
            assert!(matches!(refused, Err(Error::Invalid(_))), "{low} to {high}");
        }
        for range in [(3, 2), (0, 0x11_0001)] {
            assert!(matches!(CharSet::of(&[range]), Err(Error::Invalid(_))), "{range:?}");
        }
        Ok(())
    }

    #[test]
    fn a_cancelled_call_stops() -> Result<(), Error> {
        let flag = Cancel::default();
        flag.cancel();
        let stopped = ngrams(&LargeStringArray::from(vec!["a"]), &analyzer(Unit::Char, 1, 1)?, &flag);
        assert_eq!(stopped, Err(Error::Cancelled));
        Ok(())
    }
}
