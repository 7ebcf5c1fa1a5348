//! Squares of distances, nearly, from matrix products: |x|² - 2xq + |q|².
//!
//! Only who is near enough to be a neighbour by that, with what rounding may do, need be compared in full. `f32` is
//! enough for it, as all is taken from the middle of the leaf: its digits are those of near rows.

use std::ops::Range;

use pulp::{NullaryFnOnce, Simd, WithSimd, bytemuck};

use super::boxes::Boxes;
use super::leaf::HEIGHT;
use super::query::ABREAST;
use crate::chunks::{reserve, zeros};
use crate::error::Error;

/// What matrix products need of the rows searched.
pub(super) struct Products {
    /// The middle of each leaf.
    centres: Vec<f64>,
    /// Leaf by leaf, `HEIGHT` numbers at a time: the squares of the rows' lengths, then each column less the middle.
    numbers: Vec<[f32; HEIGHT]>,
    /// The greatest square of a length in each leaf.
    longest: Vec<f32>,
    width: usize,
}

/// What they need of a few rows asked for, in one leaf, and room for what is found.
pub(super) struct Asked {
    /// Column by column: -2 times the numbers less the middle.
    numbers: Vec<[f32; ABREAST]>,
    /// The same before rounding.
    exact: Vec<[f64; ABREAST]>,
    /// Numbers of a row asked for and one of the leaf that may be near.
    pub(super) pairs: Vec<(u8, u8)>,
}

impl Asked {
    pub(super) fn new(width: usize) -> Self {
        Self { numbers: vec![[0.0; ABREAST]; width], exact: vec![[0.0; ABREAST]; width], pairs: Vec::new() }
    }
}

impl Products {
    pub(super) fn new(boxes: &Boxes, numbers: &[[f64; HEIGHT]], width: usize) -> Result<Self, Error> {
        let leaves = numbers.len() / width;
        let mut products = Self { centres: zeros(leaves * width)?, numbers: Vec::new(), longest: Vec::new(), width };
        products.numbers = reserve(leaves * (width + 1))?;
        boxes.root.leaves(&mut |leaf| {
            let index = leaf.rows.start / HEIGHT;
            products.centres[index * width..(index + 1) * width].copy_from_slice(&leaf.extent.centre());
        });
        for (leaf, centre) in numbers.chunks_exact(width).zip(products.centres.chunks_exact(width)) {
            products.numbers.push([0.0; HEIGHT]);
            let lengths = products.numbers.len() - 1;
            for (column, middle) in leaf.iter().zip(centre) {
                let column = column.map(|x| near(x - middle));
                products.numbers[lengths].iter_mut().zip(column).for_each(|(length, x)| *length += x * x);
                products.numbers.push(column);
            }
            products.longest.push(products.numbers[lengths].into_iter().fold(0.0, f32::max));
        }
        Ok(products)
    }

    /// Note pairs of a point, numbered from `first`, and a row of a leaf that may be as near as the
    /// point's limit, and some more.
    pub(super) fn near(
        &self,
        leaf: Range<usize>,
        points: &[[f64; ABREAST]],
        limits: &[f64; ABREAST],
        first: usize,
        asked: &mut Asked,
    ) {
        let (rows, leaf) = (leaf.len(), leaf.start / HEIGHT);
        let (arch, lines) = (pulp::Arch::new(), self.width + 1);
        let centre = &self.centres[leaf * self.width..][..self.width];
        let lengths = arch.dispatch(Centred { points, centre, exact: &mut asked.exact, to: &mut asked.numbers });
        let limits = std::array::from_fn(|at| self.limit(leaf, lengths[at], limits[at]));
        let columns = &self.numbers[leaf * lines..][..lines];
        arch.dispatch(Multiply { columns, asked: &asked.numbers, limits, first, rows, pairs: &mut asked.pairs });
    }

    /// The greatest |x|² - 2xq of a row that may be as near as `farthest`.
    ///
    /// With u = 2^-24, p columns and L the sum of both squares of lengths, a sum of p + 1 products is off by at most
    /// 2(p + 1)uL, each length by (p + 2)uL, a square by less than uL, and taking the middle off by 4uL: less than
    /// 8(p + 4)uL, and p times the smallest number where products are too small for digits. Where the sums might be
    /// beyond the range of `f32` on the way, all are near enough: NaN.
    fn limit(&self, leaf: usize, length: f64, farthest: f64) -> f32 {
        let columns = self.width as f64 + 4.0;
        let longest = f64::from(self.longest[leaf]);
        if farthest < 0.0 {
            return f32::NEG_INFINITY;
        } else if length + longest > f64::from(f32::MAX) / 4.0 {
            return f32::NAN;
        }
        let slack = columns * (4.0 * f64::from(f32::EPSILON) * (length + longest) + f64::from(f32::MIN_POSITIVE));
        near(farthest - (length - slack))
    }
}

