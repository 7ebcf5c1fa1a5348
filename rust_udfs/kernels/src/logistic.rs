//! The loss of many logistic regressions over one matrix, with its gradient: the matrix is read once for all of them.
//!
//! The rows are cut into blocks that stay in a core's second-level cache: products forward, the loss of each row, and
//! products backward are made before the next block is read (`block.rs`, `pointwise.rs`). Sums are put together in the
//! order of the blocks, whatever the number of threads.

mod block;
mod numbers;
mod pointwise;

use std::ops::Range;

use arrow_array::{Array, Float64Array, Int32Array};

use crate::boosted_trees::Matrix;
use crate::chunks::{Cancel, in_order, zeros};
use crate::error::{Error, require};
use crate::logistic::block::{Block, Columns, Point, Products, Rows};
use crate::logistic::numbers::{LANES, add};
use crate::logistic::pointwise::slopes;

/// Numbers of one intermediate value of a block: 320 KiB.
const CACHED: usize = 40_960;
const FEWEST_ROWS: usize = 256;
const MOST_ROWS: usize = 8192;
/// Lanes walk their blocks side by side: enough for as many cores to be busy.
const MOST_LANES: usize = 16;

/// A matrix (n × p) and the class of each row, laid out for many regressions. Holds one copy of the matrix.
///
/// Two classes need one vector of p + 1 coefficients a model, more classes one for each class; the intercept comes
/// last. With t = -1 for the second class and +1 for the first and v = t·xw, a row's loss is log(1 + exp(v)); of more
/// classes it is the logarithm of the softmax. As in scikit-learn's `LinearModelLoss`, without the penalty.
#[derive(Clone, Debug)]
pub struct Logistic {
    columns: Columns,
    classes: usize,
    blocks: Vec<Block>,
}

/// The rows of a sparse matrix: the entries of row i are `starts[i]..starts[i + 1]`.
#[derive(Clone, Copy, Debug)]
pub struct SparseRows<'a> {
    /// n + 1 places, ascending.
    pub starts: &'a [i64],
    /// The column of each entry.
    pub columns: &'a [i32],
    /// The value of each entry.
    pub values: &'a [f64],
    /// p.
    pub width: usize,
}

/// The rows' classes from 0, and what each row counts.
#[derive(Clone, Copy, Debug)]
pub struct Labels<'a> {
    /// The class of each row.
    pub codes: &'a Int32Array,
    /// The number of classes, 2 or more.
    pub classes: usize,
    /// The weight of each row; all 1 without it.
    pub weight: Option<&'a Float64Array>,
}

/// Sums over all rows: the loss of each model, and its gradient, shaped like the coefficients.
#[derive(Clone, Debug, PartialEq)]
pub struct Sums {
    /// One number a model.
    pub losses: Vec<f64>,
    /// Vector by vector, p + 1 numbers each.
    pub gradients: Vec<f64>,
}

impl Logistic {
    /// A dense matrix; its columns `scarce`, ascending, are kept as sparse ones. At best for `vectors` vectors at a
    /// time.
    ///
    /// # Errors
    /// [`Error::Invalid`] if lengths do not fit, a class is out of range, there are NULLs; [`Error::Memory`].
    ///
    /// ```
    /// use arrow_array::Int32Array;
    /// use stratum_kernels::{Cancel, Labels, Logistic, Matrix};
    /// let matrix = Matrix { values: &[1.0, -1.0], rows: 2, column_major: true };
    /// let codes = Int32Array::from(vec![1, 0]);
    /// let labels = Labels { codes: &codes, classes: 2, weight: None };
    /// let rows = Logistic::dense(&matrix, 1, &[], &labels, 1)?;
    /// let sums = rows.sums(&[0.0, 0.0], &[], &Cancel::default())?;
    /// assert!((sums.losses[0] - 2.0 * 2_f64.ln()).abs() < 1e-15);
    /// assert_eq!(sums.gradients, [-1.0, 0.0]);
    /// # Ok::<(), stratum_kernels::Error>(())
    /// ```
    pub fn dense(
        matrix: &Matrix<'_>,
        width: usize,
        scarce: &[usize],
        labels: &Labels<'_>,
        vectors: usize,
    ) -> Result<Self, Error> {
        require(matrix.rows.checked_mul(width) == Some(matrix.values.len()), || {
            format!("{} numbers are not {} rows of {width} columns", matrix.values.len(), matrix.rows)
        })?;
        require(scarce.is_sorted() && scarce.last().is_none_or(|&last| last < width), || {
            format!("columns {scarce:?} of {width}")
        })?;
        let full = (0..width).filter(|column| scarce.binary_search(column).is_err()).collect();
        let columns = Columns { full, scarce: scarce.to_vec() };
        let blocks =
            cut(matrix.rows, labels, vectors, |rows, own, signs| Block::dense(matrix, &columns, rows, own, signs))?;
        Ok(Self { columns, classes: labels.classes, blocks })
    }

    /// A sparse matrix.
    ///
    /// # Errors
    /// As [`dense`](Self::dense), and [`Error::Invalid`] if the places of the entries make no matrix.
    pub fn sparse(matrix: &SparseRows<'_>, labels: &Labels<'_>, vectors: usize) -> Result<Self, Error> {
        let columns = Columns { full: Vec::new(), scarce: (0..matrix.width).collect() };
        let blocks =
            cut(matrix.checked()?, labels, vectors, |rows, own, signs| Block::sparse(matrix, rows, own, signs))?;
        Ok(Self { columns, classes: labels.classes, blocks })
    }

