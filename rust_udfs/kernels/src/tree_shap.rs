//! How much each column adds to what trees say of a row: Shapley values.

use std::ops::Range;

use crate::chunks::{Cancel, in_order, zeros};
use crate::error::{Error, require};

/// Rows of one task.
const TASK: usize = 64;
/// A deeper tree is refused: a row costs the square of the depth, and a call on the stack for each level.
const DEEPEST: usize = 1_000;

/// t binary trees, one after the other, each from its root on.
#[derive(Clone, Copy, Debug)]
pub struct Trees<'a> {
    /// t + 1 places: where each tree begins in the other columns, and their end.
    pub starts: &'a [i64],
    /// The child of rows at or below the threshold, counted from the tree's root; -1 in a leaf.
    pub left: &'a [i32],
    /// The child of the others; -1 in a leaf.
    pub right: &'a [i32],
    /// The column that is asked; of a leaf it is not read.
    pub column: &'a [i32],
    /// What the column is compared with.
    pub threshold: &'a [f64],
    /// 1 where NaN goes left, 0 where it goes right.
    pub nan_left: &'a [i32],
    /// How many training rows, or how much weight, came by.
    pub weight: &'a [f64],
    /// What a leaf says.
    pub value: &'a [f64],
}

/// n · (width + 1) numbers, row by row: for each column what it adds to the sum of the trees' values, and last what none
/// adds, the mean of the leaves by their weight. A row of them adds up to what the trees say of it.
///
/// `matrix` has n rows of `width` numbers, row by row. The value of a set of columns is the tree's mean over the leaves
/// that are reached when the others are answered by the training rows' shares (Lundberg, Erion and Lee 2018, algorithm
/// 2). A row costs the number of leaves times the square of the depth.
///
/// # Errors
/// [`Error::Invalid`] if lengths differ, the rows are not whole, a column or child is none (children stand behind their
/// parents), or a tree is deeper than 1,000; [`Error::Memory`], [`Error::Cancelled`].
///
/// ```
/// use stratum_kernels::{Cancel, Trees, tree_shap};
/// let trees = Trees {
///     starts: &[0, 3], left: &[1, -1, -1], right: &[2, -1, -1], column: &[0, -1, -1], threshold: &[0.5, 0.0, 0.0],
///     nan_left: &[0; 3], weight: &[4.0, 1.0, 3.0], value: &[0.0, 10.0, 20.0],
/// };
/// assert_eq!(tree_shap(&trees, &[0.0, 7.0], 2, &Cancel::default())?, [-7.5, 0.0, 17.5]);
/// # Ok::<(), stratum_kernels::Error>(())
/// ```
pub fn tree_shap(trees: &Trees<'_>, matrix: &[f64], width: usize, cancel: &Cancel) -> Result<Vec<f64>, Error> {
    trees.check(width)?;
    require(width > 0 && matrix.len().is_multiple_of(width), || {
        format!("{} numbers in rows of {width}", matrix.len())
    })?;
    let mean: f64 = trees.roots().map(|root| mean(trees, root, 0)).sum();
    let mut all = zeros((matrix.len() / width).checked_mul(width + 1).ok_or(Error::Memory(usize::MAX))?)?;
    let parts = all.chunks_mut(TASK * (width + 1)).zip(matrix.chunks(TASK * width)).collect();
    in_order(parts, cancel, |(added, rows): (&mut [f64], &[f64])| {
        let mut path = Vec::new();
        for (added, row) in added.chunks_exact_mut(width + 1).zip(rows.chunks_exact(width)) {
            for root in trees.roots() {
                let walk = &mut Walk { trees, root, row, added, path: &mut path };
                walk.visit(0, 0..0, Step { column: -1, zero: 1.0, one: 1.0, weight: 0.0 });
            }
            added[width] = mean;
        }
        Ok(())
    })?;
    Ok(all)
}

