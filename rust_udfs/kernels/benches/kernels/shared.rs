//! Made-up columns, and the call that times a kernel over them.

use arrow_array::{Float64Array, Int32Array};
use criterion::{Criterion, Throughput};
use stratum_kernels::Error;

/// Rows of every column: two chunks, so that there is work to share.
pub const ROWS: usize = 131_072;

/// Time `call`, which takes so many rows, after it has passed once: an error would be fast.
pub fn timed<R>(
    criterion: &mut Criterion,
    name: &str,
    rows: usize,
    call: impl Fn() -> Result<R, Error>,
) -> Result<(), Error> {
    call()?;
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(rows as u64));
    group.bench_function("call", |bencher| bencher.iter(&call));
    group.finish();
    Ok(())
}

/// Whole numbers that look random (Knuth's multiplier), the same in every run.
pub fn mixed(count: usize) -> impl Iterator<Item = u64> {
    (1..=count as u64).map(|row| row.wrapping_mul(0x5851_F42D_4C95_7F2D) >> 11)
}

/// Numbers from 0 to 1.
pub fn numbers(count: usize) -> Float64Array {
    Float64Array::from_iter_values(mixed(count).map(|whole| whole as f64 / (1_u64 << 53) as f64))
}

/// Codes from 0, of so many categories.
pub fn codes(count: usize, categories: i32) -> Int32Array {
    let categories = u64::from(categories.unsigned_abs());
    Int32Array::from_iter_values(mixed(count).map(|whole| i32::try_from(whole % categories).unwrap_or(0)))
}