    /// Coefficient vectors of one model: one for two classes, else one for each class.
    #[must_use]
    pub fn vectors(&self) -> usize {
        if self.classes == 2 { 1 } else { self.classes }
    }

    /// The sums at one point for each model.
    ///
    /// `coefficients`: vector by vector, p + 1 numbers each. `factors`: what a row of each class counts, model by model;
    /// empty if all count 1. What overflows makes a model's loss NaN or infinite and touches no other model.
    ///
    /// # Errors
    /// [`Error::Invalid`] if lengths do not fit; [`Error::Memory`], [`Error::Cancelled`].
    pub fn sums(&self, coefficients: &[f64], factors: &[f64], cancel: &Cancel) -> Result<Sums, Error> {
        let models = self.models(coefficients, factors)?;
        let point = Point::new(&self.columns, coefficients)?;
        let lanes = in_order(self.lanes(), cancel, |blocks| self.lane(&blocks, &point, models, factors, cancel))?;
        let mut total = Lane { losses: zeros(models)?, products: point.products()? };
        for lane in lanes {
            add(&mut total.losses, &lane.losses);
            total.products.add(&lane.products);
        }
        Ok(Sums { losses: total.losses, gradients: point.in_order(&total.products)? })
    }

    /// The blocks of each lane; how many there are does not depend on the threads.
    fn lanes(&self) -> Vec<Range<usize>> {
        let count = self.blocks.len();
        let lanes = count.min(MOST_LANES);
        (0..lanes).map(|lane| count * lane / lanes..count * (lane + 1) / lanes).collect()
    }

    fn lane(
        &self,
        blocks: &Range<usize>,
        point: &Point<'_>,
        models: usize,
        factors: &[f64],
        cancel: &Cancel,
    ) -> Result<Lane, Error> {
        let own = &self.blocks[blocks.clone()];
        let most = own.iter().map(|block| block.rows.len()).max().unwrap_or(0);
        let mut lane = Lane { losses: zeros(models)?, products: point.products()? };
        let mut room = zeros(most * point.vectors)?;
        for block in own {
            cancel.check()?;
            let raw = &mut room[..block.rows.len() * point.vectors];
            block.forward(point, raw);
            slopes(&block.rows, raw, self.classes, factors, &mut lane.losses);
            block.backward(point, raw, &mut lane.products);
        }
        Ok(lane)
    }

    /// The number of models, if the lengths fit.
    fn models(&self, coefficients: &[f64], factors: &[f64]) -> Result<usize, Error> {
        let each = self.vectors() * (self.columns.full.len() + self.columns.scarce.len() + 1);
        let models = coefficients.len() / each;
        require(coefficients.len() == models * each, || {
            format!("{} coefficients are not {each} a model", coefficients.len())
        })?;
        require(factors.is_empty() || factors.len() == models * self.classes, || {
            format!("{} factors for {models} models of {} classes", factors.len(), self.classes)
        })?;
        Ok(models)
    }
}

/// Sums over the rows of one lane.
struct Lane {
    losses: Vec<f64>,
    products: Products,
}

/// Blocks of all rows, made by `block` from its rows, where they are, and their signs.
fn cut(
    rows: usize,
    labels: &Labels<'_>,
    vectors: usize,
    block: impl Fn(Rows, Range<usize>, &[f64]) -> Result<Block, Error>,
) -> Result<Vec<Block>, Error> {
    labels.check(rows)?;
    let height = (CACHED / vectors.max(1)).clamp(FEWEST_ROWS, MOST_ROWS) / LANES * LANES;
    let each = (0..rows.div_ceil(height)).map(|index| {
        let own = index * height..rows.min((index + 1) * height);
        block(Rows::new(labels, own.clone()), own.clone(), &labels.signs(own))
    });
    each.collect()
}

impl Labels<'_> {
    fn check(&self, rows: usize) -> Result<(), Error> {
        require(self.classes >= 2, || format!("{} classes", self.classes))?;
        require(self.codes.len() == rows, || format!("{} classes for {rows} rows", self.codes.len()))?;
        let most = i32::try_from(self.classes).unwrap_or(i32::MAX);
        let known = self.codes.null_count() == 0 && self.codes.values().iter().all(|code| (0..most).contains(code));
        require(known, || format!("the class of a row is not one of {}", self.classes))?;
        let weights = self.weight.map_or(rows, Array::len);
        require(weights == rows, || format!("{weights} weights for {rows} rows"))?;
        require(self.weight.is_none_or(|weight| weight.null_count() == 0), || "a weight is NULL".to_owned())
    }

    /// What each row's products are multiplied with.
    fn signs(&self, rows: Range<usize>) -> Vec<f64> {
        let own = &self.codes.values()[rows];
        own.iter().map(|&code| if self.classes == 2 && code == 1 { -1.0 } else { 1.0 }).collect()
    }
}

impl SparseRows<'_> {
    /// n, if the places make a matrix.
    fn checked(&self) -> Result<usize, Error> {
        let wrong = || Error::Invalid("the places of the entries make no matrix".to_owned());
        let (first, last) = self.starts.first().zip(self.starts.last()).ok_or_else(wrong)?;
        let entries = usize::try_from(*last).map_err(|_| wrong())?;
        let inside = |&column: &i32| usize::try_from(column).is_ok_and(|column| column < self.width);
        let fits = *first == 0 && self.starts.is_sorted() && entries == self.values.len();
        let known = fits && entries == self.columns.len() && self.columns.iter().all(inside);
        if known { Ok(self.starts.len() - 1) } else { Err(wrong()) }
    }
}

#[cfg(test)]
mod tests;