impl Trees<'_> {
    fn roots(&self) -> impl Iterator<Item = usize> {
        self.starts.iter().take(self.starts.len().saturating_sub(1)).map(|&start| crate::csr::place(start))
    }

    fn check(&self, width: usize) -> Result<(), Error> {
        let nodes = self.left.len();
        let columns = [self.right.len(), self.column.len(), self.nan_left.len()];
        let numbers = [self.threshold.len(), self.weight.len(), self.value.len()];
        require(columns.iter().chain(&numbers).all(|&length| length == nodes), || "lengths differ".to_owned())?;
        let rising = self.starts.windows(2).all(|ends| ends[0] < ends[1]);
        let whole =
            self.starts.first() == Some(&0) && self.starts.last().map(|&end| crate::csr::place(end)) == Some(nodes);
        require(whole && rising, || "the trees' starts do not rise from 0 to the number of nodes".to_owned())?;
        self.starts
            .windows(2)
            .try_for_each(|ends| self.check_tree(crate::csr::place(ends[0])..crate::csr::place(ends[1]), width))
    }

    fn check_tree(&self, nodes: Range<usize>, width: usize) -> Result<(), Error> {
        let mut depth = vec![0; nodes.len()];
        for (at, node) in nodes.clone().enumerate().filter(|(_, node)| self.left[*node] >= 0) {
            let column = usize::try_from(self.column[node]).unwrap_or(usize::MAX);
            require(column < width, || format!("node {node} asks for column {}", self.column[node]))?;
            for child in [self.left[node], self.right[node]] {
                let place = usize::try_from(child).ok().filter(|child| (at + 1..nodes.len()).contains(child));
                let place = place.ok_or_else(|| Error::Invalid(format!("node {node} has no child {child}")))?;
                depth[place] = depth[at] + 1;
                require(depth[place] <= DEEPEST, || format!("a tree is deeper than {DEEPEST}"))?;
            }
        }
        Ok(())
    }
}

/// The mean of the leaves below a node, by their weight.
fn mean(trees: &Trees<'_>, root: usize, node: i32) -> f64 {
    let at = root + node.cast_unsigned() as usize;
    if trees.left[at] < 0 {
        return trees.value[at];
    }
    let children = [trees.left[at], trees.right[at]];
    children.into_iter().map(|child| trees.share(root, at, child) * mean(trees, root, child)).sum()
}

impl Trees<'_> {
    /// Which share of the rows at node `at` went on to a child.
    fn share(&self, root: usize, at: usize, child: i32) -> f64 {
        let weight = |child: i32| self.weight[root + child.cast_unsigned() as usize];
        let both = weight(self.left[at]) + weight(self.right[at]);
        if both > 0.0 { weight(child) / both } else { 0.5 }
    }
}

/// A column on the way from the root: which share of the training rows goes on where it is unknown, and whether (1 or 0)
/// this row does where it is known. `weight` counts, over the sets of so many of the way's columns, what reaches here.
#[derive(Clone, Copy, Debug)]
struct Step {
    column: i32,
    zero: f64,
    one: f64,
    weight: f64,
}

struct Walk<'a> {
    trees: &'a Trees<'a>,
    root: usize,
    row: &'a [f64],
    added: &'a mut [f64],
    /// The ways to the nodes above, one after the other.
    path: &'a mut Vec<Step>,
}

impl Walk<'_> {
    /// Go on from a node whose parent's way is at `before`, with one step more.
    fn visit(&mut self, node: i32, before: Range<usize>, step: Step) {
        let start = self.path.len();
        self.path.extend_from_within(before);
        extend(self.path, start, step);
        let at = self.root + node.cast_unsigned() as usize;
        if self.trees.left[at] < 0 {
            self.leaf(self.trees.value[at], start);
        } else {
            self.children(at, start);
        }
        self.path.truncate(start);
    }

    fn leaf(&mut self, value: f64, start: usize) {
        let way = &self.path[start..];
        for (at, step) in way.iter().enumerate().skip(1) {
            self.added[step.column.cast_unsigned() as usize] += without(way, at) * (step.one - step.zero) * value;
        }
    }

    fn children(&mut self, at: usize, start: usize) {
        let (trees, column) = (self.trees, self.trees.column[at]);
        let x = self.row[column.cast_unsigned() as usize];
        let goes_left = if x.is_nan() { trees.nan_left[at] != 0 } else { x <= trees.threshold[at] };
        let (mut zero, mut one) = (1.0, 1.0);
        let known = (start + 1..self.path.len()).find(|&place| self.path[place].column == column);
        if let Some(place) = known {
            (zero, one) = (self.path[place].zero, self.path[place].one);
            unwind(self.path, start, place - start);
        }
        for (child, is_hot) in [(trees.left[at], goes_left), (trees.right[at], !goes_left)] {
            let step = Step {
                column,
                zero: zero * trees.share(self.root, at, child),
                one: if is_hot { one } else { 0.0 },
                weight: 0.0,
            };
            if step.zero > 0.0 || step.one > 0.0 {
                self.visit(child, start..self.path.len(), step);
            }
        }
    }
}

