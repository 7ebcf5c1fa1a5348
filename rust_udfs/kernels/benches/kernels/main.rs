//! How long each kernel takes by itself, for work on one kernel: `cargo bench --package stratum-kernels [NAME]`.
//!
//! Against other libraries they are measured by `./run bench kernels`.

mod columns;
mod encoders;
mod linear;
mod neighbours;
mod shared;
mod text;
mod trees;

use std::time::Duration;

use criterion::Criterion;
use stratum_kernels::Error;

fn main() -> Result<(), Error> {
    let short = Criterion::default().sample_size(10).warm_up_time(Duration::from_millis(200));
    let mut criterion = short.measurement_time(Duration::from_millis(500)).configure_from_args();
    for family in [columns::time, encoders::time, linear::time, neighbours::time, text::time, trees::time] {
        family(&mut criterion)?;
    }
    criterion.final_summary();
    Ok(())
}
