//! The order of rows by their keys: what makes a result independent of the order in which rows arrive.

use arrow_array::{Array, UInt64Array};
use rayon::prelude::*;

use crate::chunks::{Cancel, reserve};
use crate::error::{Error, require};
use crate::pool;

type Keyed = (u64, usize);

/// The ascending order of n rows by their first key, rows equal in it by the second, and so on; rows equal in all keys
/// keep their order. Row numbers from 0, a permutation.
///
/// Sorted in place by one key at a time, so that the others are only looked up where rows tie: 24 bytes a row. Row
/// numbers are part of what is compared, so that the order does not depend on the number of threads.
///
/// # Errors
/// [`Error::Invalid`] if there is no key, a key is NULL, or keys differ in length; [`Error::Memory`],
/// [`Error::Cancelled`].
///
/// ```
/// use arrow_array::UInt64Array;
/// use stratum_kernels::{Cancel, row_order};
/// let keys = [UInt64Array::from(vec![7, 3, 7]), UInt64Array::from(vec![2, 9, 1])];
/// assert_eq!(row_order(&keys[..1], &Cancel::default())?, [1, 0, 2]);
/// assert_eq!(row_order(&keys, &Cancel::default())?, [1, 2, 0]);
/// # Ok::<(), stratum_kernels::Error>(())
/// ```
pub fn row_order(keys: &[UInt64Array], cancel: &Cancel) -> Result<Vec<i64>, Error> {
    let (first, further) = keys.split_first().ok_or_else(|| Error::Invalid("there is no key".to_owned()))?;
    for key in keys {
        require(key.null_count() == 0, || format!("{} keys are NULL", key.null_count()))?;
        require(key.len() == first.len(), || format!("{} keys beside {} keys", key.len(), first.len()))?;
    }
    let mut rows: Vec<Keyed> = reserve(first.len())?;
    rows.extend(first.values().iter().copied().zip(0..));
    pool::run(|| sort(&mut rows, further, cancel))??;
    let mut order = reserve(rows.len())?;
    order.extend(rows.into_iter().map(|(_, row)| i64::try_from(row).unwrap_or(i64::MAX)));
    Ok(order)
}

/// Sort by the key at hand, then those that tie by the further keys.
fn sort(rows: &mut [Keyed], further: &[UInt64Array], cancel: &Cancel) -> Result<(), Error> {
    cancel.check()?;
    rows.par_sort_unstable();
    let Some((next, further)) = further.split_first() else { return Ok(()) };
    rows.par_chunk_by_mut(|one, other| one.0 == other.0).filter(|tied| tied.len() > 1).try_for_each(|tied| {
        for (key, row) in &mut *tied {
            *key = next.values()[*row];
        }
        sort(tied, further, cancel)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::chunks::CHUNK;

    fn run(keys: &[Vec<u64>]) -> Result<Vec<i64>, Error> {
        let keys: Vec<UInt64Array> = keys.iter().map(|key| UInt64Array::from(key.clone())).collect();
        row_order(&keys, &Cancel::default())
    }

    fn naive(keys: &[Vec<u64>]) -> Vec<i64> {
        let mut rows: Vec<usize> = (0..keys[0].len()).collect();
        rows.sort_by_key(|&row| keys.iter().map(|key| key[row]).collect::<Vec<u64>>());
        rows.into_iter().filter_map(|row| i64::try_from(row).ok()).collect()
    }

    fn key() -> impl Strategy<Value = u64> {
        prop_oneof![any::<u64>(), 0_u64..3]
    }

    proptest! {
        #[test]
        fn equals_a_stable_sort(rows in prop::collection::vec((key(), key(), key()), 0..200), count in 1_usize..4) {
            let all = [
                rows.iter().map(|row| row.0).collect(),
                rows.iter().map(|row| row.1).collect(),
                rows.iter().map(|row| row.2).collect(),
            ];
            prop_assert_eq!(run(&all[..count])?, naive(&all[..count]));
        }

        #[test]
        fn slices_are_seen_as_what_they_show(keys in prop::collection::vec(key(), 0..50), before in 0_usize..9) {
            let before = before.min(keys.len());
            let array = UInt64Array::from(keys.clone()).slice(before, keys.len() - before);
            prop_assert_eq!(row_order(&[array], &Cancel::default())?, naive(&[keys[before..].to_vec()]));
        }
    }

    #[test]
    fn long_columns_with_many_ties() -> Result<(), Error> {
        let mixed: Vec<u64> = (0..2 * CHUNK as u64 + 3).map(|row| row.wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect();
        let few: Vec<u64> = mixed.iter().map(|key| key >> 61).collect();
        let keys = [few.clone(), few, mixed];
        assert_eq!(run(&keys)?, naive(&keys));
        Ok(())
    }

    #[test]
    fn no_row_and_one_row() -> Result<(), Error> {
        assert_eq!(run(&[vec![], vec![]])?, Vec::<i64>::new());
        assert_eq!(run(&[vec![9], vec![9]])?, [0]);
        Ok(())
    }

    #[test]
    fn what_are_no_keys_is_refused() {
        let with_null = UInt64Array::from(vec![Some(1), None]);
        let refused = |keys: &[UInt64Array]| row_order(keys, &Cancel::default());
        assert_eq!(refused(&[with_null]), Err(Error::Invalid("1 keys are NULL".to_owned())));
        assert_eq!(refused(&[]), Err(Error::Invalid("there is no key".to_owned())));
        let other = [UInt64Array::from(vec![1]), UInt64Array::from(vec![1, 2])];
        assert_eq!(refused(&other), Err(Error::Invalid("2 keys beside 1 keys".to_owned())));
    }

    #[test]
    fn a_cancelled_call_stops() {
        let flag = Cancel::default();
        flag.cancel();
        assert_eq!(row_order(&[UInt64Array::from(vec![2, 1])], &flag), Err(Error::Cancelled));
    }
}
