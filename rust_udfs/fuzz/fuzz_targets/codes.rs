//! Kernels over codes: any code and any table is refused, or looked up as it says.
#![no_main]

use arbitrary::Arbitrary;
use arrow_array::{Float64Array, Int32Array};
use libfuzzer_sys::fuzz_target;
use stratum_kernels::{Cancel, Piece, category_counts, design, look_up, one_hot};

#[derive(Arbitrary, Debug)]
struct Input {
    codes: Vec<Option<i32>>,
    table: Vec<i32>,
    numbers: Vec<f64>,
    width: u8,
}

fuzz_target!(|input: Input| {
    let (cancel, width) = (Cancel::default(), usize::from(input.width));
    let (codes, table) = (Int32Array::from(input.codes.clone()), Int32Array::from(input.table.clone()));
    let numbers = Float64Array::from(input.numbers.clone());
    if let Ok(matrix) = one_hot(&codes, &table, width, &cancel) {
        for (row, code) in input.codes.iter().enumerate() {
            let place = code.and_then(|code| usize::try_from(code).ok()).map(|code| input.table[code]);
            for column in 0..width {
                let one = place.is_some_and(|place| usize::try_from(place) == Ok(column));
                assert_eq!(matrix[column * input.codes.len() + row], f64::from(u8::from(one)));
            }
        }
    }
    if let Ok(counts) = category_counts(&codes, width, &cancel) {
        assert_eq!(counts.iter().sum::<i64>(), input.codes.len() as i64);
    }
    if let Ok(found) = look_up(&codes, None, &numbers, numbers.len(), &cancel) {
        for (number, code) in found.iter().zip(codes.values()) {
            let place = usize::try_from(*code).unwrap_or(numbers.len() - 1);
            assert_eq!(number.to_bits(), input.numbers[place].to_bits());
        }
    }
    let _ = look_up(&codes, Some(&table), &numbers, width, &cancel);
    let pieces = [Piece::Indicators(codes.clone(), table, width), Piece::Table(codes.clone(), numbers)];
    if let Ok(matrix) = design(&pieces, codes.values().len(), &cancel) {
        assert_eq!(matrix.len(), (width + 1) * codes.values().len());
    }
});
