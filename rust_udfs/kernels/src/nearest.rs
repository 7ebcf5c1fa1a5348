//! The nearest rows of a matrix to each row of another, by the sum of the squared differences.
//!
//! The rows searched are cut into leaves of rows that lie near each other, and so are those asked for (`boxes.rs`). A
//! block of the latter goes down the tree together, the nearer half first, so that each leaf is read once for many, and
//! leaves out what is farther away than all it has found; before that each row looks into the leaf that it would be in
//! itself. In a leaf (`leaf.rs`) every pair is compared in full (`squares.rs`), or, of many columns, those that matrix
//! products leave over (`products.rs`).

mod boxes;
mod leaf;
mod products;
mod query;
mod squares;

use crate::boosted_trees::Matrix;
use crate::chunks::{CHUNK, Cancel, in_order, reserve, zeros};
use crate::error::{Error, require};
use crate::nearest::boxes::{Boxes, Rows};
use crate::nearest::leaf::{Leaves, MANY};
use crate::nearest::query::{ABREAST, Block, Query};
use crate::pool;

/// Rows that go down the tree together: fewer see less in vain, more read a leaf less often.
const TOGETHER: usize = 32;
/// The same of many columns, where hardly a leaf is left out and products of larger matrices are faster.
const MANY_TOGETHER: usize = 128;

/// The nearest rows of m rows, k each, nearest first; of equally far ones the one that comes first.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbours {
    /// Sums of squared differences, m · k row by row.
    pub squares: Vec<f64>,
    /// Places among the rows searched, m · k row by row.
    pub places: Vec<i64>,
}

/// The `count` nearest rows of `train` (n × `width`) to each row of `asked` (m × `width`).
///
/// A sum of squared differences is added up column by column in `f64`, without fused operations, as scikit-learn's trees
/// do it: `squares` are theirs to the last bit, before the root. Sums beyond the range of `f64` are infinite.
///
/// # Errors
/// [`Error::Invalid`] if lengths do not fit, there is no column, a number is not finite, or `count` is not 1 to n;
/// [`Error::Memory`], [`Error::Cancelled`].
///
/// ```
/// use stratum_kernels::{Cancel, Matrix, nearest};
/// let train = Matrix { values: &[0.0, 5.0, 1.0], rows: 3, column_major: true };
/// let asked = Matrix { values: &[2.0], rows: 1, column_major: true };
/// let found = nearest(&train, &asked, 1, 2, &Cancel::default())?;
/// assert_eq!((found.places, found.squares), (vec![2, 0], vec![1.0, 4.0]));
/// # Ok::<(), stratum_kernels::Error>(())
/// ```
pub fn nearest(
    train: &Matrix<'_>,
    asked: &Matrix<'_>,
    width: usize,
    count: usize,
    cancel: &Cancel,
) -> Result<Neighbours, Error> {
    let (train, asked) = (checked(train, width, cancel)?, checked(asked, width, cancel)?);
    require((1..=train.count()).contains(&count), || format!("{count} neighbours of {} rows", train.count()))?;
    let together = if width < MANY { TOGETHER } else { MANY_TOGETHER };
    let (leaves, blocks) = pool::run(|| rayon::join(|| Leaves::new(&train), || Boxes::new(&asked, ABREAST)))?;
    let leaves = leaves?;
    let tasks = (0..asked.count()).step_by(together).collect();
    let found = in_order(tasks, cancel, |start| {
        let mut block = Block::new(&asked, blocks.part(start, together), count)?;
        leaves.visit(&mut block, cancel)?;
        Ok(block.queries)
    })?;
    gathered(found, asked.count(), count)
}

/// Blocks' answers, in the order of the rows asked for.
fn gathered(found: Vec<Vec<Query<'_>>>, rows: usize, count: usize) -> Result<Neighbours, Error> {
    let size = rows.checked_mul(count).ok_or(Error::Memory(usize::MAX))?;
    let mut squares = zeros(size)?;
    let mut places = reserve(size)?;
    places.resize(size, 0);
    for query in found.into_iter().flatten() {
        let own = query.row * count..(query.row + 1) * count;
        let cells = squares[own.clone()].iter_mut().zip(&mut places[own]);
        for ((square, place), near) in cells.zip(query.best) {
            *square = near.square;
            *place = i64::try_from(near.place).unwrap_or(i64::MAX); // no machine has so many rows
        }
    }
    Ok(Neighbours { squares, places })
}

/// The rows, if they are `width` finite numbers each.
fn checked<'a>(matrix: &Matrix<'a>, width: usize, cancel: &Cancel) -> Result<Rows<'a>, Error> {
    require(width > 0, || "rows without columns have no neighbours".to_owned())?;
    require(matrix.rows.checked_mul(width) == Some(matrix.values.len()), || {
        format!("{} numbers are not {} rows of {width} columns", matrix.values.len(), matrix.rows)
    })?;
    for chunk in matrix.values.chunks(CHUNK) {
        cancel.check()?;
        require(chunk.iter().all(|number| number.is_finite()), || "a number is NaN or infinite".to_owned())?;
    }
    Rows::new(matrix, width)
}

#[cfg(test)]
mod tests;
