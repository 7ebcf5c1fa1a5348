//! The order in which columns are first seen, going through rows of a sparse matrix.

use crate::chunks::{Cancel, reserve, zeros};
use crate::csr::Csr;
use crate::error::{Error, require};

/// Rows between two looks at the [`Cancel`] flag.
const LOOK: usize = 65_536;

/// Columns in the order in which they are first seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstSeen {
    /// The columns that some row has.
    pub columns: Vec<i64>,
    /// For each of these, how many rows have it.
    pub frequency: Vec<i64>,
}

/// The columns stored in `rows` of a matrix, in the order in which they come first; the i-th row counts `times[i]` times.
///
/// It is the order in which scikit-learn's `CountVectorizer` numbers n-grams before it sorts them, and in which it
/// therefore adds up a row of `fit_transform`. Memory: 16 bytes a column of the matrix.
///
/// # Errors
/// [`Error::Invalid`] if `matrix` is malformed, a row is outside it, or lengths differ; [`Error::Memory`],
/// [`Error::Cancelled`].
///
/// ```
/// use stratum_kernels::{Cancel, Csr, first_seen};
/// let matrix = Csr { starts: &[0, 2, 3], columns: &[2, 0, 2], values: &[1.0; 3], width: 3 };
/// let seen = first_seen(&matrix, &[1, 0], &[1, 5], &Cancel::default())?;
/// assert_eq!(seen.columns, [2, 0]);
/// assert_eq!(seen.frequency, [6, 5]);
/// # Ok::<(), stratum_kernels::Error>(())
/// ```
pub fn first_seen<T>(matrix: &Csr<'_, T>, rows: &[i64], times: &[i64], cancel: &Cancel) -> Result<FirstSeen, Error> {
    matrix.check()?;
    require(rows.len() == times.len(), || format!("{} rows, but {} numbers of times", rows.len(), times.len()))?;
    let mut counted: Vec<i64> = zeros(matrix.width)?;
    let mut columns = Vec::new();
    for (at, (&row, &times)) in rows.iter().zip(times).enumerate() {
        if at % LOOK == 0 {
            cancel.check()?;
        }
        require(times > 0, || format!("row {row} counts {times} times"))?;
        for &column in matrix.row(matrix.checked(row)?).0 {
            let count = &mut counted[column.cast_unsigned() as usize];
            if *count == 0 {
                columns.push(column.into());
            }
            *count += times;
        }
    }
    let mut frequency = reserve(columns.len())?;
    frequency.extend(columns.iter().map(|&column| counted[crate::csr::place(column)]));
    Ok(FirstSeen { columns, frequency })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_may_come_again_and_have_nothing() -> Result<(), Error> {
        let matrix = Csr { starts: &[0, 2, 2, 3], columns: &[3, 1, 1], values: &[(); 3], width: 4 };
        let seen = first_seen(&matrix, &[1, 2, 0, 2], &[9, 1, 1, 1], &Cancel::default())?;
        assert_eq!(seen, FirstSeen { columns: vec![1, 3], frequency: vec![3, 1] });
        Ok(())
    }

    #[test]
    fn wrong_input_is_refused_and_a_cancelled_call_stops() {
        let matrix = Csr { starts: &[0, 1], columns: &[0], values: &[()], width: 1 };
        for (rows, times) in [(&[1][..], &[1][..]), (&[-1], &[1]), (&[0], &[0]), (&[0], &[])] {
            let refused = first_seen(&matrix, rows, times, &Cancel::default());
            assert!(matches!(refused, Err(Error::Invalid(_))), "{rows:?} {times:?}");
        }
        let flag = Cancel::default();
        flag.cancel();
        assert_eq!(first_seen(&matrix, &[0], &[1], &flag), Err(Error::Cancelled));
    }
}
