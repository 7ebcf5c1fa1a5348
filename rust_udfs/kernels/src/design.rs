//! A matrix out of columns of numbers and categories, each written once, where it belongs.

use arrow_array::{Array, Float64Array, Int32Array};

use crate::chunks::{CHUNK, Cancel, check_codes, chunk, in_order, place, zeros};
use crate::error::{Error, require};

/// Some columns of a design matrix of n rows.
#[derive(Clone, Debug)]
pub enum Piece {
    /// One column after the other, n numbers each.
    Numbers(Float64Array),
    /// One column: the entry of `table` for each of n codes, the last one for -1 (see [`look_up`](crate::look_up)).
    Table(Int32Array, Float64Array),
    /// So many columns of 0 and 1: the entry for each of n codes is the column with the 1, -1 is none; the last entry is
    /// that of code -1.
    Indicators(Int32Array, Int32Array, usize),
}

/// Column-major matrix of n rows: the columns of every piece side by side.
///
/// The same numbers as pieces made one by one and put together, without any of them ever being there by itself.
///
/// # Errors
/// [`Error::Invalid`] if a piece has not n rows (or a whole number of columns of them), there is a NULL, a code has no
/// entry, or an entry no column; [`Error::Memory`], [`Error::Cancelled`].
///
/// ```
/// use arrow_array::{Float64Array, Int32Array};
/// use stratum_kernels::{Cancel, Piece, design};
/// let codes = Int32Array::from(vec![1, -1, 0]);
/// let pieces = [
///     Piece::Numbers(Float64Array::from(vec![7.0, 8.0, 9.0])),
///     Piece::Table(codes.clone(), Float64Array::from(vec![10.0, 20.0, 0.5])),
///     Piece::Indicators(codes, Int32Array::from(vec![1, 0, -1]), 2),
/// ];
/// let matrix = design(&pieces, 3, &Cancel::default())?;
/// assert_eq!(matrix, [7.0, 8.0, 9.0, 20.0, 0.5, 10.0, /* indicators */ 1.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
/// # Ok::<(), stratum_kernels::Error>(())
/// ```
pub fn design(pieces: &[Piece], rows: usize, cancel: &Cancel) -> Result<Vec<f64>, Error> {
    let mut widths = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        let width = checked_width(piece, rows, cancel)?;
        widths.push(width.ok_or_else(|| Error::Invalid(format!("piece {index} does not have {rows} rows")))?);
    }
    let width = widths.iter().try_fold(0_usize, |sum, &width| sum.checked_add(width));
    let size = width.and_then(|width| width.checked_mul(rows)).ok_or(Error::Memory(usize::MAX))?;
    let mut matrix = zeros(size)?;
    in_order(tasks(&mut matrix, pieces, &widths, rows), cancel, |task| {
        fill(task);
        Ok(())
    })?;
    Ok(matrix)
}

/// The columns of a piece; None where its length does not fit.
fn checked_width(piece: &Piece, rows: usize, cancel: &Cancel) -> Result<Option<usize>, Error> {
    let whole = |nulls: usize| require(nulls == 0, || "a piece has a NULL".to_owned());
    match piece {
        Piece::Numbers(values) => {
            whole(values.null_count())?;
            Ok(if values.len() % rows.max(1) == 0 { values.len().checked_div(rows) } else { None })
        }
        Piece::Table(codes, table) => {
            whole(table.null_count())?;
            check_entries(codes, table.len(), cancel)?;
            Ok((codes.len() == rows).then_some(1))
        }
        Piece::Indicators(codes, table, width) => {
            check_entries(codes, table.len(), cancel)?;
            check_codes("column", table, *width, cancel)?;
            Ok((codes.len() == rows).then_some(*width))
        }
    }
}

fn check_entries(codes: &Int32Array, entries: usize, cancel: &Cancel) -> Result<(), Error> {
    require(entries > 0, || "a table has no entry for NULL".to_owned())?;
    check_codes("code", codes, entries - 1, cancel)
}

/// Chunk `index` of a piece: of all its columns for indicators, else of the column whose numbers begin at `start`.
struct Task<'a> {
    piece: &'a Piece,
    start: usize,
    index: usize,
    cells: Vec<&'a mut [f64]>,
}

/// The matrix in pieces and chunks of rows: disjoint, so that they can be written side by side.
fn tasks<'a>(matrix: &'a mut [f64], pieces: &'a [Piece], widths: &[usize], rows: usize) -> Vec<Task<'a>> {
    let mut tasks: Vec<Task<'a>> = Vec::new();
    let mut columns = matrix.chunks_exact_mut(rows.max(1));
    for (piece, &width) in pieces.iter().zip(widths) {
        let together = matches!(piece, Piece::Indicators(..));
        let first = tasks.len();
        for (column, cells) in columns.by_ref().take(width).enumerate() {
            for (index, cells) in cells.chunks_mut(CHUNK).enumerate() {
                if together && column > 0 {
                    tasks[first + index].cells.push(cells);
                } else {
                    tasks.push(Task { piece, start: column * rows, index, cells: vec![cells] });
                }
            }
        }
    }
    tasks
}

