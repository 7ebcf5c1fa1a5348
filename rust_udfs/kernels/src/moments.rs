//! Count, mean, spread and range of a column, per group: the state of every scaler and of mean imputation.

use arrow_array::{Array, Float64Array, Int32Array};

use crate::chunks::{CHUNK, Cancel, chunk, in_order, reserve};
use crate::error::{Error, require};
use crate::pool;

/// Partial results held at a time: 160 MiB of [`Moments`], however many groups there are.
const MOST_PARTIALS: usize = 4 << 20;

/// What one group of numbers has in common; two of them [`merge`](Moments::merge) into that of their union.
///
/// `m2` is the sum of squared deviations from `mean` (variance × `count`), in the column's unit squared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// Numbers seen; NULL and NaN are no numbers.
    pub count: u64,
    /// Arithmetic mean; NaN if `count` is 0.
    pub mean: f64,
    /// What rounding cut off the mean: `mean + tail` is the mean to twice the digits. Without it, merging two groups far
    /// from zero would lose the digits in which their means differ.
    pub tail: f64,
    /// Sum of squared deviations from the mean; 0 if `count` is 0, NaN where the mean is not finite.
    pub m2: f64,
    /// Smallest number; NaN if `count` is 0.
    pub min: f64,
    /// Largest number; NaN if `count` is 0.
    pub max: f64,
}

impl Moments {
    /// The moments of no numbers at all; merging it changes nothing.
    pub const EMPTY: Self = Self { count: 0, mean: f64::NAN, tail: 0.0, m2: 0.0, min: f64::NAN, max: f64::NAN };

    /// The moments of the union of two disjoint groups (Chan, Golub and `LeVeque` 1979).
    ///
    /// ```
    /// use stratum_kernels::Moments;
    /// let two = Moments { count: 2, mean: 2.0, tail: 0.0, m2: 2.0, min: 1.0, max: 3.0 };
    /// let one = Moments { count: 1, mean: 5.0, tail: 0.0, m2: 0.0, min: 5.0, max: 5.0 };
    /// assert_eq!(two.merge(one), Moments { count: 3, mean: 3.0, tail: 0.0, m2: 8.0, min: 1.0, max: 5.0 });
    /// assert_eq!(Moments::EMPTY.merge(one), one);
    /// ```
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        if self.count == 0 {
            return other;
        }
        if other.count == 0 {
            return self;
        }
        let (own, its) = (self.count as f64, other.count as f64);
        let share = its / (own + its);
        let delta = (other.mean - self.mean) + (other.tail - self.tail);
        // Without the case apart, infinity and a number would give NaN where their mean is infinity.
        let finite = self.mean.is_finite() && other.mean.is_finite();
        let step = if finite { delta * share + self.tail } else { other.mean };
        let (mean, tail) = sum(self.mean, step);
        Self {
            count: self.count + other.count,
            mean,
            tail,
            m2: if mean.is_finite() { self.m2 + other.m2 + delta * delta * own * share } else { f64::NAN },
            min: if other.min < self.min { other.min } else { self.min },
            max: if other.max > self.max { other.max } else { self.max },
        }
    }
}

/// The [`Moments`] of `column` in each of `n_groups` groups: n rows in, `n_groups` out.
///
/// Without `groups` all rows are group 0. A row whose group is NULL or -1 is in none. NULL and NaN are skipped. An
/// infinite value makes its group's mean infinite (NaN if both signs occur) and `m2` NaN, as numpy's mean and variance.
/// Each chunk takes two passes (mean, then deviations with their rounding error taken back, as in scikit-learn); chunks
/// are merged from first to last.
///
/// # Errors
/// [`Error::Invalid`] if `groups` has another length or a group outside `-1..n_groups`, or without `groups` if `n_groups`
/// is not 1; [`Error::Memory`], [`Error::Cancelled`].
///
/// ```
/// use arrow_array::{Float64Array, Int32Array};
/// use stratum_kernels::{Cancel, moments};
/// let column = Float64Array::from(vec![Some(1.0), None, Some(3.0), Some(10.0)]);
/// let folds = Int32Array::from(vec![0, 0, 0, 1]);
/// let states = moments(&column, Some(&folds), 2, &Cancel::default())?;
/// assert_eq!((states[0].count, states[0].mean, states[0].m2), (2, 2.0, 2.0));
/// assert_eq!((states[1].count, states[1].mean, states[1].m2), (1, 10.0, 0.0));
/// # Ok::<(), stratum_kernels::Error>(())
/// ```
pub fn moments(
    column: &Float64Array,
    groups: Option<&Int32Array>,
    n_groups: usize,
    cancel: &Cancel,
) -> Result<Vec<Moments>, Error> {
    check_shape(column, groups, n_groups)?;
    let mut total = reserve(n_groups)?;
    total.resize(n_groups, Moments::EMPTY);
    let chunks = column.len().div_ceil(CHUNK);
    let wave = (pool::threads()? * 4).min(MOST_PARTIALS / n_groups.max(1)).max(1);
    for first in (0..chunks).step_by(wave) {
        let indices = (first..chunks.min(first + wave)).collect();
        let partials = in_order(indices, cancel, |index| of_chunk(column, groups, n_groups, index))?;
        for partial in partials {
            for (state, part) in total.iter_mut().zip(partial) {
                *state = state.merge(part);
            }
        }
    }
    Ok(total)
}

