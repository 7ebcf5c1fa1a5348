//! The rank of a number among quantiles, read off between them.

use arrow_array::Float64Array;

use crate::bins::{LANES, ascending, at_most, map, side_by_side};
use crate::chunks::Cancel;
use crate::error::{Error, require};

/// Where each number stands among `quantiles`, in the unit of `references`: n numbers in, n out, NULL and NaN give NaN.
///
/// Between two quantiles the rank is read off the line between their references, outside it is that of the nearest.
/// Quantiles that are equal have several references: the lowest and the highest are averaged, as scikit-learn's
/// `QuantileTransformer` does by interpolating from either side. Bit for bit numpy's
/// `(interp(x, q, r) - interp(-x, -q[::-1], -r[::-1])) / 2`.
///
/// # Errors
/// [`Error::Invalid`] if `quantiles` and `references` are not ascending numbers, of equal length, at least one, or the
/// range of the quantiles is not finite; [`Error::Memory`], [`Error::Cancelled`].
///
/// ```
/// use arrow_array::Float64Array;
/// use stratum_kernels::{Cancel, ranks};
/// let quantiles = Float64Array::from(vec![10.0, 20.0, 20.0, 40.0]);
/// let references = Float64Array::from(vec![0.0, 0.25, 0.75, 1.0]);
/// let column = Float64Array::from(vec![5.0, 15.0, 20.0, 30.0, 50.0]);
/// assert_eq!(ranks(&column, &quantiles, &references, &Cancel::default())?, [0.0, 0.125, 0.5, 0.875, 1.0]);
/// # Ok::<(), stratum_kernels::Error>(())
/// ```
pub fn ranks(
    column: &Float64Array,
    quantiles: &Float64Array,
    references: &Float64Array,
    cancel: &Cancel,
) -> Result<Vec<f64>, Error> {
    let (quantiles, references) = (ascending(quantiles, "quantiles")?, ascending(references, "references")?);
    require(quantiles.len() == references.len(), || {
        format!("{} quantiles, but {} references", quantiles.len(), references.len())
    })?;
    let range = quantiles.first().zip(quantiles.last()).map(|(low, high)| high - low);
    require(range.is_some_and(f64::is_finite), || "the range of the quantiles must be finite".to_owned())?;
    let lines = Lines::new(quantiles, references);
    map(column, cancel, |numbers, cells| {
        for (cells, numbers) in cells.chunks_mut(LANES).zip(numbers.chunks(LANES)) {
            let next = at_most(quantiles, &side_by_side(numbers));
            for ((cell, x), next) in cells.iter_mut().zip(numbers).zip(next) {
                *cell = lines.rank(*x, next);
            }
        }
    })
}

struct Lines<'a> {
    quantiles: &'a [f64],
    references: &'a [f64],
    /// Between each quantile and the next; not finite where the two are equal.
    slopes: Vec<f64>,
}

impl<'a> Lines<'a> {
    fn new(quantiles: &'a [f64], references: &'a [f64]) -> Self {
        let steps = quantiles.windows(2).zip(references.windows(2));
        Self { quantiles, references, slopes: steps.map(|(q, r)| (r[1] - r[0]) / (q[1] - q[0])).collect() }
    }

    /// The rank of `x`, given how many quantiles are at most as large.
    #[inline]
    fn rank(&self, x: f64, next: usize) -> f64 {
        let Self { quantiles, references, slopes } = self;
        if x.is_nan() {
            return x;
        }
        if next == 0 {
            return references[0];
        }
        let own = next - 1; // at most x, so that it equals x unless it is smaller
        if quantiles[own] >= x {
            let equal = quantiles[..own].iter().rev().take_while(|quantile| **quantile >= x).count();
            return 0.5 * (references[own] + references[own - equal]);
        }
        if next == quantiles.len() {
            return references[own];
        }
        let rising = slopes[own] * (x - quantiles[own]) + references[own];
        let falling = slopes[own] * (quantiles[next] - x) - references[next];
        0.5 * (rising - falling)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn run(column: &[f64], quantiles: &[f64], references: &[f64]) -> Result<Vec<f64>, Error> {
        let array = |numbers: &[f64]| Float64Array::from(numbers.to_vec());
        ranks(&array(column), &array(quantiles), &array(references), &Cancel::default())
    }

    proptest! {
        #[test]
        fn ranks_ascend_and_stay_in_range(
            mut column in prop::collection::vec(-9.0..9.0, 1..40),
            mut quantiles in prop::collection::vec(-5_i32..5, 1..40),
        ) {
            column.sort_unstable_by(f64::total_cmp);
            quantiles.sort_unstable();
            let quantiles: Vec<f64> = quantiles.into_iter().map(f64::from).collect();
            let references: Vec<f64> = (0..quantiles.len()).map(|at| at as f64).collect();
            let found = run(&column, &quantiles, &references)?;
            prop_assert!(found.windows(2).all(|pair| pair[0] <= pair[1] + 1e-9));
            prop_assert!(found.iter().all(|rank| (0.0..=references[references.len() - 1]).contains(rank)));
        }
    }

    #[test]
    fn null_and_nan_have_no_rank() -> Result<(), Error> {
        let column = Float64Array::from(vec![None, Some(f64::NAN)]);
        let one = Float64Array::from(vec![1.0]);
        assert!(ranks(&column, &one, &one, &Cancel::default())?.iter().all(|rank| rank.is_nan()));
        Ok(())
    }

    #[test]
    fn wrong_quantiles_are_refused() {
        let wrong: [(&[f64], &[f64]); 5] = [
            (&[], &[]),
            (&[1.0, 0.0], &[0.0, 1.0]),
            (&[0.0, 1.0], &[0.0]),
            (&[f64::NAN], &[0.0]),
            (&[f64::MIN, f64::MAX], &[0.0, 1.0]),
        ];
        for (quantiles, references) in wrong {
            assert!(matches!(run(&[1.0], quantiles, references), Err(Error::Invalid(_))), "{quantiles:?}");
        }
    }

    #[test]
    fn a_cancelled_call_stops() {
        let (flag, one) = (Cancel::default(), Float64Array::from(vec![1.0]));
        flag.cancel();
        assert_eq!(ranks(&one, &one, &one, &flag), Err(Error::Cancelled));
    }
}
