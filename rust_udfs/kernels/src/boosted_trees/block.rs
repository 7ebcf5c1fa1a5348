//! Some rows of a matrix as trees read them: row by row, only the columns that occur, ready for one plain comparison.

use std::slice::ChunksExact;

use crate::boosted_trees::Matrix;
use crate::chunks::zeros;
use crate::error::Error;

/// Rows that go through a tree side by side.
pub(super) const LANES: usize = 32;
/// Numbers between two columns, so that one row's numbers do not all fall into the same few places of the cache.
const GAP: usize = 8;
/// Numbers of a block: 32 KiB, which stay in a core's first-level cache while all trees are walked.
const NUMBERS: usize = 4096;
const MOST_ROWS: usize = 512;
/// Numbers no larger are 0 to LightGBM: its `kZeroThreshold`, a constant of single precision.
const ZERO: f64 = 1e-35_f32 as f64;

/// What LightGBM takes for missing at a split, where the missing go, and so what the split compares instead.
///
/// A split goes left if `x <= threshold`: -infinity always does, NaN never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Missing {
    /// NaN counts as 0.
    Nothing,
    /// NaN goes left, or right.
    Nan { left: bool },
    /// 0 goes left, or right; NaN counts as 0.
    Zero { left: bool },
}

/// A feature as some splits see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Column {
    pub(super) feature: usize,
    pub(super) missing: Missing,
}

/// Up to `height` rows, column by column.
pub(super) struct Block<'a> {
    columns: &'a [Column],
    height: usize,
    values: Vec<f64>,
}

impl<'a> Block<'a> {
    pub(super) fn new(columns: &'a [Column]) -> Result<Self, Error> {
        let height = (NUMBERS / columns.len().max(1)).clamp(LANES, MOST_ROWS) / LANES * LANES;
        Ok(Self { columns, height, values: zeros((height + GAP) * columns.len().max(1))? })
    }

    /// Rows it has room for, a multiple of [`LANES`].
    pub(super) fn height(&self) -> usize {
        self.height
    }

    /// The columns, each of at least `height` numbers.
    pub(super) fn columns(&self) -> ChunksExact<'_, f64> {
        self.values.chunks_exact(self.height + GAP)
    }

    /// Take `count` rows of the matrix, which has `features` columns; rows beyond them keep what they had.
    pub(super) fn fill(&mut self, matrix: &Matrix<'_>, features: usize, first: usize, count: usize) {
        for (column, cells) in self.columns.iter().zip(self.values.chunks_exact_mut(self.height + GAP)) {
            if matrix.column_major {
                let start = column.feature * matrix.rows + first;
                copy(matrix.values[start..start + count].iter(), cells, column.missing);
            } else {
                let start = first * features + column.feature;
                copy(matrix.values[start..].iter().step_by(features).take(count), cells, column.missing);
            }
        }
    }
}

/// Each number as [`Missing`] says. The kind of column is looked at once, not once a number.
fn copy<'a>(numbers: impl Iterator<Item = &'a f64>, cells: &mut [f64], missing: Missing) {
    let pairs = numbers.map(|&x| if x.abs() <= ZERO { 0.0 } else { x }).zip(cells);
    let instead = |left| if left { f64::NEG_INFINITY } else { f64::NAN };
    match missing {
        Missing::Nothing => pairs.for_each(|(x, cell)| *cell = if x.is_nan() { 0.0 } else { x }),
        Missing::Nan { left } => pairs.for_each(|(x, cell)| *cell = if x.is_nan() { instead(left) } else { x }),
        Missing::Zero { left } => {
            pairs.for_each(|(x, cell)| *cell = if x.is_nan() || x == 0.0 { instead(left) } else { x });
        }
    }
}
