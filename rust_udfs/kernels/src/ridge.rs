//! Ridge regression on the normal equations: one Cholesky factorisation for each alpha.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{LltRegularization, cholesky_in_place, cholesky_in_place_scratch};
use faer::{MatMut, Par, Spec};

use crate::chunks::{Cancel, in_order, reserve};
use crate::error::{Error, require};
use crate::normal::Normal;

/// Solutions of the normal equations for k alphas over p columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Ridge {
    /// k · p coefficients, alpha by alpha; NaN where the condition is 0.
    pub coefficients: Vec<f64>,
    /// For each alpha an estimate of the reciprocal condition number (1-norm) of `S + alpha I`, scaled to a unit
    /// diagonal: 1 is the best, below about 1e-16 no digit can be trusted, 0 means that the matrix is not positive
    /// definite.
    pub condition: Vec<f64>,
}

/// `w` with `(S + alpha I) w = q`, for each of k alphas: p × p and p numbers in, k · p out.
///
/// Of S the upper triangle is read. Each alpha costs p³ / 3 multiplications and a copy of S; they run side by side,
/// and the flag is asked before each.
///
/// # Errors
/// [`Error::Invalid`] if an alpha is negative or not finite; [`Error::Memory`], [`Error::Cancelled`].
///
/// ```
/// use arrow_array::Float64Array;
/// use stratum_kernels::{Cancel, Normal, ridge};
/// let (gram, moment) = (Float64Array::from(vec![3.0, 0.0, 0.0, 0.0]), Float64Array::from(vec![8.0, 0.0]));
/// let fitted = ridge(&Normal::new(&gram, &moment)?, &[1.0, 0.0], &Cancel::default())?;
/// assert_eq!(fitted.coefficients[..2], [2.0, 0.0]);
/// assert!(fitted.coefficients[2].is_nan()); // without alpha the second column has no coefficient of its own
/// assert_eq!(fitted.condition, [1.0, 0.0]);
/// # Ok::<(), stratum_kernels::Error>(())
/// ```
pub fn ridge(normal: &Normal<'_>, alphas: &[f64], cancel: &Cancel) -> Result<Ridge, Error> {
    for (index, alpha) in alphas.iter().enumerate() {
        require(alpha.is_finite() && *alpha >= 0.0, || format!("alpha {index} must be 0 or more, not {alpha}"))?;
    }
    let solved = in_order(alphas.to_vec(), cancel, |alpha| solve(normal, alpha))?;
    let room = solved.len().checked_mul(normal.width()).ok_or(Error::Memory(usize::MAX))?;
    let mut all = Ridge { coefficients: reserve(room)?, condition: reserve(solved.len())? };
    for (coefficients, condition) in solved {
        all.coefficients.extend(coefficients);
        all.condition.push(condition);
    }
    Ok(all)
}

/// The coefficients for one alpha, and their condition.
fn solve(normal: &Normal<'_>, alpha: f64) -> Result<(Vec<f64>, f64), Error> {
    let mut coefficients = reserve(normal.width())?;
    coefficients.extend_from_slice(normal.moment());
    if let Some(system) = System::new(normal, alpha)? {
        system.solve(&mut coefficients);
        let condition = system.condition();
        if condition > 0.0 && coefficients.iter().all(|w| w.is_finite()) {
            return Ok((coefficients, condition));
        }
    }
    coefficients.fill(f64::NAN);
    Ok((coefficients, 0.0))
}

/// `M = S + alpha I`, factored.
struct System {
    /// Cholesky's L with `L Lᵀ = M`, column by column; what is above the diagonal is not part of it.
    factor: Vec<f64>,
    /// Square roots of M's diagonal.
    scale: Vec<f64>,
    /// 1-norm of M scaled to a unit diagonal.
    norm: f64,
}

