//! The trees of a trained LightGBM model over the rows of a matrix: LightGBM's own predictions to the last bit.
//!
//! LightGBM takes one row through all trees. Here a block of rows that fits a core's first-level cache goes through one
//! tree after the other, many rows side by side (`masks.rs`; `tree.rs` for large trees), and no branch depends on the
//! data. Each row still adds the same numbers in the same order.

mod block;
mod masks;
mod objective;
mod text;
mod tree;

use std::ops::Range;

use pulp::NullaryFnOnce;

use crate::boosted_trees::block::{Block, Column};
use crate::boosted_trees::objective::Objective;
use crate::boosted_trees::tree::Tree;
use crate::chunks::{Cancel, in_order, zeros};
use crate::error::{Error, require};

/// Rows of one task: some milliseconds of work, after which the [`Cancel`] flag is asked again.
const TASK: usize = 4096;

/// A trained model as trees, made by [`parse`](Self::parse) from the text that LightGBM writes of it.
#[derive(Clone, Debug)]
pub struct BoostedTrees {
    features: usize,
    classes: usize,
    objective: Objective,
    columns: Vec<Column>,
    trees: Vec<Tree>,
}

/// A matrix of numbers, n rows of p columns, NaN where one is missing.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a> {
    /// The n·p numbers, column after column or row after row.
    pub values: &'a [f64],
    /// n.
    pub rows: usize,
    /// Whether `values` holds column after column.
    pub column_major: bool,
}

impl BoostedTrees {
    /// The model in `text`, as LightGBM's `model_to_string` gives it; bytes of any kind are read without a panic.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a text that is malformed, or has anything whose predictions are not known here:
    /// categorical splits, linear trees, averaged trees (`boosting=rf`), an objective that is not in `objective.rs`.
    ///
    /// ```
    /// use stratum_kernels::{BoostedTrees, Cancel, Matrix};
    /// let text = "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nmax_feature_idx=0\nobjective=regression\n\
    ///     tree_sizes=1\n\nTree=0\nnum_leaves=2\nnum_cat=0\nsplit_feature=0\nthreshold=0.5\ndecision_type=2\n\
    ///     left_child=-1\nright_child=-2\nleaf_value=10 20\nis_linear=0\nshrinkage=1\n\nend of trees\n";
    /// let model = BoostedTrees::parse(text)?;
    /// let matrix = Matrix { values: &[0.5, 0.6, f64::NAN], rows: 3, column_major: true };
    /// let scores = model.advance(&matrix, vec![0.0; 3], 0..1, &Cancel::default())?;
    /// assert_eq!(scores, [10.0, 20.0, 10.0]); // a NaN that training has not seen counts as 0
    /// assert_eq!(model.outputs(scores)?, [10.0, 20.0, 10.0]);
    /// # Ok::<(), stratum_kernels::Error>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, Error> {
        text::parse(text)
    }

    /// The columns a matrix must have.
    #[must_use]
    pub fn features(&self) -> usize {
        self.features
    }

    /// Scores of one row, and trees of one round: the classes of a multiclass model, else 1.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Rounds of boosting.
    #[must_use]
    pub fn rounds(&self) -> usize {
        self.trees.len() / self.classes
    }

    /// Zeros: the scores of `rows` rows before the first round.
    ///
    /// # Errors
    /// [`Error::Memory`].
    pub fn start(&self, rows: usize) -> Result<Vec<f64>, Error> {
        zeros(rows.checked_mul(self.classes).ok_or(Error::Memory(usize::MAX))?)
    }

    /// Raw scores after round `rounds.end`, given those after round `rounds.start`: n·classes in and out, row by row.
    ///
    /// One number of rounds after another costs no more than the largest alone, and gives the same bits.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the matrix or the scores have another shape, or the model has not these rounds;
    /// [`Error::Memory`], [`Error::Cancelled`].
    pub fn advance(
        &self,
        matrix: &Matrix<'_>,
        mut scores: Vec<f64>,
        rounds: Range<usize>,
        cancel: &Cancel,
    ) -> Result<Vec<f64>, Error> {
        self.check(matrix, scores.len(), &rounds)?;
        let trees = &self.trees[rounds.start * self.classes..rounds.end * self.classes];
        let tasks: Vec<_> = scores.chunks_mut(TASK * self.classes).enumerate().collect();
        in_order(tasks, cancel, |(index, own)| self.advance_task(matrix, trees, index * TASK, own))?;
        Ok(scores)
    }

    /// What LightGBM predicts where the raw scores are these: probabilities of classes, or numbers in the target's unit.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the scores are no whole number of rows.
    pub fn outputs(&self, mut scores: Vec<f64>) -> Result<Vec<f64>, Error> {
        require(scores.len().is_multiple_of(self.classes), || {
            format!("{} scores are no rows of {}", scores.len(), self.classes)
        })?;
        for row in scores.chunks_exact_mut(self.classes) {
            self.objective.convert(row);
        }
        Ok(scores)
    }

    fn check(&self, matrix: &Matrix<'_>, scores: usize, rounds: &Range<usize>) -> Result<(), Error> {
        require(matrix.rows.checked_mul(self.features) == Some(matrix.values.len()), || {
            format!("{} numbers are not {} rows of {} features", matrix.values.len(), matrix.rows, self.features)
        })?;
        require(matrix.rows.checked_mul(self.classes) == Some(scores), || {
            format!("{scores} scores for {} rows of {}", matrix.rows, self.classes)
        })?;
        require(rounds.start <= rounds.end && rounds.end <= self.rounds(), || {
            format!("rounds {} to {} of a model with {}", rounds.start, rounds.end, self.rounds())
        })
    }

    /// The rows from `first` on whose scores are `scores`.
    fn advance_task(&self, matrix: &Matrix<'_>, trees: &[Tree], first: usize, scores: &mut [f64]) -> Result<(), Error> {
        let mut block = Block::new(&self.columns)?;
        let height = block.height();
        for (index, own) in scores.chunks_mut(height * self.classes).enumerate() {
            block.fill(matrix, self.features, first + index * height, own.len() / self.classes);
            let columns: Vec<&[f64]> = block.columns().collect();
            pulp::Arch::new().dispatch(Addition { trees, columns: &columns, scores: own, classes: self.classes });
        }
        Ok(())
    }
}

/// All trees, in their order, added to the scores of a block's rows.
struct Addition<'a> {
    trees: &'a [Tree],
    columns: &'a [&'a [f64]],
    scores: &'a mut [f64],
    classes: usize,
}

impl NullaryFnOnce for Addition<'_> {
    type Output = ();

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "compiled once more for each set of vector instructions")]
    fn call(self) {
        for (tree, class) in self.trees.iter().zip((0..self.classes).cycle()) {
            tree.add(self.columns, self.scores, self.classes, class);
        }
    }
}

#[cfg(test)]
mod tests;
