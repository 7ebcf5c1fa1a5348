//! Some rows of the matrix, and their products with many vectors.

use std::ops::Range;

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};

use super::numbers::{LANES, add};
use super::{Labels, SparseRows};
use crate::boosted_trees::Matrix;
use crate::chunks::zeros;
use crate::error::Error;

/// The classes and weights of some rows, filled up to a multiple of [`LANES`] with rows that count 0.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    /// As wide as the numbers, so that they are compared side by side with them.
    pub(super) classes: Vec<u64>,
    pub(super) weights: Vec<f64>,
}

impl Rows {
    pub(super) fn new(labels: &Labels<'_>, rows: Range<usize>) -> Self {
        let codes = labels.codes.values()[rows.clone()].iter();
        let mut classes: Vec<u64> = codes.map(|&code| u64::try_from(code).unwrap_or(0)).collect(); // they were checked
        let mut weights = match labels.weight {
            Some(weight) => weight.values()[rows].to_vec(),
            None => vec![1.0; rows.len()],
        };
        let filled = classes.len().next_multiple_of(LANES);
        classes.resize(filled, 0);
        weights.resize(filled, 0.0);
        Self { classes, weights }
    }

    /// Rows, those that fill up included.
    pub(super) fn len(&self) -> usize {
        self.classes.len()
    }
}

/// Which columns of the matrix are kept full, and which sparse; both ascending.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    pub(super) full: Vec<usize>,
    pub(super) scarce: Vec<usize>,
}

/// Rows of the matrix times their signs.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) rows: Rows,
    /// Column by column; the last is the intercept's: the signs.
    full: Vec<f64>,
    /// The entries of the sparse columns, row by row: place of the column, value.
    entries: Vec<(usize, f64)>,
    /// Where each row's entries begin, and the end of the last; empty if there are no sparse columns.
    starts: Vec<usize>,
}

impl Block {
    pub(super) fn dense(
        matrix: &Matrix<'_>,
        columns: &Columns,
        rows: Rows,
        own: Range<usize>,
        signs: &[f64],
    ) -> Result<Self, Error> {
        let width = columns.full.len() + columns.scarce.len();
        let at = |row: usize, column: usize| {
            let place = if matrix.column_major { column * matrix.rows + row } else { row * width + column };
            matrix.values[place]
        };
        let mut full = zeros(rows.len() * (columns.full.len() + 1))?;
        for (line, &column) in full.chunks_exact_mut(rows.len()).zip(&columns.full) {
            for ((cell, row), sign) in line.iter_mut().zip(own.clone()).zip(signs) {
                *cell = at(row, column) * sign;
            }
        }
        intercept(&mut full, rows.len(), signs);
        let mut block = Self { rows, full, entries: Vec::new(), starts: Vec::new() };
        if !columns.scarce.is_empty() {
            block.scarce(own.zip(signs).map(|(row, sign)| {
                let numbers = columns.scarce.iter().map(move |&column| at(row, column) * sign);
                numbers.enumerate().filter(|&(_, number)| number != 0.0)
            }));
        }
        Ok(block)
    }

    pub(super) fn sparse(matrix: &SparseRows<'_>, rows: Rows, own: Range<usize>, signs: &[f64]) -> Result<Self, Error> {
        let mut full = zeros(rows.len())?;
        intercept(&mut full, rows.len(), signs);
        let mut block = Self { rows, full, entries: Vec::new(), starts: Vec::new() };
        let place = |place: i64| usize::try_from(place).unwrap_or(0); // they were checked
        block.scarce(own.zip(signs).map(|(row, sign)| {
            let entries = place(matrix.starts[row])..place(matrix.starts[row + 1]);
            let columns = matrix.columns[entries.clone()].iter().map(|&column| usize::try_from(column).unwrap_or(0));
            columns.zip(matrix.values[entries].iter().map(move |value| value * sign))
        }));
        Ok(block)
    }

    fn scarce(&mut self, rows: impl Iterator<Item = impl Iterator<Item = (usize, f64)>>) {
        self.starts.push(0);
        for row in rows {
            self.entries.extend(row);
            self.starts.push(self.entries.len());
        }
    }

