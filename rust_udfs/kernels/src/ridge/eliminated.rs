//! The equations without the levels of one category, which are eliminated first.
//!
//! There S is D - u uᵀ with a diagonal D ([`Levels`]). With one unknown more, t, in the place of `-uᵀ w`, the equations
//!
//! ```text
//! | D + αI   u     B     |  | w of the levels |     | q of the levels |
//! |   uᵀ     1     0     |  |        t        |  =  |        0        |
//! |   Bᵀ     0   R + αI  |  | w of the others |     | q of the others |
//! ```
//!
//! say the same, and of the first rows nothing but a diagonal is in the way: what is left is a matrix as wide as the
//! other columns (Golub and Van Loan, Matrix Computations, 2013, section 4.3: block elimination).

use faer::linalg::matmul::triangular::{BlockStructure, matmul};
use faer::{Accum, MatMut, MatRef, Par};

use crate::chunks::{reserve, zeros};
use crate::error::Error;
use crate::normal::Normal;
use crate::ridge::levels::Levels;
use crate::ridge::whole::Factor;

/// Times that a solution is looked at and mended.
const MOST_STEPS: usize = 4;
/// How large what is left of an equation may be, by the sizes of its terms: the error of a good solution.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

/// Whether this way takes less than half of the multiplications, for `levels` of `width` columns.
pub(super) fn pays(width: usize, levels: usize) -> bool {
    let (all, levels, rest) = (width as f64, levels as f64, (width - levels + 1) as f64);
    2.0 * (levels * rest.powi(2) / 2.0 + rest.powi(3) / 3.0) < all.powi(3) / 3.0
}

/// The equations, whatever alpha is.
pub(super) struct Eliminated {
    levels: Levels,
    /// The places of the other columns.
    others: Vec<usize>,
    /// D.
    diagonal: Vec<f64>,
    /// u and B, column by column: a row a level.
    beside: Vec<f64>,
    /// What is below and on the diagonal of 1 and R, column by column.
    corner: Vec<f64>,
}

impl Eliminated {
    pub(super) fn new(normal: &Normal<'_>, levels: Levels) -> Result<Self, Error> {
        let columns = levels.columns.clone();
        let others: Vec<usize> = (0..columns.start).chain(columns.end..normal.width()).collect();
        let mut diagonal = reserve(columns.len())?;
        diagonal.extend(columns.clone().zip(&levels.shift).map(|(column, u)| normal.diagonal(column) + u * u));
        let mut beside = reserve(columns.len() * (1 + others.len()))?;
        beside.extend_from_slice(&levels.shift);
        for &other in &others {
            if other < columns.start {
                beside.extend_from_slice(&normal.row(other)[columns.clone()]);
            } else {
                beside.extend(columns.clone().map(|column| normal.row(column)[other]));
            }
        }
        let corner = corner(normal, &others)?;
        Ok(Self { levels, others, diagonal, beside, corner })
    }

    /// The coefficients for one alpha; `None` where this way finds none that solve the equations to the last digits.
    pub(super) fn solve(&self, normal: &Normal<'_>, alpha: f64) -> Result<Option<Vec<f64>>, Error> {
        let Some(reduced) = Reduced::new(self, alpha)? else { return Ok(None) };
        let sizes: Vec<f64> = (0..normal.width()).map(|index| (normal.diagonal(index) + alpha).sqrt()).collect();
        let mut coefficients = zeros(normal.width())?;
        let mut left: Vec<f64> = reserve(normal.width())?;
        left.extend_from_slice(normal.moment());
        for _ in 0..MOST_STEPS {
            let correction = reduced.solve(&left);
            coefficients.iter_mut().zip(correction).for_each(|(w, more)| *w += more);
            self.residual(normal, alpha, &coefficients, &mut left);
            let reach = ROUNDING * sizes.iter().zip(&coefficients).map(|(size, w)| size * w.abs()).sum::<f64>();
            if left.iter().zip(&sizes).all(|(left, size)| left.abs() <= size * reach) {
                return Ok(Some(coefficients));
            }
        }
        Ok(None)
    }

    /// `q - (S + alpha I) w` into `left`.
    fn residual(&self, normal: &Normal<'_>, alpha: f64, w: &[f64], left: &mut [f64]) {
        let (own, others) = self.apart(w);
        let t = -dot(&self.levels.shift, own);
        let mut levels: Vec<f64> = own.iter().zip(&self.diagonal).map(|(w, d)| (d + alpha) * w).collect();
        let mut rest: Vec<f64> = others.iter().map(|w| alpha * w).collect();
        let count = own.len();
        for (at, column) in self.beside.chunks_exact(count).enumerate() {
            let known = if at == 0 { t } else { others[at - 1] };
            levels.iter_mut().zip(column).for_each(|(sum, b)| *sum += b * known);
            if at > 0 {
                rest[at - 1] += dot(column, own);
            }
        }
        for (at, &known) in others.iter().enumerate() {
            let column = &self.corner[(at + 1) * (others.len() + 1)..][at + 1..=others.len()];
            rest[at] += column[0] * known + dot(&column[1..], &others[at + 1..]);
            rest[at + 1..].iter_mut().zip(&column[1..]).for_each(|(sum, r)| *sum += r * known);
        }
        for (place, sum) in
            self.levels.columns.clone().chain(self.others.iter().copied()).zip(levels.iter().chain(&rest))
        {
            left[place] = normal.moment()[place] - sum;
        }
    }

