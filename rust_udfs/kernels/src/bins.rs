//! The bin that a number falls in, between edges.

use std::hint::select_unpredictable;

use arrow_array::{Array, Float64Array};

use crate::chunks::{CHUNK, Cancel, chunk, in_order, zeros};
use crate::error::{Error, require};

/// Edges that are compared with every number, which takes less time than to search among them.
const FEW: usize = 32;

/// How many of `edges` are at most as large as each number: n numbers in, n whole numbers out, as numpy's
/// `searchsorted(edges, column, side="right")` gives them.
///
/// NULL and NaN give NaN.
///
/// # Errors
/// [`Error::Invalid`] if the edges are not ascending, or one is NULL or NaN; [`Error::Memory`], [`Error::Cancelled`].
///
/// ```
/// use arrow_array::Float64Array;
/// use stratum_kernels::{Cancel, bins};
/// let edges = Float64Array::from(vec![1.0, 5.0]);
/// let column = Float64Array::from(vec![0.5, 1.0, 7.0]);
/// assert_eq!(bins(&column, &edges, &Cancel::default())?, [0.0, 1.0, 2.0]);
/// # Ok::<(), stratum_kernels::Error>(())
/// ```
pub fn bins(column: &Float64Array, edges: &Float64Array, cancel: &Cancel) -> Result<Vec<f64>, Error> {
    let edges = ascending(edges, "edges")?;
    map(column, cancel, |numbers, cells| {
        if edges.len() <= FEW {
            compare_all(numbers, edges, cells);
        } else {
            for (cells, numbers) in cells.chunks_mut(LANES).zip(numbers.chunks(LANES)) {
                for (cell, below) in cells.iter_mut().zip(at_most(edges, &side_by_side(numbers))) {
                    *cell = below as f64;
                }
            }
        }
        for (cell, x) in cells.iter_mut().zip(numbers) {
            *cell = if x.is_nan() { f64::NAN } else { *cell };
        }
    })
}

/// Edge by edge over all numbers: a loop without branches, which the compiler makes one over vectors.
fn compare_all(numbers: &[f64], edges: &[f64], cells: &mut [f64]) {
    for part in 0..numbers.len().div_ceil(PART) {
        let rows = part * PART..numbers.len().min((part + 1) * PART);
        for edge in edges {
            for (cell, x) in cells[rows.clone()].iter_mut().zip(&numbers[rows.clone()]) {
                *cell += if x >= edge { 1.0 } else { 0.0 };
            }
        }
    }
}

/// Numbers that stay in a core's first-level cache from one edge to the next.
const PART: usize = 1024;

/// Searches that are done side by side: none waits for the memory of another.
pub(crate) const LANES: usize = 8;

/// How many of the ascending numbers `sorted` are at most as large as each of `x`: binary searches without branches,
/// which all take the same steps.
#[inline]
pub(crate) fn at_most(sorted: &[f64], x: &[f64; LANES]) -> [usize; LANES] {
    let (mut first, mut rest) = ([0; LANES], sorted.len());
    while rest > 0 {
        let half = rest.div_ceil(2);
        for (first, x) in first.iter_mut().zip(x) {
            let after = *first + half;
            *first = select_unpredictable(sorted[after - 1] <= *x, after, *first);
        }
        rest -= half;
    }
    first
}

/// Up to [`LANES`] numbers, filled up with zeros.
#[inline]
pub(crate) fn side_by_side(numbers: &[f64]) -> [f64; LANES] {
    let mut lanes = [0.0; LANES];
    lanes[..numbers.len()].copy_from_slice(numbers);
    lanes
}

/// `work` on each chunk of the column, with the cells that its results go to; NULL gives NaN.
pub(crate) fn map(
    column: &Float64Array,
    cancel: &Cancel,
    work: impl Fn(&[f64], &mut [f64]) + Sync + Send,
) -> Result<Vec<f64>, Error> {
    let mut numbers = zeros(column.len())?;
    let tasks = numbers.chunks_mut(CHUNK).enumerate().collect();
    in_order(tasks, cancel, |(index, cells): (usize, &mut [f64])| {
        let rows = chunk(index, column.len());
        work(&column.values()[rows.clone()], cells);
        if let Some(nulls) = column.nulls() {
            for (cell, _) in cells.iter_mut().zip(rows).filter(|(_, row)| nulls.is_null(*row)) {
                *cell = f64::NAN;
            }
        }
        Ok(())
    })?;
    Ok(numbers)
}

/// The numbers of `array`; [`Error::Invalid`] if they do not ascend, or one is NULL or NaN.
pub(crate) fn ascending<'a>(array: &'a Float64Array, name: &str) -> Result<&'a [f64], Error> {
    let values: &[f64] = array.values();
    let good = array.null_count() == 0 && !values.iter().any(|x| x.is_nan()) && values.is_sorted();
    require(good, || format!("{name} must be ascending numbers"))?;
    Ok(values)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn equals_counting(
            column in prop::collection::vec(prop::option::of(-9_i32..9), 0..40),
            mut edges in prop::collection::vec(-9_i32..9, 0..80),
        ) {
            edges.sort_unstable();
            let numbers: Float64Array = column.iter().map(|x| x.map(f64::from)).collect();
            let found = bins(&numbers, &edges.iter().copied().map(|x| Some(f64::from(x))).collect(), &Cancel::default())?;
            for (x, bin) in column.into_iter().zip(found) {
                let below = x.map(|x| edges.iter().filter(|edge| **edge <= x).count() as f64);
                prop_assert!(bin.total_cmp(&below.unwrap_or(f64::NAN)).is_eq());
            }
        }
    }

    #[test]
    fn chunks_follow_one_another() -> Result<(), Error> {
        let n = 2 * CHUNK + 3;
        let column = Float64Array::from_iter_values((0..n).map(|row| row as f64));
        let edges = Float64Array::from_iter_values((1..n).map(|row| row as f64));
        assert_eq!(bins(&column, &edges, &Cancel::default())?, column.values().as_ref());
        Ok(())
    }

    #[test]
    fn wrong_edges_are_refused() {
        for wrong in [vec![Some(2.0), Some(1.0)], vec![Some(f64::NAN)], vec![None]] {
            let edges = Float64Array::from(wrong);
            assert!(matches!(bins(&edges, &edges, &Cancel::default()), Err(Error::Invalid(_))));
        }
    }

    #[test]
    fn a_cancelled_call_stops() {
        let (flag, one) = (Cancel::default(), Float64Array::from(vec![1.0]));
        flag.cancel();
        assert_eq!(bins(&one, &one, &flag), Err(Error::Cancelled));
    }
}
