//! The result cut into parts that are written side by side.

use std::mem;

use super::{Atoms, Cells};

/// Dense columns that are taken together: eight numbers are one line of a core's cache.
pub(super) const OCTET: usize = 8;

/// The entries where one group of columns meets another, in every cell: cell by cell, a slice for each row.
#[derive(Default)]
pub(super) struct Part<'a>(pub(super) Vec<&'a mut [f64]>);

/// All parts of the result: groups are the octets of the dense columns (the last may be smaller), then the code
/// columns.
pub(super) struct Grid<'a> {
    octets: usize,
    codes: usize,
    parts: Vec<Vec<Part<'a>>>,
}

impl<'a> Grid<'a> {
    pub(super) fn new(atoms: &Atoms<'_>, cells: &Cells<'_>, matrix: &'a mut [f64]) -> Self {
        let dense = atoms.dense();
        let mut sizes: Vec<usize> = (0..dense).step_by(OCTET).map(|first| OCTET.min(dense - first)).collect();
        let octets = sizes.len();
        sizes.extend(atoms.levels);
        let part = |group: &usize| Part(Vec::with_capacity(group * cells.count));
        let mut parts: Vec<Vec<Part<'_>>> =
            sizes.iter().map(|size| sizes.iter().map(|_| part(size)).collect()).collect();
        let width: usize = sizes.iter().sum();
        let mut rows = matrix.chunks_exact_mut(width);
        for _ in 0..cells.count {
            for (group, &size) in sizes.iter().enumerate() {
                rows.by_ref().take(size).for_each(|row| cut(row, &sizes, &mut parts[group]));
            }
        }
        Self { octets, codes: atoms.codes.len(), parts }
    }

    pub(super) fn octets(&self) -> usize {
        self.octets
    }

    pub(super) fn codes(&self) -> usize {
        self.codes
    }

    /// The rows of an octet in the columns of a code column; each part can be taken once.
    pub(super) fn beside(&mut self, octet: usize, code: usize) -> Part<'a> {
        mem::take(&mut self.parts[octet][self.octets + code])
    }

    /// The rows of a code column in the columns of an octet.
    pub(super) fn below(&mut self, code: usize, octet: usize) -> Part<'a> {
        mem::take(&mut self.parts[self.octets + code][octet])
    }

    /// The rows of a code column in the columns of another one, or of itself.
    pub(super) fn among(&mut self, code: usize, other: usize) -> Part<'a> {
        mem::take(&mut self.parts[self.octets + code][self.octets + other])
    }
}

fn cut<'a>(row: &'a mut [f64], sizes: &[usize], parts: &mut [Part<'a>]) {
    let mut rest = row;
    for (size, part) in sizes.iter().zip(parts) {
        let (own, others) = rest.split_at_mut(*size);
        part.0.push(own);
        rest = others;
    }
}