    /// What stands at the levels' places, and at the others'.
    fn apart<'a>(&self, x: &'a [f64]) -> (&'a [f64], Vec<f64>) {
        (&x[self.levels.columns.clone()], self.others.iter().map(|&other| x[other]).collect())
    }
}

/// 1 and R, with nothing between them.
fn corner(normal: &Normal<'_>, others: &[usize]) -> Result<Vec<f64>, Error> {
    let width = others.len() + 1;
    let mut corner = zeros(width * width)?;
    corner[0] = 1.0;
    for (at, &other) in others.iter().enumerate() {
        let column = &mut corner[(at + 1) * width..(at + 2) * width];
        for (cell, &below) in column[at + 1..].iter_mut().zip(&others[at..]) {
            *cell = normal.row(other)[below];
        }
    }
    Ok(corner)
}

/// The equations for one alpha, without the levels.
struct Reduced<'a> {
    equations: &'a Eliminated,
    /// 1 by the roots of D + alpha.
    units: Vec<f64>,
    /// u and B, each row by its root.
    scaled: Vec<f64>,
    factor: Factor,
}

impl<'a> Reduced<'a> {
    /// `None` if the matrix is not positive definite.
    fn new(equations: &'a Eliminated, alpha: f64) -> Result<Option<Self>, Error> {
        let units: Vec<f64> = equations.diagonal.iter().map(|d| 1.0 / (d + alpha).sqrt()).collect();
        let mut scaled = reserve(equations.beside.len())?;
        for column in equations.beside.chunks_exact(units.len()) {
            scaled.extend(column.iter().zip(&units).map(|(b, unit)| b * unit));
        }
        let width = equations.others.len() + 1;
        let mut corner = reserve(width * width)?;
        corner.extend_from_slice(&equations.corner);
        (1..width).for_each(|at| corner[at * width + at] += alpha);
        let rows = MatRef::from_column_major_slice(&scaled, units.len(), width);
        matmul(
            MatMut::from_column_major_slice_mut(&mut corner, width, width),
            BlockStructure::TriangularLower,
            Accum::Add,
            rows.transpose(),
            BlockStructure::Rectangular,
            rows,
            BlockStructure::Rectangular,
            -1.0,
            Par::Seq,
        );
        Ok(Factor::new(corner, width)?.map(|factor| Self { equations, units, scaled, factor }))
    }

    /// The unknowns for other right sides.
    fn solve(&self, right: &[f64]) -> Vec<f64> {
        let (own, others) = self.equations.apart(right);
        let mut levels: Vec<f64> = own.iter().zip(&self.units).map(|(q, unit)| q * unit).collect();
        let mut rest: Vec<f64> = std::iter::once(0.0).chain(others).collect();
        let columns = || self.scaled.chunks_exact(self.units.len());
        rest.iter_mut().zip(columns()).for_each(|(q, column)| *q -= dot(column, &levels));
        self.factor.solve(&mut rest);
        for (known, column) in rest.iter().zip(columns()) {
            levels.iter_mut().zip(column).for_each(|(x, b)| *x -= b * known);
        }
        let mut solved = vec![0.0; right.len()];
        let places = self.equations.levels.columns.clone();
        places.zip(levels.iter().zip(&self.units)).for_each(|(place, (x, unit))| solved[place] = x * unit);
        self.equations.others.iter().zip(&rest[1..]).for_each(|(&place, x)| solved[place] = *x);
        solved
    }
}

/// The sum of products, in eight sums side by side.
fn dot(left: &[f64], right: &[f64]) -> f64 {
    let (mut sums, pairs) = ([0.0; 8], left.chunks_exact(8).zip(right.chunks_exact(8)));
    for (left, right) in pairs {
        for ((sum, x), y) in sums.iter_mut().zip(left).zip(right) {
            *sum += x * y;
        }
    }
    let whole = left.len() / 8 * 8;
    let rest: f64 = left[whole..].iter().zip(&right[whole..]).map(|(x, y)| x * y).sum();
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use arrow_array::Float64Array;

    use super::*;
    use crate::ridge::levels::{largest, tests::centred};
    use crate::ridge::whole;

    #[test]
    fn equals_the_solution_of_the_whole() -> Result<(), Error> {
        for categories in [&[40, 3][..], &[3, 40], &[6, 50, 6], &[50]] {
            let gram = Float64Array::from(centred(categories));
            let width = 1 + categories.iter().sum::<usize>();
            let moment = Float64Array::from_iter_values((0..width).map(|at| (at as f64).cos()));
            let normal = Normal::new(&gram, &moment)?;
            let levels = largest(&normal).filter(|levels| pays(width, levels.shift.len()));
            let equations = Eliminated::new(&normal, levels.ok_or_else(|| Error::Invalid("no levels".to_owned()))?)?;
            for alpha in [0.1, 10.0] {
                let (found, wanted) = (equations.solve(&normal, alpha)?, whole::solve(&normal, alpha)?);
                let found = found.ok_or_else(|| Error::Invalid("no solution".to_owned()))?;
                assert!(found.iter().zip(&wanted).all(|(x, y)| (x - y).abs() < 1e-9), "{categories:?} {alpha}");
            }
        }
        Ok(())
    }
}
