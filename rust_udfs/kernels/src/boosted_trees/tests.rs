use proptest::prelude::*;

use super::*;

const HEAD: &str = "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=1\n";

/// A tree of `leaves` leaves as a chain: split i sends numbers up to i of feature i % 2 to leaf i.
fn chain(index: usize, leaves: usize, kind: u8) -> String {
    let list = |of: &dyn Fn(usize) -> String, count: usize| (0..count).map(of).collect::<Vec<_>>().join(" ");
    let splits = leaves - 1;
    let right = |i: usize| if i + 1 < splits { (i + 1).to_string() } else { format!("-{leaves}") };
    format!(
        "Tree={index}\nnum_leaves={leaves}\nnum_cat=0\nsplit_feature={}\nthreshold={}\ndecision_type={}\n\
         left_child={}\nright_child={}\nleaf_value={}\nis_linear=0\nshrinkage=0.1\n\n",
        list(&|i| (i % 2).to_string(), splits),
        list(&|i| i.to_string(), splits),
        list(&|_| kind.to_string(), splits),
        list(&|i| format!("-{}", i + 1), splits),
        list(&right, splits),
        list(&|i| format!("{}.5", 10 * i), leaves),
    )
}

fn model(objective: &str, trees: &[String]) -> String {
    let sizes = vec!["1"; trees.len()].join(" ");
    format!("{HEAD}objective={objective}\ntree_sizes={sizes}\n\n{}end of trees\n", trees.concat())
}

fn scores(text: &str, rows: &[[f64; 2]]) -> Result<Vec<f64>, Error> {
    let model = BoostedTrees::parse(text)?;
    let matrix = Matrix { values: rows.as_flattened(), rows: rows.len(), column_major: false };
    model.advance(&matrix, model.start(rows.len())?, 0..model.rounds(), &Cancel::default())
}

/// The leaf of a chain, row by row.
fn by_hand(leaves: usize, row: [f64; 2]) -> f64 {
    let leaf = (0..leaves - 1).find(|&i| row[i % 2] <= i as f64).unwrap_or(leaves - 1);
    10.0 * leaf as f64 + 0.5
}

proptest! {
    #[test]
    fn masks_and_walks_end_where_a_row_by_itself_does(
        leaves in prop::sample::select(vec![2_usize, 3, 31, 63, 64, 65, 200]),
        rows in prop::collection::vec(prop::array::uniform2(-5.0..250.0), 0..80),
    ) {
        let made = scores(&model("regression", &[chain(0, leaves, 2)]), &rows)?;
        let wanted: Vec<f64> = rows.iter().map(|&row| by_hand(leaves, row)).collect();
        prop_assert_eq!(made, wanted);
    }

    #[test]
    fn rounds_one_after_another_are_all_at_once(stop in 0_usize..4, rows in prop::collection::vec(prop::array::uniform2(-5.0..50.0), 0..9)) {
        let trees: Vec<_> = (0..3).map(|index| chain(index, 5 + 30 * index, 2)).collect();
        let model = BoostedTrees::parse(&model("regression", &trees))?;
        let matrix = Matrix { values: rows.as_flattened(), rows: rows.len(), column_major: false };
        let flag = Cancel::default();
        let stop = stop.min(model.rounds());
        let first = model.advance(&matrix, model.start(rows.len())?, 0..stop, &flag)?;
        let both = model.advance(&matrix, first, stop..3, &flag)?;
        prop_assert_eq!(both, model.advance(&matrix, model.start(rows.len())?, 0..3, &flag)?);
    }

    /// A text with some of its bytes changed, taken out or put in is refused or read; it never panics.
    #[test]
    fn a_damaged_text_does_no_harm(
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(b"0123456789-. =\nNenT\xff".to_vec()), 0..3), 1..5),
    ) {
        let mut bytes = model("regression", &[chain(0, 4, 10), chain(1, 70, 4)]).into_bytes();
        for (place, byte, kind) in changes {
            let at = place.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => drop(bytes.remove(at)),
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        if let Ok(model) = BoostedTrees::parse(&text) {
            let values = vec![1.5; model.features().min(1000)];
            let rows = usize::from(values.len() == model.features());
            let matrix = Matrix { values: &values[..rows * model.features()], rows, column_major: true };
            let scores = model.advance(&matrix, model.start(rows)?, 0..model.rounds(), &Cancel::default())?;
            prop_assert_eq!(scores.len(), rows * model.classes());
        }
    }
}