impl System {
    /// `None` if M is not positive definite.
    fn new(normal: &Normal<'_>, alpha: f64) -> Result<Option<Self>, Error> {
        let width = normal.width();
        let mut factor = reserve(normal.gram().len())?;
        factor.extend_from_slice(normal.gram()); // row by row: its upper triangle is the lower one column by column
        for index in 0..width {
            factor[index * width + index] += alpha;
        }
        let scale: Vec<f64> = (0..width).map(|index| factor[index * width + index].sqrt()).collect();
        if !scale.iter().all(|root| *root > 0.0) {
            return Ok(None); // also a NaN: the root of a diagonal below 0
        }
        let norm = scaled_norm(&factor, &scale);
        let work = cholesky_in_place_scratch::<f64>(width, Par::Seq, Spec::default());
        let mut memory = MemBuffer::try_new(work).map_err(|_| Error::Memory(work.unaligned_bytes_required()))?;
        let matrix = MatMut::from_column_major_slice_mut(&mut factor, width, width);
        let stack = MemStack::new(&mut memory);
        let done = cholesky_in_place(matrix, LltRegularization::default(), Par::Seq, stack, Spec::default());
        Ok(done.ok().map(|_| Self { factor, scale, norm }))
    }

    fn width(&self) -> usize {
        self.scale.len()
    }

    /// Column `index` of L, from the diagonal on.
    fn column(&self, index: usize) -> &[f64] {
        &self.factor[index * self.width() + index..(index + 1) * self.width()]
    }

    /// `M⁻¹ x` in place of x.
    fn solve(&self, x: &mut [f64]) {
        for index in 0..self.width() {
            let (own, below) = self.parts(index);
            x[index] /= own;
            let known = x[index];
            for (cell, l) in x[index + 1..].iter_mut().zip(below) {
                *cell -= known * l;
            }
        }
        for index in (0..self.width()).rev() {
            let (own, below) = self.parts(index);
            let known: f64 = x[index + 1..].iter().zip(below).map(|(cell, l)| cell * l).sum();
            x[index] = (x[index] - known) / own;
        }
    }

    /// The diagonal of L at `index`, and what is below it.
    fn parts(&self, index: usize) -> (f64, &[f64]) {
        let column = self.column(index);
        (column[0], &column[1..])
    }

    /// The reciprocal condition number of M scaled to a unit diagonal, estimated (Hager 1984, Higham 1988).
    ///
    /// The norm of the inverse is sought from vector to vector, each a corner of the unit ball where the norm grows
    /// most; it is a lower bound and mostly within a factor of 3.
    fn condition(&self) -> f64 {
        let width = self.width();
        if width == 0 {
            return 1.0;
        }
        let mut x = vec![1.0 / width as f64; width];
        let mut best = 0.0_f64;
        for _ in 0..MOST_STEPS {
            self.apply_scaled_inverse(&mut x);
            let reached = sum_of_sizes(&x);
            if reached <= best {
                break;
            }
            best = reached;
            for cell in &mut x {
                *cell = 1.0_f64.copysign(*cell);
            }
            self.apply_scaled_inverse(&mut x);
            let corner = largest(&x);
            x.fill(0.0);
            x[corner] = 1.0;
        }
        1.0 / (self.norm * best.max(self.alternating_bound()))
    }

    /// Higham's second bound, from a vector that the search above can be blind to.
    fn alternating_bound(&self) -> f64 {
        let width = self.width();
        let last = (width - 1).max(1) as f64;
        let size = |index: usize| 1.0 + index as f64 / last;
        let mut x: Vec<f64> = (0..width).map(|index| if index % 2 == 0 { size(index) } else { -size(index) }).collect();
        let length = sum_of_sizes(&x);
        self.apply_scaled_inverse(&mut x);
        sum_of_sizes(&x) / length
    }

    /// The inverse of M scaled to a unit diagonal, times x, in place of x.
    fn apply_scaled_inverse(&self, x: &mut [f64]) {
        self.multiply_by_scale(x);
        self.solve(x);
        self.multiply_by_scale(x);
    }

