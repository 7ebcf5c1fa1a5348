//! A sparse matrix times a dense one, summed in scipy's order.

use std::borrow::Cow;
use std::ops::{AddAssign, Mul, Range};

use pulp::NullaryFnOnce;

use crate::chunks::{Cancel, in_order, reserve, zeros};
use crate::csr::Csr;
use crate::error::{Error, require};

/// Columns of `dense` that are summed at once: as many singles as half of AVX2's registers hold.
const WIDEST: usize = 64;

/// A number that matrices are made of: `f32` or `f64`.
pub trait Number: Copy + Default + Send + Sync + Mul<Output = Self> + AddAssign {}

impl Number for f32 {}
impl Number for f64 {}

/// `matrix` (n × p) times `dense` (p × `vectors`, row-major): n·`vectors` numbers, row-major.
///
/// Each number is the sum of a row's products in the order in which they are stored, every product and every sum
/// rounded by itself, as scipy's `csr_matvecs` has it. So is what its `csc_matvecs` gives, if `matrix` is the transposed
/// matrix with its rows in their order. Rows are computed side by side, which changes no sum.
///
/// # Errors
/// [`Error::Invalid`] if the shapes do not fit or `matrix` is malformed; [`Error::Memory`], [`Error::Cancelled`].
///
/// ```
/// use stratum_kernels::{Cancel, Csr, sparse_product};
/// let matrix = Csr { starts: &[0, 2, 2], columns: &[0, 2], values: &[1.0, 10.0], width: 3 };
/// let dense = [1.0, 2.0, /* second row */ 3.0, 4.0, /* third */ 5.0, 6.0];
/// let product = sparse_product(&matrix, &dense, 2, &Cancel::default())?;
/// assert_eq!(product, [51.0, 62.0, 0.0, 0.0]);
/// # Ok::<(), stratum_kernels::Error>(())
/// ```
pub fn sparse_product<T: Number>(
    matrix: &Csr<'_, T>,
    dense: &[T],
    vectors: usize,
    cancel: &Cancel,
) -> Result<Vec<T>, Error> {
    matrix.check()?;
    require(matrix.width.checked_mul(vectors) == Some(dense.len()), || {
        format!("{} numbers are not {} rows of {vectors}", dense.len(), matrix.width)
    })?;
    let mut product = zeros(matrix.rows().checked_mul(vectors).ok_or(Error::Memory(usize::MAX))?)?;
    let mut from = 0;
    while from < vectors {
        let own = from..vectors.min(from + WIDEST);
        let part = Part { matrix, dense, vectors, own: own.clone(), cancel };
        match own.len().div_ceil(8) {
            1 => part.add::<8>(&mut product)?,
            2 => part.add::<16>(&mut product)?,
            3 => part.add::<24>(&mut product)?,
            4 => part.add::<32>(&mut product)?,
            5 => part.add::<40>(&mut product)?,
            6 => part.add::<48>(&mut product)?,
            7 => part.add::<56>(&mut product)?,
            _ => part.add::<64>(&mut product)?,
        }
        from = own.end;
    }
    Ok(product)
}

/// The columns `own` of the product.
struct Part<'a, T> {
    matrix: &'a Csr<'a, T>,
    dense: &'a [T],
    vectors: usize,
    own: Range<usize>,
    cancel: &'a Cancel,
}

impl<T: Number> Part<'_, T> {
    /// `N` is at least the number of columns, so that a row of factors is read in whole registers.
    fn add<const N: usize>(&self, product: &mut [T]) -> Result<(), Error> {
        let factors = self.factors::<N>()?;
        let mut rest = product;
        let mut tasks = Vec::new();
        for rows in self.matrix.tasks() {
            let (sums, later) = rest.split_at_mut(rows.len() * self.vectors);
            tasks.push((rows, sums));
            rest = later;
        }
        in_order(tasks, self.cancel, |(rows, sums)| {
            let (factors, spare) = (&*factors, zeros(N)?);
            pulp::Arch::new().dispatch(Share { part: self, factors, rows, sums, spare });
            Ok(())
        })?;
        Ok(())
    }

    /// The factors row by row, each row filled up to `N`.
    fn factors<const N: usize>(&self) -> Result<Cow<'_, [[T; N]]>, Error> {
        if self.vectors == N {
            return Ok(Cow::Borrowed(self.dense.as_chunks().0));
        }
        let mut rows = reserve(self.matrix.width)?;
        rows.extend(self.dense.chunks_exact(self.vectors).map(|row| {
            let mut filled = [T::default(); N];
            filled[..self.own.len()].copy_from_slice(&row[self.own.clone()]);
            filled
        }));
        Ok(Cow::Owned(rows))
    }
}

/// Some rows of a part of the product.
struct Share<'a, T, const N: usize> {
    part: &'a Part<'a, T>,
    factors: &'a [[T; N]],
    rows: Range<usize>,
    sums: &'a mut [T],
    spare: Vec<T>,
}