fn fill(Task { piece, start, index, mut cells }: Task<'_>) {
    match piece {
        Piece::Numbers(values) => {
            for own in cells {
                let first = start + index * CHUNK;
                own.copy_from_slice(&values.values()[first..first + own.len()]);
            }
        }
        Piece::Table(codes, table) => {
            let (table, null) = (table.values(), table.len() - 1);
            for (cell, &code) in cells.into_iter().flatten().zip(&codes.values()[chunk(index, codes.len())]) {
                *cell = table[place(code, null)];
            }
        }
        Piece::Indicators(codes, table, _) => {
            let (table, null) = (table.values(), table.len() - 1);
            for (at, &code) in codes.values()[chunk(index, codes.len())].iter().enumerate() {
                if let Ok(hot) = usize::try_from(table[place(code, null)]) {
                    cells[hot][at] = 1.0;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{look_up, one_hot};

    fn run(pieces: &[Piece], rows: usize) -> Result<Vec<f64>, Error> {
        design(pieces, rows, &Cancel::default())
    }

    fn pieces(codes: &Int32Array, numbers: &[f64]) -> Vec<Piece> {
        let twice: Vec<f64> = numbers.iter().chain(numbers).copied().collect();
        vec![
            Piece::Indicators(codes.clone(), Int32Array::from(vec![1, -1, 0, 2]), 3),
            Piece::Numbers(Float64Array::from(twice)),
            Piece::Table(codes.clone(), Float64Array::from(vec![1.0, 2.0, 3.0, -1.0])),
        ]
    }

    /// The same by the kernels of each kind, put together.
    fn expected(codes: &Int32Array, numbers: &[f64]) -> Result<Vec<f64>, Error> {
        let known = Int32Array::from_iter_values(codes.values().iter().map(|&code| if code < 0 { 3 } else { code }));
        let table = Float64Array::from(vec![1.0, 2.0, 3.0, -1.0]);
        let mut all = one_hot(&known, &Int32Array::from(vec![1, -1, 0, 2]), 3, &Cancel::default())?;
        all.extend(numbers.iter().chain(numbers));
        all.extend(look_up(codes, None, &table, 4, &Cancel::default())?);
        Ok(all)
    }

    proptest! {
        #[test]
        fn equals_the_pieces_put_together(codes in prop::collection::vec(-1..3, 1..60)) {
            let numbers: Vec<f64> = codes.iter().map(|&code| f64::from(code) * 0.5).collect();
            let codes = Int32Array::from(codes);
            prop_assert_eq!(run(&pieces(&codes, &numbers), codes.len())?, expected(&codes, &numbers)?);
        }
    }

    #[test]
    fn long_columns_are_the_same_across_chunks() -> Result<(), Error> {
        let n = 2 * CHUNK + 3;
        let codes = Int32Array::from_iter_values((-1..3).cycle().take(n));
        let numbers: Vec<f64> = (0..n).map(|row| row as f64).collect();
        assert!(run(&pieces(&codes, &numbers), n)? == expected(&codes, &numbers)?);
        Ok(())
    }

    #[test]
    fn nothing_in_nothing_out() -> Result<(), Error> {
        assert!(run(&[], 5)?.is_empty());
        let none = Int32Array::from(Vec::<i32>::new());
        assert!(run(&[Piece::Indicators(none, Int32Array::from(vec![-1]), 7)], 0)?.is_empty());
        Ok(())
    }

    #[test]
    fn wrong_input_is_refused() {
        let invalid = |piece| matches!(run(&[piece], 2), Err(Error::Invalid(_)));
        let (codes, table) = (Int32Array::from(vec![0, -1]), Float64Array::from(vec![1.0, 2.0]));
        assert!(invalid(Piece::Numbers(Float64Array::from(vec![1.0; 3]))));
        assert!(invalid(Piece::Numbers(Float64Array::from(vec![Some(1.0), None]))));
        assert!(invalid(Piece::Table(codes.slice(0, 1), table.clone())));
        assert!(invalid(Piece::Table(codes.clone(), table.slice(0, 0))));
        assert!(invalid(Piece::Table(Int32Array::from(vec![0, 1]), table)));
        assert!(invalid(Piece::Indicators(codes.clone(), Int32Array::from(vec![2, -1]), 2)));
        assert!(invalid(Piece::Indicators(Int32Array::from(vec![0, 1]), Int32Array::from(vec![0, -1]), 2)));
        let endless = run(&[Piece::Indicators(codes, Int32Array::from(vec![0, -1]), usize::MAX / 8)], 2);
        assert!(matches!(endless, Err(Error::Memory(_))));
    }

    #[test]
    fn a_cancelled_call_stops() {
        let flag = Cancel::default();
        flag.cancel();
        let piece = Piece::Numbers(Float64Array::from(vec![1.0]));
        assert_eq!(design(&[piece], 1, &flag), Err(Error::Cancelled));
    }
}
