//! The rows asked for, and what each has found so far.

use std::cmp::Ordering;

use pulp::NullaryFnOnce;

use super::boxes::{Extent, Rows};
use crate::chunks::reserve;
use crate::error::Error;

/// Rows asked for that are compared with a box side by side, and multiplied.
pub(super) const ABREAST: usize = 8;

/// A row that was searched, and how far it is: less is nearer, and of equally far ones the one that comes first.
#[derive(Clone, Copy, Default)]
pub(super) struct Near {
    pub(super) square: f64,
    pub(super) place: usize,
}

impl Near {
    /// The bits of numbers that are not negative have the numbers' order.
    fn compare(&self, other: &Self) -> Ordering {
        (self.square.to_bits(), self.place).cmp(&(other.square.to_bits(), other.place))
    }
}

/// One row asked for.
pub(super) struct Query<'a> {
    pub(super) row: usize,
    pub(super) point: &'a [f64],
    /// The nearest so far, in order.
    pub(super) best: Vec<Near>,
    count: usize,
    /// Who is farther is none of the nearest.
    pub(super) farthest: f64,
    /// Where the leaf begins that it has met already.
    pub(super) home: usize,
}

impl<'a> Query<'a> {
    fn new(rows: &'a Rows<'_>, row: usize, count: usize) -> Result<Self, Error> {
        let best = reserve(count)?;
        Ok(Self { row, point: rows.row(row), best, count, farthest: f64::INFINITY, home: usize::MAX })
    }

    /// Take those in that are among the nearest; they are put in order.
    pub(super) fn offer(&mut self, mut several: &mut [Near]) {
        if several.len() > self.count {
            several = several.select_nth_unstable_by(self.count, Near::compare).0;
        }
        several.sort_unstable_by(Near::compare);
        self.merge(several);
        if self.best.len() == self.count {
            self.farthest = self.best.last().map_or(f64::INFINITY, |last| last.square);
        }
    }

    /// The nearest of two lists that are in order; filled from behind, so that little is moved for a few.
    fn merge(&mut self, several: &[Near]) {
        let (mut own, mut new) = (self.best.len(), several.len());
        let own_is_last = |best: &[Near], own: usize, new: usize| {
            own > 0 && (new == 0 || best[own - 1].compare(&several[new - 1]).is_gt())
        };
        while own + new > self.count {
            *if own_is_last(&self.best, own, new) { &mut own } else { &mut new } -= 1;
        }
        self.best.resize(own + new, Near::default());
        while new > 0 {
            let last = own + new - 1;
            if own_is_last(&self.best, own, new) {
                own -= 1;
                self.best[last] = self.best[own];
            } else {
                new -= 1;
                self.best[last] = several[new];
            }
        }
    }
}

/// Rows that are asked for together, and the box around them.
pub(super) struct Block<'a> {
    pub(super) queries: Vec<Query<'a>>,
    /// `ABREAST` rows at a time, column by column; the last are filled up with 0.
    pub(super) numbers: Vec<[f64; ABREAST]>,
    pub(super) extent: Extent,
    pub(super) centre: Extent,
    /// Who is farther from all of the block is none of the nearest of any.
    pub(super) farthest: f64,
}

impl<'a> Block<'a> {
    pub(super) fn new(rows: &'a Rows<'_>, own: &[usize], count: usize) -> Result<Self, Error> {
        let queries = own.iter().map(|&row| Query::new(rows, row, count)).collect::<Result<Vec<_>, _>>()?;
        let mut numbers = vec![[0.0; ABREAST]; own.len().div_ceil(ABREAST) * rows.width];
        for (some, numbers) in queries.chunks(ABREAST).zip(numbers.chunks_exact_mut(rows.width)) {
            for (at, query) in some.iter().enumerate() {
                numbers.iter_mut().zip(query.point).for_each(|(to, number)| to[at] = *number);
            }
        }
        let extent = Extent::of(rows.width, own.iter().map(|&row| rows.row(row)));
        let centre = Extent { low: extent.centre(), high: extent.centre() };
        Ok(Self { queries, numbers, extent, centre, farthest: f64::INFINITY })
    }

    pub(super) fn settle(&mut self) {
        self.farthest = self.queries.iter().map(|query| query.farthest).fold(0.0, f64::max);
    }
}

/// The squares of the distances of some points to a box, each added up as [`Extent::gap`] does it.
pub(super) struct Gaps<'a> {
    pub(super) extent: &'a Extent,
    pub(super) points: &'a [[f64; ABREAST]],
}

impl NullaryFnOnce for Gaps<'_> {
    type Output = [f64; ABREAST];

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "compiled once more for each set of vector instructions")]
    fn call(self) -> [f64; ABREAST] {
        let mut squares = [0.0; ABREAST];
        for ((points, low), high) in self.points.iter().zip(&self.extent.low).zip(&self.extent.high) {
            for (square, point) in squares.iter_mut().zip(points) {
                let apart = larger(larger(low - point, point - high), 0.0);
                *square += apart * apart;
            }
        }
        squares
    }
}

/// Of two numbers: without a look at NaN, which there is none of.
#[inline(always)]
#[expect(clippy::inline_always, reason = "compiled once more for each set of vector instructions")]
fn larger(left: f64, right: f64) -> f64 {
    if left > right { left } else { right }
}
