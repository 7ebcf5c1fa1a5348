//! Sums of squared differences, each added up column by column.

use pulp::{Simd, WithSimd, bytemuck};

use super::boxes::Rows;
use super::leaf::HEIGHT;
use super::query::{Near, Query};

/// Pairs of rows that are compared side by side: each sum waits for its last number.
const SIDE: usize = 8;

/// Which of a leaf's rows are not farther from a point than `limit`: they are put into `found`, and counted.
pub(super) struct InLeaf<'a> {
    /// Column by column.
    pub(super) columns: &'a [[f64; HEIGHT]],
    /// The rows' places; there may be fewer than numbers.
    pub(super) places: &'a [usize],
    pub(super) point: &'a [f64],
    pub(super) limit: f64,
    pub(super) found: &'a mut [Near; HEIGHT],
}

impl WithSimd for InLeaf<'_> {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> usize {
        const STRIP: usize = 4; // vectors whose sums are kept in registers
        let (mut count, limit) = (0, simd.splat_f64s(self.limit));
        for strip in 0..HEIGHT / (STRIP * S::F64_LANES) {
            let mut sums = [simd.splat_f64s(0.0); STRIP];
            for (column, number) in self.columns.iter().zip(self.point) {
                let (rows, number) =
                    (S::as_simd_f64s(column).0.as_chunks::<STRIP>().0[strip], simd.splat_f64s(*number));
                for (sum, row) in sums.iter_mut().zip(rows) {
                    let apart = simd.sub_f64s(row, number);
                    *sum = simd.add_f64s(*sum, simd.mul_f64s(apart, apart));
                }
            }
            for (at, sum) in sums.into_iter().enumerate() {
                if simd.first_true_m64s(simd.less_than_or_equal_f64s(sum, limit)) < S::F64_LANES {
                    let squares = [sum];
                    let places = self.places.iter().skip((strip * STRIP + at) * S::F64_LANES);
                    for (&square, &place) in bytemuck::cast_slice::<_, f64>(&squares).iter().zip(places) {
                        self.found[count] = Near { square, place };
                        count += usize::from(square <= self.limit);
                    }
                }
            }
        }
        count
    }
}

/// Offer rows to those of a few queries that they may be near to, each pair as a query's and a row's number.
pub(super) fn offer_pairs(pairs: &[(u8, u8)], rows: &Rows<'_>, places: &[usize], queries: &mut [Query<'_>]) {
    for pairs in pairs.chunks(SIDE) {
        let pair = |at: usize| pairs[at.min(pairs.len() - 1)];
        let sides: [_; SIDE] = std::array::from_fn(|at| {
            let (query, row) = pair(at);
            (queries[usize::from(query)].point, rows.row(places[usize::from(row)]))
        });
        let squares = side_by_side(rows.width, &sides);
        for (&(query, row), square) in pairs.iter().zip(squares) {
            let query = &mut queries[usize::from(query)];
            if square <= query.farthest {
                query.offer(&mut [Near { square, place: places[usize::from(row)] }]);
            }
        }
    }
}

fn side_by_side(width: usize, sides: &[(&[f64], &[f64]); SIDE]) -> [f64; SIDE] {
    let sides = sides.map(|(left, right)| (&left[..width], &right[..width]));
    let mut squares = [0.0; SIDE];
    for column in 0..width {
        for (square, (left, right)) in squares.iter_mut().zip(sides) {
            let apart = right[column] - left[column];
            *square += apart * apart;
        }
    }
    squares
}
