//! The loss of each row and its derivative, from the products of the row with every vector.

use pulp::NullaryFnOnce;

use super::block::Rows;
use super::numbers::{LANES, Several, exp, ln, ln_1p, lost, total};

/// Replace `raw` (the products, vector by vector) by the derivatives of the rows' losses, and add the losses of each
/// model to `losses`. `factors`: what a row of each class counts, model by model; empty if all count 1.
pub(super) fn slopes(rows: &Rows, raw: &mut [f64], classes: usize, factors: &[f64], losses: &mut [f64]) {
    let own = if classes == 2 { rows.len() } else { rows.len() * classes };
    for (model, (raw, loss)) in raw.chunks_exact_mut(own).zip(losses).enumerate() {
        let factors = if factors.is_empty() { &[] } else { &factors[model * classes..(model + 1) * classes] };
        let arch = pulp::Arch::new();
        *loss += if classes == 2 {
            arch.dispatch(TwoClasses { raw, rows, factors })
        } else {
            arch.dispatch(Softmax { raw, rows, factors })
        };
    }
}

/// What each of a few rows counts.
#[inline(always)]
#[expect(clippy::inline_always, reason = "compiled once more for each set of vector instructions")]
fn counts(rows: &Rows, factors: &[f64], at: usize) -> Several {
    let mut counts = [0.0; LANES];
    counts.copy_from_slice(&rows.weights[at..at + LANES]);
    if factors.is_empty() {
        return counts;
    }
    let mut factor = [0.0; LANES];
    for (class, known) in (0_u64..).zip(factors) {
        for (lane, factor) in factor.iter_mut().enumerate() {
            *factor = select(rows.classes[at + lane] == class, *known, *factor);
        }
    }
    for (count, factor) in counts.iter_mut().zip(factor) {
        *count *= factor;
    }
    counts
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "compiled once more for each set of vector instructions")]
fn select(condition: bool, yes: f64, no: f64) -> f64 {
    if condition { yes } else { no }
}

/// `raw` holds v: with e = exp(-|v|), log(1 + exp(v)) = max(v, 0) + log(1 + e).
struct TwoClasses<'a> {
    raw: &'a mut [f64],
    rows: &'a Rows,
    factors: &'a [f64],
}

impl NullaryFnOnce for TwoClasses<'_> {
    type Output = f64;

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "compiled once more for each set of vector instructions")]
    fn call(self) -> f64 {
        let mut losses = [0.0; LANES];
        for (index, several) in self.raw.chunks_exact_mut(LANES).enumerate() {
            let counts = counts(self.rows, self.factors, index * LANES);
            for lane in 0..LANES {
                let v = several[lane];
                let e = exp(-v.abs());
                losses[lane] += counts[lane] * (v.max(0.0) + ln_1p(e) + lost(v));
                several[lane] = counts[lane] * (select(v > 0.0, 1.0, e) / (1.0 + e));
            }
        }
        total(&losses)
    }
}

/// `raw` holds the products, class by class; a row's loss is log(Σ exp(x)) less the product of its own class.
struct Softmax<'a> {
    raw: &'a mut [f64],
    rows: &'a Rows,
    factors: &'a [f64],
}

impl NullaryFnOnce for Softmax<'_> {
    type Output = f64;

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "compiled once more for each set of vector instructions")]
    fn call(self) -> f64 {
        let mut losses = [0.0; LANES];
        for at in (0..self.rows.len()).step_by(LANES) {
            let counts = counts(self.rows, self.factors, at);
            let (most, own) = self.greatest(at);
            let sum = exponentials(self.raw, self.rows.len(), at, &most);
            for lane in 0..LANES {
                losses[lane] += counts[lane] * (ln(sum[lane]) - own[lane]);
            }
            derivatives(self.raw, self.rows, at, &sum, &counts);
        }
        total(&losses)
    }
}

impl Softmax<'_> {
    /// The greatest product of each of a few rows, and that of its own class less the greatest; this is NaN where a
    /// product is no finite number.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "compiled once more for each set of vector instructions")]
    fn greatest(&self, at: usize) -> (Several, Several) {
        let (mut most, mut own) = ([f64::NEG_INFINITY; LANES], [0.0; LANES]);
        let mut wrong = [0.0; LANES];
        for (class, products) in (0_u64..).zip(self.raw.chunks_exact(self.rows.len())) {
            let products = &products[at..at + LANES];
            for lane in 0..LANES {
                let x = products[lane];
                most[lane] = most[lane].max(x);
                own[lane] = select(self.rows.classes[at + lane] == class, x, own[lane]);
                wrong[lane] += lost(x);
            }
        }
        for lane in 0..LANES {
            own[lane] = own[lane] - most[lane] + wrong[lane];
        }
        (most, own)
    }
}

/// Replace the products x of a few rows by exp(x - most); their sums.
#[inline(always)]
#[expect(clippy::inline_always, reason = "compiled once more for each set of vector instructions")]
fn exponentials(raw: &mut [f64], rows: usize, at: usize, most: &Several) -> Several {
    let mut sum = [0.0; LANES];
    for products in raw.chunks_exact_mut(rows) {
        let products = &mut products[at..at + LANES];
        for lane in 0..LANES {
            products[lane] = exp(products[lane] - most[lane]);
            sum[lane] += products[lane];
        }
    }
    sum
}

/// Replace the exponentials of a few rows by the derivatives of their losses.
#[inline(always)]
#[expect(clippy::inline_always, reason = "compiled once more for each set of vector instructions")]
fn derivatives(raw: &mut [f64], rows: &Rows, at: usize, sum: &Several, counts: &Several) {
    for (class, products) in (0_u64..).zip(raw.chunks_exact_mut(rows.len())) {
        let products = &mut products[at..at + LANES];
        for lane in 0..LANES {
            let own = select(rows.classes[at + lane] == class, 1.0, 0.0);
            products[lane] = counts[lane] * (products[lane] / sum[lane] - own);
        }
    }
}