    fn multiply_by_scale(&self, x: &mut [f64]) {
        for (cell, root) in x.iter_mut().zip(&self.scale) {
            *cell *= root;
        }
    }
}

/// Steps of the search for the inverse's norm; it is at its end after two as a rule.
const MOST_STEPS: usize = 3;

/// The largest sum of sizes of a column of the symmetric `matrix`, of which the lower triangle (column-major) is read,
/// scaled to a unit diagonal.
fn scaled_norm(matrix: &[f64], scale: &[f64]) -> f64 {
    let width = scale.len();
    let units: Vec<f64> = scale.iter().map(|root| 1.0 / root).collect();
    let mut sums = vec![1.0; width];
    for (index, column) in matrix.chunks_exact(width.max(1)).enumerate() {
        let mut own = 0.0;
        let below = index + 1..width;
        for ((x, unit), sum) in column[below.clone()].iter().zip(&units[below.clone()]).zip(&mut sums[below]) {
            let size = (x * units[index] * unit).abs();
            own += size;
            *sum += size;
        }
        sums[index] += own;
    }
    sums.into_iter().fold(0.0, f64::max)
}

fn sum_of_sizes(x: &[f64]) -> f64 {
    x.iter().map(|cell| cell.abs()).sum()
}

/// Where the largest number by size is; the first of them.
fn largest(x: &[f64]) -> usize {
    let mut found = 0;
    for (index, cell) in x.iter().enumerate() {
        if cell.abs() > x[found].abs() {
            found = index;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use arrow_array::Float64Array;

    use super::*;

    fn run(gram: &[f64], moment: &[f64], alphas: &[f64]) -> Result<Ridge, Error> {
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
            let fit = run(&gram, &moment, &[0.0, 5.0])?;
            for (alpha, w) in [0.0, 5.0].into_iter().zip(fit.coefficients.chunks(width)) {
                for (index, q) in moment.iter().enumerate() {
                    let row: f64 = gram[index * width..][..width].iter().zip(w).map(|(s, w)| s * w).sum();
                    assert!((row + alpha * w[index] - q).abs() < 1e-11 * width as f64, "{width} {alpha} {index}");
                }
            }
        }
        Ok(())
    }

    #[test]
    fn the_condition_does_not_depend_on_the_columns_units() -> Result<(), Error> {
        let plain = run(&[2.0, 1.0, 1.0, 2.0], &[1.0, 1.0], &[0.0])?.condition[0];
        let scaled = run(&[2e12, 1e3, 1e3, 2e-6], &[1.0, 1.0], &[0.0])?.condition[0];
        assert!((plain - 1.0 / 3.0).abs() < 1e-15 && (scaled - plain).abs() < 1e-12, "{plain} {scaled}");
        Ok(())
    }

    #[test]
    fn equal_columns_have_no_condition_or_next_to_none() -> Result<(), Error> {
        let fit = run(&[0.1, 0.1, 0.1, 0.1], &[1.0, 1.0], &[0.0, 0.1])?;
        assert!(fit.condition[0] < 1e-15 && (fit.condition[1] - 1.0 / 3.0).abs() < 1e-12, "{fit:?}");
        Ok(())
    }

    #[test]
    fn no_column_and_no_alpha_are_fine() -> Result<(), Error> {
        assert_eq!(run(&[], &[], &[1.0])?, Ridge { coefficients: vec![], condition: vec![1.0] });
        assert_eq!(run(&[1.0], &[1.0], &[])?, Ridge { coefficients: vec![], condition: vec![] });
        Ok(())
    }

    #[test]
    fn what_is_not_positive_definite_gives_nan() -> Result<(), Error> {
        for bad in [[0.0, 0.0, 0.0, 1.0], [-1.0, 0.0, 0.0, 1.0], [1.0, 2.0, 2.0, 1.0]] {
            let fit = run(&bad, &[1.0, 1.0], &[0.0])?;
            assert!(fit.condition == [0.0] && fit.coefficients.iter().all(|w| w.is_nan()), "{bad:?}");
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
