//! The equations as they are: Cholesky's factor of the whole matrix.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{LltRegularization, cholesky_in_place, cholesky_in_place_scratch};
use faer::{MatMut, Par, Spec};

use crate::chunks::reserve;
use crate::error::Error;
use crate::normal::Normal;

/// The coefficients for one alpha; NaN if the matrix is not positive definite.
pub(super) fn solve(normal: &Normal<'_>, alpha: f64) -> Result<Vec<f64>, Error> {
    let mut coefficients = reserve(normal.width())?;
    coefficients.extend_from_slice(normal.moment());
    let mut matrix = reserve(normal.gram().len())?;
    matrix.extend_from_slice(normal.gram()); // row by row: its upper triangle is the lower one column by column
    for index in 0..normal.width() {
        matrix[index * normal.width() + index] += alpha;
    }
    if let Some(factor) = Factor::new(matrix, normal.width())? {
        factor.solve(&mut coefficients);
        if coefficients.iter().all(|w| w.is_finite()) {
            return Ok(coefficients);
        }
    }
    coefficients.fill(f64::NAN);
    Ok(coefficients)
}

/// Cholesky's L with `L Lᵀ = M`, column by column; what is above the diagonal is not part of it.
pub(super) struct Factor {
    cells: Vec<f64>,
    width: usize,
}

impl Factor {
    /// Of `matrix`, whose lower triangle is read column by column; `None` if it is not positive definite.
    pub(super) fn new(mut matrix: Vec<f64>, width: usize) -> Result<Option<Self>, Error> {
        if !(0..width).all(|index| matrix[index * width + index] > 0.0) {
            return Ok(None); // also a NaN
        }
        let work = cholesky_in_place_scratch::<f64>(width, Par::Seq, Spec::default());
        let mut memory = MemBuffer::try_new(work).map_err(|_| Error::Memory(work.unaligned_bytes_required()))?;
        let cells = MatMut::from_column_major_slice_mut(&mut matrix, width, width);
        let stack = MemStack::new(&mut memory);
        let done = cholesky_in_place(cells, LltRegularization::default(), Par::Seq, stack, Spec::default());
        Ok(done.ok().map(|_| Self { cells: matrix, width }))
    }

    /// `M⁻¹ x` in place of x.
    pub(super) fn solve(&self, x: &mut [f64]) {
        for index in 0..self.width {
            let (own, below) = self.column(index);
            x[index] /= own;
            let known = x[index];
            for (cell, l) in x[index + 1..].iter_mut().zip(below) {
                *cell -= known * l;
            }
        }
        for index in (0..self.width).rev() {
            let (own, below) = self.column(index);
            let known: f64 = x[index + 1..].iter().zip(below).map(|(cell, l)| cell * l).sum();
            x[index] = (x[index] - known) / own;
        }
    }

    /// The diagonal of L at `index`, and what is below it.
    fn column(&self, index: usize) -> (f64, &[f64]) {
        let column = &self.cells[index * self.width + index..(index + 1) * self.width];
        (column[0], &column[1..])
    }
}
