//! Sums kept to twice the digits of a number.

use crate::chunks::zeros;
use crate::error::Error;

/// Many sums, each as a rounded number and what rounding has cut off it so far.
pub(super) struct Sums {
    high: Vec<f64>,
    low: Vec<f64>,
}

impl Sums {
    /// `count` sums of nothing.
    pub(super) fn new(count: usize) -> Result<Self, Error> {
        Ok(Self { high: zeros(count)?, low: zeros(count)? })
    }

    /// Add one number to one sum.
    pub(super) fn add(&mut self, at: usize, x: f64) {
        add(&mut self.high[at], &mut self.low[at], x);
    }

    /// Add a run of numbers to the sums from `first` on, one to each.
    pub(super) fn add_all(&mut self, first: usize, numbers: &[f64]) {
        let room = first..first + numbers.len();
        for ((high, low), &x) in self.high[room.clone()].iter_mut().zip(&mut self.low[room]).zip(numbers) {
            add(high, low, x);
        }
    }

    /// Add other sums, one to each.
    pub(super) fn merge(&mut self, other: &Self) {
        self.add_all(0, &other.high);
        for (low, its) in self.low.iter_mut().zip(&other.low) {
            *low += its;
        }
    }

    /// The sums, rounded.
    pub(super) fn total(mut self) -> Vec<f64> {
        for (high, low) in self.high.iter_mut().zip(&self.low) {
            // An infinite sum has NaN as its rest.
            *high += if low.is_nan() { 0.0 } else { *low };
        }
        self.high
    }
}

/// Knuth's two-sum: `high + x` rounded, its rounding error into `low`.
fn add(high: &mut f64, low: &mut f64, x: f64) {
    let sum = *high + x;
    let back = sum - *high;
    *low += (*high - (sum - back)) + (x - back);
    *high = sum;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rounding_cuts_off_is_kept() -> Result<(), Error> {
        let mut sums = Sums::new(2)?;
        for x in [1e16, 1.0, 1.0, -1e16] {
            sums.add(1, x);
        }
        assert_eq!(sums.total(), [0.0, 2.0]);
        Ok(())
    }

    #[test]
    fn merging_keeps_both_rests() -> Result<(), Error> {
        let (mut left, mut right) = (Sums::new(1)?, Sums::new(1)?);
        left.add_all(0, &[1e16]);
        left.add_all(0, &[1.0]);
        right.add_all(0, &[-1e16]);
        right.add_all(0, &[1.0]);
        left.merge(&right);
        assert_eq!(left.total(), [2.0]);
        Ok(())
    }

    #[test]
    fn beyond_the_range_a_sum_is_infinite() -> Result<(), Error> {
        let mut sums = Sums::new(1)?;
        sums.add(0, f64::MAX);
        sums.add(0, f64::MAX);
        sums.add(0, 1.0);
        assert_eq!(sums.total(), [f64::INFINITY]);
        Ok(())
    }
}
