//! Gram matrices of numbers and categories, one for each cell of rows: all that least squares needs to know of them.
//!
//! A category's zeros and ones are never written down: a level and a number meet by adding to one cell of a table
//! (`beside`), two levels by counting (`pairs`). Numbers meet in matrix products over small panels of rows (`dense`).

mod beside;
mod dense;
mod exact;
mod pairs;
mod parts;

use arrow_array::{Array, Float64Array, Int32Array};

use crate::chunks::{CHUNK, Cancel, chunk, in_order, zeros};
use crate::error::{Error, require};
use crate::normal::finite;

/// The columns of the matrix whose Gram matrix is sought, in their order: a column of ones, each of `columns`, and for each
/// of `codes` one indicator column a level.
#[derive(Clone, Copy, Debug)]
pub struct Atoms<'a> {
    /// d columns of n numbers; NULL and NaN are absent, which counts as 0.
    pub columns: &'a [Float64Array],
    /// For each of `columns` what is taken off its numbers, in their unit: near their mean, no digits are lost.
    pub pivots: &'a [f64],
    /// m columns of n levels from 0; NULL and -1 are no level, which counts as 0 in each indicator.
    pub codes: &'a [Int32Array],
    /// For each of `codes` the number of its levels.
    pub levels: &'a [usize],
}

impl Atoms<'_> {
    /// 1 + d: the column of ones and the numbers.
    fn dense(&self) -> usize {
        1 + self.columns.len()
    }

    /// A: all columns of the matrix; [`Error::Memory`] if they cannot be counted.
    fn width(&self) -> Result<usize, Error> {
        let add = |sum: usize, levels: &usize| sum.checked_add(*levels);
        self.levels.iter().try_fold(self.dense(), add).ok_or(Error::Memory(usize::MAX))
    }
}

/// Which cell each row is in, and how much it counts.
#[derive(Clone, Copy, Debug)]
pub struct Cells<'a> {
    /// n cells from 0; NULL and -1 are none.
    pub of_row: &'a Int32Array,
    /// The number of cells.
    pub count: usize,
    /// n finite numbers; without them each row counts 1.
    pub weight: Option<&'a Float64Array>,
}

impl Cells<'_> {
    fn rows(&self) -> usize {
        self.of_row.len()
    }

    fn weight(&self, row: usize) -> f64 {
        self.weight.map_or(1.0, |weight| weight.value(row))
    }
}

/// `G[c] = Σ w a aᵀ` over the rows of each cell c, where a is the row of the matrix of `atoms` and w its weight.
///
/// `count` · A · A numbers out, cell by cell, each matrix symmetric. Sums are taken over short runs of rows, and the sums of
/// the runs are added with twice the digits, so that the error of an entry does not grow with the rows. Where no row has
/// both atoms the entry is exactly 0. Products beyond the range of `f64` are infinite.
///
/// Beside the result there is memory for at most two more of its size, or 64 MiB.
///
/// # Errors
/// [`Error::Invalid`] if lengths differ, a cell or level is out of its range, a pivot or weight is not finite, or a number of
/// a row with a cell is infinite; [`Error::Memory`], [`Error::Cancelled`].
///
/// ```
/// use arrow_array::{Float64Array, Int32Array};
/// use stratum_kernels::gram::{Atoms, Cells, gram};
/// use stratum_kernels::Cancel;
/// let columns = [Float64Array::from(vec![Some(12.0), Some(13.0), None])];
/// let codes = [Int32Array::from(vec![0, 1, 1])];
/// let atoms = Atoms { columns: &columns, pivots: &[10.0], codes: &codes, levels: &[2] };
/// let cells = Cells { of_row: &Int32Array::from(vec![0, 0, 0]), count: 1, weight: None };
/// #[rustfmt::skip]
/// assert_eq!(gram(&atoms, &cells, &Cancel::default())?, [
///     3.0,  5.0, 1.0, 2.0, // rows, sum of the numbers less 10, rows of level 0 and of level 1
///     5.0, 13.0, 2.0, 3.0,
///     1.0,  2.0, 1.0, 0.0,
///     2.0,  3.0, 0.0, 2.0,
/// ]);
/// # Ok::<(), stratum_kernels::Error>(())
/// ```
pub fn gram(atoms: &Atoms<'_>, cells: &Cells<'_>, cancel: &Cancel) -> Result<Vec<f64>, Error> {
    check_shape(atoms, cells)?;
    check_rows(atoms, cells, cancel)?;
    let width = atoms.width()?;
    let size = width.checked_mul(width).and_then(|size| size.checked_mul(cells.count));
    let mut matrix = zeros(size.ok_or(Error::Memory(usize::MAX))?)?;
    dense::dense(atoms, cells, &mut matrix, cancel)?;
    if !atoms.codes.is_empty() {
        in_order(tasks(atoms, cells, &mut matrix), cancel, |task| match task {
            Task::Beside(octet) => octet.run(atoms, cells, cancel),
            Task::Pair(pair) => pair.run(atoms, cells, cancel),
        })?;
    }
    Ok(matrix)
}

