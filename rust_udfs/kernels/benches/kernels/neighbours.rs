//! The search for the nearest rows.

use criterion::Criterion;
use stratum_kernels::{Cancel, Error, Matrix, nearest};

use crate::shared::{numbers, timed};

pub fn time(criterion: &mut Criterion) -> Result<(), Error> {
    const ASKED: usize = 2_000;
    let (train, asked, cancel) = (numbers(20_000 * 4), numbers(ASKED * 4), Cancel::default());
    let train = Matrix { values: train.values(), rows: 20_000, column_major: true };
    let asked = Matrix { values: asked.values(), rows: ASKED, column_major: true };
    timed(criterion, "nearest", ASKED, || nearest(&train, &asked, 4, 10, &cancel))
}
