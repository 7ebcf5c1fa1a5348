//! Any texts: their numbers, and their n-grams, sorted, in UTF-8, and as often as each text has them. And models of any text.
#![no_main]

use std::collections::HashSet;

use arbitrary::Arbitrary;
use arrow_array::LargeStringArray;
use libfuzzer_sys::fuzz_target;
use stratum_kernels::{Analyzer, BoostedTrees, Cancel, CharSet, Unit, ngrams, text_codes};

#[derive(Arbitrary, Debug)]
struct Input {
    texts: Vec<Option<String>>,
    unit: u8,
    low: u8,
    high: u8,
    letters: [(u32, u32); 2],
    spaces: [(u32, u32); 2],
    stop_words: HashSet<String>,
    model: String,
}

fuzz_target!(|input: Input| {
    let _ = BoostedTrees::parse(&input.model);
    let unit = [Unit::Word, Unit::Char, Unit::CharWb][usize::from(input.unit % 3)];
    let (Ok(letters), Ok(spaces)) = (CharSet::of(&input.letters), CharSet::of(&input.spaces)) else { return };
    let (low, high) = (usize::from(input.low), usize::from(input.high));
    let analyzer = Analyzer { unit, low, high, letters, spaces, stop_words: input.stop_words };
    let texts = LargeStringArray::from(input.texts.clone());
    let coded = text_codes(&texts, &Cancel::default()).expect("texts");
    let words: Vec<&str> = coded.firsts.iter().map(|&row| texts.value(row as usize)).collect();
    assert!(words.windows(2).all(|pair| pair[0] < pair[1]));
    for (code, text) in coded.codes.iter().zip(&input.texts) {
        assert_eq!(usize::try_from(*code).ok().map(|code| words[code]), text.as_deref());
    }
    let Ok(found) = ngrams(&texts, &analyzer, &Cancel::default()) else { return };
    let ends: Vec<usize> = found.ends.iter().map(|&end| end as usize).collect();
    let terms: Vec<&str> =
        ends.windows(2).map(|ends| std::str::from_utf8(&found.bytes[ends[0]..ends[1]]).expect("UTF-8")).collect();
    assert!(terms.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(found.counts.starts.len(), input.texts.len() + 1);
    if unit == Unit::Char && low == 1 && high == 1 {
        let counted: f64 = found.counts.values.iter().sum();
        assert!(counted as usize <= input.texts.iter().flatten().map(|text| text.chars().count()).sum());
    }
});
