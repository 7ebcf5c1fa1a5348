//! Lasso and elastic net on the normal equations, by cyclic coordinate descent.

use crate::chunks::{Cancel, in_order, reserve};
use crate::error::{Error, require};
use crate::normal::Normal;

/// One model to fit: scikit-learn's parameters of the same names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// Strength of the penalty, ≥ 0.
    pub alpha: f64,
    /// Share of the L1 norm in it, 0 to 1; 1 is the lasso.
    pub l1_ratio: f64,
    /// The descent ends once the duality gap is at most `tol` · yᵀy; it is computed once a sweep changes the
    /// coefficients by no more than `tol`, relative to the largest of them.
    pub tol: f64,
    /// Most sweeps over the columns, at least 1.
    pub max_iter: usize,
    /// Whether coefficients below 0 are forbidden.
    pub positive: bool,
}

/// What the descent found for k candidates over p columns.
#[derive(Clone, Debug, PartialEq)]
pub struct ElasticNet {
    /// k · p coefficients, candidate by candidate.
    pub coefficients: Vec<f64>,
    /// The last duality gap of each candidate, in the unit of yᵀy: scikit-learn's `dual_gap_` times the rows. A gap
    /// above `tol` · yᵀy means that `max_iter` sweeps were not enough.
    pub gap: Vec<f64>,
    /// Sweeps done; 0 if no coefficients at all were near enough.
    pub iterations: Vec<i64>,
    /// How far each candidate's closest decision (to go on, to set a column aside) was from its opposite, in multiples
    /// of what rounding may do to it here or over the rows. At 1 or less the other number of sweeps is as right. 0
    /// without an L1 part, where that is not known.
    pub margin: Vec<f64>,
}

/// The coefficients w that make `½ |y - X w|² + a |w|₁ + ½ b |w|²` small, for each candidate.
///
/// `a = alpha · l1_ratio · rows` and `b = alpha · (1 - l1_ratio) · rows`. Of X (centred, n × p) and y only the normal
/// equations and `target_square = yᵀy` are known. From w = 0, the columns in their order, with gap-safe screening: the
/// sweeps, the stopping rule and so the iterations are those of scikit-learn's `ElasticNet` with `precompute=False` and
/// `selection="cyclic"`, up to rounding. A column without length (`S[j][j] <= 0`) has coefficient 0. The flag is asked
/// once a sweep; candidates run side by side.
///
/// # Errors
/// [`Error::Invalid`] if `rows` is not positive, `target_square` is negative, a candidate's parameter is out of its
/// range, or one of these is not finite; [`Error::Memory`], [`Error::Cancelled`].
///
/// ```
/// use arrow_array::Float64Array;
/// use stratum_kernels::elastic_net::{Candidate, elastic_net};
/// use stratum_kernels::{Cancel, Normal};
/// // X = [[-1], [1]], y = [-3, 3]: least squares gives 3, an L1 penalty of 2 on |w| takes 2 / XᵀX = 1 off.
/// let (gram, moment) = (Float64Array::from(vec![2.0]), Float64Array::from(vec![6.0]));
/// let lasso = Candidate { alpha: 1.0, l1_ratio: 1.0, tol: 1e-4, max_iter: 1000, positive: false };
/// let fitted = elastic_net(&Normal::new(&gram, &moment)?, 18.0, 2.0, &[lasso], &Cancel::default())?;
/// assert_eq!((fitted.coefficients, fitted.gap, fitted.iterations), (vec![2.0], vec![0.0], vec![2]));
/// assert!(fitted.margin[0] > 1e9);
/// # Ok::<(), stratum_kernels::Error>(())
/// ```
pub fn elastic_net(
    normal: &Normal<'_>,
    target_square: f64,
    rows: f64,
    candidates: &[Candidate],
    cancel: &Cancel,
) -> Result<ElasticNet, Error> {
    require(rows.is_finite() && rows > 0.0, || format!("rows must be positive, not {rows}"))?;
    require(target_square.is_finite() && target_square >= 0.0, || {
        format!("the target's square must be 0 or more, not {target_square}")
    })?;
    for (index, candidate) in candidates.iter().enumerate() {
        check(index, candidate)?;
    }
    let descend = |&candidate| Descent::new(normal, target_square, rows, candidate)?.run(cancel);
    let fits = in_order(candidates.iter().collect(), cancel, descend)?;
    let room = fits.len().checked_mul(normal.width()).ok_or(Error::Memory(usize::MAX))?;
    let mut all =
        ElasticNet { coefficients: reserve(room)?, gap: Vec::new(), iterations: Vec::new(), margin: Vec::new() };
    for fit in fits {
        all.coefficients.extend(fit.coefficients);
        all.gap.push(fit.gap);
        all.iterations.push(fit.iterations);
        all.margin.push(fit.margin);
    }
    Ok(all)
}

