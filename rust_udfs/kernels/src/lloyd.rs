//! k-means of one column from given centres, by Lloyd's steps.

use arrow_array::{Array, Float64Array};
use rayon::prelude::*;

use crate::chunks::{CHUNK, Cancel, reserve};
use crate::error::{Error, require};
use crate::pool;

/// Around the tolerance, relative: whether a step so near to it is the last is decided by rounding.
const NEAR_TOLERANCE: f64 = 1e-6;

/// The centres that Lloyd's steps (1982) end at, ascending, from `centres` on; `None` where scikit-learn's answer may be
/// decided by rounding, or a centre has no number left.
///
/// A step gives each number of `column` to its nearest centre, and moves each centre to the mean of its numbers. The last
/// is the one that gives no number to another centre, or moves the centres by squares whose sum is at most `tolerance`;
/// there are at most `steps`. In a sorted column a centre has the numbers between two places, and sums up to each place,
/// in twice the digits, give their mean: a step searches for k places instead of looking at n · k pairs. Centres are
/// scikit-learn's but for the rounding of its sums. It compares c² - 2xc, which says nothing where a number is as far
/// from two centres but for its rounding: of centres that have been averaged, nobody knows to the last bit. In the first
/// step, where they are known, its comparison is made.
///
/// # Errors
/// [`Error::Invalid`] if there is no centre, they do not ascend, a number is NULL, NaN or infinite, or the tolerance is
/// not a number from 0 on; [`Error::Memory`], [`Error::Cancelled`].
///
/// ```
/// use arrow_array::Float64Array;
/// use stratum_kernels::{Cancel, lloyd};
/// let column = Float64Array::from(vec![9.0, 0.0, 2.0, 10.0]);
/// assert_eq!(lloyd(&column, &[2.5, 7.5], 0.0, 300, &Cancel::default())?, Some(vec![1.0, 9.5]));
/// # Ok::<(), stratum_kernels::Error>(())
/// ```
pub fn lloyd(
    column: &Float64Array,
    centres: &[f64],
    tolerance: f64,
    steps: usize,
    cancel: &Cancel,
) -> Result<Option<Vec<f64>>, Error> {
    require(!centres.is_empty() && centres.iter().all(|centre| centre.is_finite()), || "no finite centres".to_owned())?;
    require(centres.is_sorted_by(|left, right| left < right), || "centres do not ascend".to_owned())?;
    require(tolerance >= 0.0 && tolerance.is_finite(), || format!("tolerance {tolerance}"))?;
    let sorted = Sorted::new(column, cancel)?;
    let (mut centres, mut cuts) = (centres.to_vec(), Vec::new());
    for step in 0..steps {
        cancel.check()?;
        let Some(found) = sorted.cuts(&centres, step == 0) else { return Ok(None) };
        let means = sorted.means(&found);
        let moved: f64 = means.iter().zip(&centres).map(|(new, old)| (new - old) * (new - old)).sum();
        let settled = found == cuts;
        (centres, cuts) = (means, found);
        if settled {
            return Ok(Some(centres));
        } else if (moved - tolerance).abs() <= NEAR_TOLERANCE * tolerance {
            return Ok(None);
        } else if moved <= tolerance {
            break;
        }
    }
    Ok(sorted.cuts(&centres, false).map(|_| centres)) // scikit-learn looks once more who has numbers, and may warn
}

/// A column in ascending order.
struct Sorted {
    numbers: Vec<f64>,
    /// What all numbers before each place add up to, and what rounding cut off it.
    sums: Vec<(f64, f64)>,
    /// The largest size of a number.
    size: f64,
}

impl Sorted {
    fn new(column: &Float64Array, cancel: &Cancel) -> Result<Self, Error> {
        require(column.null_count() == 0, || "the column has a NULL".to_owned())?;
        for chunk in column.values().chunks(CHUNK) {
            cancel.check()?;
            require(chunk.iter().all(|number| number.is_finite()), || "a number is NaN or infinite".to_owned())?;
        }
        let mut numbers = reserve(column.len())?;
        numbers.extend_from_slice(column.values());
        pool::run(|| numbers.par_sort_unstable_by(f64::total_cmp))?;
        let (mut sums, mut sum) = (reserve(numbers.len() + 1)?, (0.0, 0.0));
        sums.push(sum);
        for &number in &numbers {
            sum = add(sum, number);
            sums.push(sum);
        }
        let size = numbers.iter().fold(0.0, |size: f64, number| size.max(number.abs()));
        Ok(Self { numbers, sums, size })
    }

    /// Where the numbers of each centre begin, and last where they end; `None` if that is not certain, or one has none.
    ///
    /// `exact`: the centres are known to the last bit.
    fn cuts(&self, centres: &[f64], exact: bool) -> Option<Vec<usize>> {
        let mut cuts = Vec::with_capacity(centres.len() + 1);
        cuts.push(0);
        for pair in centres.windows(2) {
            cuts.push(self.cut(pair[0], pair[1], exact)?);
        }
        cuts.push(self.numbers.len());
        cuts.is_sorted_by(|left, right| left < right).then_some(cuts)
    }

