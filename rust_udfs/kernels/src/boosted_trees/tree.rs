//! One tree: nodes in the order of their depth, so that the two children of each lie side by side.

use crate::boosted_trees::block::{Column, LANES, Missing};
use crate::boosted_trees::masks::{self, MOST_LEAVES, Split};
use crate::error::{Error, require};

/// Rows of a walk, whose chains of loads run at the same time.
const WALKED: usize = 8;
/// Steps between two looks at whether all rows have reached their leaves.
const STEPS: usize = 4;

/// A split, or a leaf.
#[derive(Clone, Copy, Debug)]
struct Node {
    /// A leaf's is NaN: no number is at most NaN, so a row that has come to a leaf goes "right" and stays.
    threshold: f64,
    column: u32,
    /// The child of greater numbers; the other is the one before it. A leaf's is the leaf itself.
    right: u32,
}

/// A tree of at least one leaf.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    /// Of at most [`MOST_LEAVES`].
    Masked {
        splits: Vec<Split>,
        /// What each leaf adds to the score, from left to right.
        values: Vec<f64>,
    },
    Walked(Walked),
}

/// A tree of any size, walked from its root.
#[derive(Clone, Debug, Default)]
pub(super) struct Walked {
    nodes: Vec<Node>,
    /// What a leaf adds to the score, by node; 0 for splits.
    values: Vec<f64>,
    depth: usize,
}

/// A tree as LightGBM writes it: splits and leaves are numbered apart, a child `c < 0` is leaf `-1 - c`.
pub(super) struct Written {
    pub(super) columns: Vec<Column>,
    pub(super) thresholds: Vec<f64>,
    pub(super) left: Vec<i64>,
    pub(super) right: Vec<i64>,
    pub(super) leaves: Vec<f64>,
}

/// The place of each column that the trees read, given out as they are met.
#[derive(Default)]
pub(super) struct Places(std::collections::BTreeMap<Column, u32>);

impl Places {
    fn of(&mut self, column: Column) -> Result<u32, Error> {
        let next = index(self.0.len())?;
        Ok(*self.0.entry(column).or_insert(next))
    }

    /// The columns by their place.
    pub(super) fn into_columns(self) -> Vec<Column> {
        let mut places: Vec<_> = self.0.into_iter().collect();
        places.sort_by_key(|&(_, place)| place);
        places.into_iter().map(|(column, _)| column).collect()
    }
}

impl Tree {
    /// The tree in the form that is fastest.
    ///
    /// # Errors
    /// [`Error::Invalid`] if lengths differ, a child is out of range, or some split or leaf is not reached exactly once.
    pub(super) fn new(written: &Written, places: &mut Places) -> Result<Self, Error> {
        let walked = Walked::new(written, places)?;
        if written.leaves.len() > MOST_LEAVES {
            return Ok(Self::Walked(walked));
        }
        let (mut splits, mut values) = (Vec::new(), Vec::new());
        walked.mask(0, &mut splits, &mut values);
        Ok(Self::Masked { splits, values })
    }

    /// Add the leaf of each row to its score, number `class` of the row's `classes` in `scores`.
    ///
    /// `columns` have room for a multiple of [`LANES`] rows.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "compiled once more for each set of vector instructions")]
    pub(super) fn add(&self, columns: &[&[f64]], scores: &mut [f64], classes: usize, class: usize) {
        for (index, own) in scores.chunks_mut(LANES * classes).enumerate() {
            let (values, leaves) = match self {
                Self::Masked { splits, values } => (values, masks::leaves(splits, columns, index * LANES)),
                Self::Walked(tree) => (&tree.values, tree.leaves(columns, index * LANES)),
            };
            for (score, leaf) in own[class..].iter_mut().step_by(classes).zip(leaves) {
                *score += values[leaf as usize];
            }
        }
    }
}

impl Walked {
    fn new(written: &Written, places: &mut Places) -> Result<Self, Error> {
        check_lengths(written)?;
        let total = 2 * written.leaves.len() - 1;
        let mut order = vec![if written.left.is_empty() { -1 } else { 0 }]; // by node: its split or leaf, as written
        let mut levels = vec![0];
        let mut tree = Self::default();
        while let Some(&child) = order.get(tree.nodes.len()) {
            tree.depth = levels[tree.nodes.len()];
            if let Ok(split) = usize::try_from(child) {
                require(order.len() + 2 <= total, || "a split of a tree is reached twice".to_owned())?;
                tree.push_split(written, split, order.len() + 1, places)?;
                order.extend([written.left[split], written.right[split]]);
                levels.extend([tree.depth + 1; 2]);
            } else {
                tree.push_leaf(written, child)?;
            }
        }
        check_all_reached(&order, total)?;
        Ok(tree)
    }

