//! Rows of a sparse matrix with other numbers for its columns.

use std::ops::Range;

use crate::chunks::{Cancel, in_order, reserve, zeros};
use crate::csr::{Csr, OwnedCsr, place};
use crate::error::{Error, require};

/// Rows of one task.
const TASK: usize = 4096;

/// The chosen `rows` of a matrix, its column j as column `target[j]`, each row sorted by column.
///
/// Where `target[j]` is -1, what is stored of column j is left out. Rows may repeat and come in any order. Two columns
/// may get the same number; what is stored of both then stands side by side.
///
/// # Errors
/// [`Error::Invalid`] if `matrix` is malformed, a row is outside it, or `target` has not one number from -1 on for each
/// column; [`Error::Memory`], [`Error::Cancelled`].
///
/// ```
/// use stratum_kernels::{Cancel, Csr, renumber};
/// let matrix = Csr { starts: &[0, 2, 3], columns: &[2, 0, 1], values: &[0.5, 7.0, 9.0], width: 3 };
/// let made = renumber(&matrix, &[1, 0], &[0, -1, 1], &Cancel::default())?;
/// assert_eq!(made.starts, [0, 0, 2]);
/// assert_eq!(made.columns, [0, 1]);
/// assert_eq!(made.values, [7.0, 0.5]);
/// # Ok::<(), stratum_kernels::Error>(())
/// ```
pub fn renumber<T: Copy + Default + Send + Sync>(
    matrix: &Csr<'_, T>,
    rows: &[i64],
    target: &[i32],
    cancel: &Cancel,
) -> Result<OwnedCsr<T>, Error> {
    matrix.check()?;
    require(target.len() == matrix.width && target.iter().all(|&column| column >= -1), || {
        format!("{} numbers for {} columns, or one below -1", target.len(), matrix.width)
    })?;
    let starts = starts(matrix, rows, target, cancel)?;
    let stored = starts.last().map_or(0, |&end| place(end));
    let mut made = OwnedCsr { columns: zeros(stored)?, values: zeros(stored)?, starts };
    let tasks = parts(rows, &mut made);
    in_order(tasks, cancel, |part| fill(matrix, target, part))?;
    Ok(made)
}

/// Where each row begins in what is made.
fn starts<T: Sync>(matrix: &Csr<'_, T>, rows: &[i64], target: &[i32], cancel: &Cancel) -> Result<Vec<i64>, Error> {
    let widths = in_order(rows.chunks(TASK).collect(), cancel, |rows| {
        let mut widths: Vec<i64> = reserve(rows.len())?;
        for &row in rows {
            let kept = matrix.row(matrix.checked(row)?).0.iter().filter(|&&column| target[index(column)] >= 0);
            widths.push(kept.map(|_| 1).sum());
        }
        Ok(widths)
    })?;
    let (mut starts, mut end) = (reserve(rows.len() + 1)?, 0);
    starts.push(0);
    for width in widths.into_iter().flatten() {
        end += width;
        starts.push(end);
    }
    Ok(starts)
}

/// Some rows, and the room for what is made of them.
struct Part<'a, T> {
    rows: &'a [i64],
    starts: &'a [i64],
    columns: &'a mut [i32],
    values: &'a mut [T],
}

fn parts<'a, T>(rows: &'a [i64], made: &'a mut OwnedCsr<T>) -> Vec<Part<'a, T>> {
    let (mut columns, mut values) = (made.columns.as_mut_slice(), made.values.as_mut_slice());
    let mut parts = Vec::new();
    for (index, rows) in rows.chunks(TASK).enumerate() {
        let starts = &made.starts[index * TASK..=index * TASK + rows.len()];
        let stored = place(starts[rows.len()] - starts[0]);
        let (own_columns, own_values);
        (own_columns, columns) = columns.split_at_mut(stored);
        (own_values, values) = values.split_at_mut(stored);
        parts.push(Part { rows, starts, columns: own_columns, values: own_values });
    }
    parts
}

fn fill<T: Copy>(matrix: &Csr<'_, T>, target: &[i32], part: Part<'_, T>) -> Result<(), Error> {
    let Part { rows, starts, columns, values } = part;
    let mut order: Vec<u64> = Vec::new(); // the new column and, below it, the place: one number sorts faster than two
    for (&row, bounds) in rows.iter().zip(starts.windows(2)) {
        let (old, stored) = matrix.row(matrix.checked(row)?);
        order.clear();
        let renumbered = old.iter().map(|&column| target[index(column)]).zip(0_u32..);
        order.extend(renumbered.filter(|&(column, _)| column >= 0).map(|(column, at)| joined(column, at)));
        order.sort_unstable();
        let own: Range<usize> = place(bounds[0] - starts[0])..place(bounds[1] - starts[0]);
        for ((column, value), &both) in columns[own.clone()].iter_mut().zip(&mut values[own]).zip(&order) {
            let (number, at) = apart(both);
            (*column, *value) = (number, stored[at as usize]);
        }
    }
    Ok(())
}

fn joined(column: i32, at: u32) -> u64 {
    u64::from(column.cast_unsigned()) << 32 | u64::from(at)
}

#[expect(clippy::cast_possible_truncation, reason = "the two halves of a number")]
fn apart(both: u64) -> (i32, u32) {
    ((both >> 32) as i32, both as u32)
}

/// A column, which is not negative.
fn index(column: i32) -> usize {
    column.cast_unsigned() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_numbers_keep_their_order_and_rows_may_repeat() -> Result<(), Error> {
        let matrix = Csr { starts: &[0, 3], columns: &[2, 0, 1], values: &[1.0, 2.0, 3.0], width: 3 };
        let made = renumber(&matrix, &[0, 0], &[1, 0, 1], &Cancel::default())?;
        let (columns, values) = (vec![0, 1, 1, 0, 1, 1], vec![3.0, 1.0, 2.0, 3.0, 1.0, 2.0]);
        assert_eq!(made, OwnedCsr { starts: vec![0, 3, 6], columns, values });
        Ok(())
    }

    #[test]
    fn wrong_input_is_refused_and_a_cancelled_call_stops() {
        let matrix = Csr { starts: &[0, 1], columns: &[0], values: &[1.0], width: 1 };
        for (row, target) in [(1, &[0][..]), (-1, &[0]), (0, &[-2]), (0, &[]), (0, &[0, 0])] {
            let refused = renumber(&matrix, &[row], target, &Cancel::default());
            assert!(matches!(refused, Err(Error::Invalid(_))), "{row} {target:?}");
        }
        let flag = Cancel::default();
        flag.cancel();
        assert_eq!(renumber(&matrix, &[0], &[0], &flag), Err(Error::Cancelled));
    }
}
