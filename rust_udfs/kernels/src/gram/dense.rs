//! Numbers with numbers: matrix products over small panels of rows of one cell.

use std::ops::Range;

use arrow_array::{Array, Float64Array};
use faer::linalg::matmul::triangular::{BlockStructure, matmul};
use faer::{Accum, MatMut, MatRef, Par};

use super::exact::Sums;
use super::{Atoms, Cells, known};
use crate::chunks::{CHUNK, Cancel, in_order, reserve, zeros};
use crate::error::{Error, require};

/// Rows that are summed one after the other: few enough for 1e-15 even if all their roundings go to one side.
const PANEL: usize = 64;
/// Rows whose panels are added up without compensation: enough for the products to outweigh it.
const RUN: usize = 8 * PANEL;
/// Numbers of a block that are gathered before their products are taken: 8 MiB.
const MOST_GATHERED: usize = 1 << 20;
/// Bytes of the sums of all lanes, unless two lanes need more.
const MOST_SUMS: usize = 64 << 20;
/// Lanes walk their rows side by side: enough for as many cores to be busy.
const MOST_LANES: usize = 64;

/// Fill in the entries of the column of ones and the numbers, for every cell.
///
/// The rows are cut into lanes, whose number does not depend on the threads; a lane goes through its blocks in their
/// order and the lanes' sums are added in theirs.
pub(super) fn dense(atoms: &Atoms<'_>, cells: &Cells<'_>, matrix: &mut [f64], cancel: &Cancel) -> Result<(), Error> {
    let work = Work::new(atoms, cells);
    let mut lanes = in_order(work.lanes(), cancel, |blocks| work.lane(blocks, cancel))?.into_iter();
    let Some(mut sums) = lanes.next() else {
        return Ok(()); // no rows
    };
    for lane in lanes {
        sums.merge(&lane);
    }
    write(&sums.total(), work.width, atoms.width()?, matrix);
    Ok(())
}

/// Put the packed lower triangles of `dense` columns where they belong in matrices of `width` columns, and mirror them.
fn write(packed: &[f64], dense: usize, width: usize, matrix: &mut [f64]) {
    for (triangle, matrix) in packed.chunks_exact(triangle(dense)).zip(matrix.chunks_exact_mut(width * width)) {
        let mut entries = triangle.iter();
        for row in 0..dense {
            for (column, entry) in (0..=row).zip(&mut entries) {
                matrix[row * width + column] = *entry;
                matrix[column * width + row] = *entry;
            }
        }
    }
}

/// Entries on and below the diagonal.
fn triangle(width: usize) -> usize {
    width * (width + 1) / 2
}

struct Work<'a> {
    atoms: &'a Atoms<'a>,
    cells: &'a Cells<'a>,
    /// Columns: that of ones, and the numbers.
    width: usize,
    /// Rows gathered at a time.
    block: usize,
}

impl<'a> Work<'a> {
    fn new(atoms: &'a Atoms<'a>, cells: &'a Cells<'a>) -> Self {
        let width = atoms.dense();
        let wanted = cells.count.saturating_mul(RUN).clamp(4 * RUN, CHUNK); // full runs in every cell
        Self { atoms, cells, width, block: wanted.min(MOST_GATHERED / width).max(RUN) }
    }

    /// The blocks of each lane.
    fn lanes(&self) -> Vec<Range<usize>> {
        let blocks = self.cells.rows().div_ceil(self.block);
        let bytes = triangle(self.width).saturating_mul(self.cells.count).saturating_mul(2 * size_of::<f64>());
        let lanes = (MOST_SUMS / bytes.max(1)).clamp(2, MOST_LANES).min(blocks);
        (0..lanes).map(|lane| blocks * lane / lanes..blocks * (lane + 1) / lanes).collect()
    }

    fn lane(&self, blocks: Range<usize>, cancel: &Cancel) -> Result<Sums, Error> {
        let mut lane = Lane::new(self)?;
        for block in blocks {
            cancel.check()?;
            lane.add(block * self.block..self.cells.rows().min((block + 1) * self.block))?;
        }
        Ok(lane.sums)
    }
}

/// One lane's sums, and the room it works in.
struct Lane<'a> {
    work: &'a Work<'a>,
    /// The block's first row.
    first: usize,
    /// The block's rows, counted from the first, those of cell 0 first; rows in no cell are left out.
    order: Vec<u32>,
    /// Where each cell's rows begin in `order`, and the end of the last.
    starts: Vec<usize>,
    /// The block's numbers, column by column, each in `order`; the first column is ones.
    numbers: Vec<f64>,
    /// The same times the rows' weights, if there are any.
    weighted: Option<Vec<f64>>,
    /// A product of two panels, column by column; its upper triangle counts.
    product: Vec<f64>,
    sums: Sums,
}