    /// The products of the rows with every vector: `raw` is vector by vector, one number a row.
    pub(super) fn forward(&self, point: &Point, raw: &mut [f64]) {
        let (rows, lines) = (self.rows.len(), self.full.len() / self.rows.len());
        let numbers = MatRef::from_column_major_slice(&self.full, rows, lines);
        let vectors = MatRef::from_column_major_slice(&point.full, lines, point.vectors);
        let products = MatMut::from_column_major_slice_mut(&mut *raw, rows, point.vectors);
        matmul(products, Accum::Replace, numbers, vectors, 1.0, Par::Seq);
        let mut own = vec![0.0; point.vectors];
        for (row, bounds) in self.starts.windows(2).enumerate() {
            own.fill(0.0);
            for &(column, value) in &self.entries[bounds[0]..bounds[1]] {
                let coefficients = &point.scarce[column * point.vectors..(column + 1) * point.vectors];
                own.iter_mut().zip(coefficients).for_each(|(sum, coefficient)| *sum += value * coefficient);
            }
            raw[row..].iter_mut().step_by(rows).zip(&own).for_each(|(cell, sum)| *cell += sum);
        }
    }

    /// Add the products of the columns with every vector of `slopes`, laid out as `raw`.
    pub(super) fn backward(&self, point: &Point, slopes: &[f64], sums: &mut Products) {
        let (rows, lines) = (self.rows.len(), self.full.len() / self.rows.len());
        let numbers = MatRef::from_column_major_slice(&self.full, rows, lines);
        let each = MatRef::from_column_major_slice(slopes, rows, point.vectors);
        let products = MatMut::from_column_major_slice_mut(&mut sums.full, lines, point.vectors);
        matmul(products, Accum::Add, numbers.transpose(), each, 1.0, Par::Seq);
        let mut own = vec![0.0; point.vectors];
        for (row, bounds) in self.starts.windows(2).enumerate() {
            own.iter_mut().zip(slopes[row..].iter().step_by(rows)).for_each(|(own, slope)| *own = *slope);
            for &(column, value) in &self.entries[bounds[0]..bounds[1]] {
                let products = &mut sums.scarce[column * point.vectors..(column + 1) * point.vectors];
                products.iter_mut().zip(&own).for_each(|(sum, slope)| *sum += value * slope);
            }
        }
    }
}

/// The last column: the signs, and 0 for rows that fill up.
fn intercept(full: &mut [f64], rows: usize, signs: &[f64]) {
    let last = full.len() - rows;
    full[last..last + signs.len()].copy_from_slice(signs);
}

/// Coefficients, laid out for products with blocks.
pub(super) struct Point<'a> {
    columns: &'a Columns,
    pub(super) vectors: usize,
    /// Vector by vector: those of the full columns, then the intercept.
    full: Vec<f64>,
    /// Column by column: that of each vector.
    scarce: Vec<f64>,
}

impl<'a> Point<'a> {
    /// `coefficients`: vector by vector, the intercept last.
    pub(super) fn new(columns: &'a Columns, coefficients: &[f64]) -> Result<Self, Error> {
        let width = columns.full.len() + columns.scarce.len() + 1;
        let vectors = coefficients.len() / width;
        let mut full = zeros(vectors * (columns.full.len() + 1))?;
        let mut scarce = zeros(vectors * columns.scarce.len())?;
        for (index, own) in coefficients.chunks_exact(width).enumerate() {
            let line = &mut full[index * (columns.full.len() + 1)..][..=columns.full.len()];
            let wanted = columns.full.iter().copied().chain([width - 1]);
            line.iter_mut().zip(wanted).for_each(|(to, column)| *to = own[column]);
            for (place, &column) in columns.scarce.iter().enumerate() {
                scarce[place * vectors + index] = own[column];
            }
        }
        Ok(Self { columns, vectors, full, scarce })
    }

    /// Zeros.
    pub(super) fn products(&self) -> Result<Products, Error> {
        Ok(Products { full: zeros(self.full.len())?, scarce: zeros(self.scarce.len())? })
    }

    /// Products in the order of the coefficients.
    pub(super) fn in_order(&self, products: &Products) -> Result<Vec<f64>, Error> {
        let Columns { full, scarce } = self.columns;
        let width = full.len() + scarce.len() + 1;
        let mut found = zeros(self.vectors * width)?;
        for (index, own) in found.chunks_exact_mut(width).enumerate() {
            let line = &products.full[index * (full.len() + 1)..][..=full.len()];
            full.iter().copied().chain([width - 1]).zip(line).for_each(|(column, from)| own[column] = *from);
            for (place, &column) in scarce.iter().enumerate() {
                own[column] = products.scarce[place * self.vectors + index];
            }
        }
        Ok(found)
    }
}

/// Sums of products, laid out as the coefficients of a [`Point`].
pub(super) struct Products {
    full: Vec<f64>,
    scarce: Vec<f64>,
}

impl Products {
    pub(super) fn add(&mut self, other: &Self) {
        add(&mut self.full, &other.full);
        add(&mut self.scarce, &other.scarce);
    }
}
