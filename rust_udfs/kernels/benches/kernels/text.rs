//! Kernels over texts and the sparse matrices that they become.

use std::collections::HashSet;

use arrow_array::LargeStringArray;
use criterion::Criterion;
use stratum_kernels::{
    Analyzer, Cancel, CharSet, Csr, Error, Unit, first_seen, ngrams, renumber, sparse_product, text_codes,
};

use crate::shared::{mixed, numbers, timed};

const TEXTS: usize = 20_000;

pub fn time(criterion: &mut Criterion) -> Result<(), Error> {
    let places = mixed(TEXTS).map(|whole| format!("{} street, house {}", whole % 997, whole % 89));
    let (texts, cancel) = (LargeStringArray::from_iter_values(places), Cancel::default());
    timed(criterion, "text_codes", TEXTS, || text_codes(&texts, &cancel))?;
    for (name, unit) in [("ngrams_char", Unit::Char), ("ngrams_word", Unit::Word)] {
        let analyzer = analyzer(unit)?;
        timed(criterion, name, TEXTS, || ngrams(&texts, &analyzer, &cancel))?;
    }
    let counts = ngrams(&texts, &analyzer(Unit::Char)?, &cancel)?;
    let width = counts.ends.len() - 1;
    let (starts, columns) = (&counts.counts.starts, &counts.counts.columns);
    let matrix = Csr { starts, columns, values: &counts.counts.values, width };
    let rows: Vec<i64> = (0..).take(TEXTS).collect();
    timed(criterion, "first_seen", TEXTS, || first_seen(&matrix, &rows, &vec![1; TEXTS], &cancel))?;
    let target: Vec<i32> = (0..width).rev().filter_map(|column| i32::try_from(column).ok()).collect();
    timed(criterion, "renumber", TEXTS, || renumber(&matrix, &rows, &target, &cancel))?;
    let dense = numbers(width * 8);
    timed(criterion, "sparse_product", TEXTS, || sparse_product(&matrix, dense.values(), 8, &cancel))
}

fn analyzer(unit: Unit) -> Result<Analyzer, Error> {
    let (letters, spaces) = (CharSet::of(&[(48, 58), (97, 123)])?, CharSet::of(&[(32, 33)])?);
    Ok(Analyzer { unit, low: 1, high: 3, letters, spaces, stop_words: HashSet::new() })
}
