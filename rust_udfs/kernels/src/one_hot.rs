//! Category codes into a matrix of zeros and ones.

use arrow_array::{Array, Int32Array};

use crate::chunks::{CHUNK, Cancel, chunk, in_order, reserve, zeros};
use crate::error::{Error, require};

/// Column-major matrix (n × `width`) with a 1 in row i, column `table[codes[i]]`: n codes in, n·`width` numbers out.
///
/// `table` gives each code its column; -1 in it, code -1 and a NULL code leave the row all zeros. Two codes may share
/// a column (rare categories).
///
/// # Errors
/// [`Error::Invalid`] if a code is outside `-1..table.len()`, or the table has a NULL or a column outside `-1..width`;
/// [`Error::Memory`], [`Error::Cancelled`].
///
/// ```
/// use arrow_array::Int32Array;
/// use stratum_kernels::{Cancel, one_hot};
/// let codes = Int32Array::from(vec![Some(2), Some(0), None]);
/// let table = Int32Array::from(vec![0, -1, 1]); // the second category was dropped
/// let matrix = one_hot(&codes, &table, 2, &Cancel::default())?;
/// assert_eq!(matrix, [0.0, 1.0, 0.0, /* second column */ 1.0, 0.0, 0.0]);
/// # Ok::<(), stratum_kernels::Error>(())
/// ```
pub fn one_hot(codes: &Int32Array, table: &Int32Array, width: usize, cancel: &Cancel) -> Result<Vec<f64>, Error> {
    check_table(table, width)?;
    let rows = codes.len();
    let mut matrix = zeros(rows.checked_mul(width).ok_or(Error::Memory(usize::MAX))?)?;
    in_order(parts(&mut matrix, rows)?, cancel, |part| fill(codes, table, part))?;
    Ok(matrix)
}

fn check_table(table: &Int32Array, width: usize) -> Result<(), Error> {
    require(table.null_count() == 0, || "the table of columns has a NULL".to_owned())?;
    for (code, &column) in table.values().iter().enumerate() {
        require(column == -1 || usize::try_from(column).is_ok_and(|column| column < width), || {
            format!("code {code} has column {column}, outside -1 to {width} (exclusive)")
        })?;
    }
    Ok(())
}

/// One chunk of rows: its cells of every column.
struct Part<'a> {
    index: usize,
    columns: Vec<&'a mut [f64]>,
}

/// The matrix by chunks of rows: disjoint, so that chunks can be written side by side.
fn parts(matrix: &mut [f64], rows: usize) -> Result<Vec<Part<'_>>, Error> {
    let width = matrix.len().checked_div(rows).unwrap_or(0);
    let mut parts = Vec::new();
    for index in 0..rows.div_ceil(CHUNK) {
        parts.push(Part { index, columns: reserve(width)? });
    }
    for column in matrix.chunks_exact_mut(rows.max(1)) {
        for (part, cells) in parts.iter_mut().zip(column.chunks_mut(CHUNK)) {
            part.columns.push(cells);
        }
    }
    Ok(parts)
}

fn fill(codes: &Int32Array, table: &Int32Array, Part { index, mut columns }: Part<'_>) -> Result<(), Error> {
    for (at, row) in chunk(index, codes.len()).enumerate() {
        let code = codes.value(row);
        if codes.is_null(row) || code == -1 {
            continue;
        }
        let column = usize::try_from(code).ok().and_then(|code| table.values().get(code));
        let &column = column.ok_or_else(|| {
            Error::Invalid(format!("row {row} has code {code}, outside -1 to {} (exclusive)", table.len()))
        })?;
        if let Ok(column) = usize::try_from(column) {
            columns[column][at] = 1.0;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn run(codes: &Int32Array, table: &Int32Array, width: usize) -> Result<Vec<f64>, Error> {
        one_hot(codes, table, width, &Cancel::default())
    }

    proptest! {
        #[test]
        fn equals_one_cell_at_a_time(
            codes in prop::collection::vec(prop::option::of(-1..5), 0..50),
            table in prop::collection::vec(-1..3, 5),
            before in 0_usize..8,
        ) {
            let before = before.min(codes.len());
            let own = &codes[before..];
            let column_of = |code: Option<i32>| code.and_then(|code| table.get(usize::try_from(code).ok()?).copied());
            let mut expected = Vec::new();
            for column in 0..3 {
                expected.extend(own.iter().map(|&code| f64::from(u8::from(column_of(code) == Some(column)))));
            }
            let array = Int32Array::from(codes.clone()).slice(before, own.len());
            prop_assert_eq!(run(&array, &Int32Array::from(table.clone()), 3)?, expected);
        }
    }

    #[test]
    fn long_columns_are_the_same_across_chunks() -> Result<(), Error> {
        let n = 2 * CHUNK + 3;
        let codes = Int32Array::from_iter_values((0..3).cycle().take(n));
        let matrix = run(&codes, &Int32Array::from(vec![2, 0, 1]), 3)?;
        for row in 0..n {
            let ones: Vec<usize> = (0..3).filter(|column| matrix[column * n + row] > 0.0).collect();
            assert_eq!(ones, [[2, 0, 1][row % 3]], "row {row}");
        }
        Ok(())
    }

    #[test]
    fn nothing_in_nothing_out() -> Result<(), Error> {
        let (none, table) = (Int32Array::from(Vec::<i32>::new()), Int32Array::from(vec![-1]));
        assert!(run(&none, &table, 7)?.is_empty());
        assert!(run(&Int32Array::from(vec![0, 0]), &table, 0)?.is_empty());
        Ok(())
    }

    #[test]
    fn wrong_input_is_refused() {
        let table = Int32Array::from(vec![0, 1]);
        let invalid = |result| matches!(result, Err(Error::Invalid(_)));
        for code in [2, -2, i32::MIN, i32::MAX] {
            assert!(invalid(run(&Int32Array::from(vec![0, code]), &table, 2)), "{code}");
            assert!(invalid(run(&Int32Array::from(vec![0, code]), &Int32Array::from(vec![-1, -1]), 0)), "{code}");
        }
        for column in [Some(2), Some(-2), None] {
            assert!(invalid(run(&Int32Array::from(vec![0]), &Int32Array::from(vec![column]), 2)), "{column:?}");
        }
        assert!(matches!(run(&Int32Array::from(vec![0, 0]), &table, usize::MAX), Err(Error::Memory(_))));
        assert!(matches!(run(&Int32Array::from(vec![0]), &table, usize::MAX / 8), Err(Error::Memory(_))));
    }

    #[test]
    fn a_cancelled_call_stops() {
        let flag = Cancel::default();
        flag.cancel();
        assert_eq!(one_hot(&Int32Array::from(vec![0]), &Int32Array::from(vec![0]), 1, &flag), Err(Error::Cancelled));
    }
}