fn check_shape(column: &Float64Array, groups: Option<&Int32Array>, n_groups: usize) -> Result<(), Error> {
    let Some(groups) = groups else {
        return require(n_groups == 1, || format!("without groups n_groups must be 1, not {n_groups}"));
    };
    require(groups.len() == column.len(), || format!("column has {} rows, groups has {}", column.len(), groups.len()))
}

fn of_chunk(
    column: &Float64Array,
    groups: Option<&Int32Array>,
    n_groups: usize,
    index: usize,
) -> Result<Vec<Moments>, Error> {
    let rows = chunk(index, column.len());
    let number = |row: usize| Some(column.value(row)).filter(|x| !x.is_nan() && column.is_valid(row));
    let Some(groups) = groups else {
        return of_pairs(rows.filter_map(|row| Some((0, number(row)?))), n_groups);
    };
    for row in rows.clone() {
        let group = groups.value(row);
        require(
            groups.is_null(row) || group == -1 || usize::try_from(group).is_ok_and(|group| group < n_groups),
            || format!("row {row} has group {group}, outside -1 to {n_groups} (exclusive)"),
        )?;
    }
    let group = |row: usize| usize::try_from(groups.value(row)).ok().filter(|_| groups.is_valid(row));
    of_pairs(rows.filter_map(|row| Some((group(row)?, number(row)?))), n_groups)
}

/// The moments of (group, number) pairs, in two passes.
fn of_pairs(pairs: impl Iterator<Item = (usize, f64)> + Clone, n_groups: usize) -> Result<Vec<Moments>, Error> {
    let mut states: Vec<Moments> = reserve(n_groups)?;
    states.resize(n_groups, Moments { mean: 0.0, ..Moments::EMPTY });
    for (group, x) in pairs.clone() {
        let state = &mut states[group];
        state.min = if state.count == 0 || x < state.min { x } else { state.min };
        state.max = if state.count == 0 || x > state.max { x } else { state.max };
        state.count += 1;
        state.mean += x; // the sum, until the next loop
    }
    for state in &mut states {
        state.mean /= state.count as f64; // 0 / 0 is NaN, the mean of nothing
    }
    let mut slips: Vec<f64> = reserve(n_groups)?; // sums of deviations: 0 but for the mean's rounding
    slips.resize(n_groups, 0.0);
    for (group, x) in pairs {
        let deviation = x - states[group].mean;
        states[group].m2 += deviation * deviation;
        slips[group] += deviation;
    }
    for (state, slip) in states.iter_mut().zip(slips).filter(|(state, _)| state.count > 0) {
        *state = corrected(*state, slip);
    }
    Ok(states)
}

fn corrected(state: Moments, slip: f64) -> Moments {
    if !state.mean.is_finite() {
        return Moments { m2: f64::NAN, ..state };
    }
    let count = state.count as f64;
    let (mean, tail) = sum(state.mean, slip / count);
    Moments { mean, tail, m2: state.m2 - slip * slip / count, ..state }
}