impl<T: Number, const N: usize> NullaryFnOnce for Share<'_, T, N> {
    type Output = ();

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "compiled once more for each set of vector instructions")]
    fn call(mut self) {
        for (row, sums) in self.rows.zip(self.sums.chunks_exact_mut(self.part.vectors)) {
            let (columns, values) = self.part.matrix.row(row);
            let mut grown = [T::default(); N];
            for (&column, &value) in columns.iter().zip(values) {
                for (sum, &factor) in grown.iter_mut().zip(&self.factors[column.cast_unsigned() as usize]) {
                    *sum += value * factor;
                }
            }
            // by way of memory: copied from at a length known only now, `grown` would be kept out of the registers
            self.spare.copy_from_slice(&grown);
            sums[self.part.own.clone()].copy_from_slice(&self.spare[..self.part.own.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::csr::OwnedCsr;

    /// The sums as scipy has them: row by row, number by number.
    fn one_at_a_time(matrix: &Csr<'_, f32>, dense: &[f32], vectors: usize) -> Vec<f32> {
        let mut sums = vec![0.0; matrix.rows() * vectors];
        for row in 0..matrix.rows() {
            let (columns, values) = matrix.row(row);
            for (&column, &value) in columns.iter().zip(values) {
                for at in 0..vectors {
                    sums[row * vectors + at] += value * dense[column.cast_unsigned() as usize * vectors + at];
                }
            }
        }
        sums
    }

    fn bits(values: &[f32]) -> Vec<u32> {
        values.iter().map(|value| value.to_bits()).collect()
    }

    fn matrices() -> impl Strategy<Value = OwnedCsr<f32>> {
        let row = prop::collection::vec((0..6, any::<f32>()), 0..9);
        prop::collection::vec(row, 0..9).prop_map(|rows| {
            let mut made = OwnedCsr { starts: vec![0], columns: Vec::new(), values: Vec::new() };
            for (column, value) in rows.into_iter().flat_map(|row| {
                made.starts.push(made.starts[made.starts.len() - 1] + i64::try_from(row.len()).unwrap_or(0));
                row
            }) {
                made.columns.push(column);
                made.values.push(value);
            }
            made
        })
    }

    proptest! {
        #[test]
        fn equals_one_number_at_a_time(made in matrices(), vectors in 1_usize..140, seed in any::<u32>()) {
            let matrix = Csr { starts: &made.starts, columns: &made.columns, values: &made.values, width: 6 };
            let mut bits_of = seed;
            let dense: Vec<f32> = (0..6 * vectors).map(|_| {
                bits_of = bits_of.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (bits_of >> 8) as f32 / 4096.0 - 2048.0
            }).collect();
            let product = sparse_product(&matrix, &dense, vectors, &Cancel::default())?;
            let expected = one_at_a_time(&matrix, &dense, vectors);
            prop_assume!(expected.iter().all(|sum| !sum.is_nan())); // which NaN comes out is the processor's choice
            prop_assert_eq!(bits(&product), bits(&expected));
        }
    }

    #[test]
    fn rows_of_many_tasks_keep_their_places() -> Result<(), Error> {
        let n: i32 = 100_000;
        let (starts, columns): (Vec<i64>, Vec<i32>) = ((0..=i64::from(n)).collect(), (0..n).rev().collect());
        let values = vec![1.0; 100_000];
        let matrix = Csr { starts: &starts, columns: &columns, values: &values, width: 100_000 };
        let dense: Vec<f64> = (0..n).map(f64::from).collect();
        let product = sparse_product(&matrix, &dense, 1, &Cancel::default())?;
        assert!(product.iter().zip(dense.iter().rev()).all(|(found, wanted)| found.to_bits() == wanted.to_bits()));
        Ok(())
    }

    #[test]
    fn wrong_input_is_refused() {
        let good = Csr { starts: &[0, 1], columns: &[0], values: &[1.0], width: 1 };
        let refused = |matrix: &Csr<'_, f64>, dense: &[f64]| {
            matches!(sparse_product(matrix, dense, 2, &Cancel::default()), Err(Error::Invalid(_)))
        };
        assert!(!refused(&good, &[1.0, 2.0]));
        assert!(refused(&good, &[1.0]));
        for columns in [[1], [-1]] {
            assert!(refused(&Csr { columns: &columns, ..good }, &[1.0, 2.0]), "{columns:?}");
        }
        for starts in [&[][..], &[0], &[0, 2], &[1, 1], &[0, -1, 1], &[0, 2, 1]] {
            assert!(refused(&Csr { starts, ..good }, &[1.0, 2.0]), "{starts:?}");
        }
        assert!(refused(&Csr { values: &[], ..good }, &[1.0, 2.0]));
    }
}
