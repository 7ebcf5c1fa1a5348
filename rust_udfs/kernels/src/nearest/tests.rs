use proptest::prelude::*;

use super::*;
use crate::pool;

/// Every pair compared, one by one.
fn by_definition(train: &[Vec<f64>], asked: &[Vec<f64>], count: usize) -> Neighbours {
    let mut found = Neighbours { squares: Vec::new(), places: Vec::new() };
    for row in asked {
        let square = |other: &Vec<f64>| row.iter().zip(other).fold(0.0, |sum, (x, y)| sum + (x - y) * (x - y));
        let mut all: Vec<(f64, i64)> = train.iter().map(square).zip(0..).collect();
        all.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.1.cmp(&right.1)));
        found.squares.extend(all[..count].iter().map(|near| near.0));
        found.places.extend(all[..count].iter().map(|near| near.1));
    }
    found
}

fn search(train: &[Vec<f64>], asked: &[Vec<f64>], width: usize, count: usize) -> Result<Neighbours, Error> {
    let (values, points) = (train.concat(), asked.concat());
    let matrix = Matrix { values: &values, rows: train.len(), column_major: false };
    let others = Matrix { values: &points, rows: asked.len(), column_major: false };
    nearest(&matrix, &others, width, count, &Cancel::default())
}

/// Rows of numbers that are far from whole, or of a few whole ones, where many are equally far.
fn drawn(rows: usize, width: usize, seed: f64, whole: bool, offset: f64) -> Vec<Vec<f64>> {
    let number = |at: usize| {
        let x = ((at as f64 + seed) * 12.9898).sin() * 43_758.547;
        offset + if whole { (x % 3.0).trunc() } else { x % 1.0 }
    };
    (0..rows).map(|row| (0..width).map(|column| number(row * width + column)).collect()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn equals_its_definition(
        (rows, count) in (1_usize..700).prop_flat_map(|rows| (Just(rows), 1..=rows.min(40))),
        asked in 0_usize..70,
        width in prop::sample::select(vec![1, 2, 5, MANY - 1, MANY, MANY + 9]),
        whole in any::<bool>(),
        offset in prop::sample::select(vec![0.0, 1e6, 1e150, 1e170]),
    ) {
        let (train, others) = (drawn(rows, width, 0.5, whole, offset), drawn(asked, width, 0.1, whole, -offset));
        prop_assert_eq!(search(&train, &others, width, count)?, by_definition(&train, &others, count));
        prop_assert_eq!(search(&train, &train[..1], width, count)?, by_definition(&train, &train[..1], count));
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() -> Result<(), Error> {
    for width in [3, MANY + 1] {
        let (train, asked) = (drawn(900, width, 0.5, true, 0.0), drawn(300, width, 0.1, true, 0.0));
        let mut answers = Vec::new();
        for count in [1, 2, 5] {
            pool::set_threads(count)?;
            answers.push(search(&train, &asked, width, 7)?);
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(answers[0], answers[2]);
    }
    Ok(())
}

#[test]
fn what_is_wrong_is_refused() {
    let rows = vec![vec![1.0], vec![2.0]];
    for count in [0, 3] {
        assert!(matches!(search(&rows, &rows, 1, count), Err(Error::Invalid(_))), "{count} neighbours");
    }
    assert!(matches!(search(&rows, &rows, 2, 1), Err(Error::Invalid(_))));
    assert!(matches!(search(&[], &[], 0, 1), Err(Error::Invalid(_))));
    for wrong in [f64::NAN, f64::INFINITY] {
        assert!(matches!(search(&[vec![wrong]], &rows, 1, 1), Err(Error::Invalid(_))));
        assert!(matches!(search(&rows, &[vec![wrong]], 1, 1), Err(Error::Invalid(_))));
    }
}

#[test]
fn a_cancelled_call_stops() {
    let (flag, matrix) = (Cancel::default(), Matrix { values: &[1.0], rows: 1, column_major: true });
    flag.cancel();
    assert_eq!(nearest(&matrix, &matrix, 1, 1, &flag), Err(Error::Cancelled));
}