impl<'a> Lane<'a> {
    fn new(work: &'a Work<'a>) -> Result<Self, Error> {
        let room = work.width * work.block;
        let mut numbers = zeros(room)?;
        numbers[..work.block].fill(1.0);
        Ok(Self {
            work,
            first: 0,
            order: reserve(work.block)?,
            starts: Vec::new(),
            numbers,
            weighted: work.cells.weight.map(|_| zeros(room)).transpose()?,
            product: zeros(work.width * work.width)?,
            sums: Sums::new(triangle(work.width) * work.cells.count)?,
        })
    }

    /// Add the products of a block of rows.
    fn add(&mut self, rows: Range<usize>) -> Result<(), Error> {
        self.sort(rows);
        for index in 0..self.work.atoms.columns.len() {
            self.gather(index)?;
        }
        self.weigh();
        for cell in 0..self.work.cells.count {
            let own = self.starts[cell]..self.starts[cell + 1];
            for first in own.clone().step_by(RUN) {
                self.add_run(cell, first..own.end.min(first + RUN));
            }
        }
        Ok(())
    }

    /// Group the rows by cell, in each by number (a counting sort).
    fn sort(&mut self, rows: Range<usize>) {
        let Self { work, first, order, starts, .. } = self;
        let of_row = work.cells.of_row;
        *first = rows.start;
        starts.clear();
        starts.resize(work.cells.count + 2, 0);
        for cell in rows.clone().filter_map(|row| known(of_row, row)) {
            starts[cell + 2] += 1;
        }
        for cell in 1..starts.len() {
            starts[cell] += starts[cell - 1];
        }
        order.clear();
        order.resize(starts[starts.len() - 1], 0);
        for (at, row) in (0..).zip(rows) {
            if let Some(cell) = known(of_row, row) {
                order[starts[cell + 1]] = at;
                starts[cell + 1] += 1; // in the end where the next cell begins
            }
        }
    }

    /// One column's numbers in the block's order, less the pivot.
    fn gather(&mut self, index: usize) -> Result<(), Error> {
        let (column, pivot) = (&self.work.atoms.columns[index], self.work.atoms.pivots[index]);
        let first = (index + 1) * self.work.block;
        let room = &mut self.numbers[first..first + self.order.len()];
        let values = &column.values()[self.first..column.len().min(self.first + self.work.block)];
        let mut wrong = false;
        for (cell, &at) in room.iter_mut().zip(&self.order) {
            let x = or_zero(values[at as usize] - pivot);
            wrong |= x.abs() > f64::MAX;
            *cell = x;
        }
        null_is_zero(column, self.first, &self.order, room);
        let is_wrong = wrong && room.iter().any(|x| x.is_infinite()); // one below a NULL is none
        require(!is_wrong, || format!("column {index} has an infinite number, or one too far from its pivot"))
    }

    fn weigh(&mut self) {
        let Some(weighted) = &mut self.weighted else { return };
        let block = self.work.block;
        for (own, plain) in weighted.chunks_exact_mut(block).zip(self.numbers.chunks_exact(block)) {
            for ((own, plain), &at) in own.iter_mut().zip(plain).zip(&self.order) {
                *own = plain * self.work.cells.weight(self.first + at as usize);
            }
        }
    }

    /// Add the products of some rows of one cell.
    fn add_run(&mut self, cell: usize, rows: Range<usize>) {
        let mut how = Accum::Replace;
        for first in rows.clone().step_by(PANEL) {
            self.multiply(first..rows.end.min(first + PANEL), how);
            how = Accum::Add;
        }
        let mut first = triangle(self.work.width) * cell;
        for (index, column) in self.product.chunks_exact(self.work.width).enumerate() {
            self.sums.add_all(first, &column[..=index]);
            first += index + 1;
        }
    }

    /// The products of some rows, put into `product` or added to it.
    fn multiply(&mut self, rows: Range<usize>, how: Accum) {
        let (width, block, height) = (self.work.width, self.work.block, rows.len());
        let panel = |numbers| MatRef::from_column_major_slice_with_stride(numbers, height, width, block);
        let plain = panel(&self.numbers[rows.start..]);
        let weighted = self.weighted.as_ref().map_or(plain, |weighted| panel(&weighted[rows.start..]));
        matmul(
            MatMut::from_column_major_slice_mut(&mut self.product, width, width),
            BlockStructure::TriangularUpper,
            how,
            plain.transpose(),
            BlockStructure::Rectangular,
            weighted,
            BlockStructure::Rectangular,
            1.0,
            Par::Seq,
        );
    }
}

/// `x`, or 0 if it is NaN.
pub(super) fn or_zero(x: f64) -> f64 {
    if x.is_nan() { 0.0 } else { x }
}

fn null_is_zero(column: &Float64Array, first: usize, order: &[u32], room: &mut [f64]) {
    if let Some(nulls) = column.nulls() {
        for (cell, _) in room.iter_mut().zip(order).filter(|&(_, &at)| nulls.is_null(first + at as usize)) {
            *cell = 0.0;
        }
    }
}
