//! The rows asked for, and what each has found so far.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::boxes::{Extent, Rows};
use crate::chunks::reserve;
use crate::error::Error;

/// A row that was searched, and how far it is: less is nearer, and of equally far ones the one that comes first.
pub(super) struct Near {
    pub(super) square: f64,
    pub(super) place: usize,
}

impl Ord for Near {
    fn cmp(&self, other: &Self) -> Ordering {
        self.square.total_cmp(&other.square).then(self.place.cmp(&other.place))
    }
}

impl PartialOrd for Near {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Near {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Near {}

/// One row asked for.
pub(super) struct Query<'a> {
    pub(super) row: usize,
    pub(super) point: &'a [f64],
    /// The nearest so far, the farthest of them on top.
    pub(super) best: BinaryHeap<Near>,
    count: usize,
    /// Who is farther is none of the nearest.
    pub(super) farthest: f64,
}

impl<'a> Query<'a> {
    fn new(rows: &'a Rows<'_>, row: usize, count: usize) -> Result<Self, Error> {
        let best = BinaryHeap::from(reserve(count)?);
        Ok(Self { row, point: rows.row(row), best, count, farthest: f64::INFINITY })
    }

    /// Take a row in, if it is one of the nearest.
    pub(super) fn offer(&mut self, near: Near) {
        if self.best.len() < self.count {
            self.best.push(near);
        } else if let Some(mut last) = self.best.peek_mut()
            && near < *last
        {
            *last = near;
        }
        if self.best.len() == self.count {
            self.farthest = self.best.peek().map_or(f64::INFINITY, |last| last.square);
        }
    }
}

/// Rows that are asked for together, and the box around them.
pub(super) struct Block<'a> {
    pub(super) queries: Vec<Query<'a>>,
    pub(super) extent: Extent,
    pub(super) centre: Vec<f64>,
}

impl<'a> Block<'a> {
    pub(super) fn new(rows: &'a Rows<'_>, own: &[usize], count: usize) -> Result<Self, Error> {
        let queries = own.iter().map(|&row| Query::new(rows, row, count)).collect::<Result<_, _>>()?;
        let extent = Extent::of(rows, own);
        let centre = extent.centre();
        Ok(Self { queries, extent, centre })
    }

    /// Who is farther from all of the block is none of the nearest of any.
    pub(super) fn farthest(&self) -> f64 {
        self.queries.iter().map(|query| query.farthest).fold(0.0, f64::max)
    }
}
