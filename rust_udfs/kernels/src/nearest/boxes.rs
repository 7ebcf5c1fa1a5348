//! Rows in an order in which near ones stand together, with boxes around them: a tree of k dimensions.

use std::ops::Range;

use crate::boosted_trees::Matrix;

/// The rows of a matrix.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    matrix: Matrix<'a>,
    pub(super) width: usize,
}

impl<'a> Rows<'a> {
    pub(super) fn new(matrix: Matrix<'a>, width: usize) -> Self {
        Self { matrix, width }
    }

    pub(super) fn count(&self) -> usize {
        self.matrix.rows
    }

    pub(super) fn at(&self, row: usize, column: usize) -> f64 {
        let Matrix { values, rows, column_major } = self.matrix;
        values[if column_major { column * rows + row } else { row * self.width + column }]
    }
}

/// The smallest box around some rows, and, of more rows than a leaf has, the nodes of its halves.
pub(super) struct Node {
    /// Places in the order of the tree.
    pub(super) rows: Range<usize>,
    pub(super) low: Vec<f64>,
    pub(super) high: Vec<f64>,
    pub(super) halves: Option<[usize; 2]>,
}

impl Node {
    fn new(rows: Rows<'_>, own: Range<usize>, order: &[usize]) -> Self {
        let extent = |column| {
            let numbers = order.iter().map(|&row| rows.at(row, column));
            numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (x.min(low), x.max(high)))
        };
        let (low, high) = (0..rows.width).map(extent).unzip();
        Self { rows: own, low, high, halves: None }
    }

    /// The column in which the box is widest.
    fn widest(&self) -> usize {
        let widths = self.low.iter().zip(&self.high).map(|(low, high)| high - low);
        widths.enumerate().max_by(|left, right| left.1.total_cmp(&right.1)).map_or(0, |(column, _)| column)
    }

    /// The square of the distance to another box.
    ///
    /// Added up like that of two rows, and a rounded number is never less than a rounded smaller one: no computed square
    /// of a row in this box and one in the other is less, to the last bit.
    pub(super) fn gap(&self, low: &[f64], high: &[f64]) -> f64 {
        let mut square = 0.0;
        for column in 0..low.len() {
            let apart = (self.low[column] - high[column]).max(low[column] - self.high[column]).max(0.0);
            square += apart * apart;
        }
        square
    }
}

/// A tree of boxes. Every leaf has `height` rows, but for the last in their order, which may have fewer.
pub(super) struct Boxes {
    pub(super) order: Vec<usize>,
    pub(super) nodes: Vec<Node>,
    height: usize,
}

impl Boxes {
    pub(super) fn new(rows: Rows<'_>, height: usize) -> Self {
        let mut boxes = Self { order: (0..rows.count()).collect(), nodes: Vec::new(), height };
        boxes.grow(rows, 0..rows.count());
        boxes
    }

    /// The rows of the leaf that begins at `start` in the order.
    pub(super) fn leaf(&self, start: usize) -> &[usize] {
        &self.order[start..self.order.len().min(start + self.height)]
    }

    /// Cut these rows, and the halves again; which node they are.
    fn grow(&mut self, rows: Rows<'_>, own: Range<usize>) -> usize {
        let node = Node::new(rows, own.clone(), &self.order[own.clone()]);
        let (index, column) = (self.nodes.len(), node.widest());
        self.nodes.push(node);
        if own.len() > self.height {
            let half = own.len().div_ceil(self.height) / 2 * self.height;
            let at = |row: &usize| rows.at(*row, column);
            self.order[own.clone()].select_nth_unstable_by(half, |left, right| at(left).total_cmp(&at(right)));
            let middle = own.start + half;
            let halves = [self.grow(rows, own.start..middle), self.grow(rows, middle..own.end)];
            self.nodes[index].halves = Some(halves);
        }
        index
    }
}
