//! From raw scores to predictions: LightGBM's `ConvertOutput` of each objective, with the C library's `exp` as there.

use crate::error::Error;

/// What the loss that was minimised makes of a raw score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Objective {
    /// The score itself.
    Identity,
    /// The score's square, with its sign: the model was trained on square roots.
    SignedSquare,
    /// `exp(score)`: the model was trained on logarithms.
    Exponential,
    /// `1 / (1 + exp(-slope * score))`, each class for itself.
    Logistic { slope: f64 },
    /// Probabilities of classes that add up to 1.
    Softmax,
}

impl Objective {
    /// The objective in the text after `objective=`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for one that is not known here.
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let unknown = || Error::Invalid(format!("the objective {text} is not known here"));
        let mut words = text.split(' ');
        let name = words.next().unwrap_or_default();
        let rest: Vec<&str> = words.collect();
        match (name, rest.as_slice()) {
            ("regression" | "regression_l1" | "huber" | "fair" | "quantile" | "mape", []) => Ok(Self::Identity),
            ("quantile", [alpha]) if alpha.starts_with("alpha:") => Ok(Self::Identity),
            ("regression" | "regression_l1" | "fair" | "mape", ["sqrt"]) => Ok(Self::SignedSquare),
            ("poisson" | "gamma" | "tweedie", []) => Ok(Self::Exponential),
            ("tweedie", [power]) if power.starts_with("tweedie_variance_power:") => Ok(Self::Exponential),
            ("binary", [slope]) | ("multiclassova", [_, slope]) => {
                let slope = slope.strip_prefix("sigmoid:").and_then(|slope| slope.parse().ok());
                slope.map(|slope| Self::Logistic { slope }).ok_or_else(unknown)
            }
            ("multiclass", [_]) => Ok(Self::Softmax),
            _ => Err(unknown()),
        }
    }

    /// The prediction in place of the raw scores of one row.
    pub(super) fn convert(self, scores: &mut [f64]) {
        match self {
            Self::Identity => {}
            Self::SignedSquare => each(scores, |x| sign(x) * x * x),
            Self::Exponential => each(scores, f64::exp),
            Self::Logistic { slope } => each(scores, |x| 1.0 / (1.0 + (-slope * x).exp())),
            Self::Softmax => softmax(scores),
        }
    }
}

fn each(scores: &mut [f64], change: impl Fn(f64) -> f64) {
    for x in scores {
        *x = change(*x);
    }
}

fn sign(x: f64) -> f64 {
    f64::from(i8::from(x > 0.0) - i8::from(x < 0.0))
}

/// Added up in the order of the classes, as LightGBM does.
fn softmax(scores: &mut [f64]) {
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    each(scores, |x| (x - most).exp());
    let sum = scores.iter().fold(0.0, |sum, x| sum + x);
    each(scores, |x| x / sum);
}
