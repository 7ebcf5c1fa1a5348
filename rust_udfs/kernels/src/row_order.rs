//! The order of rows by key: what makes a result independent of the order in which rows arrive.

use arrow_array::{Array, UInt64Array};

use crate::chunks::{CHUNK, Cancel, reserve};
use crate::error::{Error, require};

/// The rows in ascending order of their keys, and whether any two keys are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowOrder {
    /// Row numbers from 0: a permutation; rows of equal keys keep their order.
    pub rows: Vec<i64>,
    /// Whether two rows have the same key, so that the order hangs on the order of arrival.
    pub ties: bool,
}

type Keyed = (u64, i64);

/// The stable ascending order of n keys: n keys in, n row numbers out.
///
/// Radix sort, one pass for each byte in which any two keys differ: linear in n, and it can be stopped inside a pass,
/// which no library sort can. Needs 32 bytes a row while it runs.
///
/// # Errors
/// [`Error::Invalid`] if a key is NULL; [`Error::Memory`], [`Error::Cancelled`].
///
/// ```
/// use arrow_array::UInt64Array;
/// use stratum_kernels::{Cancel, row_order};
/// let order = row_order(&UInt64Array::from(vec![7, 3, 7]), &Cancel::default())?;
/// assert_eq!(order.rows, [1, 0, 2]);
/// assert!(order.ties);
/// # Ok::<(), stratum_kernels::Error>(())
/// ```
pub fn row_order(keys: &UInt64Array, cancel: &Cancel) -> Result<RowOrder, Error> {
    require(keys.null_count() == 0, || format!("{} keys are NULL", keys.null_count()))?;
    let mut pairs: Vec<Keyed> = reserve(keys.len())?;
    pairs.extend(keys.values().iter().copied().zip(0..));
    let mut spare = reserve(keys.len())?;
    spare.resize(keys.len(), (0, 0));
    for byte in bytes_that_differ(keys.values()) {
        scatter(&pairs, &mut spare, byte, cancel)?;
        std::mem::swap(&mut pairs, &mut spare);
    }
    drop(spare);
    let ties = pairs.windows(2).any(|two| two[0].0 == two[1].0);
    let mut rows = reserve(pairs.len())?;
    rows.extend(pairs.into_iter().map(|(_, row)| row));
    Ok(RowOrder { rows, ties })
}

/// The bytes, lowest first, in which some key is not as the first one; the others need no pass.
fn bytes_that_differ(keys: &[u64]) -> impl Iterator<Item = u32> + use<> {
    let first = keys.first().copied().unwrap_or(0);
    let differs = keys.iter().fold(0, |bits, key| bits | (key ^ first));
    (0..8).filter(move |&byte| digit(differs, byte) != 0)
}

/// Byte `byte` of `key`, 0 the lowest.
fn digit(key: u64, byte: u32) -> usize {
    usize::from(key.to_le_bytes()[byte as usize])
}

/// `from` into `to`, ordered by one byte, equal bytes in their old order.
fn scatter(from: &[Keyed], to: &mut [Keyed], byte: u32, cancel: &Cancel) -> Result<(), Error> {
    let mut next = first_places(from, byte);
    for chunk in from.chunks(CHUNK) {
        cancel.check()?;
        for &pair in chunk {
            let place = &mut next[digit(pair.0, byte)];
            to[*place] = pair;
            *place += 1;
        }
    }
    Ok(())
}

/// Where the first pair with each value of the byte goes.
fn first_places(pairs: &[Keyed], byte: u32) -> [usize; 256] {
    let mut places = [0; 256];
    for &(key, _) in pairs {
        places[digit(key, byte)] += 1;
    }
    let mut before = 0;
    for place in &mut places {
        let count = std::mem::replace(place, before);
        before += count;
    }
    places
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn run(keys: Vec<u64>) -> Result<RowOrder, Error> {
        row_order(&UInt64Array::from(keys), &Cancel::default())
    }

    fn naive(keys: &[u64]) -> RowOrder {
        let mut rows: Vec<usize> = (0..keys.len()).collect();
        rows.sort_by_key(|&row| keys[row]);
        let ties = rows.windows(2).any(|two| keys[two[0]] == keys[two[1]]);
        RowOrder { rows: rows.into_iter().filter_map(|row| i64::try_from(row).ok()).collect(), ties }
    }

    proptest! {
        #[test]
        fn equals_a_stable_sort(keys in prop::collection::vec(prop_oneof![any::<u64>(), 0_u64..9], 0..200), before in 0_usize..9) {
            let before = before.min(keys.len());
            let array = UInt64Array::from(keys.clone()).slice(before, keys.len() - before);
            prop_assert_eq!(row_order(&array, &Cancel::default())?, naive(&keys[before..]));
        }

        #[test]
        fn each_byte_counts(byte in 0_u32..8, digits in prop::collection::vec(any::<u8>(), 2..50)) {
            let keys: Vec<u64> = digits.iter().map(|&digit| u64::from(digit) << (8 * byte)).collect();
            prop_assert_eq!(run(keys.clone())?, naive(&keys));
        }
    }

    #[test]
    fn long_columns_are_the_same_across_chunks() -> Result<(), Error> {
        let keys: Vec<u64> = (0..2 * CHUNK as u64 + 3).map(|row| row.wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect();
        assert_eq!(run(keys.clone())?, naive(&keys));
        Ok(())
    }

    #[test]
    fn no_row_and_one_row() -> Result<(), Error> {
        assert_eq!(run(vec![])?, RowOrder { rows: vec![], ties: false });
        assert_eq!(run(vec![9])?, RowOrder { rows: vec![0], ties: false });
        Ok(())
    }

    #[test]
    fn a_null_key_is_refused() {
        let keys = UInt64Array::from(vec![Some(1), None]);
        assert_eq!(row_order(&keys, &Cancel::default()), Err(Error::Invalid("1 keys are NULL".to_owned())));
    }

    #[test]
    fn a_cancelled_call_stops() {
        let flag = Cancel::default();
        flag.cancel();
        assert_eq!(row_order(&UInt64Array::from(vec![2, 1]), &flag), Err(Error::Cancelled));
    }
}
