//! Numbers with levels: each row adds its numbers to the sums of its levels.

use std::ops::Range;

use arrow_array::Array;

use super::dense::or_zero;
use super::exact::Sums;
use super::parts::{Grid, OCTET, Part};
use super::{Atoms, Cells, place};
use crate::chunks::{Cancel, reserve};
use crate::error::Error;

/// Rows whose numbers are laid out at a time: 16 KiB.
const PANEL: usize = 256;
/// Numbers of one level that are summed without compensation: few enough for 1e-15.
const RUN: u8 = 64;

type Numbers = [f64; OCTET];

/// Up to eight dense columns and all levels.
pub(super) struct Octet<'a> {
    /// The first of the dense columns, of which 0 is that of ones.
    first: usize,
    codes: Vec<Targets<'a>>,
}

/// Where the sums of one code column go.
struct Targets<'a> {
    /// Octet in the rows, levels in the columns.
    beside: Part<'a>,
    /// Levels in the rows, octet in the columns.
    below: Part<'a>,
    /// The levels with themselves: the same as with the column of ones, so the first octet has it.
    own: Option<Part<'a>>,
}

impl<'a> Octet<'a> {
    pub(super) fn new(octet: usize, grid: &mut Grid<'a>) -> Self {
        let codes = (0..grid.codes()).map(|code| Targets {
            beside: grid.beside(octet, code),
            below: grid.below(code, octet),
            own: (octet == 0).then(|| grid.among(code, code)),
        });
        Self { codes: codes.collect(), first: octet * OCTET }
    }

    pub(super) fn run(self, atoms: &Atoms<'_>, cells: &Cells<'_>, cancel: &Cancel) -> Result<(), Error> {
        let mut tables = Tables::new(atoms, cells)?;
        let mut panel = [[0.0; OCTET]; PANEL];
        for first in (0..cells.rows()).step_by(PANEL) {
            cancel.check()?;
            let rows = first..cells.rows().min(first + PANEL);
            self.fill(&mut panel, atoms, cells, rows.clone());
            tables.add(&panel, atoms, cells, rows);
        }
        let totals = tables.totals();
        let mut rest = &totals[..];
        for (targets, levels) in self.codes.into_iter().zip(atoms.levels) {
            let (own, others) = rest.split_at(levels * cells.count * OCTET);
            targets.write(own, *levels);
            rest = others;
        }
        Ok(())
    }

    /// The octet's numbers of some rows, times the row's weight.
    fn fill(&self, panel: &mut [Numbers; PANEL], atoms: &Atoms<'_>, cells: &Cells<'_>, rows: Range<usize>) {
        let last = atoms.dense().min(self.first + OCTET);
        for (place, index) in (self.first..last).enumerate() {
            match index.checked_sub(1) {
                None => panel.iter_mut().for_each(|numbers| numbers[place] = 1.0),
                Some(index) => fill_column(panel, place, atoms, index, rows.clone()),
            }
        }
        if let Some(weight) = cells.weight {
            for (numbers, w) in panel.iter_mut().zip(&weight.values()[rows]) {
                *numbers = numbers.map(|x| x * w);
            }
        }
    }
}

fn fill_column(panel: &mut [Numbers; PANEL], place: usize, atoms: &Atoms<'_>, index: usize, rows: Range<usize>) {
    let (column, pivot) = (&atoms.columns[index], atoms.pivots[index]);
    for (numbers, x) in panel.iter_mut().zip(&column.values()[rows.clone()]) {
        numbers[place] = or_zero(x - pivot);
    }
    if let Some(nulls) = column.nulls() {
        for (numbers, _) in panel.iter_mut().zip(rows).filter(|(_, row)| nulls.is_null(*row)) {
            numbers[place] = 0.0;
        }
    }
}

/// The sums of every level of every code column in every cell.
struct Tables {
    /// For each level the sums of its rows since the last time these were added to `sums`.
    recent: Vec<Numbers>,
    /// Rows in them, fewer than [`RUN`].
    rows: Vec<u8>,
    sums: Sums,
}

impl Tables {
    fn new(atoms: &Atoms<'_>, cells: &Cells<'_>) -> Result<Self, Error> {
        let size = atoms.levels.iter().sum::<usize>() * cells.count;
        let (mut recent, mut rows) = (reserve(size)?, reserve(size)?);
        recent.resize(size, [0.0; OCTET]);
        rows.resize(size, 0);
        Ok(Self { recent, rows, sums: Sums::new(size.saturating_mul(OCTET))? })
    }

    fn add(&mut self, panel: &[Numbers; PANEL], atoms: &Atoms<'_>, cells: &Cells<'_>, rows: Range<usize>) {
        let mut first = 0;
        for (codes, levels) in atoms.codes.iter().zip(atoms.levels) {
            let places = cells.of_row.values()[rows.clone()].iter().zip(&codes.values()[rows.clone()]);
            for (numbers, (&cell, &level)) in panel.iter().zip(places) {
                if cell | level >= 0 {
                    self.add_row(first + place(cell) * levels + place(level), numbers);
                }
            }
            first += levels * cells.count;
        }
    }

    fn add_row(&mut self, at: usize, numbers: &Numbers) {
        for (sum, x) in self.recent[at].iter_mut().zip(numbers) {
            *sum += x;
        }
        self.rows[at] += 1;
        if self.rows[at] == RUN {
            self.settle(at);
        }
    }

    fn settle(&mut self, at: usize) {
        self.sums.add_all(at * OCTET, &self.recent[at]);
        self.recent[at] = [0.0; OCTET];
        self.rows[at] = 0;
    }

    /// For each code column, cell and level the octet of sums.
    fn totals(mut self) -> Vec<f64> {
        for at in 0..self.recent.len() {
            self.settle(at);
        }
        self.sums.total()
    }
}

impl Targets<'_> {
    /// Write the octets of sums of one code column, cell by cell and level by level.
    fn write(mut self, totals: &[f64], levels: usize) {
        for (index, (sums, row)) in totals.chunks_exact(OCTET).zip(&mut self.below.0).enumerate() {
            let (cell, level) = (index / levels, index % levels);
            row.copy_from_slice(&sums[..row.len()]);
            let width = row.len();
            for (beside, sum) in self.beside.0[cell * width..].iter_mut().zip(&sums[..width]) {
                beside[level] = *sum;
            }
            if let Some(own) = &mut self.own {
                own.0[index][level] = sums[0];
            }
        }
    }
}