/// `a + b` rounded, and what the rounding cut off (Knuth's two-sum); 0 where the sum is not finite.
fn sum(a: f64, b: f64) -> (f64, f64) {
    let rounded = a + b;
    let back = rounded - a;
    let tail = (a - (rounded - back)) + (b - back);
    (rounded, if rounded.is_finite() { tail } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn run(column: &Float64Array, groups: Option<&Int32Array>, n_groups: usize) -> Result<Vec<Moments>, Error> {
        moments(column, groups, n_groups, &Cancel::default())
    }

    fn naive(numbers: &[f64]) -> Moments {
        let count = numbers.len() as f64;
        let mean = numbers.iter().sum::<f64>() / count;
        Moments {
            count: numbers.len() as u64,
            mean,
            tail: 0.0,
            m2: numbers.iter().map(|x| (x - mean) * (x - mean)).sum(),
            min: numbers.iter().copied().reduce(f64::min).unwrap_or(f64::NAN),
            max: numbers.iter().copied().reduce(f64::max).unwrap_or(f64::NAN),
        }
    }

    /// Equal up to rounding; NaN equals NaN and an infinity itself.
    fn near(left: f64, right: f64, unit: f64) -> bool {
        left.total_cmp(&right).is_eq() || left.is_nan() && right.is_nan() || (left - right).abs() <= 1e-12 * unit
    }

    fn alike(left: &Moments, right: &Moments) -> bool {
        let unit = right.min.abs().max(right.max.abs()).max(1e-300);
        left.count == right.count
            && near(left.mean, right.mean, unit)
            && near(left.m2, right.m2, unit * unit * right.count as f64)
            && near(left.min, right.min, 0.0)
            && near(left.max, right.max, 0.0)
    }

    fn any_number() -> impl Strategy<Value = Option<f64>> {
        prop_oneof![
            8 => (-1e6..1e6).prop_map(Some),
            1 => Just(None),
            1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0]).prop_map(Some),
        ]
    }

    proptest! {
        #[test]
        fn equals_the_definition(
            rows in prop::collection::vec((any_number(), prop::option::of(-1..4)), 0..80),
            before in 0_usize..10,
        ) {
            let before = before.min(rows.len());
            let (numbers, groups): (Vec<_>, Vec<_>) = rows.iter().copied().unzip();
            let column = Float64Array::from(numbers).slice(before, rows.len() - before);
            let folds = Int32Array::from(groups).slice(before, rows.len() - before);
            let states = run(&column, Some(&folds), 4)?;
            for (group, state) in (0..).zip(&states) {
                let own = rows[before..].iter().filter(|(_, its)| *its == Some(group));
                let expected = naive(&own.filter_map(|(x, _)| x.filter(|x| !x.is_nan())).collect::<Vec<_>>());
                prop_assert!(alike(state, &expected), "{state:?} {expected:?}");
            }
        }

        #[test]
        fn merging_the_parts_is_the_whole(numbers in prop::collection::vec(-1e6..1e6, 0..80), cut in 0_usize..80) {
            let column = Float64Array::from(numbers.clone());
            let cut = cut.min(numbers.len());
            let left = run(&column.slice(0, cut), None, 1)?[0];
            let right = run(&column.slice(cut, numbers.len() - cut), None, 1)?[0];
            let whole = run(&column, None, 1)?[0];
            prop_assert!(alike(&left.merge(right), &whole));
        }
    }

    #[test]
    fn far_from_zero_nothing_is_lost() -> Result<(), Error> {
        let n = 2 * CHUNK + 16; // a multiple of 3
        let column = Float64Array::from_iter_values((0..n).map(|row| 1e9 + (row % 3) as f64));
        let state = run(&column, None, 1)?[0];
        let variance = state.m2 / state.count as f64;
        assert!((variance - 2.0 / 3.0).abs() < 1e-14, "{variance}"); // sums of squares would be off by hundreds
        Ok(())
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() -> Result<(), Error> {
        let n = 5 * CHUNK + 1;
        let column = Float64Array::from_iter_values((0..n).map(|row| (row as f64 * 0.7).sin() * 1e3));
        let folds = Int32Array::from_iter_values((0..5).cycle().take(n));
        let mut answers = Vec::new();
        for count in [1, 2, 5] {
            pool::set_threads(count)?;
            answers.push(run(&column, Some(&folds), 5)?);
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(answers[0], answers[2]);
        Ok(())
    }

    #[test]
    fn a_constant_has_no_spread() -> Result<(), Error> {
        let state = run(&Float64Array::from(vec![0.1; 10 * 1000]), None, 1)?[0];
        assert!(state.m2.abs() < 1e-25, "{}", state.m2);
        assert_eq!((state.min, state.max), (0.1, 0.1));
        Ok(())
    }

    #[test]
    fn an_empty_group_is_empty() -> Result<(), Error> {
        let none = run(&Float64Array::from(Vec::<f64>::new()), None, 1)?[0];
        assert!(none.count == 0 && none.mean.is_nan() && none.m2 == 0.0 && none.min.is_nan() && none.max.is_nan());
        assert!(run(&Float64Array::from(vec![1.0]), Some(&Int32Array::from(vec![-1])), 0)?.is_empty());
        Ok(())
    }

    #[test]
    fn infinity_across_chunks_is_as_within_one() -> Result<(), Error> {
        let mut numbers = vec![1.0; CHUNK + 1];
        numbers[0] = f64::INFINITY;
        let state = run(&Float64Array::from(numbers.clone()), None, 1)?[0];
        assert_eq!((state.mean, state.m2.is_nan(), state.min, state.max), (f64::INFINITY, true, 1.0, f64::INFINITY));
        numbers[CHUNK] = f64::NEG_INFINITY;
        assert!(run(&Float64Array::from(numbers), None, 1)?[0].mean.is_nan());
        Ok(())
    }

    #[test]
    fn wrong_input_is_refused() {
        let column = Float64Array::from(vec![1.0, 2.0]);
        let invalid = |result| matches!(result, Err(Error::Invalid(_)));
        assert!(invalid(run(&column, None, 0)));
        assert!(invalid(run(&column, None, 2)));
        assert!(invalid(run(&column, Some(&Int32Array::from(vec![0])), 1)));
        for group in [1, -2, i32::MIN, i32::MAX] {
            assert!(invalid(run(&column, Some(&Int32Array::from(vec![0, group])), 1)), "{group}");
        }
        let groups = Int32Array::from(vec![0, 0]);
        assert!(matches!(run(&column, Some(&groups), usize::MAX), Err(Error::Memory(_))));
    }

    #[test]
    fn a_cancelled_call_stops() {
        let flag = Cancel::default();
        flag.cancel();
        assert_eq!(moments(&Float64Array::from(vec![1.0]), None, 1, &flag), Err(Error::Cancelled));
    }
}
