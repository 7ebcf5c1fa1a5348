//! The rows searched, leaf by leaf, and what a block of rows asked for does in each.

use rayon::prelude::*;

use super::boxes::{Boxes, Node, Rows};
use super::products::{Asked, Products};
use super::query::{ABREAST, Block, Gaps, Near, Query};
use super::squares::{InLeaf, offer_pairs};
use crate::chunks::{Cancel, reserve};
use crate::error::Error;

/// Rows of a leaf: enough for loops over them to be worth it, and few enough for a box to be small.
pub(super) const HEIGHT: usize = 128;
/// From so many columns on, matrix products find who is near enough to be compared in full.
pub(super) const MANY: usize = 16;

pub(super) struct Leaves<'a> {
    rows: &'a Rows<'a>,
    boxes: Boxes,
    /// Leaf by leaf, column by column: `HEIGHT` numbers, the last leaf filled up with 0.
    numbers: Vec<[f64; HEIGHT]>,
    products: Option<Products>,
}

impl<'a> Leaves<'a> {
    pub(super) fn new(rows: &'a Rows<'a>) -> Result<Self, Error> {
        let boxes = Boxes::new(rows, HEIGHT);
        let mut numbers = zeros_of(rows.count().div_ceil(HEIGHT) * rows.width)?;
        numbers.par_chunks_exact_mut(rows.width).enumerate().for_each(|(index, leaf)| {
            for (at, &row) in boxes.part(index * HEIGHT, HEIGHT).iter().enumerate() {
                leaf.iter_mut().zip(rows.row(row)).for_each(|(column, number)| column[at] = *number);
            }
        });
        let products = (rows.width >= MANY).then(|| Products::new(&boxes, &numbers, rows.width)).transpose()?;
        Ok(Self { rows, boxes, numbers, products })
    }

    /// Give each of the block its nearest rows.
    ///
    /// First those of the leaf that it would be in itself: then little of what follows is near enough.
    pub(super) fn visit(&self, block: &mut Block<'_>, cancel: &Cancel) -> Result<(), Error> {
        for query in &mut block.queries {
            let home = self.boxes.root.home(query.point);
            self.compare(home, query);
            query.home = home.rows.start;
        }
        block.settle();
        let mut asked = self.products.as_ref().map(|_| Asked::new(self.rows.width));
        self.descend(&self.boxes.root, block, asked.as_mut(), cancel)
    }

    fn descend(
        &self,
        node: &Node,
        block: &mut Block<'_>,
        mut asked: Option<&mut Asked>,
        cancel: &Cancel,
    ) -> Result<(), Error> {
        if node.extent.gap(&block.extent) > block.farthest {
            return Ok(());
        }
        let Some(halves) = &node.halves else {
            cancel.check()?;
            self.meet(node, block, asked);
            return Ok(());
        };
        let [left, right] = &halves.nodes;
        let away = |half: &Node| half.extent.gap(&block.centre);
        let in_order = if away(right) < away(left) { [right, left] } else { [left, right] };
        in_order.into_iter().try_for_each(|half| self.descend(half, block, asked.as_deref_mut(), cancel))
    }

    /// Compare the rows of a leaf with those of a block that may have neighbours there.
    fn meet(&self, node: &Node, block: &mut Block<'_>, mut asked: Option<&mut Asked>) {
        let groups = block.queries.chunks_mut(ABREAST).zip(block.numbers.chunks_exact(self.rows.width));
        for (index, (queries, points)) in groups.enumerate() {
            let limits = limits(node, queries, points);
            if limits.iter().all(|limit| *limit < 0.0) {
                continue;
            }
            if let Some((products, asked)) = self.products.as_ref().zip(asked.as_deref_mut()) {
                products.near(node.rows.clone(), points, &limits, index * ABREAST, asked);
            } else {
                let some = queries.iter_mut().zip(limits).filter(|(_, limit)| *limit >= 0.0);
                some.for_each(|(query, _)| self.compare(node, query));
            }
        }
        if let Some(asked) = asked {
            offer_pairs(&asked.pairs, self.rows, &self.boxes.order[node.rows.clone()], &mut block.queries);
            asked.pairs.clear();
        }
        block.settle();
    }

    /// Offer every row of a leaf that is near enough.
    fn compare(&self, node: &Node, query: &mut Query<'_>) {
        let columns = &self.numbers[node.rows.start / HEIGHT * self.rows.width..][..self.rows.width];
        let places = &self.boxes.order[node.rows.clone()];
        let mut found = [Near::default(); HEIGHT];
        let search = InLeaf { columns, places, point: query.point, limit: query.farthest, found: &mut found };
        let count = pulp::Arch::new().dispatch(search);
        query.offer(&mut found[..count]);
    }
}

/// `count` columns of zeros.
fn zeros_of(count: usize) -> Result<Vec<[f64; HEIGHT]>, Error> {
    let mut columns = reserve(count)?;
    columns.resize(count, [0.0; HEIGHT]);
    Ok(columns)
}

/// How far the neighbours of some rows may be, each; less than 0 where there are none in a leaf, or all are known.
fn limits(node: &Node, queries: &[Query<'_>], points: &[[f64; ABREAST]]) -> [f64; ABREAST] {
    let mut limits = pulp::Arch::new().dispatch(Gaps { extent: &node.extent, points });
    for (at, limit) in limits.iter_mut().enumerate() {
        let near = queries.get(at).filter(|query| *limit <= query.farthest && query.home != node.rows.start);
        *limit = near.map_or(f64::NEG_INFINITY, |query| query.farthest);
    }
    limits
}
