//! The rows searched, leaf by leaf, and what a block of rows asked for does in each.
//!
//! Of few columns, the squares are added up at once for all rows of a leaf. Of many, a matrix product gives them nearly,
//! by |x|² - 2xq + |q|², and only who is near enough to be a neighbour by that, with what rounding may do, is compared
//! in full. `f32` is enough for it, as all is taken from the middle of the leaf: its digits are those of near rows.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use pulp::NullaryFnOnce;
use rayon::prelude::*;

use super::boxes::{Boxes, Node, Rows};
use super::query::{Block, Near, Query};
use crate::chunks::{Cancel, reserve, zeros};
use crate::error::Error;

/// Rows of a leaf: enough for loops over them to be worth it, and few enough for a box to be small.
const HEIGHT: usize = 128;
/// Rows whose sums are kept in registers.
const LANES: usize = 32;
/// Rows that are compared side by side, column by column.
const ABREAST: usize = 4;
/// From so many columns on a matrix product is faster.
pub(super) const MANY: usize = 16;

pub(super) struct Leaves<'a> {
    rows: &'a Rows<'a>,
    boxes: Boxes,
    /// Leaf by leaf, column by column: `HEIGHT` numbers, the last leaf filled up with 0.
    numbers: Vec<f64>,
    products: Option<Products>,
}

impl<'a> Leaves<'a> {
    pub(super) fn new(rows: &'a Rows<'a>) -> Result<Self, Error> {
        let boxes = Boxes::new(rows, HEIGHT);
        let mut numbers = zeros(rows.count().next_multiple_of(HEIGHT) * rows.width)?;
        numbers.par_chunks_exact_mut(HEIGHT * rows.width).enumerate().for_each(|(index, leaf)| {
            for (at, &row) in boxes.leaf(index * HEIGHT).iter().enumerate() {
                let cells = leaf[at..].iter_mut().step_by(HEIGHT);
                cells.zip(rows.row(row)).for_each(|(cell, number)| *cell = *number);
            }
        });
        let products = (rows.width >= MANY).then(|| Products::new(&boxes, &numbers, rows.width)).transpose()?;
        Ok(Self { rows, boxes, numbers, products })
    }

    /// Give each of the block its nearest rows.
    pub(super) fn visit(&self, block: &mut Block<'_>, cancel: &Cancel) -> Result<(), Error> {
        let mut asked = self.products.as_ref().map(|_| Asked::new(block.queries.len(), self.rows.width));
        self.descend(&self.boxes.root, block, asked.as_mut(), cancel)
    }

    fn descend(
        &self,
        node: &Node,
        block: &mut Block<'_>,
        mut asked: Option<&mut Asked>,
        cancel: &Cancel,
    ) -> Result<(), Error> {
        if node.extent.gap(&block.extent) > block.farthest() {
            return Ok(());
        }
        let Some(halves) = &node.halves else {
            cancel.check()?;
            self.meet(node, block, asked);
            return Ok(());
        };
        let [left, right] = &**halves;
        let away = |half: &Node| half.extent.gap_to(&block.centre);
        let in_order = if away(right) < away(left) { [right, left] } else { [left, right] };
        in_order.into_iter().try_for_each(|half| self.descend(half, block, asked.as_deref_mut(), cancel))
    }

    /// Compare the rows of a leaf with those of a block.
    fn meet(&self, node: &Node, block: &mut Block<'_>, asked: Option<&mut Asked>) {
        let (index, size) = (node.rows.start / HEIGHT, HEIGHT * self.rows.width);
        let places = &self.boxes.order[node.rows.clone()];
        if let Some((products, asked)) = self.products.as_ref().zip(asked) {
            products.multiply(index, &block.queries, asked);
            for (at, query) in block.queries.iter_mut().enumerate() {
                let limit = |farthest| products.limit(index, asked.lengths[at], farthest);
                self.sift(places, query, &asked.products[at * HEIGHT..][..HEIGHT], limit);
            }
        } else {
            for query in &mut block.queries {
                if node.extent.gap_to(query.point) <= query.farthest {
                    compare(places, query, &self.numbers[index * size..][..size]);
                }
            }
        }
    }

