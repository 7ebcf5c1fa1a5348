//! Mean and variance of one column by numpy's order of summation: those of scikit-learn to the last bit.

use std::array::from_fn;
use std::ops::Range;

use arrow_array::{Array, Float64Array};

use crate::chunks::{CHUNK, Cancel};
use crate::error::Error;
use crate::pool;

/// How many numbers a column has, their mean and variance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Numbers seen; NULL and NaN are no numbers.
    pub count: u64,
    /// Arithmetic mean; NaN if `count` is 0.
    pub mean: f64,
    /// Variance, in the column's unit squared (divided by `count`); NaN if `count` is 0.
    pub variance: f64,
}

/// The [`Spread`] of `column`: n numbers in, three out.
///
/// They are what `StandardScaler` and `SimpleImputer` of scikit-learn find for a column by itself, bit for bit: sums are
/// added pairwise as numpy adds them, in halves down to 128 rows; a NULL or NaN adds 0; the variance is that about the
/// mean, less what the mean's rounding left (Chan, Golub and `LeVeque` 1983). An infinity makes both NaN or infinite.
/// [`moments`](crate::moments) is the kernel for groups and for merging; its last bits are others.
///
/// # Errors
/// [`Error::Cancelled`], [`Error::Threads`].
///
/// ```
/// use arrow_array::Float64Array;
/// use stratum_kernels::{Cancel, mean_and_variance};
/// let column = Float64Array::from(vec![Some(1.0), None, Some(3.0)]);
/// let found = mean_and_variance(&column, &Cancel::default())?;
/// assert_eq!((found.count, found.mean, found.variance), (2, 2.0, 1.0));
/// # Ok::<(), stratum_kernels::Error>(())
/// ```
pub fn mean_and_variance(column: &Float64Array, cancel: &Cancel) -> Result<Spread, Error> {
    let rows = 0..column.len();
    let holes = pool::run(|| sums(column, rows.clone(), cancel, &|x| [f64::from(u8::from(x.is_nan())), number(x)]))??;
    let count = column.len() as f64 - holes[0];
    let mean = holes[1] / count;
    let squares = |x: f64| {
        let deviation = x - mean;
        if x.is_nan() { [0.0, 0.0] } else { [deviation, deviation * deviation] }
    };
    let [slip, square] = pool::run(|| sums(column, rows, cancel, &squares))??;
    let variance = (square - slip * slip / count) / count;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of rows")]
    Ok(Spread { count: count as u64, mean, variance })
}

/// `x`, and 0 for what is no number.
fn number(x: f64) -> f64 {
    if x.is_nan() { 0.0 } else { x }
}

/// Rows that are added up in eight interleaved sums: numpy's block.
const BLOCK: usize = 128;

/// Two sums over `rows` of what `terms` makes of each number: pairwise, as numpy halves them.
fn sums<F: Fn(f64) -> [f64; 2] + Sync>(
    column: &Float64Array,
    rows: Range<usize>,
    cancel: &Cancel,
    terms: &F,
) -> Result<[f64; 2], Error> {
    let length = rows.len();
    if length <= BLOCK {
        return Ok(block(column, rows, terms));
    }
    let half = length / 2;
    let middle = rows.start + half - half % 8;
    let parts = (rows.start..middle, middle..rows.end);
    let (left, right) = if length > CHUNK {
        cancel.check()?;
        rayon::join(|| sums(column, parts.0, cancel, terms), || sums(column, parts.1, cancel, terms))
    } else {
        (sums(column, parts.0, cancel, terms), sums(column, parts.1, cancel, terms))
    };
    let (left, right) = (left?, right?);
    Ok([left[0] + right[0], left[1] + right[1]])
}

#[inline]
fn block<F: Fn(f64) -> [f64; 2]>(column: &Float64Array, rows: Range<usize>, terms: &F) -> [f64; 2] {
    let values = &column.values()[rows.clone()];
    let at = |index: usize| {
        let valid = column.nulls().is_none_or(|nulls| nulls.is_valid(rows.start + index));
        terms(if valid { values[index] } else { f64::NAN })
    };
    let whole = values.len() - values.len() % 8;
    let mut total = [0.0; 2];
    if whole > 0 {
        let mut lanes: [[f64; 2]; 8] = from_fn(at);
        for index in (8..whole).step_by(8) {
            for (lane, sum) in lanes.iter_mut().enumerate() {
                let [first, second] = at(index + lane);
                *sum = [sum[0] + first, sum[1] + second];
            }
        }
        let side = |side: usize| lanes.map(|sum| sum[side]);
        total = [side(0), side(1)]
            .map(|sum: [f64; 8]| ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7])));
    }
    for index in whole..values.len() {
        let [first, second] = at(index);
        total = [total[0] + first, total[1] + second];
    }
    total
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn run(column: &Float64Array) -> Result<Spread, Error> {
        mean_and_variance(column, &Cancel::default())
    }

    proptest! {
        #[test]
        fn equals_the_definition(numbers in prop::collection::vec(prop::option::of(-1e3..1e3), 1..400)) {
            let found = run(&Float64Array::from(numbers.clone()))?;
            let kept: Vec<f64> = numbers.into_iter().flatten().collect();
            prop_assert_eq!(found.count, kept.len() as u64);
            let count = kept.len() as f64;
            let mean = kept.iter().sum::<f64>() / count;
            let variance = kept.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count;
            prop_assert!(kept.is_empty() || (found.mean - mean).abs() < 1e-10);
            prop_assert!(kept.is_empty() || (found.variance - variance).abs() < 1e-7);
        }
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() -> Result<(), Error> {
        let column = Float64Array::from_iter_values((0..=5 * CHUNK).map(|row| (row as f64 * 0.7).sin() * 1e3));
        let mut answers = Vec::new();
        for count in [1, 2, 5] {
            pool::set_threads(count)?;
            answers.push(run(&column)?);
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(answers[0], answers[2]);
        Ok(())
    }

    #[test]
    fn nothing_has_no_mean() -> Result<(), Error> {
        for column in [Vec::new(), vec![None, Some(f64::NAN)]] {
            let found = run(&Float64Array::from(column))?;
            assert!(found.count == 0 && found.mean.is_nan() && found.variance.is_nan());
        }
        Ok(())
    }

    #[test]
    fn a_cancelled_call_stops() {
        let flag = Cancel::default();
        flag.cancel();
        let column = Float64Array::from(vec![1.0; 2 * CHUNK]);
        assert_eq!(mean_and_variance(&column, &flag), Err(Error::Cancelled));
    }
}
