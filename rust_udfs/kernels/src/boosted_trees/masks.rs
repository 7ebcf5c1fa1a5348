//! A tree of at most 64 leaves as one mask a split (the bit vectors of QuickScorer, Lucchese et al. 2015).
//!
//! A row begins with all leaves, numbered from left to right. Each split that sends it right takes away the leaves on
//! the split's left; the first leaf that is left over is the row's. Splits are looked at one after the other whatever
//! the row, so that many rows take one instruction together.

use crate::boosted_trees::block::LANES;

/// Leaves that fit a mask.
pub(super) const MOST_LEAVES: usize = 64;

/// A split as a row meets it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Split {
    pub(super) threshold: f64,
    pub(super) column: usize,
    /// The leaves that a row keeps if it goes right.
    pub(super) kept: u64,
}

/// The leaves from `first` to before `last` taken away.
pub(super) fn without(first: usize, last: usize) -> u64 {
    let below =
        |leaf: usize| 1_u64.checked_shl(u32::try_from(leaf).unwrap_or(u32::MAX)).map_or(u64::MAX, |bit| bit - 1);
    !(below(last) & !below(first))
}

/// The first leaves that [`LANES`] rows, from `first` on in `columns`, keep.
#[inline(always)]
#[expect(clippy::inline_always, reason = "compiled once more for each set of vector instructions")]
pub(super) fn leaves(splits: &[Split], columns: &[&[f64]], first: usize) -> [u32; LANES] {
    let mut kept = [u64::MAX; LANES];
    for split in splits {
        let numbers = &columns[split.column][first..first + LANES];
        for (kept, &x) in kept.iter_mut().zip(numbers) {
            *kept &= split.kept | u64::from(x <= split.threshold).wrapping_neg(); // all bits where it goes left
        }
    }
    kept.map(u64::trailing_zeros)
}
