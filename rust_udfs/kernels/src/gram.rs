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

/// The columns of the matrix whose Gram matrix is sought, in their order: a column of ones, each of `columns`, and for
/// each of `codes` one indicator column a level.
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
/// `count` · A · A numbers out, cell by cell, each matrix symmetric. Sums are taken over short runs of rows, and the
/// sums of the runs are added with twice the digits, so that the error of an entry does not grow with the rows. Where
/// no row has both atoms the entry is exactly 0. Products beyond the range of `f64` are infinite.
///
/// Beside the result there is memory for at most two more of its size, or 64 MiB, and for the rows that each thread has
/// gathered, 8 MiB as a rule.
///
/// # Errors
/// [`Error::Invalid`] if lengths differ, a cell or level is out of its range, a pivot or weight is not finite, or a
/// number of a row with a cell is infinite; [`Error::Memory`], [`Error::Cancelled`].
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
    let (codes, of_row) = (atoms.codes.iter().map(null_is_none).collect::<Vec<_>>(), null_is_none(cells.of_row));
    let (atoms, cells) = (&Atoms { codes: &codes, ..*atoms }, &Cells { of_row: &of_row, ..*cells });
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

/// The same numbers, -1 for each NULL, so that the loops need not ask; without a copy where there is none.
fn null_is_none(numbers: &Int32Array) -> Int32Array {
    if numbers.null_count() == 0 {
        numbers.clone()
    } else {
        numbers.iter().map(|number| Some(number.unwrap_or(-1))).collect()
    }
}

/// A cell or level that is one.
fn place(number: i32) -> usize {
    number.cast_unsigned() as usize
}

/// The number at `row`, if it is one.
fn known(numbers: &Int32Array, row: usize) -> Option<usize> {
    usize::try_from(numbers.value(row)).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pool;

    /// Numbers that are whole, so that sums in any order are exact.
    fn any_row() -> impl Strategy<Value = (Option<f64>, Option<f64>, i32, Option<i32>, Option<i32>, f64)> {
        let number = || prop::option::of((-9_i32..9).prop_map(f64::from));
        let level = || prop::option::of(-1..3);
        (number(), number(), -1_i32..2, level(), level(), (0_i32..4).prop_map(f64::from))
    }

    proptest! {
        #[test]
        fn equals_its_definition(rows in prop::collection::vec(any_row(), 0..50), weighted in any::<bool>()) {
            let columns: [Float64Array; 2] = [rows.iter().map(|row| row.0).collect(), rows.iter().map(|row| row.1).collect()];
            let codes: [Int32Array; 2] = [rows.iter().map(|row| row.3).collect(), rows.iter().map(|row| row.4).collect()];
            let of_row = Int32Array::from_iter_values(rows.iter().map(|row| row.2));
            let weight = Float64Array::from_iter_values(rows.iter().map(|row| row.5));
            let atoms = Atoms { columns: &columns, pivots: &[1.0, -2.0], codes: &codes, levels: &[3, 3] };
            let cells = Cells { of_row: &of_row, count: 2, weight: Some(&weight).filter(|_| weighted) };
            let mut expected = vec![0.0; 2 * 81];
            for &(x, y, cell, left, right, w) in &rows {
                let level = |code: Option<i32>| (0..3).map(move |level| f64::from(u8::from(code == Some(level))));
                let numbers = [1.0, x.map_or(0.0, |x| x - 1.0), y.map_or(0.0, |y| y + 2.0)];
                let row: Vec<f64> = numbers.into_iter().chain(level(left)).chain(level(right)).collect();
                if let Ok(cell) = usize::try_from(cell) {
                    for (at, entry) in expected[81 * cell..81 * (cell + 1)].iter_mut().enumerate() {
                        *entry += row[at / 9] * row[at % 9] * if weighted { w } else { 1.0 };
                    }
                }
            }
            prop_assert_eq!(gram(&atoms, &cells, &Cancel::default())?, expected);
        }
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() -> Result<(), Error> {
        let n = 3 * CHUNK + 1;
        let columns = [1.0, 2.0].map(|f| Float64Array::from_iter_values((0..n).map(|row| (row as f64 * f).sin())));
        let codes = [3, 4].map(|levels| Int32Array::from_iter_values((0..levels).cycle().take(n)));
        let of_row = Int32Array::from_iter_values((-1..4).cycle().take(n));
        let atoms = Atoms { columns: &columns, pivots: &[0.1, 0.2], codes: &codes, levels: &[3, 4] };
        let cells = Cells { of_row: &of_row, count: 4, weight: Some(&columns[1]) };
        let mut answers = Vec::new();
        for count in [1, 2, 5] {
            pool::set_threads(count)?;
            answers.push(gram(&atoms, &cells, &Cancel::default())?);
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(answers[0], answers[2]);
        Ok(())
    }

    #[test]
    fn a_cancelled_call_stops() {
        let (flag, of_row) = (Cancel::default(), Int32Array::from(vec![0]));
        flag.cancel();
        let atoms = Atoms { columns: &[], pivots: &[], codes: &[], levels: &[] };
        assert_eq!(gram(&atoms, &Cells { of_row: &of_row, count: 1, weight: None }, &flag), Err(Error::Cancelled));
    }
}
