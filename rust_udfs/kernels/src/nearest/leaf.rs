//! The rows searched, leaf by leaf, and what a block of rows asked for does in each.
//!
//! Of few columns, the squares are added up at once for all rows of a leaf. Of many, a matrix product gives them nearly,
//! by |x|² - 2xq + |q|², and only who is near enough to be a neighbour by that, with what rounding may do, is compared
//! in full. Products are taken of the rows less the middle of all, so that no digits are lost to a common offset.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use pulp::NullaryFnOnce;

use super::boxes::{Boxes, Rows};
use super::query::{Block, Near, Query};
use crate::chunks::{Cancel, zeros};
use crate::error::Error;

/// Rows of a leaf: enough for loops over them to be worth it, and few enough for a box to be small.
const HEIGHT: usize = 128;
/// Rows whose sums are kept in registers.
const LANES: usize = 32;
/// From so many columns on a matrix product is faster.
pub(super) const MANY: usize = 16;

pub(super) struct Leaves {
    boxes: Boxes,
    width: usize,
    /// Leaf by leaf, column by column: `HEIGHT` numbers, the last leaf filled up with 0.
    numbers: Vec<f64>,
    products: Option<Products>,
}

impl Leaves {
    pub(super) fn new(rows: Rows<'_>) -> Result<Self, Error> {
        let boxes = Boxes::new(rows, HEIGHT);
        let mut numbers = zeros(rows.count().next_multiple_of(HEIGHT) * rows.width)?;
        for (index, leaf) in numbers.chunks_exact_mut(HEIGHT * rows.width).enumerate() {
            for (column, line) in leaf.chunks_exact_mut(HEIGHT).enumerate() {
                let own = boxes.leaf(index * HEIGHT);
                line.iter_mut().zip(own).for_each(|(cell, &row)| *cell = rows.at(row, column));
            }
        }
        let products = (rows.width >= MANY).then(|| Products::new(&boxes, &numbers, rows.width)).transpose()?;
        Ok(Self { boxes, width: rows.width, numbers, products })
    }

    /// Give each of the block its nearest rows.
    pub(super) fn visit(&self, block: &mut Block, cancel: &Cancel) -> Result<(), Error> {
        let asked = self.products.as_ref().map(|products| products.asked(block)).transpose()?;
        self.descend(0, block, asked, cancel).map(|_| ())
    }

    fn descend(
        &self,
        node: usize,
        block: &mut Block,
        mut asked: Option<Asked>,
        cancel: &Cancel,
    ) -> Result<Option<Asked>, Error> {
        let own = &self.boxes.nodes[node];
        if own.gap(&block.low, &block.high) > block.farthest() {
            return Ok(asked);
        }
        if let Some([left, right]) = own.halves {
            let away = |half: usize| self.boxes.nodes[half].gap(&block.centre, &block.centre);
            let halves = if away(right) < away(left) { [right, left] } else { [left, right] };
            for half in halves {
                asked = self.descend(half, block, asked, cancel)?;
            }
        } else {
            cancel.check()?;
            self.meet(node, block, asked.as_mut());
        }
        Ok(asked)
    }

    /// Compare the rows of a leaf with those of a block.
    fn meet(&self, node: usize, block: &mut Block, asked: Option<&mut Asked>) {
        let own = &self.boxes.nodes[node];
        let index = own.rows.start / HEIGHT;
        let columns = &self.numbers[index * HEIGHT * self.width..][..HEIGHT * self.width];
        let leaf = Leaf { columns, rows: &self.boxes.order[own.rows.clone()] };
        match self.products.as_ref().zip(asked) {
            Some((products, asked)) => {
                products.multiply(index, asked);
                for (at, query) in block.queries.iter_mut().enumerate() {
                    leaf.sift(query, &asked.products[at * HEIGHT..][..HEIGHT], |farthest| {
                        products.limit(index, asked.lengths[at], farthest)
                    });
                }
            }
            None => block.queries.iter_mut().for_each(|query| {
                if own.gap(&query.point, &query.point) <= query.farthest {
                    leaf.compare(query);
                }
            }),
        }
    }
}

struct Leaf<'a> {
    columns: &'a [f64],
    rows: &'a [usize],
}

impl Leaf<'_> {
    /// Offer every row.
    fn compare(&self, query: &mut Query) {
        let mut squares = [0.0; HEIGHT];
        let arch = pulp::Arch::new();
        arch.dispatch(Squares { columns: self.columns, point: &query.point, squares: &mut squares });
        for (squares, rows) in squares.chunks_exact(LANES).zip(self.rows.chunks(LANES)) {
            if arch.dispatch(Within { numbers: squares, limit: query.farthest }) {
                rows.iter().zip(squares).for_each(|(&place, &square)| {
                    if square <= query.farthest {
                        query.offer(Near { square, place });
                    }
                });
            }
        }
    }

    /// Offer the rows whose product is within the limit that `limit` gives for what is still near enough.
    fn sift(&self, query: &mut Query, products: &[f64], limit: impl Fn(f64) -> f64) {
        let arch = pulp::Arch::new();
        for (group, rows) in self.rows.chunks(LANES).enumerate() {
            let own = &products[group * LANES..][..LANES];
            if arch.dispatch(Within { numbers: own, limit: limit(query.farthest) }) {
                for (at, &place) in rows.iter().enumerate() {
                    if within(own[at], limit(query.farthest)) {
                        let square = self.square(group * LANES + at, &query.point);
                        query.offer(Near { square, place });
                    }
                }
            }
        }
    }

    fn square(&self, at: usize, point: &[f64]) -> f64 {
        let numbers = self.columns[at..].iter().step_by(HEIGHT);
        numbers.zip(point).fold(0.0, |sum, (x, q)| sum + (x - q) * (x - q))
    }
}