fn check(index: usize, candidate: &Candidate) -> Result<(), Error> {
    let &Candidate { alpha, l1_ratio, tol, max_iter, positive: _ } = candidate;
    let refused = |what: &str, value: f64| Err(Error::Invalid(format!("candidate {index}: {what}, not {value}")));
    if !(alpha.is_finite() && alpha >= 0.0) {
        return refused("alpha must be 0 or more", alpha);
    }
    if !(0.0..=1.0).contains(&l1_ratio) {
        return refused("l1_ratio must be 0 to 1", l1_ratio);
    }
    if !(tol.is_finite() && tol >= 0.0) {
        return refused("tol must be 0 or more", tol);
    }
    require(max_iter >= 1, || format!("candidate {index}: max_iter must be 1 or more"))
}

struct Fit {
    coefficients: Vec<f64>,
    gap: f64,
    iterations: i64,
    margin: f64,
}

/// One descent under way.
struct Descent<'a> {
    normal: &'a Normal<'a>,
    target_square: f64,
    /// a, the weight of `|w|₁`.
    l1: f64,
    /// b, the weight of `½ |w|²`.
    l2: f64,
    candidate: Candidate,
    coefficients: Vec<f64>,
    /// `Xᵀ (y - X w)`: how the residual still goes along with each column.
    slope: Vec<f64>,
    /// The columns still swept over; the others have coefficient 0 for good.
    active: Vec<usize>,
    /// `|y| + Σ |x_j| |w_j|` at the last certificate: what residuals are made of, and so what their rounding is a share of.
    reach: f64,
    /// See [`ElasticNet::margin`].
    margin: f64,
}

/// How far from the optimum the coefficients can be at most, and the dual point that says so.
struct Certificate {
    gap: f64,
    /// The largest `|Xᵀ R - b w|` (without the bars where coefficients must be positive).
    dual_norm: f64,
    /// What rounding may do to the gap.
    noise: f64,
}

/// What one sweep did: the largest change of a coefficient, what rounding may do to one, and the largest coefficient.
struct Sweep {
    change: f64,
    noise: f64,
    largest: f64,
}

impl<'a> Descent<'a> {
    fn new(normal: &'a Normal<'a>, target_square: f64, rows: f64, candidate: Candidate) -> Result<Self, Error> {
        let width = normal.width();
        let mut coefficients = reserve(width)?;
        coefficients.resize(width, 0.0);
        let mut slope = reserve(width)?;
        slope.extend_from_slice(normal.moment());
        let l1 = candidate.alpha * candidate.l1_ratio * rows;
        let l2 = candidate.alpha * (1.0 - candidate.l1_ratio) * rows;
        let active = (0..width).filter(|&column| normal.diagonal(column) > 0.0).collect();
        let (reach, margin) = (target_square.sqrt(), if l1 == 0.0 { 0.0 } else { f64::INFINITY });
        Ok(Self { normal, target_square, l1, l2, candidate, coefficients, slope, active, reach, margin })
    }

