//! Levels with levels: counts of the rows that have both.

use super::exact::Sums;
use super::parts::{Grid, Part};
use super::{Atoms, Cells, place};
use crate::chunks::{CHUNK, Cancel, chunk, reserve};
use crate::error::Error;

/// Rows and columns that are turned over at a time: two squares of numbers that stay in a core's first-level cache.
const SQUARE: usize = 32;

/// Two code columns.
pub(super) struct Pair<'a> {
    left: usize,
    right: usize,
    /// The left one's levels in the rows.
    upper: Part<'a>,
    /// The right one's levels in the rows.
    lower: Part<'a>,
}

/// Every two code columns.
pub(super) fn pairs<'a>(grid: &mut Grid<'a>) -> Vec<Pair<'a>> {
    let mut pairs = Vec::new();
    for left in 0..grid.codes() {
        for right in left + 1..grid.codes() {
            pairs.push(Pair { left, right, upper: grid.among(left, right), lower: grid.among(right, left) });
        }
    }
    pairs
}

impl Pair<'_> {
    pub(super) fn run(mut self, atoms: &Atoms<'_>, cells: &Cells<'_>, cancel: &Cancel) -> Result<(), Error> {
        let (lefts, rights) = (atoms.levels[self.left], atoms.levels[self.right]);
        if cells.weight.is_none() && u32::try_from(cells.rows()).is_ok() {
            let table = self.count(atoms, cells, cancel)?;
            self.write(&table, lefts, rights);
        } else {
            let table = self.weigh(atoms, cells, cancel)?;
            self.write(&table, lefts, rights);
        }
        Ok(())
    }

    /// Rows for each cell, left level and right level; in half the bytes of a number, so that more stay in the cache.
    fn count(&self, atoms: &Atoms<'_>, cells: &Cells<'_>, cancel: &Cancel) -> Result<Vec<u32>, Error> {
        let size = self.size(atoms, cells);
        let mut table = reserve(size)?;
        table.resize(size, 0);
        self.each(atoms, cells, cancel, |at, _| table[at] += 1)?;
        Ok(table)
    }

    /// The same with each row's weight, in numbers.
    fn weigh(&self, atoms: &Atoms<'_>, cells: &Cells<'_>, cancel: &Cancel) -> Result<Vec<f64>, Error> {
        let mut sums = Sums::new(self.size(atoms, cells))?;
        self.each(atoms, cells, cancel, |at, row| sums.add(at, cells.weight(row)))?;
        Ok(sums.total())
    }

    fn size(&self, atoms: &Atoms<'_>, cells: &Cells<'_>) -> usize {
        cells.count * atoms.levels[self.left] * atoms.levels[self.right]
    }

    /// `work` with the place in the table and the number of each row that has a place.
    fn each(
        &self,
        atoms: &Atoms<'_>,
        cells: &Cells<'_>,
        cancel: &Cancel,
        mut work: impl FnMut(usize, usize),
    ) -> Result<(), Error> {
        let (left, right) = (atoms.codes[self.left].values(), atoms.codes[self.right].values());
        let (lefts, rights) = (atoms.levels[self.left], atoms.levels[self.right]);
        for index in 0..cells.rows().div_ceil(CHUNK) {
            cancel.check()?;
            let rows = chunk(index, cells.rows());
            let codes = left[rows.clone()].iter().zip(&right[rows.clone()]);
            for (row, (&cell, (&own, &its))) in rows.clone().zip(cells.of_row.values()[rows].iter().zip(codes)) {
                if cell | own | its >= 0 {
                    work((place(cell) * lefts + place(own)) * rights + place(its), row);
                }
            }
        }
        Ok(())
    }

    fn write<N: Copy + Into<f64>>(&mut self, table: &[N], lefts: usize, rights: usize) {
        for (row, counts) in self.upper.0.iter_mut().zip(table.chunks_exact(rights.max(1))) {
            for (entry, count) in row.iter_mut().zip(counts) {
                *entry = (*count).into();
            }
        }
        let cells = table.chunks_exact((lefts * rights).max(1));
        for (rows, counts) in self.lower.0.chunks_mut(rights.max(1)).zip(cells) {
            turn(counts, rights, rows);
        }
    }
}

/// Columns of `table`, which has `width` of them, into `rows`.
fn turn<N: Copy + Into<f64>>(table: &[N], width: usize, rows: &mut [&mut [f64]]) {
    let height = table.len() / width;
    for top in (0..height).step_by(SQUARE) {
        for (column, row) in rows.iter_mut().enumerate() {
            for at in top..height.min(top + SQUARE) {
                row[at] = table[at * width + column].into();
            }
        }
    }
}
