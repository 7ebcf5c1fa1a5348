//! Columns into a matrix: chosen rows, shifted and scaled on the way.

use arrow_array::{Array, Float64Array, Int64Array};

use crate::chunks::{CHUNK, Cancel, in_order, zeros};
use crate::error::{Error, require};

/// What happens to each number of a column on its way into the matrix: `(x - shift) / scale`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Affine {
    /// Subtracted, in the column's unit; `None` subtracts nothing.
    pub shift: Option<f64>,
    /// Divided by, after the shift; `None` divides by nothing. A scale of 0 gives ±infinity or NaN, as in numpy.
    pub scale: Option<f64>,
}

/// Column-major matrix of the chosen rows of `columns`, each as its [`Affine`] says.
///
/// p columns of n rows and m row numbers in, m·p numbers out; without `rows` all n rows in their order. Row numbers may
/// repeat and come in any order. NULL becomes NaN; NaN stays. Subtraction and division are rounded one after the other,
/// so that the result equals numpy's to the last bit. No `affine` at all leaves every column as it is.
///
/// # Errors
/// [`Error::Invalid`] if the columns' lengths differ, `affine` is neither empty nor as long as `columns`, or a row number
/// is NULL or outside `0..n`; [`Error::Memory`], [`Error::Cancelled`].
///
/// ```
/// use arrow_array::{Float64Array, Int64Array};
/// use stratum_kernels::{Affine, Cancel, assemble};
/// let columns = [Float64Array::from(vec![1.0, 2.0, 3.0]), Float64Array::from(vec![Some(4.0), None, Some(8.0)])];
/// let affine = [Affine { shift: Some(2.0), scale: None }, Affine { shift: None, scale: Some(4.0) }];
/// let rows = Int64Array::from(vec![2, 0]);
/// let matrix = assemble(&columns, Some(&rows), &affine, &Cancel::default())?;
/// assert_eq!(matrix, [1.0, -1.0, /* second column */ 2.0, 1.0]);
/// # Ok::<(), stratum_kernels::Error>(())
/// ```
pub fn assemble(
    columns: &[Float64Array],
    rows: Option<&Int64Array>,
    affine: &[Affine],
    cancel: &Cancel,
) -> Result<Vec<f64>, Error> {
    let length = columns.first().map_or(0, Array::len);
    check_columns(columns, length, affine.len())?;
    if let Some(rows) = rows.filter(|_| !columns.is_empty()) {
        check_rows(rows, length, cancel)?;
    }
    let height = rows.map_or(length, Array::len);
    let mut matrix = zeros(height.checked_mul(columns.len()).ok_or(Error::Memory(usize::MAX))?)?;
    in_order(parts(&mut matrix, height), cancel, |part| {
        copy(&columns[part.column], rows, part.first, part.cells);
        apply(affine.get(part.column).copied().unwrap_or_default(), part.cells);
        Ok(())
    })?;
    Ok(matrix)
}

/// Some cells of one column of the matrix, those from row `first` on.
struct Part<'a> {
    column: usize,
    first: usize,
    cells: &'a mut [f64],
}

fn check_columns(columns: &[Float64Array], length: usize, affine: usize) -> Result<(), Error> {
    for (index, column) in columns.iter().enumerate() {
        require(column.len() == length, || format!("column 0 has {length} rows, column {index} has {}", column.len()))?;
    }
    require(affine == 0 || affine == columns.len(), || {
        format!("{} columns, but shift and scale for {affine}", columns.len())
    })
}

fn check_rows(rows: &Int64Array, length: usize, cancel: &Cancel) -> Result<(), Error> {
    require(rows.null_count() == 0, || format!("{} row numbers are NULL", rows.null_count()))?;
    for chunk in rows.values().chunks(CHUNK) {
        cancel.check()?;
        let outside = chunk.iter().find(|&&row| usize::try_from(row).map_or(true, |row| row >= length));
        if let Some(row) = outside {
            return Err(Error::Invalid(format!("row number {row} is outside 0 to {length} (exclusive)")));
        }
    }
    Ok(())
}

fn parts(matrix: &mut [f64], height: usize) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    for (column, all) in matrix.chunks_exact_mut(height.max(1)).enumerate() {
        for (index, cells) in all.chunks_mut(CHUNK).enumerate() {
            parts.push(Part { column, first: index * CHUNK, cells });
        }
    }
    parts
}

fn copy(column: &Float64Array, rows: Option<&Int64Array>, first: usize, cells: &mut [f64]) {
    let last = first + cells.len();
    let values = column.values();
    let Some(rows) = rows else {
        cells.copy_from_slice(&values[first..last]);
        null_is_nan(column, first..last, cells);
        return;
    };
    let chosen = rows.values()[first..last].iter().map(|&row| usize::try_from(row).unwrap_or(usize::MAX));
    for (cell, row) in cells.iter_mut().zip(chosen.clone()) {
        *cell = values[row];
    }
    null_is_nan(column, chosen, cells);
}