/// -2 times some points' numbers less the middle of a leaf; gives the squares of their lengths.
struct Centred<'a> {
    points: &'a [[f64; ABREAST]],
    centre: &'a [f64],
    exact: &'a mut [[f64; ABREAST]],
    to: &'a mut [[f32; ABREAST]],
}

impl NullaryFnOnce for Centred<'_> {
    type Output = [f64; ABREAST];

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "compiled once more for each set of vector instructions")]
    fn call(self) -> Self::Output {
        let mut lengths = [0.0; ABREAST];
        for ((to, points), middle) in self.exact.iter_mut().zip(self.points).zip(self.centre) {
            for at in 0..ABREAST {
                let x = points[at] - middle;
                to[at] = -2.0 * x;
                lengths[at] += x * x;
            }
        }
        let numbers = self.to.as_flattened_mut().iter_mut().zip(self.exact.as_flattened());
        numbers.for_each(|(to, number)| *to = near(*number)); // by itself, that it is done in vectors
        lengths
    }
}

/// The products of a leaf's rows and some points, a part of which is kept in registers until it is done: those that are
/// not above a point's limit are put into `pairs`.
struct Multiply<'a> {
    columns: &'a [[f32; HEIGHT]],
    asked: &'a [[f32; ABREAST]],
    limits: [f32; ABREAST],
    first: usize,
    rows: usize,
    pairs: &'a mut Vec<(u8, u8)>,
}

impl WithSimd for Multiply<'_> {
    type Output = ();

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "compiled once more for each set of vector instructions")]
    fn with_simd<S: Simd>(mut self, simd: S) {
        if S::REGISTER_COUNT < 32 { self.strips::<S, 1>(simd) } else { self.strips::<S, 2>(simd) }
    }
}

impl Multiply<'_> {
    /// `SIDE` vectors of rows at a time.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "compiled once more for each set of vector instructions")]
    fn strips<S: Simd, const SIDE: usize>(&mut self, simd: S) {
        let Some((lengths, columns)) = self.columns.split_first() else { return };
        for strip in 0..HEIGHT / (SIDE * S::F32_LANES) {
            let part = |column: &[f32; HEIGHT]| S::as_simd_f32s(column).0.as_chunks::<SIDE>().0[strip];
            let mut sums = [part(lengths); ABREAST];
            for (column, asked) in columns.iter().zip(self.asked) {
                let rows = part(column);
                for (sums, factor) in sums.iter_mut().zip(asked) {
                    let factor = simd.splat_f32s(*factor);
                    for (sum, row) in sums.iter_mut().zip(rows) {
                        *sum = simd.mul_add_e_f32s(row, factor, *sum);
                    }
                }
            }
            for (point, sums) in sums.into_iter().enumerate() {
                self.sift(simd, point, strip * SIDE, sums);
            }
        }
    }

    /// The rows from the `first` vector on whose sums are not above a point's limit.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "compiled once more for each set of vector instructions")]
    #[expect(clippy::cast_possible_truncation, reason = "there are fewer points, and rows, than 256")]
    fn sift<S: Simd, const SIDE: usize>(&mut self, simd: S, point: usize, first: usize, sums: [S::f32s; SIDE]) {
        let limit = self.limits[point];
        for (at, sum) in sums.into_iter().enumerate() {
            let near = simd.less_than_or_equal_f32s(sum, simd.splat_f32s(limit));
            if simd.first_true_m32s(near) == S::F32_LANES && !limit.is_nan() {
                continue;
            }
            let rows = ((first + at) * S::F32_LANES..self.rows).map(|row| row as u8);
            for (row, &product) in rows.zip(bytemuck::cast_slice::<_, f32>(&[sum])) {
                if product <= limit || limit.is_nan() {
                    self.pairs.push(((self.first + point) as u8, row));
                }
            }
        }
    }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "compiled once more for each set of vector instructions")]
#[expect(clippy::cast_possible_truncation, reason = "fewer digits are enough, and what is too large becomes infinite")]
fn near(number: f64) -> f32 {
    number as f32
}
