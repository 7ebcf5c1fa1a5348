//! Rows in an order in which near ones stand together, with boxes around them: a tree of k dimensions.

use std::borrow::Cow;
use std::ops::Range;

use crate::boosted_trees::Matrix;
use crate::chunks::zeros;
use crate::error::Error;

/// Rows that are turned to lie row by row at a time: what is read of each column then stays in the cache.
const TURNED: usize = 64;

/// The rows of a matrix, one after the other.
pub(super) struct Rows<'a> {
    values: Cow<'a, [f64]>,
    pub(super) width: usize,
}

impl<'a> Rows<'a> {
    /// A copy only if the matrix is laid out column by column.
    pub(super) fn new(matrix: &Matrix<'a>, width: usize) -> Result<Self, Error> {
        if !matrix.column_major {
            return Ok(Self { values: Cow::Borrowed(matrix.values), width });
        }
        let mut values = zeros(matrix.values.len())?;
        for (part, own) in values.chunks_mut(TURNED * width).enumerate() {
            for (column, line) in matrix.values.chunks_exact(matrix.rows).enumerate() {
                let cells = own[column..].iter_mut().step_by(width);
                cells.zip(&line[part * TURNED..]).for_each(|(cell, number)| *cell = *number);
            }
        }
        Ok(Self { values: Cow::Owned(values), width })
    }

    pub(super) fn count(&self) -> usize {
        self.values.len() / self.width
    }

    pub(super) fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.width..(row + 1) * self.width]
    }
}

/// The smallest box around some points.
pub(super) struct Extent {
    low: Vec<f64>,
    high: Vec<f64>,
}

impl Extent {
    pub(super) fn of(rows: &Rows<'_>, own: &[usize]) -> Self {
        let mut extent = Self { low: vec![f64::INFINITY; rows.width], high: vec![f64::NEG_INFINITY; rows.width] };
        for &row in own {
            let bounds = extent.low.iter_mut().zip(&mut extent.high);
            for ((low, high), &number) in bounds.zip(rows.row(row)) {
                *low = if number < *low { number } else { *low };
                *high = if number > *high { number } else { *high };
            }
        }
        extent
    }

    pub(super) fn centre(&self) -> Vec<f64> {
        self.low.iter().zip(&self.high).map(|(low, high)| low.midpoint(*high)).collect()
    }

    /// The column in which it is widest.
    fn widest(&self) -> usize {
        let widths = self.low.iter().zip(&self.high).map(|(low, high)| high - low);
        widths.enumerate().max_by(|left, right| left.1.total_cmp(&right.1)).map_or(0, |(column, _)| column)
    }

    /// The square of the distance to another box.
    ///
    /// Added up like that of two rows, and a rounded number is never less than a rounded smaller one: no computed square
    /// of a row in this box and one in the other is less, to the last bit.
    pub(super) fn gap(&self, other: &Self) -> f64 {
        self.away(&other.low, &other.high)
    }

    /// The square of the distance to a point.
    pub(super) fn gap_to(&self, point: &[f64]) -> f64 {
        self.away(point, point)
    }

    fn away(&self, low: &[f64], high: &[f64]) -> f64 {
        let (own, others) = (self.low.iter().zip(&self.high), low.iter().zip(high));
        own.zip(others).fold(0.0, |square, ((own_low, own_high), (low, high))| {
            let apart = (own_low - high).max(low - own_high).max(0.0);
            square + apart * apart
        })
    }
}

/// Some rows, their box, and, of more rows than a leaf has, their halves.
pub(super) struct Node {
    /// Places in the order of the tree.
    pub(super) rows: Range<usize>,
    pub(super) extent: Extent,
    pub(super) halves: Option<Box<[Node; 2]>>,
}

impl Node {
    /// Call `work` with each leaf, in order.
    pub(super) fn leaves(&self, work: &mut impl FnMut(&Self)) {
        match &self.halves {
            Some(halves) => halves.iter().for_each(|half| half.leaves(work)),
            None => work(self),
        }
    }
}

/// A tree of boxes. Every leaf has `height` rows, but for the last in their order, which may have fewer.
pub(super) struct Boxes {
    pub(super) order: Vec<usize>,
    pub(super) root: Node,
    height: usize,
}

impl Boxes {
    /// Called on the pool, it is made by all threads.
    pub(super) fn new(rows: &Rows<'_>, height: usize) -> Self {
        let mut order: Vec<_> = (0..rows.count()).collect();
        let root = grow(rows, &mut order, 0, height);
        Self { order, root, height }
    }

    /// The rows of the leaf that begins at `start` in the order.
    pub(super) fn leaf(&self, start: usize) -> &[usize] {
        &self.order[start..self.order.len().min(start + self.height)]
    }
}

/// Put these rows, which begin at `start`, in order: cut where half of the leaves are on each side, and the halves again.
fn grow(rows: &Rows<'_>, order: &mut [usize], start: usize, height: usize) -> Node {
    let extent = Extent::of(rows, order);
    let own = start..start + order.len();
    if order.len() <= height {
        return Node { rows: own, extent, halves: None };
    }
    let (half, column) = (order.len().div_ceil(height) / 2 * height, extent.widest());
    let at = |row: &usize| rows.row(*row)[column];
    order.select_nth_unstable_by(half, |left, right| at(left).total_cmp(&at(right)));
    let (left, right) = order.split_at_mut(half);
    let (left, right) = rayon::join(|| grow(rows, left, start, height), || grow(rows, right, start + half, height));
    Node { rows: own, extent, halves: Some(Box::new([left, right])) }
}