/// One step more on the way that begins at `start`.
fn extend(path: &mut Vec<Step>, start: usize, step: Step) {
    let length = path.len() - start;
    path.push(Step { weight: if length == 0 { 1.0 } else { 0.0 }, ..step });
    let way = &mut path[start..];
    let all = (length + 1) as f64;
    for at in (0..length).rev() {
        way[at + 1].weight += step.one * way[at].weight * (at + 1) as f64 / all;
        way[at].weight *= step.zero * (length - at) as f64 / all;
    }
}

/// Take the step `place` off the way again.
fn unwind(path: &mut Vec<Step>, start: usize, place: usize) {
    let way = &mut path[start..];
    let (last, step) = (way.len() - 1, way[place]);
    let (all, mut next) = ((last + 1) as f64, way[last].weight);
    for at in (0..last).rev() {
        if step.one > 0.0 {
            let own = way[at].weight;
            way[at].weight = next * all / ((at + 1) as f64 * step.one);
            next = own - way[at].weight * step.zero * (last - at) as f64 / all;
        } else {
            way[at].weight *= all / (step.zero * (last - at) as f64);
        }
    }
    for at in place..last {
        way[at] = Step { weight: way[at].weight, ..way[at + 1] };
    }
    path.pop();
}

/// The sum of the weights of the way without the step `place`.
fn without(way: &[Step], place: usize) -> f64 {
    let (last, step) = (way.len() - 1, way[place]);
    let (all, mut next, mut sum) = ((last + 1) as f64, way[last].weight, 0.0);
    for at in (0..last).rev() {
        let left = (last - at) as f64;
        if step.one > 0.0 {
            let own = next * all / ((at + 1) as f64 * step.one);
            sum += own;
            next = way[at].weight - own * step.zero * left / all;
        } else {
            sum += way[at].weight * all / (step.zero * left);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pool;

    const COLUMNS: usize = 3;

    #[derive(Clone, Debug, Default)]
    struct Grown {
        left: Vec<i32>,
        right: Vec<i32>,
        column: Vec<i32>,
        threshold: Vec<f64>,
        nan_left: Vec<i32>,
        weight: Vec<f64>,
        value: Vec<f64>,
    }

    impl Grown {
        /// A tree of the given splits: each takes the first leaf that is left, which keeps a share of its weight.
        fn of(splits: &[(i32, i32, i32, f64)]) -> Self {
            let mut tree = Self::default();
            tree.node(8.0, 1.0);
            for &(column, threshold, nan_left, share) in splits {
                let Some(leaf) = tree.left.iter().position(|&child| child < 0) else { continue };
                let children = i32::try_from(tree.left.len()).unwrap_or(i32::MAX);
                (tree.left[leaf], tree.right[leaf]) = (children, children + 1);
                (tree.column[leaf], tree.threshold[leaf], tree.nan_left[leaf]) = (column, threshold.into(), nan_left);
                let weight = tree.weight[leaf];
                tree.node(weight * share, f64::from(children));
                tree.node(weight * (1.0 - share), f64::from(children) * -0.7);
            }
            tree
        }

        fn node(&mut self, weight: f64, value: f64) {
            for column in [&mut self.left, &mut self.right, &mut self.column] {
                column.push(-1);
            }
            self.nan_left.push(0);
            self.threshold.push(0.0);
            self.weight.push(weight);
            self.value.push(value);
        }

        fn starts(&self) -> [i64; 2] {
            [0, self.left.iter().map(|_| 1).sum()]
        }

        fn trees<'a>(&'a self, starts: &'a [i64]) -> Trees<'a> {
            let Self { left, right, column, threshold, nan_left, weight, value } = self;
            Trees { starts, left, right, column, threshold, nan_left, weight, value }
        }

        /// What the tree says of a row of which only some columns are known.
        fn value(&self, row: &[f64], known: usize, at: usize) -> f64 {
            let Ok(left) = usize::try_from(self.left[at]) else { return self.value[at] };
            let (right, column) = (left + 1, self.column[at].cast_unsigned() as usize);
            if known >> column & 1 == 1 {
                let x = row[column];
                let goes_left = if x.is_nan() { self.nan_left[at] == 1 } else { x <= self.threshold[at] };
                return self.value(row, known, if goes_left { left } else { right });
            }
            let share = self.weight[left] / (self.weight[left] + self.weight[right]);
            share * self.value(row, known, left) + (1.0 - share) * self.value(row, known, right)
        }

        /// Shapley's definition, over all sets of columns.
        fn shapley(&self, row: &[f64], column: usize) -> f64 {
            let others = (0..1_usize << COLUMNS).filter(|set| set >> column & 1 == 0);
            let factor = |count: u32| [2.0, 1.0, 2.0][count as usize] / 6.0; // |S|! (2 - |S|)! / 3!
            others
                .map(|set| {
                    let more = self.value(row, set | 1 << column, 0) - self.value(row, set, 0);
                    factor(set.count_ones()) * more
                })
                .sum()
        }
    }

    fn a_split() -> impl Strategy<Value = (i32, i32, i32, f64)> {
        (0..3, -2..3, 0..2, prop::sample::select(vec![0.0, 0.25, 0.5, 0.75]))
            .prop_map(|(column, threshold, nan_left, share)| (column, threshold, nan_left, share))
    }

    proptest! {
        #[test]
        fn equals_shapleys_definition(
            splits in prop::collection::vec(a_split(), 0..9),
            row in prop::collection::vec(prop::sample::select(vec![-2.0, -0.5, 0.0, 1.0, 3.0, f64::NAN]), 3),
        ) {
            let splits: Vec<_> = splits.into_iter().map(|(c, t, n, s)| (c, t, n, if s == 0.0 { 0.1 } else { s })).collect();
            let tree = Grown::of(&splits);
            let starts = tree.starts();
            let found = tree_shap(&tree.trees(&starts), &row, COLUMNS, &Cancel::default())?;
            for (column, added) in found[..COLUMNS].iter().enumerate() {
                prop_assert!((added - tree.shapley(&row, column)).abs() < 1e-9, "{column} {found:?}");
            }
            prop_assert!((found.iter().sum::<f64>() - tree.value(&row, 7, 0)).abs() < 1e-9);
        }

        #[test]
        fn a_branch_without_weight_is_no_number_of_its_own(splits in prop::collection::vec(a_split(), 0..9)) {
            let tree = Grown::of(&splits);
            let starts = tree.starts();
            let found = tree_shap(&tree.trees(&starts), &[0.0, 1.0, f64::NAN], COLUMNS, &Cancel::default())?;
            prop_assert!(found.iter().all(|added| added.is_finite()), "{found:?}");
        }
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() -> Result<(), Error> {
        let tree = Grown::of(&[(0, 1, 0, 0.25), (1, 0, 1, 0.5), (2, -1, 0, 0.75), (0, 0, 0, 0.5)]);
        let starts = tree.starts();
        let matrix: Vec<f64> = (0..3 * 500).map(|at| f64::from(at).sin() * 3.0).collect();
        let mut answers = Vec::new();
        for count in [1, 2, 5] {
            pool::set_threads(count)?;
            answers.push(tree_shap(&tree.trees(&starts), &matrix, COLUMNS, &Cancel::default())?);
        }
        assert!(answers[0] == answers[1] && answers[0] == answers[2]);
        Ok(())
    }

    #[test]
    fn what_is_no_tree_is_refused_and_a_cancelled_call_stops() {
        let good = Grown::of(&[(0, 1, 0, 0.25)]);
        let asked = |tree: &Grown, starts: &[i64], matrix: &[f64]| {
            tree_shap(&tree.trees(starts), matrix, COLUMNS, &Cancel::default())
        };
        let changed = |change: fn(&mut Grown)| {
            let mut tree = good.clone();
            change(&mut tree);
            tree
        };
        assert!(asked(&good, &[0, 3], &[0.0; 3]).is_ok());
        for starts in [&[][..], &[0], &[0, 2], &[1, 3], &[0, 3, 3], &[0, 4]] {
            assert!(matches!(asked(&good, starts, &[0.0; 3]), Err(Error::Invalid(_))), "{starts:?}");
        }
        assert!(matches!(asked(&good, &[0, 3], &[0.0; 4]), Err(Error::Invalid(_))));
        let wrong: [fn(&mut Grown); 4] = [
            |tree| tree.left[0] = 0,
            |tree| tree.right[0] = 3,
            |tree| tree.column[0] = 3,
            |tree| tree.value.truncate(2),
        ];
        for change in wrong {
            assert!(matches!(asked(&changed(change), &[0, 3], &[0.0; 3]), Err(Error::Invalid(_))));
        }
        let flag = Cancel::default();
        flag.cancel();
        assert_eq!(tree_shap(&good.trees(&[0, 3]), &[0.0; 3], COLUMNS, &flag), Err(Error::Cancelled));
    }
}
