//! Columns that are the levels of one category: no row has two of them.

use std::ops::Range;

use crate::normal::Normal;

/// How far an entry may be from what its two columns say, by its size: some roundings.
const ROUNDING: f64 = 64.0 * f64::EPSILON;
/// Columns that a run must have: any three are one.
const FEWEST: usize = 4;

/// Columns of S where every entry beside the diagonal is `-u[j] u[k]`, as those of sums of products of a category's
/// indicators less their means are: u is a level's number of rows by the root of all rows.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Levels {
    /// Their places.
    pub columns: Range<usize>,
    /// u.
    pub shift: Vec<f64>,
}

/// The most columns side by side that are levels of one category; `None` if there are none.
pub(super) fn largest(normal: &Normal<'_>) -> Option<Levels> {
    let (mut found, mut first): (Option<Levels>, usize) = (None, 0);
    while first + FEWEST <= normal.width() {
        let run = run(normal, first);
        first = run.as_ref().map_or(first + 1, |run| run.columns.end);
        let most = found.as_ref().map_or(0, |levels| levels.shift.len());
        found = run.filter(|run| run.shift.len() > most).or(found);
    }
    found
}

/// The longest run from column `first` on: u follows from its first rows, and every later row is then looked at.
fn run(normal: &Normal<'_>, first: usize) -> Option<Levels> {
    let (row, next) = (&normal.row(first)[first..], &normal.row(first + 1)[first..]);
    let own = (row[1] * row[2] / -next[2]).sqrt();
    if !(own.is_finite() && own > 0.0) {
        return None;
    }
    let mut shift = vec![own];
    let others = row[1..].iter().map(|entry| -entry / own);
    shift.extend(
        others
            .zip(&next[1..])
            .enumerate()
            .map_while(|(at, (other, entry))| (at == 0 || fits(*entry, -row[1] / own, other)).then_some(other)),
    );
    let mut at = 2;
    while at + 1 < shift.len() {
        let row = &normal.row(first + at)[first + at + 1..];
        let good = shift[at + 1..].iter().zip(row).take_while(|(other, entry)| fits(**entry, shift[at], **other));
        shift.truncate(at + 1 + good.count());
        at += 1;
    }
    (shift.len() >= FEWEST).then(|| Levels { columns: first..first + shift.len(), shift })
}

fn fits(entry: f64, left: f64, right: f64) -> bool {
    (entry + left * right).abs() <= ROUNDING * (left * right).abs()
}

#[cfg(test)]
pub(super) mod tests {
    use arrow_array::Float64Array;

    use super::*;
    use crate::error::Error;

    /// Sums of products, less means, of a number and of categories of so many levels.
    pub fn centred(levels: &[usize]) -> Vec<f64> {
        let rows = 1000_u32;
        let mut columns: Vec<Vec<f64>> = vec![(0..rows).map(|row| f64::from(row % 97).sin()).collect()];
        for (category, &levels) in levels.iter().enumerate() {
            let of_row = |row: u32| (row as usize / (category + 3) + row as usize / 11) % levels;
            columns.extend(
                (0..levels).map(|level| (0..rows).map(|row| f64::from(u8::from(of_row(row) == level))).collect()),
            );
        }
        let means: Vec<f64> = columns.iter().map(|column| column.iter().sum::<f64>() / f64::from(rows)).collect();
        let product = |i: usize, j: usize| columns[i].iter().zip(&columns[j]).map(|(x, y)| x * y).sum::<f64>();
        let centred = |i: usize, j: usize| product(i, j) - f64::from(rows) * means[i] * means[j];
        let width = columns.len();
        (0..width * width).map(|at| centred(at / width, at % width)).collect()
    }

    #[test]
    fn the_category_of_most_levels_is_found_where_it_is() -> Result<(), Error> {
        for (levels, wanted) in [(&[5, 9, 4][..], Some(6..15)), (&[7, 5], Some(1..8)), (&[2, 3], None), (&[], None)] {
            let gram = Float64Array::from(centred(levels));
            let moment = Float64Array::from(vec![0.0; 1 + levels.iter().sum::<usize>()]);
            let found = largest(&Normal::new(&gram, &moment)?);
            assert_eq!(found.map(|found| found.columns), wanted, "{levels:?}");
        }
        Ok(())
    }
}
