//! Ridge regression on the normal equations: one Cholesky factorisation for each alpha.

mod eliminated;
mod levels;
mod whole;

use crate::chunks::{Cancel, in_order, reserve};
use crate::error::{Error, require};
use crate::normal::Normal;
use crate::ridge::eliminated::Eliminated;

/// `w` with `(S + alpha I) w = q`, for each of k alphas: p × p and p numbers in, k · p out, alpha by alpha; NaN where
/// `S + alpha I` is not positive definite.
///
/// Of S the upper triangle is read. Each alpha costs p³ / 3 multiplications and a copy of S; they run side by side,
/// and the flag is asked before each. Where many columns are the levels of one category, less their means, these are
/// eliminated first, which costs next to nothing: no row has two of them.
///
/// # Errors
/// [`Error::Invalid`] if an alpha is negative or not finite; [`Error::Memory`], [`Error::Cancelled`].
///
/// ```
/// use arrow_array::Float64Array;
/// use stratum_kernels::{Cancel, Normal, ridge};
/// let (gram, moment) = (Float64Array::from(vec![3.0, 0.0, 0.0, 0.0]), Float64Array::from(vec![8.0, 0.0]));
/// let fitted = ridge(&Normal::new(&gram, &moment)?, &[1.0, 0.0], &Cancel::default())?;
/// assert_eq!(fitted[..2], [2.0, 0.0]);
/// assert!(fitted[2].is_nan()); // without alpha the second column has no coefficient of its own
/// # Ok::<(), stratum_kernels::Error>(())
/// ```
pub fn ridge(normal: &Normal<'_>, alphas: &[f64], cancel: &Cancel) -> Result<Vec<f64>, Error> {
    for (index, alpha) in alphas.iter().enumerate() {
        require(alpha.is_finite() && *alpha >= 0.0, || format!("alpha {index} must be 0 or more, not {alpha}"))?;
    }
    let levels = levels::largest(normal).filter(|levels| eliminated::pays(normal.width(), levels.shift.len()));
    let eliminated = levels.map(|levels| Eliminated::new(normal, levels)).transpose()?;
    let solved = in_order(alphas.to_vec(), cancel, |alpha| {
        let without = eliminated.as_ref().map_or(Ok(None), |eliminated| eliminated.solve(normal, alpha))?;
        without.map_or_else(|| whole::solve(normal, alpha), Ok)
    })?;
    let mut all = reserve(solved.len().checked_mul(normal.width()).ok_or(Error::Memory(usize::MAX))?)?;
    for coefficients in solved {
        all.extend(coefficients);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use arrow_array::Float64Array;

    use super::*;

    fn run(gram: &[f64], moment: &[f64], alphas: &[f64]) -> Result<Vec<f64>, Error> {
        let (gram, moment) = (Float64Array::from(gram.to_vec()), Float64Array::from(moment.to_vec()));
        ridge(&Normal::new(&gram, &moment)?, alphas, &Cancel::default())
    }

    /// A positive definite matrix that is far from diagonal.
    fn gram(width: usize) -> Vec<f64> {
        let cell = |row: usize, column: usize| 0.9_f64.powf(row.abs_diff(column) as f64) * ((row + column + 2) as f64);
        let full = |row, column| cell(row, column) + if row == column { 2.0 * width as f64 } else { 0.0 };
        (0..width * width).map(|index| full(index / width, index % width)).collect()
    }

    #[test]
    fn solves_its_equations() -> Result<(), Error> {
        for width in [1, 2, 7, 70] {
            let (gram, moment) = (gram(width), (0..width).map(|index| index as f64 - 3.0).collect::<Vec<_>>());
            let fitted = run(&gram, &moment, &[0.0, 5.0])?;
            for (alpha, w) in [0.0, 5.0].into_iter().zip(fitted.chunks(width)) {
                for (index, q) in moment.iter().enumerate() {
                    let row: f64 = gram[index * width..][..width].iter().zip(w).map(|(s, w)| s * w).sum();
                    assert!((row + alpha * w[index] - q).abs() < 1e-11 * width as f64, "{width} {alpha} {index}");
                }
            }
        }
        Ok(())
    }

    #[test]
    fn no_column_and_no_alpha_are_fine() -> Result<(), Error> {
        assert!(run(&[], &[], &[1.0])?.is_empty());
        assert!(run(&[1.0], &[1.0], &[])?.is_empty());
        Ok(())
    }

    #[test]
    fn what_is_not_positive_definite_gives_nan() -> Result<(), Error> {
        for bad in [[0.0, 0.0, 0.0, 1.0], [-1.0, 0.0, 0.0, 1.0], [1.0, 2.0, 2.0, 1.0]] {
            assert!(run(&bad, &[1.0, 1.0], &[0.0])?.iter().all(|w| w.is_nan()), "{bad:?}");
        }
        Ok(())
    }

    #[test]
    fn a_senseless_alpha_is_refused() {
        for alpha in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(run(&[1.0], &[1.0], &[1.0, alpha]), Err(Error::Invalid(_))), "{alpha}");
        }
    }

    #[test]
    fn a_cancelled_call_stops() -> Result<(), Error> {
        let (one, flag) = (Float64Array::from(vec![1.0]), Cancel::default());
        flag.cancel();
        assert_eq!(ridge(&Normal::new(&one, &one)?, &[1.0], &flag), Err(Error::Cancelled));
        Ok(())
    }
}
