//! Category codes into numbers, by a table: every encoder that gives one number a category.

use arrow_array::{Array, Float64Array, Int32Array};

use crate::chunks::{CHUNK, Cancel, check_codes, chunk, in_order, place, zeros};
use crate::error::{Error, require};

/// The number of each row's category: n codes in, n numbers out.
///
/// `table` has one number for each category, and last that of NULL, which code -1 gets. With `parts` it
/// is as many such tables, one after the other, as there are parts, and a row reads that of its part (cross-fitting).
///
/// # Errors
/// [`Error::Invalid`] if `table` is no table of `width` entries (with `parts` a whole number of them), there is a NULL,
/// `parts` has another length than `codes`, or a code or part has no entry; [`Error::Memory`], [`Error::Cancelled`].
///
/// ```
/// use arrow_array::{Float64Array, Int32Array};
/// use stratum_kernels::{Cancel, look_up};
/// let (codes, table) = (Int32Array::from(vec![1, 0, -1]), Float64Array::from(vec![10.0, 20.0, -5.0]));
/// assert_eq!(look_up(&codes, None, &table, 3, &Cancel::default())?, [20.0, 10.0, -5.0]);
/// # Ok::<(), stratum_kernels::Error>(())
/// ```
pub fn look_up(
    codes: &Int32Array,
    parts: Option<&Int32Array>,
    table: &Float64Array,
    width: usize,
    cancel: &Cancel,
) -> Result<Vec<f64>, Error> {
    check_shape(codes, parts, table, width)?;
    let null = width - 1;
    check_codes("code", codes, null, cancel)?;
    let tables = table.len() / width;
    if let Some(parts) = parts {
        check_codes("part", parts, tables, cancel)?;
        require(parts.values().iter().all(|&part| part != -1), || "a row is in no part".to_owned())?;
    }
    let mut numbers = zeros(codes.len())?;
    let tasks = numbers.chunks_mut(CHUNK).enumerate().collect();
    in_order(tasks, cancel, |(index, cells): (usize, &mut [f64])| {
        let rows = chunk(index, codes.len());
        let own = cells.iter_mut().zip(&codes.values()[rows.clone()]);
        if let Some(parts) = parts {
            for ((cell, &code), &part) in own.zip(&parts.values()[rows]) {
                *cell = table.values()[place(part, tables) * width + place(code, null)];
            }
        } else {
            for (cell, &code) in own {
                *cell = table.values()[place(code, null)];
            }
        }
        Ok(())
    })?;
    Ok(numbers)
}

fn check_shape(
    codes: &Int32Array,
    parts: Option<&Int32Array>,
    table: &Float64Array,
    width: usize,
) -> Result<(), Error> {
    let left = table.len().checked_rem(width);
    let fits = if parts.is_some() { left == Some(0) } else { width > 0 && table.len() == width };
    require(fits, || format!("{} entries are no tables of {width}", table.len()))?;
    require(table.null_count() == 0, || "the table has a NULL".to_owned())?;
    let rows = parts.map_or(codes.len(), Array::len);
    require(rows == codes.len(), || format!("codes has {} rows, parts has {rows}", codes.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TABLES: [f64; 6] = [1.0, 2.0, 3.0, -1.0, -2.0, f64::NAN];

    fn run(codes: &Int32Array, parts: Option<&Int32Array>, width: usize) -> Result<Vec<f64>, Error> {
        look_up(codes, parts, &Float64Array::from(TABLES.to_vec()), width, &Cancel::default())
    }

    proptest! {
        #[test]
        fn equals_one_row_at_a_time(rows in prop::collection::vec((-1..2, 0..2), 0..60)) {
            let (codes, parts): (Vec<i32>, Vec<i32>) = rows.iter().copied().unzip();
            let found = run(&Int32Array::from(codes), Some(&Int32Array::from(parts)), 3)?;
            for (&(code, part), number) in rows.iter().zip(found) {
                let place = match (code, part) {
                    (0, 0) => 0, (1, 0) => 1, (_, 0) => 2, (0, _) => 3, (1, _) => 4, _ => 5,
                };
                prop_assert!(number.total_cmp(&TABLES[place]).is_eq());
            }
        }
    }

    #[test]
    fn long_columns_are_the_same_across_chunks() -> Result<(), Error> {
        let n = 2 * CHUNK + 3;
        let found = run(&Int32Array::from_iter_values((-1..5).cycle().take(n)), None, 6)?;
        for (row, number) in found.into_iter().enumerate() {
            assert!(number.total_cmp(&TABLES[(row + 5) % 6]).is_eq(), "row {row}");
        }
        Ok(())
    }

    #[test]
    fn wrong_input_is_refused() {
        let invalid = |result| matches!(result, Err(Error::Invalid(_)));
        let one = Int32Array::from(vec![0]);
        for code in [Some(5), Some(6), Some(-2), Some(i32::MIN), Some(i32::MAX), None] {
            assert!(invalid(run(&Int32Array::from(vec![code]), None, 6)), "{code:?}");
        }
        for part in [Some(2), Some(-1), Some(i32::MAX), None] {
            assert!(invalid(run(&one, Some(&Int32Array::from(vec![part])), 3)), "{part:?}");
        }
        assert!(invalid(run(&one, Some(&Int32Array::from(vec![0, 0])), 3)));
        assert!(invalid(run(&one, None, 3)));
        assert!(invalid(run(&one, Some(&one), 4)));
        assert!(invalid(run(&one, None, 0)));
        let holed = Float64Array::from(vec![None, Some(1.0)]);
        assert!(invalid(look_up(&one, None, &holed, 2, &Cancel::default())));
    }

    #[test]
    fn a_cancelled_call_stops() {
        let flag = Cancel::default();
        flag.cancel();
        let table = Float64Array::from(vec![1.0, 2.0]);
        assert_eq!(look_up(&Int32Array::from(vec![0]), None, &table, 2, &flag), Err(Error::Cancelled));
    }
}
