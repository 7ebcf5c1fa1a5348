//! Kernels over columns of categories.

use arrow_array::Int32Array;
use criterion::Criterion;
use stratum_kernels::{Cancel, Encoded, Error, Smoothing, category_counts, look_up, one_hot, target_means};

use crate::shared::{ROWS, codes, numbers, timed};

const CATEGORIES: usize = 50;

pub fn time(criterion: &mut Criterion) -> Result<(), Error> {
    let (codes, parts, cancel) = (codes(ROWS, 50), codes(ROWS, 5), Cancel::default());
    timed(criterion, "category_counts", ROWS, || category_counts(&codes, CATEGORIES, &cancel))?;
    let columns = Int32Array::from_iter_values(0..50);
    timed(criterion, "one_hot", ROWS, || one_hot(&codes, &columns, CATEGORIES, &cancel))?;
    let table = numbers(CATEGORIES + 1);
    timed(criterion, "look_up", ROWS, || look_up(&codes, None, &table, CATEGORIES + 1, &cancel))?;
    let target = numbers(ROWS);
    let rows = Encoded { codes: &codes, target: &target, parts: Some(&parts), categories: CATEGORIES };
    let smoothing = Smoothing { means: &[0.5; 6], variances: &[0.1; 6], rows: None };
    timed(criterion, "target_means", ROWS, || target_means(&rows, &smoothing, &cancel))
}