    /// Offer the rows whose product is within the limit that `limit` gives for what is still near enough.
    fn sift(&self, places: &[usize], query: &mut Query<'_>, products: &[f32], limit: impl Fn(f64) -> f32) {
        let arch = pulp::Arch::new();
        let mut found = [0; LANES];
        for (products, places) in products.chunks_exact(LANES).zip(places.chunks(LANES)) {
            let most = limit(query.farthest);
            if arch.dispatch(Within { numbers: products, limit: most }) {
                let mut count = 0;
                for (&place, &product) in places.iter().zip(products) {
                    found[count] = place;
                    count += usize::from(within(product, most));
                }
                found[..count].chunks(ABREAST).for_each(|places| self.offer(places, query));
            }
        }
    }

    /// Offer a few rows, which are compared side by side: each sum waits for its last number.
    fn offer(&self, places: &[usize], query: &mut Query<'_>) {
        let row = |at: usize| self.rows.row(places[at.min(places.len() - 1)]);
        let rows: [&[f64]; ABREAST] = std::array::from_fn(row);
        let mut squares = [0.0; ABREAST];
        for (column, q) in query.point.iter().enumerate() {
            for (square, row) in squares.iter_mut().zip(rows) {
                *square += (row[column] - q) * (row[column] - q);
            }
        }
        for (&place, square) in places.iter().zip(squares) {
            query.offer(Near { square, place });
        }
    }
}

/// Offer every row of a leaf.
fn compare(places: &[usize], query: &mut Query<'_>, columns: &[f64]) {
    let mut squares = [0.0; HEIGHT];
    let arch = pulp::Arch::new();
    arch.dispatch(Squares { columns, point: query.point, to: &mut squares });
    for (squares, places) in squares.chunks_exact(LANES).zip(places.chunks(LANES)) {
        if arch.dispatch(Within { numbers: squares, limit: query.farthest }) {
            for (&place, &square) in places.iter().zip(squares) {
                if square <= query.farthest {
                    query.offer(Near { square, place });
                }
            }
        }
    }
}

/// The squares of a leaf's rows, each added up column by column.
struct Squares<'a> {
    columns: &'a [f64],
    point: &'a [f64],
    to: &'a mut [f64; HEIGHT],
}

impl NullaryFnOnce for Squares<'_> {
    type Output = ();

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "compiled once more for each set of vector instructions")]
    fn call(self) {
        let (groups, _) = self.columns.as_chunks::<LANES>();
        for (group, squares) in self.to.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
            let mut sums = [0.0; LANES];
            let columns = groups[group..].iter().step_by(HEIGHT / LANES);
            for (several, q) in columns.zip(self.point) {
                for lane in 0..LANES {
                    let apart = several[lane] - q;
                    sums[lane] += apart * apart;
                }
            }
            *squares = sums;
        }
    }
}

/// Whether any number is within a limit.
struct Within<'a, T> {
    numbers: &'a [T],
    limit: T,
}

impl<T: PartialOrd + Copy> NullaryFnOnce for Within<'_, T> {
    type Output = bool;

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "compiled once more for each set of vector instructions")]
    fn call(self) -> bool {
        self.numbers.iter().fold(false, |any, &number| any | within(number, self.limit))
    }
}

/// Not farther; also what overflowed and cannot be compared.
#[inline(always)]
#[expect(clippy::inline_always, reason = "compiled once more for each set of vector instructions")]
#[expect(clippy::neg_cmp_op_on_partial_ord, reason = "NaN is within")]
fn within<T: PartialOrd + Copy>(number: T, limit: T) -> bool {
    !(number > limit)
}

/// What matrix products need of the rows searched.
struct Products {
    /// The middle of each leaf.
    centres: Vec<f64>,
    /// As `numbers` of the leaves, less the middle, with one more column: the squares of the rows' lengths.
    numbers: Vec<f32>,
    /// The greatest square of a length in each leaf.
    longest: Vec<f32>,
    width: usize,
}

/// What they need of a block of rows asked for, in one leaf, and room for the products.
struct Asked {
    /// Row by row: -2 times the numbers less the middle, and 1.
    numbers: Vec<f32>,
    /// The squares of the rows' lengths.
    lengths: Vec<f32>,
    /// Row by row: `HEIGHT` numbers, |x|² - 2xq.
    products: Vec<f32>,
}

