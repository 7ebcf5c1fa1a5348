//! Kernels over columns of numbers.

use arrow_array::{Float64Array, Int64Array, UInt64Array};
use criterion::Criterion;
use stratum_kernels::{
    Affine, Cancel, Error, Piece, assemble, bins, design, mean_and_variance, moments, ranks, row_order,
};

use crate::shared::{ROWS, codes, mixed, numbers, timed};

pub fn time(criterion: &mut Criterion) -> Result<(), Error> {
    let (column, cancel) = (numbers(ROWS), Cancel::default());
    let groups = codes(ROWS, 5);
    timed(criterion, "moments", ROWS, || moments(&column, Some(&groups), 5, &cancel))?;
    timed(criterion, "mean_and_variance", ROWS, || mean_and_variance(&column, &cancel))?;
    let edges = Float64Array::from_iter_values((1..100).map(|edge| f64::from(edge) / 100.0));
    timed(criterion, "bins", ROWS, || bins(&column, &edges, &cancel))?;
    timed(criterion, "ranks", ROWS, || ranks(&column, &edges, &edges, &cancel))?;
    let keys = [UInt64Array::from_iter_values(mixed(ROWS))];
    timed(criterion, "row_order", ROWS, || row_order(&keys, &cancel))?;
    let columns = vec![column.clone(); 8];
    let affine = [Affine { shift: Some(0.5), scale: Some(2.0) }; 8];
    let rows = Int64Array::from_iter_values(codes(ROWS, 100_000).values().iter().map(|&row| row.into()));
    timed(criterion, "assemble", ROWS, || assemble(&columns, Some(&rows), &affine, &cancel))?;
    let pieces = [Piece::Numbers(column), Piece::Table(groups, numbers(6))];
    timed(criterion, "design", ROWS, || design(&pieces, ROWS, &cancel))
}
