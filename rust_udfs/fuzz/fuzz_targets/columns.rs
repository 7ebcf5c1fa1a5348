//! Kernels over numbers and keys, each against its definition.
#![no_main]

use arbitrary::Arbitrary;
use arrow_array::{Float64Array, Int32Array, Int64Array, UInt64Array};
use libfuzzer_sys::fuzz_target;
use stratum_kernels::{Affine, Cancel, assemble, bins, mean_and_variance, moments, ranks, row_order};

#[derive(Arbitrary, Debug)]
struct Input {
    column: Vec<Option<f64>>,
    edges: Vec<f64>,
    references: Vec<f64>,
    groups: Vec<Option<i32>>,
    keys: Vec<(u64, u8)>,
    rows: Vec<i64>,
    shift: Option<f64>,
    scale: Option<f64>,
    count: u8,
}

fuzz_target!(|input: Input| {
    let cancel = Cancel::default();
    let (column, edges) = (Float64Array::from(input.column.clone()), Float64Array::from(input.edges.clone()));
    if let Ok(found) = bins(&column, &edges, &cancel) {
        for (bin, x) in found.iter().zip(&input.column) {
            match x.filter(|x| !x.is_nan()) {
                Some(x) => assert_eq!(*bin, input.edges.partition_point(|edge| *edge <= x) as f64),
                None => assert!(bin.is_nan()),
            }
        }
    }
    let _ = ranks(&column, &edges, &Float64Array::from(input.references), &cancel);
    let _ = moments(&column, Some(&Int32Array::from(input.groups)), usize::from(input.count), &cancel);
    if let Ok(spread) = mean_and_variance(&column, &cancel) {
        assert_eq!(spread.count, input.column.iter().flatten().filter(|x| !x.is_nan()).count() as u64);
    }
    let affine = [Affine { shift: input.shift, scale: input.scale }];
    if let Ok(made) = assemble(&[column], Some(&Int64Array::from(input.rows.clone())), &affine, &cancel) {
        assert_eq!(made.len(), input.rows.len());
    }
    let (first, second): (Vec<u64>, Vec<u64>) = input.keys.iter().map(|&(one, two)| (one, u64::from(two))).unzip();
    if let Ok(order) = row_order(&[UInt64Array::from(first), UInt64Array::from(second)], &cancel) {
        let mut expected: Vec<usize> = (0..input.keys.len()).collect();
        expected.sort_by_key(|&row| input.keys[row]);
        assert!(order.iter().zip(expected).all(|(&row, wanted)| usize::try_from(row) == Ok(wanted)));
        assert_eq!(order.len(), input.keys.len());
    }
});