enum Task<'a> {
    Beside(beside::Octet<'a>),
    Pair(pairs::Pair<'a>),
}

/// What is to be done once the numbers have met, each task with the parts of the result that it alone writes.
fn tasks<'a>(atoms: &Atoms<'_>, cells: &Cells<'_>, matrix: &'a mut [f64]) -> Vec<Task<'a>> {
    let mut grid = parts::Grid::new(atoms, cells, matrix);
    let octets: Vec<_> = (0..grid.octets()).map(|octet| beside::Octet::new(octet, &mut grid)).collect();
    let pairs = pairs::pairs(&mut grid);
    octets.into_iter().map(Task::Beside).chain(pairs.into_iter().map(Task::Pair)).collect()
}

fn check_shape(atoms: &Atoms<'_>, cells: &Cells<'_>) -> Result<(), Error> {
    let (columns, codes, rows) = (atoms.columns, atoms.codes, cells.rows());
    require(columns.len() == atoms.pivots.len(), || {
        format!("{} columns, but {} pivots", columns.len(), atoms.pivots.len())
    })?;
    require(codes.len() == atoms.levels.len(), || {
        format!("{} code columns, but levels of {}", codes.len(), atoms.levels.len())
    })?;
    for (index, pivot) in atoms.pivots.iter().enumerate() {
        require(pivot.is_finite(), || format!("pivot {index} must be finite, not {pivot}"))?;
    }
    let named = |name: &str, index: usize, length: usize| {
        require(length == rows, || format!("cells has {rows} rows, {name} {index} has {length}"))
    };
    for (index, column) in columns.iter().enumerate() {
        named("column", index, column.len())?;
    }
    for (index, code) in codes.iter().enumerate() {
        named("code column", index, code.len())?;
    }
    let weights = cells.weight.map_or(rows, Array::len);
    require(weights == rows, || format!("cells has {rows} rows, weight has {weights}"))?;
    cells.weight.map_or(Ok(()), |weight| finite(weight, "weight").map(|_| ()))
}

/// Whether every cell and level is one; once here, so that the loops need not ask.
fn check_rows(atoms: &Atoms<'_>, cells: &Cells<'_>, cancel: &Cancel) -> Result<(), Error> {
    let mut tasks = Vec::new();
    for index in 0..cells.rows().div_ceil(CHUNK) {
        tasks.push((None, index, cells.of_row, cells.count));
        for (column, (codes, levels)) in atoms.codes.iter().zip(atoms.levels).enumerate() {
            tasks.push((Some(column), index, codes, *levels));
        }
    }
    in_order(tasks, cancel, |(column, index, numbers, count)| {
        let rows = chunk(index, numbers.len());
        let wrong = rows.clone().zip(&numbers.values()[rows]).find(|&(row, &number)| {
            number != -1 && usize::try_from(number).map_or(true, |number| number >= count) && numbers.is_valid(row)
        });
        wrong.map_or(Ok(()), |(row, number)| {
            let what = column.map_or_else(|| "cell".to_owned(), |column| format!("level of code column {column}"));
            Err(Error::Invalid(format!("row {row}: {what} {number} is outside -1 to {count} (exclusive)")))
        })
    })?;
    Ok(())
}

/// The number at `row`, if it is one: `None` for NULL and -1.
fn known(numbers: &Int32Array, row: usize) -> Option<usize> {
    usize::try_from(numbers.value(row)).ok().filter(|_| numbers.is_valid(row))
}
