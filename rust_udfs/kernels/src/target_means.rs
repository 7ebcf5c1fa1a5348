//! The mean target of each category, drawn towards the overall mean: target encoding and its cross-fitting.

use std::array::from_fn;

use arrow_array::{Array, Float64Array, Int32Array};

use crate::chunks::{CHUNK, Cancel, check_codes, chunk, place, reserve};
use crate::error::{Error, require};

/// The rows that are encoded: a category, a target and, for cross-fitting, a part for each.
#[derive(Clone, Copy, Debug)]
pub struct Encoded<'a> {
    /// Categories from 0; -1 is NULL, a category of its own after the others.
    pub codes: &'a Int32Array,
    /// Numbers; for classes, 1 where the row is of the class.
    pub target: &'a Float64Array,
    /// The part that holds each row out, from 0; `None` holds out none.
    pub parts: Option<&'a Int32Array>,
    /// How many categories there are, NULL not counted.
    pub categories: usize,
}

/// How strongly means are drawn to the overall mean: one entry for each part, of the rows outside it, and one for all.
#[derive(Clone, Copy, Debug)]
pub struct Smoothing<'a> {
    /// The overall mean.
    pub means: &'a [f64],
    /// The variance of the target, which decides by itself how strongly.
    pub variances: &'a [f64],
    /// So many rows of the overall mean instead; `None` leaves it to the variances (empirical Bayes).
    pub rows: Option<f64>,
}

/// A mean for each category: first of the rows outside each part, then of all rows, `categories` + 1 numbers each.
///
/// A category without rows has the overall mean. Sums run over the rows in their order, and every formula is that of
/// scikit-learn's `TargetEncoder` (Micci-Barreca 2001, equations 5 to 7), so the numbers are its own to the last bit.
/// Six sets are taken in one walk over the rows.
///
/// # Errors
/// [`Error::Invalid`] if lengths differ, there is a NULL, a code is outside `-1..categories`, or a part is not one that
/// `smoothing` has entries for; [`Error::Memory`], [`Error::Cancelled`].
///
/// ```
/// use arrow_array::{Float64Array, Int32Array};
/// use stratum_kernels::target_means::{Encoded, Smoothing, target_means};
/// use stratum_kernels::Cancel;
/// let (codes, target) = (Int32Array::from(vec![0, 0, 1]), Float64Array::from(vec![1.0, 2.0, 6.0]));
/// let rows = Encoded { codes: &codes, target: &target, parts: None, categories: 2 };
/// let smoothing = Smoothing { means: &[3.0], variances: &[4.0], rows: Some(1.0) };
/// // (1 + 2 + 3) / 3, (6 + 3) / 2, and no NULL
/// assert_eq!(target_means(&rows, &smoothing, &Cancel::default())?, [2.0, 4.5, 3.0]);
/// # Ok::<(), stratum_kernels::Error>(())
/// ```
pub fn target_means(rows: &Encoded<'_>, smoothing: &Smoothing<'_>, cancel: &Cancel) -> Result<Vec<f64>, Error> {
    check(rows, smoothing, cancel)?;
    let width = rows.categories.checked_add(1).ok_or(Error::Memory(usize::MAX))?;
    let mut means = reserve(width.checked_mul(smoothing.means.len()).ok_or(Error::Memory(usize::MAX))?)?;
    for first in (0..smoothing.means.len()).step_by(LANES) {
        let mut state = State::new(width, first, smoothing)?;
        each_row(rows, first, cancel, |category, kept, y| state.add(category, kept, y))?;
        if smoothing.rows.is_none() {
            state.divide();
            each_row(rows, first, cancel, |category, kept, y| state.add_square(category, kept, y))?;
        }
        for set in first..smoothing.means.len().min(first + LANES) {
            means.extend((0..width).map(|category| state.mean(category, set, smoothing)));
        }
    }
    Ok(means)
}

/// Sets that are summed side by side: the five parts that are usual, and all rows.
const LANES: usize = 6;

fn check(rows: &Encoded<'_>, smoothing: &Smoothing<'_>, cancel: &Cancel) -> Result<(), Error> {
    let (length, sets) = (rows.codes.len(), smoothing.means.len());
    let parts = rows.parts.map_or(length, Array::len);
    require(rows.target.len() == length && parts == length, || {
        format!("codes has {length} rows, target {}, parts {parts}", rows.target.len())
    })?;
    require(rows.target.null_count() == 0, || "target has a NULL".to_owned())?;
    require(sets > 0 && smoothing.variances.len() == sets, || {
        format!("{sets} means, but {} variances", smoothing.variances.len())
    })?;
    check_codes("code", rows.codes, rows.categories, cancel)?;
    let Some(parts) = rows.parts else { return Ok(()) };
    check_codes("part", parts, sets - 1, cancel)?;
    require(parts.values().iter().all(|&part| part != -1), || "a row is in no part".to_owned())
}