#[test]
fn what_is_missing_goes_where_its_kind_says() -> Result<(), Error> {
    // kind; where NaN, 0 and a tiny number go at x <= 0 (a leaf of 0.5 is left, of 10.5 right), and -1 and 1 as ever
    for (kind, wanted) in [
        (0, [0.5, 0.5, 0.5]),
        (2, [0.5, 0.5, 0.5]),
        (4, [10.5, 10.5, 10.5]),
        (6, [0.5, 0.5, 0.5]),
        (8, [10.5, 0.5, 0.5]),
        (10, [0.5, 0.5, 0.5]),
    ] {
        let rows = [f64::NAN, -0.0, 1e-36, -1.0, 1.0, f64::INFINITY, f64::NEG_INFINITY].map(|x| [x, 0.0]);
        let made = scores(&model("regression", &[chain(0, 2, kind)]), &rows)?;
        assert_eq!(made[..3], wanted, "{kind}");
        assert_eq!(made[3..], [0.5, 10.5, 10.5, 0.5], "{kind}");
    }
    Ok(())
}

#[test]
fn what_is_not_known_is_refused() {
    let good = model("regression", &[chain(0, 3, 2)]);
    assert!(BoostedTrees::parse(&good).is_ok());
    for (from, to) in [
        ("version=v4", "version=v9"),
        ("label_index=0\n", "average_output\n"),
        ("num_cat=0", "num_cat=1"),
        ("is_linear=0", "is_linear=1"),
        ("decision_type=2 2", "decision_type=3 2"),
        ("decision_type=2 2", "decision_type=12 2"),
        ("split_feature=0 1", "split_feature=0 2"),
        ("split_feature=0 1", "split_feature=0"),
        ("threshold=0 1", "threshold=0 nan"),
        ("right_child=1 -3", "right_child=0 -3"),
        ("right_child=1 -3", "right_child=7 -3"),
        ("right_child=1 -3", "right_child=1 -2"),
        ("left_child=-1 -2", "left_child=-9223372036854775808 -2"),
        ("num_leaves=3", "num_leaves=4000000000"),
        ("leaf_value=0.5 10.5 20.5", "leaf_value="),
        ("max_feature_idx=1", "max_feature_idx=18446744073709551615"),
        ("num_tree_per_iteration=1", "num_tree_per_iteration=0"),
        ("num_tree_per_iteration=1", "num_tree_per_iteration=2"),
        ("tree_sizes=1", "tree_sizes=1 1"),
        ("objective=regression", "objective=lambdarank"),
        ("objective=regression\n", ""),
        ("shrinkage=0.1", "shrinkage=0.1\nleaf_const=1"),
        ("end of trees", ""),
        ("Tree=0", "Tree=1"),
    ] {
        assert!(good.contains(from), "{from}");
        assert!(matches!(BoostedTrees::parse(&good.replace(from, to)), Err(Error::Invalid(_))), "{from} -> {to}");
    }
    assert!(BoostedTrees::parse("").is_err());
}

#[test]
fn shapes_that_do_not_fit_are_refused() -> Result<(), Error> {
    let model = BoostedTrees::parse(&model("regression", &[chain(0, 3, 2)]))?;
    let values = [0.0; 4];
    let matrix = Matrix { values: &values, rows: 2, column_major: true };
    let flag = Cancel::default();
    assert!(model.advance(&matrix, vec![0.0; 3], 0..1, &flag).is_err());
    assert!(model.advance(&matrix, vec![0.0; 2], 0..2, &flag).is_err());
    assert!(model.advance(&Matrix { rows: 3, ..matrix }, vec![0.0; 3], 0..1, &flag).is_err());
    assert!(model.advance(&matrix, vec![0.0; 2], 1..1, &flag).is_ok());
    flag.cancel();
    assert_eq!(model.advance(&matrix, vec![0.0; 2], 0..1, &flag), Err(Error::Cancelled));
    Ok(())
}

#[test]
fn masks_take_away_the_leaves_between() {
    assert_eq!(masks::without(0, 1), !1);
    assert_eq!(masks::without(2, 4), !0b1100);
    assert_eq!(masks::without(0, 64), 0);
    assert_eq!(masks::without(63, 64), u64::MAX >> 1);
}
