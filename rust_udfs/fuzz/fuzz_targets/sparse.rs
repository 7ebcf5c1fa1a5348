//! Sparse matrices: any places, columns and rows are refused, or give what their definition says.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use stratum_kernels::{Cancel, Csr, first_seen, renumber, sparse_product};

#[derive(Arbitrary, Debug)]
struct Input {
    /// Entries of each row: places that fit, which bytes at random seldom do.
    lengths: Vec<u8>,
    /// Instead of those, if it is there.
    starts: Option<Vec<i64>>,
    columns: Vec<i32>,
    fold: bool,
    width: u8,
    rows: Vec<i64>,
    times: Vec<i64>,
    target: Vec<i32>,
    vectors: u8,
}

fuzz_target!(|input: Input| {
    let (cancel, width, vectors) = (Cancel::default(), usize::from(input.width), usize::from(input.vectors % 70));
    let mut columns = input.columns;
    if input.fold && width > 0 {
        columns.iter_mut().for_each(|column| *column = column.rem_euclid(i32::from(input.width)));
    }
    let starts = input.starts.unwrap_or_else(|| risen(&input.lengths, columns.len()));
    let values: Vec<f64> = (0..columns.len()).map(|at| at as f64).collect();
    let matrix = Csr { starts: &starts, columns: &columns, values: &values, width };
    if let Ok(seen) = first_seen(&matrix, &input.rows, &input.times, &cancel) {
        assert_eq!(seen.columns.len(), seen.frequency.len());
        assert!(seen.columns.iter().all(|&column| usize::try_from(column).is_ok_and(|column| column < width)));
    }
    if let Ok(made) = renumber(&matrix, &input.rows, &input.target, &cancel) {
        assert_eq!(made.starts.len(), input.rows.len() + 1);
        for ends in made.starts.windows(2) {
            assert!(made.columns[ends[0] as usize..ends[1] as usize].is_sorted());
        }
    }
    let dense = vec![1.5; width * vectors];
    if let Ok(product) = sparse_product(&matrix, &dense, vectors, &cancel) {
        for (row, ends) in starts.windows(2).enumerate() {
            let sum = values[ends[0] as usize..ends[1] as usize].iter().fold(0.0, |sum, value| sum + value * 1.5);
            assert!(product[row * vectors..(row + 1) * vectors].iter().all(|number| *number == sum));
        }
    }
});

fn risen(lengths: &[u8], stored: usize) -> Vec<i64> {
    let mut starts = vec![0];
    for &length in lengths {
        let last = starts[starts.len() - 1];
        starts.push((last + i64::from(length)).min(stored as i64));
    }
    starts.push(stored as i64);
    starts
}