/// `add` for each row in order: its category, what its sets are multiplied by, and its target.
fn each_row(
    rows: &Encoded<'_>,
    first: usize,
    cancel: &Cancel,
    mut add: impl FnMut(usize, &Lanes, f64),
) -> Result<(), Error> {
    let kept = kept();
    for index in 0..rows.codes.len().div_ceil(CHUNK) {
        cancel.check()?;
        let own = chunk(index, rows.codes.len());
        let pairs = rows.codes.values()[own.clone()].iter().zip(&rows.target.values()[own.clone()]);
        if let Some(parts) = rows.parts {
            for ((&code, &y), &part) in pairs.zip(&parts.values()[own]) {
                let lane = place(part, usize::MAX).wrapping_sub(first).min(LANES);
                add(place(code, rows.categories), &kept[lane], y);
            }
        } else {
            for (&code, &y) in pairs {
                add(place(code, rows.categories), &kept[LANES], y);
            }
        }
    }
    Ok(())
}

/// For each lane that leaves a row out, 1 in the others and 0 in it; last, where none of these lanes does, 1 in all.
/// Adding 0 changes no bit of a sum, and costs less than a jump.
fn kept() -> [Lanes; LANES + 1] {
    from_fn(|left_out| from_fn(|lane| f64::from(u8::from(lane != left_out))))
}

type Lanes = [f64; LANES];

/// Counts, sums (later means) and sums of squares of each category, in the sets from `first` on.
struct State {
    first: usize,
    counts: Vec<Lanes>,
    sums: Vec<Lanes>,
    squares: Vec<Lanes>,
}

impl State {
    /// Nothing added yet: what the smoothing by rows begins with, else 0.
    fn new(categories: usize, first: usize, smoothing: &Smoothing<'_>) -> Result<Self, Error> {
        let [mut counts, mut sums, mut squares] = [reserve(categories)?, reserve(categories)?, reserve(categories)?];
        let mut start = [0.0; LANES];
        if let Some(weight) = smoothing.rows {
            for (lane, mean) in start.iter_mut().zip(&smoothing.means[first..]) {
                *lane = weight * mean;
            }
        }
        counts.resize(categories, [smoothing.rows.unwrap_or(0.0); LANES]);
        sums.resize(categories, start);
        squares.resize(categories, [0.0; LANES]);
        Ok(Self { first, counts, sums, squares })
    }

    #[inline]
    fn add(&mut self, category: usize, kept: &Lanes, y: f64) {
        let (counts, sums) = (&mut self.counts[category], &mut self.sums[category]);
        for lane in 0..LANES {
            counts[lane] += kept[lane];
            sums[lane] += y * kept[lane];
        }
    }

    /// Sums become means; those of nothing NaN.
    fn divide(&mut self) {
        for (sum, count) in self.sums.iter_mut().flatten().zip(self.counts.iter().flatten()) {
            *sum /= count;
        }
    }

    #[inline]
    fn add_square(&mut self, category: usize, kept: &Lanes, y: f64) {
        let (means, squares) = (&self.sums[category], &mut self.squares[category]);
        for lane in 0..LANES {
            let apart = y - means[lane];
            squares[lane] += apart * apart * kept[lane];
        }
    }