    fn push_split(&mut self, written: &Written, split: usize, right: usize, places: &mut Places) -> Result<(), Error> {
        let column =
            *written.columns.get(split).ok_or_else(|| Error::Invalid(format!("a tree has no split {split}")))?;
        let node = Node { threshold: written.thresholds[split], column: places.of(column)?, right: index(right)? };
        self.nodes.push(node);
        self.values.push(0.0);
        Ok(())
    }

    fn push_leaf(&mut self, written: &Written, child: i64) -> Result<(), Error> {
        let leaf = usize::try_from(-1 - child).ok().and_then(|leaf| written.leaves.get(leaf));
        let &value = leaf.ok_or_else(|| Error::Invalid(format!("a tree has no leaf {child}")))?;
        self.nodes.push(Node { threshold: f64::NAN, column: 0, right: index(self.nodes.len())? });
        self.values.push(value);
        Ok(())
    }

    /// The splits below `node` and their masks, and the leaves below it from left to right.
    fn mask(&self, node: usize, splits: &mut Vec<Split>, values: &mut Vec<f64>) {
        let Node { threshold, column, right } = self.nodes[node];
        if threshold.is_nan() {
            values.push(self.values[node]);
            return;
        }
        let first = values.len();
        self.mask(right as usize - 1, splits, values);
        splits.push(Split { threshold, column: column as usize, kept: masks::without(first, values.len()) });
        self.mask(right as usize, splits, values);
    }

    /// The nodes where [`LANES`] rows end, from `first` on.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "compiled once more for each set of vector instructions")]
    fn leaves(&self, columns: &[&[f64]], first: usize) -> [u32; LANES] {
        let mut ends = [0; LANES];
        for (index, ends) in ends.chunks_exact_mut(WALKED).enumerate() {
            self.walk(columns, first + index * WALKED, ends);
        }
        ends
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "compiled once more for each set of vector instructions")]
    fn walk(&self, columns: &[&[f64]], first: usize, ends: &mut [u32]) {
        let nodes = self.nodes.as_slice();
        let mut at = [0_u32; WALKED];
        for _ in 0..self.depth.div_ceil(STEPS) {
            let before = at;
            for _ in 0..STEPS {
                for (lane, at) in at.iter_mut().enumerate() {
                    let node = nodes[*at as usize];
                    let x = columns[node.column as usize][first + lane];
                    *at = node.right.wrapping_sub(u32::from(x <= node.threshold));
                }
            }
            if at == before {
                break;
            }
        }
        ends.copy_from_slice(&at);
    }
}

fn check_lengths(written: &Written) -> Result<(), Error> {
    let splits = written.columns.len();
    let lengths = [written.thresholds.len(), written.left.len(), written.right.len()];
    require(lengths == [splits; 3] && written.leaves.len() == splits + 1, || {
        format!("a tree of {splits} splits has {} leaves and lists of {lengths:?}", written.leaves.len())
    })
}

/// With as many nodes as the tree must have, each is reached once if none is reached twice.
fn check_all_reached(order: &[i64], total: usize) -> Result<(), Error> {
    let mut sorted = order.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    require(order.len() == total && sorted.len() == total, || "a tree has parts that are not reached once".to_owned())
}

fn index(value: usize) -> Result<u32, Error> {
    u32::try_from(value).map_err(|_| Error::Invalid(format!("a tree has more than {} nodes", u32::MAX)))
}

/// How a split treats what is missing, from LightGBM's `decision_type`: bit 0 says categorical, bit 1 that the missing
/// go left, bits 2 and 3 what counts as missing (0 nothing, 1 zero, 2 NaN).
///
/// # Errors
/// [`Error::Invalid`] for a categorical split, or bits of no known meaning.
pub(super) fn missing(decision_type: u8) -> Result<Missing, Error> {
    let left = decision_type & 2 != 0;
    match decision_type & !2 {
        0 => Ok(Missing::Nothing),
        4 => Ok(Missing::Zero { left }),
        8 => Ok(Missing::Nan { left }),
        _ => Err(Error::Invalid(format!("a split of the unknown kind {decision_type}"))),
    }
}