impl Asked {
    fn new(rows: usize, width: usize) -> Self {
        Self { numbers: vec![1.0; rows * (width + 1)], lengths: vec![0.0; rows], products: vec![0.0; rows * HEIGHT] }
    }
}

impl Products {
    fn new(boxes: &Boxes, numbers: &[f64], width: usize) -> Result<Self, Error> {
        let leaves = numbers.len() / (HEIGHT * width);
        let mut products = Self { centres: zeros(leaves * width)?, numbers: Vec::new(), longest: Vec::new(), width };
        products.numbers = reserve(numbers.len() + leaves * HEIGHT)?;
        boxes.root.leaves(&mut |leaf| {
            let index = leaf.rows.start / HEIGHT;
            products.centres[index * width..(index + 1) * width].copy_from_slice(&leaf.extent.centre());
        });
        for (leaf, centre) in numbers.chunks_exact(HEIGHT * width).zip(products.centres.chunks_exact(width)) {
            let mut lengths = [0.0; HEIGHT];
            for (column, middle) in leaf.chunks_exact(HEIGHT).zip(centre) {
                products.numbers.extend(column.iter().zip(&mut lengths).map(|(x, length)| {
                    let x = near(x - middle);
                    *length += x * x;
                    x
                }));
            }
            products.numbers.extend(lengths);
            products.longest.push(lengths.into_iter().fold(0.0, f32::max));
        }
        Ok(products)
    }

    /// |x|² - 2xq of each row of a leaf with each of the block.
    fn multiply(&self, leaf: usize, queries: &[Query<'_>], asked: &mut Asked) {
        let lines = self.width + 1;
        let centre = &self.centres[leaf * self.width..][..self.width];
        let own = asked.numbers.chunks_exact_mut(lines).zip(&mut asked.lengths);
        for (query, (to, length)) in queries.iter().zip(own) {
            *length = pulp::Arch::new().dispatch(Centred { point: query.point, centre, to });
        }
        let left =
            MatRef::from_column_major_slice(&self.numbers[leaf * HEIGHT * lines..][..HEIGHT * lines], HEIGHT, lines);
        let right = MatRef::from_column_major_slice(&asked.numbers, lines, queries.len());
        let products = MatMut::from_column_major_slice_mut(&mut asked.products, HEIGHT, queries.len());
        matmul(products, Accum::Replace, left, right, 1.0, Par::Seq);
    }

    /// The greatest |x|² - 2xq of a row that may be as near as `farthest`.
    ///
    /// With u = 2^-24, p columns and L the sum of both squares of lengths, a sum of p + 1 products is off by at most
    /// 2(p + 1)uL, each length by (p + 2)uL, a square by less than uL, and taking the middle off by 4uL: less than
    /// 8(p + 4)uL, and p times the smallest number where products are too small for digits.
    fn limit(&self, leaf: usize, length: f32, farthest: f64) -> f32 {
        let columns = self.width as f64 + 4.0;
        let (length, longest) = (f64::from(length), f64::from(self.longest[leaf]));
        let slack = columns * (4.0 * f64::from(f32::EPSILON) * (length + longest) + f64::from(f32::MIN_POSITIVE));
        near(farthest - length + slack)
    }
}

/// -2 times a row's numbers less the middle of a leaf; gives the square of its length.
struct Centred<'a> {
    point: &'a [f64],
    centre: &'a [f64],
    to: &'a mut [f32],
}

impl NullaryFnOnce for Centred<'_> {
    type Output = f32;

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "compiled once more for each set of vector instructions")]
    fn call(self) -> f32 {
        for ((to, x), middle) in self.to.iter_mut().zip(self.point).zip(self.centre) {
            *to = -2.0 * near(x - middle);
        }
        let (lanes, rest) = self.to[..self.point.len()].as_chunks::<16>();
        let mut sums = [0.0; 16];
        for several in lanes {
            sums.iter_mut().zip(several).for_each(|(sum, x)| *sum += x * x);
        }
        0.25 * (sums.iter().sum::<f32>() + rest.iter().map(|x| x * x).sum::<f32>())
    }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "compiled once more for each set of vector instructions")]
#[expect(clippy::cast_possible_truncation, reason = "fewer digits are enough, and what is too large becomes infinite")]
fn near(number: f64) -> f32 {
    number as f32
}
