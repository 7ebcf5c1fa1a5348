//! Against the formulas written down once more, one number after the other.

use proptest::prelude::*;

use super::numbers::{exp, ln, ln_1p};
use super::*;

/// Loss and gradient of each model, as the formulas say.
fn naive(
    x: &[Vec<f64>],
    codes: &[i32],
    classes: usize,
    weights: &[f64],
    coefficients: &[f64],
    factors: &[f64],
) -> Sums {
    let width = x.first().map_or(0, Vec::len);
    let vectors = if classes == 2 { 1 } else { classes };
    let each = vectors * (width + 1);
    let models = coefficients.len() / each;
    let (mut losses, mut gradients) = (vec![0.0; models], vec![0.0; coefficients.len()]);
    for (model, own) in coefficients.chunks_exact(each).enumerate() {
        for ((row, &code), weight) in x.iter().zip(codes).zip(weights) {
            let class = usize::try_from(code).unwrap_or(0);
            let count = weight * if factors.is_empty() { 1.0 } else { factors[model * classes + class] };
            let with_one: Vec<f64> = row.iter().copied().chain([1.0]).collect();
            let raw: Vec<f64> =
                own.chunks_exact(width + 1).map(|c| c.iter().zip(&with_one).map(|(c, x)| c * x).sum()).collect();
            let slopes: Vec<f64> = if classes == 2 {
                let second = 1.0 / (1.0 + (-raw[0]).exp());
                losses[model] += count * ((1.0 + raw[0].exp()).ln() - if class == 1 { raw[0] } else { 0.0 });
                vec![second - if class == 1 { 1.0 } else { 0.0 }]
            } else {
                let sum: f64 = raw.iter().map(|raw| raw.exp()).sum();
                losses[model] += count * (sum.ln() - raw[class]);
                let own = |k: usize| if k == class { 1.0 } else { 0.0 };
                raw.iter().enumerate().map(|(k, raw)| raw.exp() / sum - own(k)).collect()
            };
            for (vector, slope) in slopes.iter().enumerate() {
                let at = model * each + vector * (width + 1);
                let own = &mut gradients[at..=at + width];
                own.iter_mut().zip(&with_one).for_each(|(sum, x)| *sum += count * slope * x);
            }
        }
    }
    Sums { losses, gradients }
}

fn close(found: &[f64], wanted: &[f64]) -> bool {
    found.len() == wanted.len() && found.iter().zip(wanted).all(|(a, b)| (a - b).abs() <= 1e-11 * (1.0 + b.abs()))
}

#[derive(Clone, Debug)]
struct Case {
    x: Vec<Vec<f64>>,
    codes: Vec<i32>,
    classes: usize,
    weights: Option<Vec<f64>>,
    scarce: Vec<usize>,
    coefficients: Vec<f64>,
    factors: Vec<f64>,
}

fn case() -> impl Strategy<Value = Case> {
    (1_usize..40, 0_usize..5, 2_usize..5, 1_usize..4).prop_flat_map(|(rows, width, classes, models)| {
        let vectors = if classes == 2 { 1 } else { classes };
        let number = prop_oneof![Just(0.0), -3.0..3.0_f64];
        let x = prop::collection::vec(prop::collection::vec(number, width), rows);
        let codes = prop::collection::vec(0..i32::try_from(classes).unwrap_or(2), rows);
        let weights = prop::option::of(prop::collection::vec(0.0..2.0_f64, rows));
        let scarce = prop::sample::subsequence((0..width).collect::<Vec<_>>(), 0..=width);
        let coefficients = prop::collection::vec(-2.0..2.0_f64, models * vectors * (width + 1));
        let factors = prop::collection::vec(0.0..2.0_f64, models * classes);
        (x, codes, weights, scarce, coefficients, factors, any::<bool>()).prop_map(move |made| {
            let (x, codes, weights, scarce, coefficients, factors, counted) = made;
            let factors = if counted { factors } else { Vec::new() };
            Case { x, codes, classes, weights, scarce, coefficients, factors }
        })
    })
}

fn sums(case: &Case, layout: usize) -> Result<Sums, Error> {
    let (rows, width) = (case.x.len(), case.x.first().map_or(0, Vec::len));
    let codes = Int32Array::from(case.codes.clone());
    let weight = case.weights.clone().map(Float64Array::from);
    let labels = Labels { codes: &codes, classes: case.classes, weight: weight.as_ref() };
    let by_row: Vec<f64> = case.x.iter().flatten().copied().collect();
    let by_column: Vec<f64> = (0..width).flat_map(|k| case.x.iter().map(move |row| row[k])).collect();
    let made = match layout {
        0 => Logistic::dense(&Matrix { values: &by_row, rows, column_major: false }, width, &case.scarce, &labels, 3)?,
        1 => Logistic::dense(&Matrix { values: &by_column, rows, column_major: true }, width, &[], &labels, 3)?,
        _ => {
            let starts: Vec<i64> = (0..=rows).map(|row| i64::try_from(row * width).unwrap_or(0)).collect();
            let columns: Vec<i32> = (0..rows).flat_map(|_| 0..i32::try_from(width).unwrap_or(0)).collect();
            Logistic::sparse(&SparseRows { starts: &starts, columns: &columns, values: &by_row, width }, &labels, 3)?
        }
    };
    made.sums(&case.coefficients, &case.factors, &Cancel::default())
}