    fn mean(&self, category: usize, set: usize, smoothing: &Smoothing<'_>) -> f64 {
        let (lane, overall) = (set - self.first, smoothing.means[set]);
        let (count, sum) = (self.counts[category][lane], self.sums[category][lane]);
        if smoothing.rows.is_some() {
            return if count == 0.0 { overall } else { sum / count }; // equation 7
        }
        // equations 5 and 6: the more a category's rows differ among themselves, the less its own mean counts
        let between = smoothing.variances[set] * count;
        let share = between / (between + self.squares[category][lane] / count);
        if share.is_nan() { overall } else { share * sum + (1.0 - share) * overall }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Row = (i32, i32, f64);

    fn run(rows: &[Row], categories: usize, smoothing: &Smoothing<'_>) -> Result<Vec<f64>, Error> {
        let codes = Int32Array::from_iter_values(rows.iter().map(|row| row.0));
        let parts = Int32Array::from_iter_values(rows.iter().map(|row| row.1));
        let target = Float64Array::from_iter_values(rows.iter().map(|row| row.2));
        let rows = Encoded { codes: &codes, target: &target, parts: Some(&parts), categories };
        target_means(&rows, smoothing, &Cancel::default())
    }

    /// One category and set at a time, by the formulas as they are printed.
    fn one(rows: &[Row], category: i32, part: i32, mean: f64, variance: f64, weight: Option<f64>) -> f64 {
        let own: Vec<f64> = rows.iter().filter(|row| row.0 == category && row.1 != part).map(|row| row.2).collect();
        let count = own.len() as f64;
        let sum: f64 = own.iter().sum();
        if let Some(weight) = weight {
            return if count + weight == 0.0 { mean } else { (sum + weight * mean) / (count + weight) };
        }
        let within = own.iter().map(|y| (y - sum / count).powi(2)).sum::<f64>() / count;
        let share = variance * count / (variance * count + within);
        if share.is_nan() { mean } else { share * sum / count + (1.0 - share) * mean }
    }

    proptest! {
        #[test]
        fn equals_the_formulas(
            rows in prop::collection::vec((-1..4, 0..7, -9.0..9.0), 0..80),
            weight in prop::option::of(0.0..5.0),
        ) {
            let (means, variances) = ([0.5, -0.5, 1.5, 0.25, 0.0, 2.0, 1.0, 3.0], [1.0, 0.0, 4.0, 2.0, 1.0, 3.0, 0.5, 9.0]);
            let found = run(&rows, 4, &Smoothing { means: &means, variances: &variances, rows: weight })?;
            for (set, part) in [0, 1, 2, 3, 4, 5, 6, -1].into_iter().enumerate() {
                for category in -1..4_i32 {
                    let wanted = one(&rows, category, part, means[set], variances[set], weight);
                    let number = found[set * 5 + usize::try_from(category).unwrap_or(4)];
                    prop_assert!((number - wanted).abs() <= 1e-9, "{number} {wanted}");
                }
            }
        }
    }

    #[test]
    fn chunks_follow_each_other() -> Result<(), Error> {
        let rows: Vec<Row> = (0..).zip(0..2 * CHUNK + 3).map(|(row, at)| (row % 3, row % 2, at as f64)).collect();
        let smoothing = Smoothing { means: &[0.0; 3], variances: &[1.0; 3], rows: Some(0.0) };
        let found = run(&rows, 3, &smoothing)?;
        let own: Vec<f64> = rows.iter().filter(|row| row.0 == 1 && row.1 != 0).map(|row| row.2).collect();
        assert_eq!(found[1].to_bits(), (own.iter().sum::<f64>() / own.len() as f64).to_bits());
        Ok(())
    }

    #[test]
    fn wrong_input_is_refused() {
        let invalid = |result| matches!(result, Err(Error::Invalid(_)));
        let two = Smoothing { means: &[0.0; 2], variances: &[1.0; 2], rows: None };
        for row in [(2, 0, 1.0), (-2, 0, 1.0), (i32::MAX, 0, 1.0), (0, 1, 1.0), (0, -1, 1.0), (0, i32::MAX, 1.0)] {
            assert!(invalid(run(&[row], 2, &two)), "{row:?}");
        }
        assert!(invalid(run(&[], 2, &Smoothing { means: &[], variances: &[], rows: None })));
        assert!(invalid(run(&[], 2, &Smoothing { means: &[0.0], variances: &[], rows: None })));
        let (codes, target) = (Int32Array::from(vec![0, 0]), Float64Array::from(vec![Some(1.0), None]));
        let rows = Encoded { codes: &codes, target: &target, parts: None, categories: 1 };
        let one = Smoothing { means: &[0.0], variances: &[1.0], rows: None };
        assert!(invalid(target_means(&rows, &one, &Cancel::default())));
        let short = Encoded { codes: &codes.slice(0, 1), ..rows };
        assert!(invalid(target_means(&short, &one, &Cancel::default())));
    }

    #[test]
    fn a_cancelled_call_stops() {
        let flag = Cancel::default();
        flag.cancel();
        let (codes, target) = (Int32Array::from(vec![0]), Float64Array::from(vec![1.0]));
        let rows = Encoded { codes: &codes, target: &target, parts: None, categories: 1 };
        let smoothing = Smoothing { means: &[0.0], variances: &[1.0], rows: None };
        assert_eq!(target_means(&rows, &smoothing, &flag), Err(Error::Cancelled));
    }
}
