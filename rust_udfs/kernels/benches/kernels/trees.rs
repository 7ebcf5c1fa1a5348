//! Predictions of boosted trees, and what each column adds to those of plain ones.

use std::fmt::Write;

use criterion::Criterion;
use stratum_kernels::{BoostedTrees, Cancel, Error, Matrix, Trees, tree_shap};

use crate::shared::{ROWS, numbers, timed};

/// Rounds of the model.
const ROUNDS: usize = 20;

pub fn time(criterion: &mut Criterion) -> Result<(), Error> {
    let (trees, values, cancel) = (BoostedTrees::parse(&model())?, numbers(ROWS), Cancel::default());
    let matrix = Matrix { values: values.values(), rows: ROWS, column_major: true };
    timed(criterion, "boosted_trees", ROWS, || trees.advance(&matrix, trees.start(ROWS)?, 0..ROUNDS, &cancel))?;
    let (left, right) = ([1, 3, 5, -1, -1, -1, -1], [2, 4, 6, -1, -1, -1, -1]);
    let plain = Trees {
        starts: &[0, 7],
        left: &left,
        right: &right,
        column: &[0; 7],
        threshold: &[0.5, 0.2, 0.7, 0.0, 0.0, 0.0, 0.0],
        nan_left: &[0; 7],
        weight: &[8.0, 4.0, 4.0, 2.0, 2.0, 2.0, 2.0],
        value: &[0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 4.0],
    };
    timed(criterion, "tree_shap", ROWS, || tree_shap(&plain, values.values(), 1, &cancel))
}

/// Trees of three leaves, as LightGBM writes them.
fn model() -> String {
    let mut text = String::from(
        "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nmax_feature_idx=0\nobjective=regression\ntree_sizes=1\n",
    );
    for tree in 0..ROUNDS {
        let written = write!(
            text,
            "\nTree={tree}\nnum_leaves=3\nnum_cat=0\nsplit_feature=0 0\nthreshold=0.5 0.2\ndecision_type=2 2\n\
             left_child=1 -1\nright_child=-2 -3\nleaf_value=1 2 3\nis_linear=0\nshrinkage=1\n"
        );
        debug_assert!(written.is_ok());
    }
    text + "\nend of trees\n"
}