proptest! {
    #[test]
    fn equals_the_formulas(case in case(), layout in 0_usize..3) {
        let ones = vec![1.0; case.x.len()];
        let weights = case.weights.as_deref().unwrap_or(&ones);
        let wanted = naive(&case.x, &case.codes, case.classes, weights, &case.coefficients, &case.factors);
        let found = sums(&case, layout)?;
        prop_assert!(close(&found.losses, &wanted.losses), "{found:?} {wanted:?}");
        prop_assert!(close(&found.gradients, &wanted.gradients), "{found:?} {wanted:?}");
    }

    #[test]
    fn exponentials_are_right_to_two_units(x in -708.0..0.0_f64) {
        prop_assert!((exp(x) - x.exp()).abs() <= 2.0 * f64::EPSILON * x.exp(), "{x}");
    }

    #[test]
    fn logarithms_are_right_to_two_units(x in prop_oneof![1.0..2.0_f64, 1.0..1e300]) {
        prop_assert!((ln(x) - x.ln()).abs() <= 2.0 * f64::EPSILON * x.ln(), "{x}");
    }

    #[test]
    fn small_numbers_keep_their_digits(power in -700.0..0.0_f64) {
        let e = power.exp();
        prop_assert!((ln_1p(e) - e.ln_1p()).abs() <= 2.0 * f64::EPSILON * e.ln_1p(), "{e}");
    }
}

/// `rows` rows of one column, all of them alike but for their classes.
fn long(rows: usize, coefficients: &[f64]) -> Result<Sums, Error> {
    let values: Vec<f64> = (0..rows).map(|row| (row % 7) as f64 - 3.0).collect();
    let codes: Int32Array = (0..rows).map(|row| Some(i32::from(row % 3 == 0))).collect();
    let labels = Labels { codes: &codes, classes: 2, weight: None };
    let matrix = Matrix { values: &values, rows, column_major: true };
    Logistic::dense(&matrix, 1, &[], &labels, 1)?.sums(coefficients, &[], &Cancel::default())
}

#[test]
fn many_blocks_and_any_number_of_threads() -> Result<(), Error> {
    let rows = 20 * MOST_ROWS + 5;
    let x: Vec<Vec<f64>> = (0..rows).map(|row| vec![(row % 7) as f64 - 3.0]).collect();
    let codes: Vec<i32> = (0..rows).map(|row| i32::from(row % 3 == 0)).collect();
    let wanted = naive(&x, &codes, 2, &vec![1.0; rows], &[0.3, -0.2], &[]);
    let found = long(rows, &[0.3, -0.2])?;
    assert!(close(&found.losses, &wanted.losses) && close(&found.gradients, &wanted.gradients));
    let threads = crate::pool::threads()?;
    crate::pool::set_threads(if threads == 1 { 3 } else { 1 })?;
    assert_eq!(long(rows, &[0.3, -0.2])?, found);
    crate::pool::set_threads(threads)
}

#[test]
fn what_overflows_is_seen_and_harms_no_other() -> Result<(), Error> {
    let alone = long(100, &[0.5, 0.1])?;
    for wrong in [f64::NAN, f64::INFINITY, 1e308] {
        let both = long(100, &[wrong, wrong, 0.5, 0.1])?;
        assert!(!both.losses[0].is_finite());
        assert_eq!((both.losses[1], &both.gradients[2..]), (alone.losses[0], &alone.gradients[..]));
    }
    Ok(())
}

#[test]
fn what_does_not_fit_is_refused() {
    let codes = Int32Array::from(vec![0, 1, 2]);
    let labels = |classes| Labels { codes: &codes, classes, weight: None };
    let matrix = Matrix { values: &[1.0, 2.0, 3.0], rows: 3, column_major: true };
    let refused = |width, scarce: &[usize], classes| {
        matches!(Logistic::dense(&matrix, width, scarce, &labels(classes), 1), Err(Error::Invalid(_)))
    };
    assert!(refused(2, &[], 3), "the shape");
    assert!(refused(1, &[1], 3), "a column");
    assert!(refused(1, &[], 2), "a class");
    assert!(refused(1, &[], 1), "one class");
    let places = [[0_i64, 1, 2, 2], [0, 2, 1, 3], [1, 1, 2, 3]];
    for starts in &places {
        let sparse = SparseRows { starts, columns: &[0, 0, 0], values: &[1.0, 2.0, 3.0], width: 1 };
        assert!(Logistic::sparse(&sparse, &labels(3), 1).is_err(), "{starts:?}");
    }
    let far = SparseRows { starts: &[0, 1, 2, 3], columns: &[0, 1, 0], values: &[1.0, 2.0, 3.0], width: 1 };
    assert!(Logistic::sparse(&far, &labels(3), 1).is_err());
    assert!(long(3, &[1.0]).is_err());
}

#[test]
fn a_cancelled_call_stops() -> Result<(), Error> {
    let codes = Int32Array::from(vec![0, 1]);
    let labels = Labels { codes: &codes, classes: 2, weight: None };
    let rows = Logistic::dense(&Matrix { values: &[1.0, 2.0], rows: 2, column_major: true }, 1, &[], &labels, 1)?;
    let flag = Cancel::default();
    flag.cancel();
    assert_eq!(rows.sums(&[0.0, 0.0], &[], &flag), Err(Error::Cancelled));
    Ok(())
}
