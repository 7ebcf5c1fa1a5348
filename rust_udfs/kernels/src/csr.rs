//! Sparse matrices, compressed row by row (CSR): those lent by the caller, checked, and those a kernel makes.

use std::ops::Range;

use crate::error::{Error, require};

/// Stored numbers of one task: some tenths of a millisecond of work.
const TASK: usize = 32_768;

/// A matrix of n rows and `width` columns of which only some numbers are stored.
#[derive(Clone, Copy, Debug)]
pub struct Csr<'a, T> {
    /// n + 1 places: row i has the stored numbers `starts[i]..starts[i + 1]`.
    pub starts: &'a [i64],
    /// The column of each stored number.
    pub columns: &'a [i32],
    /// The stored numbers.
    pub values: &'a [T],
    /// How many columns there are.
    pub width: usize,
}

/// The parts of a [`Csr`], made by a kernel.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnedCsr<T> {
    /// n + 1 places: row i has the stored numbers `starts[i]..starts[i + 1]`.
    pub starts: Vec<i64>,
    /// The column of each stored number.
    pub columns: Vec<i32>,
    /// The stored numbers.
    pub values: Vec<T>,
}

impl<T> Csr<'_, T> {
    /// # Errors
    /// [`Error::Invalid`] where the places do not rise from 0 to the number of stored numbers, or a column is outside
    /// `0..width`.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let stored = self.columns.len();
        require(self.values.len() == stored, || format!("{} values in {stored} columns", self.values.len()))?;
        let ends = self.starts.first() == Some(&0) && self.starts.last().is_some_and(|&end| place(end) == stored);
        require(ends && self.starts.is_sorted(), || format!("the rows' places do not rise from 0 to {stored}"))?;
        let beyond = self.columns.iter().fold(0, |most, &column| most.max(column.cast_unsigned()));
        require(stored == 0 || (beyond as usize) < self.width, || {
            format!("a column {} outside 0 to {} (exclusive)", beyond.cast_signed(), self.width)
        })
    }

    /// n.
    pub(crate) fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// `row` as a place.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there is no such row.
    pub(crate) fn checked(&self, row: i64) -> Result<usize, Error> {
        let found = usize::try_from(row).ok().filter(|&row| row < self.rows());
        found.ok_or_else(|| Error::Invalid(format!("row {row} outside 0 to {} (exclusive)", self.rows())))
    }

    /// The columns and numbers stored of one row.
    pub(crate) fn row(&self, row: usize) -> (&[i32], &[T]) {
        let own = place(self.starts[row])..place(self.starts[row + 1]);
        (&self.columns[own.clone()], &self.values[own])
    }

    /// All rows, cut where about [`TASK`] numbers are stored: the same cuts whatever the number of threads.
    pub(crate) fn tasks(&self) -> Vec<Range<usize>> {
        let mut tasks = Vec::new();
        let mut first = 0;
        for row in 1..=self.rows() {
            let stored = place(self.starts[row]) - place(self.starts[first]);
            if row == self.rows() || stored + row - first >= TASK {
                tasks.push(first..row);
                first = row;
            }
        }
        tasks
    }
}

/// A place in memory that is known not to be negative.
pub(crate) fn place(at: i64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}
