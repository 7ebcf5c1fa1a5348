//! Kernels of linear models: sums over the rows, and what is solved from them.

use arrow_array::Float64Array;
use criterion::Criterion;
use stratum_kernels::{
    Atoms, Cancel, Candidate, Cells, Error, Labels, Logistic, Matrix, Normal, elastic_net, gram, ridge,
};

use crate::shared::{ROWS, codes, numbers, timed};

/// Columns of every model.
const WIDTH: usize = 16;

pub fn time(criterion: &mut Criterion) -> Result<(), Error> {
    from_sums(criterion)?;
    from_rows(criterion)
}

fn from_sums(criterion: &mut Criterion) -> Result<(), Error> {
    let (folds, cancel) = (codes(ROWS, 5), Cancel::default());
    let columns: Vec<Float64Array> = (0..WIDTH).map(|column| numbers(ROWS + column).slice(column, ROWS)).collect();
    let levels = [codes(ROWS, 50)];
    let atoms = Atoms { columns: &columns, pivots: &[0.5; WIDTH], codes: &levels, levels: &[50] };
    let cells = Cells { of_row: &folds, count: 5, weight: None };
    timed(criterion, "gram", ROWS, || gram(&atoms, &cells, &cancel))?;
    let unit = (0..WIDTH * WIDTH).map(|at| if at % (WIDTH + 1) == 0 { 1.0 } else { 0.5 });
    let (square, moment) = (Float64Array::from_iter_values(unit), numbers(WIDTH));
    let normal = Normal::new(&square, &moment)?;
    timed(criterion, "ridge", WIDTH, || ridge(&normal, &[0.1, 1.0, 10.0], &cancel))?;
    let candidate = Candidate { alpha: 0.01, l1_ratio: 0.5, tol: 1e-4, max_iter: 1000, positive: false };
    timed(criterion, "elastic_net", WIDTH, || elastic_net(&normal, 8.0, 10.0, &[candidate; 3], &cancel))
}

fn from_rows(criterion: &mut Criterion) -> Result<(), Error> {
    let (values, classes, cancel) = (numbers(ROWS * WIDTH), codes(ROWS, 2), Cancel::default());
    let matrix = Matrix { values: values.values(), rows: ROWS, column_major: true };
    let labels = Labels { codes: &classes, classes: 2, weight: None };
    let models = 4;
    let rows = Logistic::dense(&matrix, WIDTH, &[], &labels, models)?;
    let point = vec![0.1; models * (WIDTH + 1)];
    timed(criterion, "logistic", ROWS, || rows.sums(&point, &[], &cancel))
}