    fn run(mut self, cancel: &Cancel) -> Result<Fit, Error> {
        let target = self.candidate.tol * self.target_square;
        let mut certificate = self.certificate();
        let mut iterations = 0;
        while !self.within(certificate.gap, target, certificate.noise) {
            self.screen(&certificate); // also after the last sweep: scikit-learn's coefficients are screened ones
            if iterations == self.candidate.max_iter {
                break;
            }
            certificate = loop {
                cancel.check()?;
                let Sweep { change, noise, largest } = self.sweep();
                iterations += 1;
                let last = iterations == self.candidate.max_iter;
                if last || largest == 0.0 || self.within(change, self.candidate.tol * largest, noise) {
                    break self.certificate();
                }
            };
        }
        let iterations = i64::try_from(iterations).unwrap_or(i64::MAX);
        Ok(Fit { coefficients: self.coefficients, gap: certificate.gap, iterations, margin: self.margin })
    }

    /// Whether a value is within its limit; how clear that is, is noted.
    fn within(&mut self, value: f64, limit: f64, noise: f64) -> bool {
        self.margin = self.margin.min((value - limit).abs() / noise); // 0 / 0, where all is exact, counts for nothing
        value <= limit
    }

    /// What rounding may do to the slope along a column, here or where it is a product of the column and a residual.
    fn slope_noise(&self, column: usize) -> f64 {
        f64::EPSILON * self.normal.diagonal(column).max(0.0).sqrt() * self.reach
    }

    /// Minimise over one coefficient after the other.
    fn sweep(&mut self) -> Sweep {
        let mut sweep = Sweep { change: 0.0, noise: 0.0, largest: 0.0 };
        for at in 0..self.active.len() {
            let column = self.active[at];
            let (old, new) = (self.coefficients[column], self.best(column));
            self.set(column, new);
            if old != 0.0 || new != 0.0 {
                let noise = self.slope_noise(column) / (self.normal.diagonal(column) + self.l2);
                sweep.noise = sweep.noise.max(noise);
            }
            sweep.change = sweep.change.max((new - old).abs());
            sweep.largest = sweep.largest.max(new.abs());
        }
        sweep
    }

    /// The best coefficient of one column while the others stay: soft thresholding.
    fn best(&self, column: usize) -> f64 {
        let square = self.normal.diagonal(column);
        let pull = self.slope[column] + self.coefficients[column] * square;
        let beyond = pull.abs() - self.l1;
        if beyond <= 0.0 || self.candidate.positive && pull < 0.0 {
            return 0.0;
        }
        beyond.copysign(pull) / (square + self.l2)
    }

    fn set(&mut self, column: usize, new: f64) {
        let step = self.coefficients[column] - new;
        if step != 0.0 {
            self.coefficients[column] = new;
            add_scaled(&mut self.slope, step, self.normal.row(column));
        }
    }

    /// The duality gap: `primal - dual` at a dual point made from the residual.
    ///
    /// With an L1 part the point is `R`, shortened until `|Xᵀ R - b w| <= a` in each column. With an L2 part alone
    /// every point will do. With neither there is no gap, and `|Xᵀ R|²`, which is 0 at the optimum, stands for it.
    fn certificate(&mut self) -> Certificate {
        self.refresh();
        let fit = dot(&self.coefficients, self.normal.moment());
        let residual_square = self.target_square - fit - dot(&self.coefficients, &self.slope);
        let residual_target = self.target_square - fit;
        let ridge = self.l2 * dot(&self.coefficients, &self.coefficients);
        if self.l1 == 0.0 {
            let slope_square = dot(&self.slope, &self.slope);
            let gap = if self.l2 == 0.0 {
                slope_square
            } else {
                residual_square + 0.5 * ridge - residual_target + slope_square / (2.0 * self.l2)
            };
            return Certificate { gap, dual_norm: slope_square, noise: 0.0 };
        }
        let (dual_norm, low, high) = self.dual_norm();
        let norm: f64 = self.coefficients.iter().map(|w| w.abs()).sum();
        let primal = 0.5 * (residual_square + ridge) + self.l1 * norm;
        let dual = |dual_norm: f64| {
            let shorten = if dual_norm > self.l1 { self.l1 / dual_norm } else { 1.0 };
            shorten * residual_target - 0.5 * shorten * shorten * (residual_square + ridge)
        };
        let value = dual(dual_norm);
        let blurred = (dual(low) - value).abs().max((dual(high) - value).abs());
        Certificate { gap: primal - value, dual_norm, noise: blurred + f64::EPSILON * self.reach * self.reach }
    }

