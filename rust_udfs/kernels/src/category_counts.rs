//! How many rows each category has.

use arrow_array::Int32Array;

use crate::chunks::{CHUNK, Cancel, check_codes, chunk, in_order, place, reserve};
use crate::error::Error;

/// Categories from which on each thread no longer counts for itself: its counters would not stay in the cache.
const MOST_CATEGORIES: usize = CHUNK;

/// Rows of each of `n_categories` categories, and last those of NULL: n codes in, `n_categories` + 1 numbers out.
///
/// Code -1 counts as NULL.
///
/// # Errors
/// [`Error::Invalid`] if a code is NULL or outside `-1..n_categories`; [`Error::Memory`], [`Error::Cancelled`].
///
/// ```
/// use arrow_array::Int32Array;
/// use stratum_kernels::{Cancel, category_counts};
/// let codes = Int32Array::from(vec![2, 0, -1, 2]);
/// assert_eq!(category_counts(&codes, 3, &Cancel::default())?, [1, 0, 2, 1]);
/// # Ok::<(), stratum_kernels::Error>(())
/// ```
pub fn category_counts(codes: &Int32Array, n_categories: usize, cancel: &Cancel) -> Result<Vec<i64>, Error> {
    let width = n_categories.checked_add(1).ok_or(Error::Memory(usize::MAX))?;
    check_codes("code", codes, n_categories, cancel)?;
    let chunks: Vec<usize> = (0..codes.len().div_ceil(CHUNK)).collect();
    let together = if width > MOST_CATEGORIES { chunks.len().max(1) } else { 8 };
    let tasks = chunks.chunks(together).map(<[usize]>::to_vec).collect();
    let partials = in_order(tasks, cancel, |indices: Vec<usize>| {
        let mut counts = zeros(width)?;
        for index in indices {
            cancel.check()?;
            for &code in &codes.values()[chunk(index, codes.len())] {
                counts[place(code, n_categories)] += 1;
            }
        }
        Ok(counts)
    })?;
    let mut total = zeros(width)?;
    for (all, part) in partials.iter().flat_map(|counts| counts.iter().enumerate()) {
        total[all] += part;
    }
    Ok(total)
}

fn zeros(width: usize) -> Result<Vec<i64>, Error> {
    let mut counts = reserve(width)?;
    counts.resize(width, 0);
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn run(codes: &Int32Array, n_categories: usize) -> Result<Vec<i64>, Error> {
        category_counts(codes, n_categories, &Cancel::default())
    }

    proptest! {
        #[test]
        fn equals_one_category_at_a_time(codes in prop::collection::vec(-1..4, 0..60)) {
            let counts = run(&Int32Array::from(codes.clone()), 4)?;
            for (category, &found) in (0..).zip(&counts[..4]) {
                prop_assert_eq!(usize::try_from(found), Ok(codes.iter().filter(|&&code| code == category).count()));
            }
            prop_assert_eq!(usize::try_from(counts[4]), Ok(codes.iter().filter(|&&code| code == -1).count()));
        }
    }

    #[test]
    fn few_and_many_categories_are_counted_alike_across_chunks() -> Result<(), Error> {
        let n = 20 * CHUNK + 5;
        let codes = Int32Array::from_iter_values((0..7).cycle().take(n));
        let few = run(&codes, 7)?;
        assert_eq!(run(&codes, 2 * MOST_CATEGORIES)?[..7], few[..7]);
        assert_eq!((few.iter().sum::<i64>(), few[7]), (20 * 65_536 + 5, 0));
        Ok(())
    }

    #[test]
    fn wrong_input_is_refused() -> Result<(), Error> {
        for code in [3, -2, i32::MIN, i32::MAX] {
            assert!(matches!(run(&Int32Array::from(vec![0, code]), 3), Err(Error::Invalid(_))), "{code}");
        }
        assert!(matches!(run(&Int32Array::from(vec![None]), 3), Err(Error::Invalid(_))));
        assert!(matches!(run(&Int32Array::from(vec![0]), usize::MAX), Err(Error::Memory(_))));
        assert_eq!(run(&Int32Array::from(Vec::<i32>::new()), 0)?, [0]);
        Ok(())
    }

    #[test]
    fn a_cancelled_call_stops() {
        let flag = Cancel::default();
        flag.cancel();
        assert_eq!(category_counts(&Int32Array::from(vec![0]), 1, &flag), Err(Error::Cancelled));
    }
}