    /// How many numbers are nearer to the left of two centres, or as near.
    fn cut(&self, left: f64, right: f64, exact: bool) -> Option<usize> {
        let (middle, apart) = (left.midpoint(right), right - left);
        let size = self.size.max(left.abs()).max(right.abs());
        // what n sums of these numbers in another order may differ by, and what four rounded products move the middle by
        let unsure = size * f64::EPSILON * (2.0 * self.numbers.len() as f64 + 1e4 + 16.0 * size / apart);
        if unsure.is_nan() || unsure >= apart / 4.0 {
            return None;
        }
        let low = self.numbers.partition_point(|number| *number < middle - unsure);
        let high = low + self.numbers[low..].partition_point(|number| *number <= middle + unsure);
        let between = &self.numbers[low..high];
        if between.is_empty() {
            return Some(low);
        }
        let is_left = |number: &f64| left * left - 2.0 * (number * left) <= right * right - 2.0 * (number * right);
        let cut = between.partition_point(is_left);
        (exact && between[cut..].iter().all(|number| !is_left(number))).then_some(low + cut)
    }

    fn means(&self, cuts: &[usize]) -> Vec<f64> {
        let mean = |pair: &[usize]| {
            let (from, to) = (self.sums[pair[0]], self.sums[pair[1]]);
            ((to.0 - from.0) + (to.1 - from.1)) / (pair[1] - pair[0]) as f64
        };
        cuts.windows(2).map(mean).collect()
    }
}

/// A sum with its rest and one more number (Knuth's two-sum).
fn add((sum, rest): (f64, f64), number: f64) -> (f64, f64) {
    let new = sum + number;
    let part = new - sum;
    (new, rest + ((sum - (new - part)) + (number - part)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn run(column: &[f64], centres: &[f64], tolerance: f64, steps: usize) -> Result<Option<Vec<f64>>, Error> {
        lloyd(&Float64Array::from(column.to_vec()), centres, tolerance, steps, &Cancel::default())
    }

    /// Each number compared with each centre.
    fn step(column: &[f64], centres: &[f64]) -> Vec<f64> {
        let mut sums = vec![(0.0, 0.0); centres.len()];
        for x in column {
            let away = |at: &usize| (x - centres[*at]).abs();
            let nearest = (0..centres.len()).min_by(|left, right| away(left).total_cmp(&away(right))).unwrap_or(0);
            sums[nearest].0 += x;
            sums[nearest].1 += 1.0;
        }
        sums.iter().map(|(sum, count)| sum / count).collect()
    }

    proptest! {
        #[test]
        fn one_step_is_its_definition(
            column in prop::collection::vec(-9.0..9.0, 1..200),
            centres in prop::collection::btree_set(-80_i32..80, 1..9),
        ) {
            let centres: Vec<f64> = centres.into_iter().map(|centre| f64::from(centre) / 10.0).collect();
            if let Some(found) = run(&column, &centres, 0.0, 1)? {
                for (found, wanted) in found.iter().zip(step(&column, &centres)) {
                    prop_assert!((found - wanted).abs() < 1e-12);
                }
            }
        }

        #[test]
        fn where_it_settles_no_number_moves(column in prop::collection::vec(-9.0..9.0, 3..200)) {
            if let Some(found) = run(&column, &[-6.0, 0.0, 6.0], 0.0, 1000)? {
                for (found, wanted) in found.iter().zip(step(&column, &found)) {
                    prop_assert!((found - wanted).abs() < 1e-12);
                }
            }
        }
    }

    #[test]
    fn what_rounding_decides_is_left_open() -> Result<(), Error> {
        assert_eq!(run(&[0.0, 0.0, 2.0], &[1.0, 5.0], 0.0, 9)?, None, "a centre without numbers");
        assert_eq!(run(&[0.0, 2.0, 4.0, 6.0], &[0.0, 2.0], 0.0, 9)?, None, "2 is as far from 0 as from 4");
        assert_eq!(run(&[0.0, 4.0], &[1.0, 4.0], 1.0, 9)?, None, "a step of exactly the tolerance");
        assert_eq!(run(&[0.0, 2.0, 4.0], &[0.0, 4.0], 0.0, 1)?, Some(vec![1.0, 4.0]), "the first of equally near");
        Ok(())
    }

    #[test]
    fn what_is_wrong_is_refused() {
        for (column, centres, tolerance) in [
            (&[1.0, f64::NAN][..], &[1.0][..], 0.0),
            (&[1.0, f64::INFINITY], &[1.0], 0.0),
            (&[1.0], &[], 0.0),
            (&[1.0], &[1.0, 1.0], 0.0),
            (&[1.0], &[f64::NAN], 0.0),
            (&[1.0], &[1.0], -1.0),
            (&[1.0], &[1.0], f64::NAN),
        ] {
            assert!(matches!(run(column, centres, tolerance, 9), Err(Error::Invalid(_))), "{column:?} {centres:?}");
        }
        let null = Float64Array::from(vec![None, Some(1.0)]);
        assert!(matches!(lloyd(&null, &[1.0], 0.0, 9, &Cancel::default()), Err(Error::Invalid(_))));
    }
}