    /// The slope from its definition, so that the rounding of many small updates does not add up.
    fn refresh(&mut self) {
        self.slope.copy_from_slice(self.normal.moment());
        for (column, &coefficient) in self.coefficients.iter().enumerate().filter(|(_, w)| **w != 0.0) {
            add_scaled(&mut self.slope, -coefficient, self.normal.row(column));
        }
        let lengths = self.coefficients.iter().enumerate();
        let parts = lengths.map(|(column, w)| w.abs() * self.normal.diagonal(column).max(0.0).sqrt());
        self.reach = self.target_square.sqrt() + parts.sum::<f64>();
    }

    /// `Xᵀ R - b w` of one column: the slope of the smooth part of the objective, turned round.
    fn descent(&self, column: usize) -> f64 {
        self.slope[column] - self.l2 * self.coefficients[column]
    }

    /// See [`Certificate::dual_norm`]; and what it is at least and at most, whatever rounding does.
    fn dual_norm(&self) -> (f64, f64, f64) {
        let (mut norm, mut low, mut high) = (f64::NEG_INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY);
        for column in 0..self.coefficients.len() {
            let descent = self.descent(column);
            let size = if self.candidate.positive { descent } else { descent.abs() };
            let noise = self.slope_noise(column);
            (norm, low, high) = (norm.max(size), low.max(size - noise), high.max(size + noise));
        }
        (norm, low, high)
    }

    /// Set aside the columns whose coefficient is 0 at the optimum (Fercoq, Gramfort and Salmon 2015; Ndiaye and others
    /// 2017): every optimal dual point lies within `sqrt(2 gap) / a` of this one.
    fn screen(&mut self, certificate: &Certificate) {
        if self.l1 == 0.0 {
            return;
        }
        let radius = (2.0 * certificate.gap).sqrt() / self.l1;
        let longest = self.l1.max(certificate.dual_norm);
        // The slopes are taken before any coefficient goes to 0: the certificate speaks of these.
        let blurred = certificate.noise / ((2.0 * certificate.gap).sqrt() * self.l1);
        let distances = self.active.iter().map(|&column| {
            let along = (self.descent(column) / longest).abs();
            let length = (self.normal.diagonal(column) + self.l2).sqrt();
            ((1.0 - along) / length, blurred + self.slope_noise(column) / (longest * length))
        });
        let distances: Vec<_> = distances.collect();
        let (mut kept, mut dropped) = (Vec::new(), Vec::new());
        for (at, (distance, noise)) in distances.into_iter().enumerate() {
            let near = self.within(distance, radius, noise);
            (if near { &mut kept } else { &mut dropped }).push(self.active[at]);
        }
        self.active = kept;
        for column in dropped {
            self.set(column, 0.0);
        }
    }
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}