/// The squares of a leaf's rows, each added up column by column.
struct Squares<'a> {
    columns: &'a [f64],
    point: &'a [f64],
    squares: &'a mut [f64; HEIGHT],
}

impl NullaryFnOnce for Squares<'_> {
    type Output = ();

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "compiled once more for each set of vector instructions")]
    fn call(self) {
        for (group, squares) in self.squares.chunks_exact_mut(LANES).enumerate() {
            let mut sums = [0.0; LANES];
            for (column, q) in self.columns.chunks_exact(HEIGHT).zip(self.point) {
                let several = &column[group * LANES..(group + 1) * LANES];
                for lane in 0..LANES {
                    let apart = several[lane] - q;
                    sums[lane] += apart * apart;
                }
            }
            squares.copy_from_slice(&sums);
        }
    }
}

/// Whether any number is within a limit.
struct Within<'a> {
    numbers: &'a [f64],
    limit: f64,
}

impl NullaryFnOnce for Within<'_> {
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
fn within(number: f64, limit: f64) -> bool {
    !(number > limit)
}

/// What matrix products need of the rows searched.
struct Products {
    centre: Vec<f64>,
    /// As `numbers` of the leaves, less the centre, with one more column: the squares of the rows' lengths.
    numbers: Vec<f64>,
    /// The greatest square of a length in each leaf.
    longest: Vec<f64>,
}

/// What they need of a block of rows asked for, and room for the products.
struct Asked {
    /// Row by row: -2 times the numbers less the centre, and 1.
    numbers: Vec<f64>,
    /// The squares of the rows' lengths.
    lengths: Vec<f64>,
    /// Row by row: `HEIGHT` numbers, |x|² - 2xq.
    products: Vec<f64>,
}

impl Products {
    fn new(boxes: &Boxes, numbers: &[f64], width: usize) -> Result<Self, Error> {
        let whole = &boxes.nodes[0];
        let centre: Vec<_> = whole.low.iter().zip(&whole.high).map(|(low, high)| low.midpoint(*high)).collect();
        let mut centred = zeros(numbers.len() / width * (width + 1))?;
        let mut longest = Vec::new();
        for (to, from) in centred.chunks_exact_mut(HEIGHT * (width + 1)).zip(numbers.chunks_exact(HEIGHT * width)) {
            let (to, lengths) = to.split_at_mut(HEIGHT * width);
            for (at, (to, from)) in to.iter_mut().zip(from).enumerate() {
                *to = from - centre[at / HEIGHT];
                lengths[at % HEIGHT] += *to * *to;
            }
            longest.push(lengths.iter().copied().fold(0.0, f64::max));
        }
        Ok(Self { centre, numbers: centred, longest })
    }

    fn asked(&self, block: &Block) -> Result<Asked, Error> {
        let (mut numbers, mut lengths) = (Vec::new(), Vec::new());
        for query in &block.queries {
            let centred = query.point.iter().zip(&self.centre).map(|(x, middle)| x - middle);
            lengths.push(centred.clone().map(|x| x * x).sum());
            numbers.extend(centred.map(|x| -2.0 * x).chain([1.0]));
        }
        let products = zeros(HEIGHT * lengths.len())?;
        Ok(Asked { numbers, lengths, products })
    }

    /// |x|² - 2xq of each row of a leaf with each of the block.
    fn multiply(&self, leaf: usize, asked: &mut Asked) {
        let (lines, rows) = (self.centre.len() + 1, asked.lengths.len());
        let numbers = &self.numbers[leaf * HEIGHT * lines..][..HEIGHT * lines];
        let left = MatRef::from_column_major_slice(numbers, HEIGHT, lines);
        let right = MatRef::from_column_major_slice(&asked.numbers, lines, rows);
        let products = MatMut::from_column_major_slice_mut(&mut asked.products, HEIGHT, rows);
        matmul(products, Accum::Replace, left, right, 1.0, Par::Seq);
    }

    /// The greatest |x|² - 2xq of a row that may be as near as `farthest`.
    ///
    /// With u = 2^-53, p columns and L the sum of both squares of lengths, a sum of p + 1 products is off by at most
    /// 2(p + 1)uL, each length by puL, a square by 2(p + 2)uL, and taking the centre off by 4uL: less than 8(p + 4)uL.
    fn limit(&self, leaf: usize, length: f64, farthest: f64) -> f64 {
        let slack = 4.0 * (self.centre.len() as f64 + 4.0) * f64::EPSILON * (length + self.longest[leaf]);
        farthest - length + slack
    }
}
