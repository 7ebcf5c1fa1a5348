//! LightGBM's text of a model: `key=value` lines, first of the model, then of each tree.

use std::collections::BTreeMap;
use std::str::{FromStr, Lines};

use crate::boosted_trees::BoostedTrees;
use crate::boosted_trees::block::Column;
use crate::boosted_trees::objective::Objective;
use crate::boosted_trees::tree::{Places, Tree, Written, missing};
use crate::error::{Error, require};

/// What a model says of itself. A key that is not here may change what it predicts, so the model is refused.
const MODEL_KEYS: [&str; 11] = [
    "tree",
    "version",
    "num_class",
    "num_tree_per_iteration",
    "label_index",
    "max_feature_idx",
    "objective",
    "feature_names",
    "monotone_constraints",
    "feature_infos",
    "tree_sizes",
];
const TREE_KEYS: [&str; 16] = [
    "num_leaves",
    "num_cat",
    "split_feature",
    "split_gain",
    "threshold",
    "decision_type",
    "left_child",
    "right_child",
    "leaf_value",
    "leaf_weight",
    "leaf_count",
    "internal_value",
    "internal_weight",
    "internal_count",
    "is_linear",
    "shrinkage",
];
const VERSION: &str = "v4";

pub(super) fn parse(text: &str) -> Result<BoostedTrees, Error> {
    let mut lines = text.lines();
    let (model, mut next) = section(&mut lines, &MODEL_KEYS)?;
    require(model.get("version") == Some(&VERSION), || format!("no model of version {VERSION}"))?;
    let features = one::<usize>(&model, "max_feature_idx")?.checked_add(1).ok_or_else(|| invalid("max_feature_idx"))?;
    let classes = one::<usize>(&model, "num_tree_per_iteration")?;
    let objective = Objective::parse(value(&model, "objective")?)?;
    let (mut trees, mut places) = (Vec::new(), Places::default());
    while next == Some(format!("Tree={}", trees.len()).as_str()) {
        let (tree, after) = section(&mut lines, &TREE_KEYS)?;
        trees.push(Tree::new(&written(&tree, features)?, &mut places)?);
        next = after;
    }
    require(next == Some("end of trees"), || "the list of trees has no end".to_owned())?;
    check_count(&model, trees.len(), classes)?;
    Ok(BoostedTrees { features, classes, objective, columns: places.into_columns(), trees })
}

type Section<'a> = BTreeMap<&'a str, &'a str>;

/// The lines up to the next tree or the end of trees, and the line found there; empty lines are skipped.
fn section<'a>(lines: &mut Lines<'a>, known: &[&str]) -> Result<(Section<'a>, Option<&'a str>), Error> {
    let mut found = Section::new();
    for line in lines.filter(|line| !line.is_empty()) {
        if line == "end of trees" || line.starts_with("Tree=") {
            return Ok((found, Some(line)));
        }
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        require(known.contains(&key), || format!("{key} is not known here"))?;
        require(found.insert(key, value).is_none(), || format!("{key} is there twice"))?;
    }
    Ok((found, None))
}

fn written(tree: &Section<'_>, features: usize) -> Result<Written, Error> {
    require(one::<usize>(tree, "num_cat")? == 0, || "a tree with categorical splits".to_owned())?;
    require(one::<u8>(tree, "is_linear")? == 0, || "a tree of linear models".to_owned())?;
    let leaves = list::<f64>(tree, "leaf_value")?;
    require(one::<usize>(tree, "num_leaves")? == leaves.len(), || format!("a tree lists {} leaves", leaves.len()))?;
    let thresholds = list::<f64>(tree, "threshold")?;
    require(!thresholds.iter().any(|x| x.is_nan()), || "a threshold is NaN".to_owned())?;
    let columns = columns(tree, features)?;
    Ok(Written { columns, thresholds, left: list(tree, "left_child")?, right: list(tree, "right_child")?, leaves })
}

/// The column of each split.
fn columns(tree: &Section<'_>, features: usize) -> Result<Vec<Column>, Error> {
    let (split_features, kinds) = (list::<usize>(tree, "split_feature")?, list::<u8>(tree, "decision_type")?);
    require(split_features.len() == kinds.len(), || "split_feature and decision_type differ in length".to_owned())?;
    let column = |(feature, kind)| {
        require(feature < features, || format!("a split on feature {feature} of {features}"))?;
        Ok(Column { feature, missing: missing(kind)? })
    };
    split_features.into_iter().zip(kinds).map(column).collect()
}

fn check_count(model: &Section<'_>, trees: usize, classes: usize) -> Result<(), Error> {
    let sizes = list::<usize>(model, "tree_sizes")?.len();
    require(sizes == trees, || format!("{trees} trees where {sizes} are announced"))?;
    require(classes > 0 && trees > 0 && trees.is_multiple_of(classes), || {
        format!("{trees} trees are no rounds of {classes}")
    })
}

fn value<'a>(section: &Section<'a>, key: &str) -> Result<&'a str, Error> {
    section.get(key).copied().ok_or_else(|| Error::Invalid(format!("{key} is missing")))
}

fn one<T: FromStr>(section: &Section<'_>, key: &str) -> Result<T, Error> {
    value(section, key)?.parse().map_err(|_| invalid(key))
}

/// The items of a list; a list that is not there is empty.
fn list<T: FromStr>(section: &Section<'_>, key: &str) -> Result<Vec<T>, Error> {
    let text = section.get(key).copied().unwrap_or_default();
    let items = text.split(' ').filter(|item| !item.is_empty());
    items.map(|item| item.parse().map_err(|_| invalid(key))).collect()
}

fn invalid(key: &str) -> Error {
    Error::Invalid(format!("{key} cannot be read"))
}
