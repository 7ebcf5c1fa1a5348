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

/// Rows that say, for all of a node, in which column it is widest: any column would do.
const SAMPLED: usize = 128;

/// The smallest box around some points.
pub(super) struct Extent {
    pub(super) low: Vec<f64>,
    pub(super) high: Vec<f64>,
}

impl Extent {
    pub(super) fn of<'a>(width: usize, rows: impl Iterator<Item = &'a [f64]>) -> Self {
        let mut extent = Self { low: vec![f64::INFINITY; width], high: vec![f64::NEG_INFINITY; width] };
        rows.for_each(|row| extent.widen(row, row));
        extent
    }

    fn union(left: &Self, right: &Self) -> Self {
        let mut extent = Self { low: left.low.clone(), high: left.high.clone() };
        extent.widen(&right.low, &right.high);
        extent
    }

    fn widen(&mut self, low: &[f64], high: &[f64]) {
        let lows = self.low.iter_mut().zip(low);
        lows.for_each(|(own, &number)| *own = if number < *own { number } else { *own });
        let highs = self.high.iter_mut().zip(high);
        highs.for_each(|(own, &number)| *own = if number > *own { number } else { *own });
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
        let (own, others) = (self.low.iter().zip(&self.high), other.low.iter().zip(&other.high));
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
    pub(super) halves: Option<Box<Halves>>,
}

/// What is up to a number in one column, and what is from there on.
pub(super) struct Halves {
    column: usize,
    cut: f64,
    pub(super) nodes: [Node; 2],
}

impl Node {
    /// Call `work` with each leaf, in order.
    pub(super) fn leaves(&self, work: &mut impl FnMut(&Self)) {
        match &self.halves {
            Some(halves) => halves.nodes.iter().for_each(|half| half.leaves(work)),
            None => work(self),
        }
    }

    /// The leaf in which a point would be, were it one of the rows.
    pub(super) fn home(&self, point: &[f64]) -> &Self {
        let mut node = self;
        while let Some(halves) = &node.halves {
            node = &halves.nodes[usize::from(point[halves.column] >= halves.cut)];
        }
        node
    }
}

/// A tree of boxes. Every leaf has `height` rows, but for the last in their order, which may have fewer.
pub(super) struct Boxes {
    pub(super) order: Vec<usize>,
    pub(super) root: Node,
}

impl Boxes {
    /// Called on the pool, it is made by all threads.
    pub(super) fn new(rows: &Rows<'_>, height: usize) -> Self {
        let mut order: Vec<_> = (0..rows.count()).map(|row| (0.0, row)).collect();
        let root = grow(rows, &mut order, 0, height);
        Self { order: order.into_iter().map(|(_, row)| row).collect(), root }
    }

    /// Up to `height` rows from `start` on in the order.
    pub(super) fn part(&self, start: usize, height: usize) -> &[usize] {
        &self.order[start..self.order.len().min(start + height)]
    }
}

/// Put these rows, which begin at `start`, in order: cut where half of the leaves are on each side, and the halves again.
///
/// Beside each row is room for the number that it is put in order by.
fn grow(rows: &Rows<'_>, order: &mut [(f64, usize)], start: usize, height: usize) -> Node {
    let own = start..start + order.len();
    let every = |step: usize, order: &[(f64, usize)]| {
        Extent::of(rows.width, order.iter().step_by(step).map(|(_, row)| rows.row(*row)))
    };
    if order.len() <= height {
        return Node { rows: own, extent: every(1, order), halves: None };
    }
    let half = order.len().div_ceil(height) / 2 * height;
    let column = every(order.len().div_ceil(SAMPLED), order).widest();
    for (number, row) in order.iter_mut() {
        *number = rows.row(*row)[column];
    }
    let cut = order.select_nth_unstable_by(half, |left, right| left.0.total_cmp(&right.0)).1.0;
    let (left, right) = order.split_at_mut(half);
    let (left, right) = rayon::join(|| grow(rows, left, start, height), || grow(rows, right, start + half, height));
    let extent = Extent::union(&left.extent, &right.extent);
    Node { rows: own, extent, halves: Some(Box::new(Halves { column, cut, nodes: [left, right] })) }
}