fn null_is_nan(column: &Float64Array, rows: impl Iterator<Item = usize>, cells: &mut [f64]) {
    if let Some(nulls) = column.nulls() {
        for (cell, _) in cells.iter_mut().zip(rows).filter(|&(_, row)| nulls.is_null(row)) {
            *cell = f64::NAN;
        }
    }
}

fn apply(Affine { shift, scale }: Affine, cells: &mut [f64]) {
    if let Some(shift) = shift {
        for x in &mut *cells {
            *x -= shift;
        }
    }
    if let Some(scale) = scale {
        for x in &mut *cells {
            *x /= scale;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn run(columns: &[Float64Array], rows: Option<&Int64Array>, affine: &[Affine]) -> Result<Vec<f64>, Error> {
        assemble(columns, rows, affine, &Cancel::default())
    }

    fn bits(values: &[f64]) -> Vec<u64> {
        values.iter().map(|x| if x.is_nan() { f64::NAN.to_bits() } else { x.to_bits() }).collect()
    }

    fn any_number() -> impl Strategy<Value = Option<f64>> {
        prop_oneof![
            4 => (-1e6..1e6).prop_map(Some),
            1 => Just(None),
            1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, f64::MAX]).prop_map(Some),
        ]
    }

    fn any_affine() -> impl Strategy<Value = Affine> {
        let part = || prop::option::of(prop_oneof![-10.0..10.0, Just(0.0)]);
        (part(), part()).prop_map(|(shift, scale)| Affine { shift, scale })
    }

    prop_compose! {
        /// Two columns of equal length, cut from the middle of longer ones; rows of them; what to do with each.
        fn any_case()(length in 1_usize..40, before in 0_usize..9)(
            columns in prop::collection::vec(prop::collection::vec(any_number(), before + length), 2),
            rows in prop::option::of(prop::collection::vec(0..i64::try_from(length).unwrap_or(0), 0..60)),
            affine in prop_oneof![Just(vec![]), prop::collection::vec(any_affine(), 2)],
            before in Just(before),
        ) -> (Vec<Float64Array>, Option<Vec<i64>>, Vec<Affine>) {
            let cut = |values: Vec<Option<f64>>| { let all = Float64Array::from(values); all.slice(before, all.len() - before) };
            (columns.into_iter().map(cut).collect(), rows, affine)
        }
    }

    proptest! {
        #[test]
        fn equals_one_cell_at_a_time((columns, rows, affine) in any_case()) {
            let chosen = rows.clone().unwrap_or_else(|| (0..).take(columns[0].len()).collect());
            let mut expected = Vec::new();
            for (index, column) in columns.iter().enumerate() {
                let Affine { shift, scale } = affine.get(index).copied().unwrap_or_default();
                for &row in &chosen {
                    let row = usize::try_from(row).unwrap_or(usize::MAX);
                    let x = if column.is_null(row) { f64::NAN } else { column.value(row) };
                    expected.push((x - shift.unwrap_or(0.0)) / scale.unwrap_or(1.0));
                }
            }
            let rows = rows.map(Int64Array::from);
            prop_assert_eq!(bits(&run(&columns, rows.as_ref(), &affine)?), bits(&expected));
        }
    }

    #[test]
    fn long_columns_are_the_same_across_chunks() -> Result<(), Error> {
        let n = 2 * CHUNK + 3;
        let column = Float64Array::from_iter_values((0..n).map(|row| row as f64));
        let rows = Int64Array::from_iter_values((0..).take(n).collect::<Vec<i64>>().into_iter().rev());
        let forward = run(std::slice::from_ref(&column), None, &[])?;
        let backward = run(&[column], Some(&rows), &[])?;
        assert_eq!(forward.len(), n);
        assert!(forward.iter().eq(backward.iter().rev()));
        assert_eq!(forward[CHUNK..CHUNK + 2], [CHUNK as f64, CHUNK as f64 + 1.0]);
        Ok(())
    }

    #[test]
    fn nothing_in_nothing_out() -> Result<(), Error> {
        assert!(run(&[], None, &[])?.is_empty());
        assert!(run(&[], Some(&Int64Array::from(vec![5])), &[])?.is_empty());
        assert!(run(&[Float64Array::from(vec![1.0])], Some(&Int64Array::from(Vec::<i64>::new())), &[])?.is_empty());
        Ok(())
    }

    #[test]
    fn wrong_input_is_refused() {
        let two = Float64Array::from(vec![1.0, 2.0]);
        let one = two.slice(0, 1);
        let invalid = |result| matches!(result, Err(Error::Invalid(_)));
        assert!(invalid(run(&[two.clone(), one], None, &[])));
        assert!(invalid(run(&[two.clone(), two.clone()], None, &[Affine::default()])));
        for row in [Some(2), Some(-1), Some(i64::MIN), None] {
            assert!(invalid(run(std::slice::from_ref(&two), Some(&Int64Array::from(vec![row])), &[])), "{row:?}");
        }
    }

    #[test]
    fn a_cancelled_call_stops() {
        let flag = Cancel::default();
        flag.cancel();
        assert_eq!(assemble(&[Float64Array::from(vec![1.0])], None, &[], &flag), Err(Error::Cancelled));
    }
}