/// `sum += factor · row`, number by number.
fn add_scaled(sum: &mut [f64], factor: f64, row: &[f64]) {
    for (total, x) in sum.iter_mut().zip(row) {
        *total += factor * x;
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::Float64Array;

    use super::*;

    const LASSO: Candidate = Candidate { alpha: 0.1, l1_ratio: 1.0, tol: 1e-12, max_iter: 10_000, positive: false };

    fn run(gram: &[f64], moment: &[f64], candidates: &[Candidate]) -> Result<ElasticNet, Error> {
        let (gram, moment) = (Float64Array::from(gram.to_vec()), Float64Array::from(moment.to_vec()));
        elastic_net(&Normal::new(&gram, &moment)?, 100.0, 10.0, candidates, &Cancel::default())
    }

    #[test]
    fn the_optimum_satisfies_its_conditions() -> Result<(), Error> {
        let (gram, moment) = ([4.0, 1.0, 1.0, 3.0], [5.0, -4.0]);
        let half = Candidate { l1_ratio: 0.5, ..LASSO };
        let fit = run(&gram, &moment, &[half])?;
        let (l1, l2) = (0.5, 0.5);
        for row in 0..2 {
            let w = fit.coefficients[row];
            let slope = moment[row] - dot(&gram[2 * row..2 * row + 2], &fit.coefficients) - l2 * w;
            assert!((slope - l1 * w.signum()).abs() < 1e-5, "{row}: {slope}");
        }
        Ok(())
    }

    #[test]
    fn no_column_and_no_candidate_are_fine() -> Result<(), Error> {
        let none = run(&[], &[], &[LASSO])?;
        assert_eq!((none.coefficients, none.gap, none.iterations), (vec![], vec![0.0], vec![0]));
        assert!(run(&[1.0], &[1.0], &[])?.gap.is_empty());
        Ok(())
    }

    #[test]
    fn a_column_without_length_stays_out() -> Result<(), Error> {
        for ratio in [0.0, 1.0] {
            let fit = run(&[1.0, 0.0, 0.0, 0.0], &[8.0, 0.0], &[Candidate { l1_ratio: ratio, ..LASSO }])?;
            assert!(fit.coefficients[0] > 1.0 && fit.coefficients[1] == 0.0, "{fit:?}");
        }
        Ok(())
    }

    #[test]
    fn a_stop_on_the_limit_has_no_margin() -> Result<(), Error> {
        let rough = Candidate { tol: 1e-2, ..LASSO };
        let (gram, moment) = ([4.0, 1.0, 1.0, 3.0], [5.0, -4.0]);
        let clear = run(&gram, &moment, &[rough])?;
        assert!(clear.margin[0] > 1e6, "{clear:?}");
        let at_once = run(&gram, &moment, &[Candidate { tol: 10.0, ..LASSO }])?;
        let edge = run(&gram, &moment, &[Candidate { tol: at_once.gap[0] / 100.0, ..LASSO }])?;
        assert!(at_once.iterations == [0] && edge.margin[0] < 4.0, "{at_once:?} {edge:?}");
        assert_eq!(run(&gram, &moment, &[Candidate { l1_ratio: 0.0, ..LASSO }])?.margin, [0.0]);
        Ok(())
    }

    #[test]
    fn positive_means_no_coefficient_below_zero() -> Result<(), Error> {
        let fit = run(&[2.0, 0.0, 0.0, 2.0], &[6.0, -6.0], &[Candidate { positive: true, ..LASSO }])?;
        assert_eq!(fit.coefficients, [2.5, 0.0]);
        Ok(())
    }

    #[test]
    fn a_parameter_out_of_range_is_refused() {
        let wrong = [
            Candidate { alpha: -1.0, ..LASSO },
            Candidate { alpha: f64::NAN, ..LASSO },
            Candidate { l1_ratio: 1.5, ..LASSO },
            Candidate { l1_ratio: f64::NAN, ..LASSO },
            Candidate { tol: -1.0, ..LASSO },
            Candidate { tol: f64::INFINITY, ..LASSO },
            Candidate { max_iter: 0, ..LASSO },
        ];
        for candidate in wrong {
            assert!(matches!(run(&[1.0], &[1.0], &[LASSO, candidate]), Err(Error::Invalid(_))), "{candidate:?}");
        }
        let one = Float64Array::from(vec![1.0]);
        for (square, rows) in [(-1.0, 1.0), (f64::NAN, 1.0), (1.0, 0.0), (1.0, f64::INFINITY)] {
            let fit =
                Normal::new(&one, &one).and_then(|normal| elastic_net(&normal, square, rows, &[], &Cancel::default()));
            assert!(matches!(fit, Err(Error::Invalid(_))), "{square} {rows}");
        }
    }

    #[test]
    fn a_cancelled_call_stops() -> Result<(), Error> {
        let (one, flag) = (Float64Array::from(vec![1.0]), Cancel::default());
        flag.cancel();
        let fit = elastic_net(&Normal::new(&one, &one)?, 1.0, 1.0, &[LASSO], &flag);
        assert_eq!(fit, Err(Error::Cancelled));
        Ok(())
    }
}
