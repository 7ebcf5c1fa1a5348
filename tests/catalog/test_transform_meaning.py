"""What the transforms mean, written out in numbers, where a comparison with a reference would not show it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from stratum_sql.catalog import categories, numeric
from stratum_sql.catalog.columns import Block, CategoryColumn, Column, Inputs, Part
from stratum_sql.catalog.embedders import EMBEDDERS, give_embedder
from stratum_sql.catalog.registry import transforms
from stratum_sql.catalog.spec import Target


def texts(name: str, *values: str | None) -> Column:
    return Column(name, "text", pa.array(list(values), pa.string()))


def numbers(name: str, *values: float | None) -> Column:
    return Column(name, "number", pa.array(list(values), pa.float64()))


def run(name: str, train: Column, other: Column, target: Target | None = None, **said: Any) -> tuple[Part, ...]:
    spec = transforms()[name]
    params = spec.complete(said)
    state = spec.fit(Inputs([train]), params, target, 0)
    return spec.apply(state, Inputs([other]), params)


def matrix(parts: tuple[Part, ...]) -> list[list[float]]:
    out: list[list[float]] = numeric.as_block(Inputs(parts).matrix, Inputs(parts).names).values.tolist()
    return out


def names(parts: tuple[Part, ...]) -> tuple[str, ...]:
    return Inputs(parts).names


def test_a_constant_column_scales_to_zero() -> None:
    column = numbers("x", *[0.1] * 7)
    scaled = np.array(matrix(run("standard_scale", column, column)))
    assert np.abs(scaled).max() < 1e-15  # scikit-learn's mean of seven 0.1 is 0.1 but for the last bit


def test_one_hot_of_an_unseen_category_is_all_zero_and_null_is_its_own() -> None:
    train, other = texts("city", "Köln", None, "Bonn", "Köln"), texts("city", None, "Mainz", "Köln")
    parts = run("one_hot", train, other)
    assert names(parts) == ("city_Bonn", "city_Köln", "city_None")
    assert matrix(parts) == [[0, 0, 1], [0, 0, 0], [0, 1, 0]]


def test_one_hot_of_null_that_training_had_not_is_all_zero() -> None:
    assert matrix(run("one_hot", texts("c", "a", "b"), texts("c", None, "b"))) == [[0, 0], [0, 1]]


def test_names_out_are_unique_even_where_they_would_collide() -> None:
    spec = transforms()["one_hot"]
    inputs = Inputs([texts("a", "b_c", "b_c"), texts("a_b", "c", "c_2")])
    params = spec.complete({})
    assert names(spec.apply(spec.fit(inputs, params, None, 0), inputs, params)) == ("a_b_c", "a_b_c_2", "a_b_c_2_2")


def test_categories_of_another_table_are_matched_by_value() -> None:
    """PREDICT meets a column with other codes; only values count."""
    train, other = texts("c", "b", "d", "b"), texts("c", "z", "a", "d", "b", None)
    assert matrix(run("ordinal", train, other, unknown_value=-1)) == [[-1], [-1], [1], [0], [-1]]
    assert matrix(run("count_encode", train, other)) == [[0], [0], [1], [2], [0]]


def test_text_where_training_had_numbers_is_refused() -> None:
    with pytest.raises(ValueError, match="c held numbers in training and holds text here"):
        run("ordinal", numbers("c", 1, 2), texts("c", "1", "2"))


def test_rare_groups_rare_and_unseen_categories_and_leaves_null() -> None:
    train = texts("c", "a", "a", "b", None, "z", "z")
    parts = run("rare", train, texts("c", "a", "b", "new", None, "z"), min_frequency=2)
    assert [list(part.texts) for part in parts if isinstance(part, Column)] == [["a", "rare", "rare", None, "z"]]


def test_rare_numbers_become_text_without_a_point() -> None:
    train = numbers("zip", 10001, 10001, 0.5, 0.5, 7)
    (part,) = run("rare", train, train, min_frequency=2)
    assert isinstance(part, CategoryColumn)
    assert list(part.texts) == ["10001", "10001", "0.5", "0.5", "rare"]


def test_rare_feeds_one_hot() -> None:
    train = texts("c", "a", "a", "b", "d")
    inner = run("rare", train, train, min_frequency=2)
    (column,) = inner
    assert isinstance(column, Column)
    assert names(run("one_hot", column, column)) == ("c_a", "c_rare")


@pytest.mark.parametrize("fill", ["aaa", "m", "zzz", "b"])
def test_imputed_categories_stay_sorted(fill: str) -> None:
    train = texts("c", "b", None, "x", "b")
    (part,) = run("impute", train, train, strategy="constant", fill_value=fill)
    assert isinstance(part, CategoryColumn)
    assert list(part.texts) == ["b", fill, "x", "b"]
    assert list(part.codes.values) == sorted({"b", "x", fill})


def test_target_encoding_of_training_rows_is_cross_fitted() -> None:
    rng = np.random.default_rng(0)
    column = texts("c", *[f"id{at}" for at in range(100)])  # every row its own category: nothing can be learnt
    target = Target(rng.normal(0, 1, 100))
    spec = transforms()["target_encode"]
    assert spec.fit_apply is not None
    _, fitted = spec.fit_apply(Inputs([column]), spec.complete({}), target, 0)
    leaky = matrix(run("target_encode", column, column, target, smooth=0.0))
    assert np.allclose(np.ravel(leaky), target.values)
    assert len({round(value, 12) for (value,) in matrix(fitted)}) == 5  # one overall mean a fold


def test_three_classes_give_three_columns() -> None:
    column = texts("c", *["a", "b", "c"] * 10)
    target = Target(np.arange(30.0) % 3, np.array(["x", "y", "z"], dtype=object))
    parts = run("target_encode", column, column, target, smooth=0.0)
    assert len(names(parts)) == 3
    assert matrix(parts)[0] == [1.0, 0.0, 0.0]


def test_whole_numbers_of_a_regression_are_no_classes() -> None:
    spec = transforms()["target_encode"]
    whole = Target(np.array([1.0, 2.0, 3.0]))
    assert spec.settle(spec.complete({}), whole)["target_type"] == "continuous"
    assert transforms()["select_k"].settle({"score_func": "auto", "k": 1}, whole)["score_func"] == "f_regression"


@pytest.mark.parametrize("name", ["target_encode", "select_k"])
def test_a_transform_that_needs_a_target_says_so(name: str) -> None:
    with pytest.raises(ValueError, match="needs a target"):
        run(name, numbers("x", 1, 2), numbers("x", 1, 2))


def test_date_parts_around_new_year_and_before_1970() -> None:
    column = Column(
        "t", "time", pa.array(["2021-01-03T23:59:59.5", "1969-12-31T00:00:00", None]).cast(pa.timestamp("us"))
    )
    parts = run(
        "date_parts",
        column,
        column,
        parts=(
            "year",
            "quarter",
            "month",
            "week",
            "day",
            "day_of_week",
            "day_of_year",
            "hour",
            "second",
            "total_seconds",
        ),
    )
    rows = matrix(parts)
    assert rows[0] == [2021, 1, 1, 53, 3, 6, 3, 23, 59, 1609718399.5]
    assert rows[1] == [1969, 4, 12, 1, 31, 2, 365, 0, 0, -86400.0]
    assert np.isnan(rows[2]).all()


def test_dates_have_no_hour_and_timestamps_do() -> None:
    date = Column("d", "time", pa.array([18_000, None], pa.date32()))
    stamp = Column("s", "time", pa.array([10**15, None], pa.timestamp("us")))
    assert "d_hour" not in names(run("date_parts", date, stamp.renamed("d")))
    assert "s_hour" in names(run("date_parts", stamp, stamp))


def test_text_embed_knows_only_what_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr("stratum_sql.catalog.embedders.EMBEDDERS", given)
    column = texts("c", "ab", None, "ab")
    with pytest.raises(ValueError, match=r"no embedding model 'mini'; known: none .*give_embedder"):
        run("text_embed", column, column, model="mini")
    with pytest.raises(ValueError, match="text_embed needs a model"):
        run("text_embed", column, column)
    asked: list[str] = []

    def lengths(items: list[str]) -> list[list[float]]:
        asked.extend(items)
        return [[float(len(item))] for item in items]

    give_embedder("mini", lengths)
    assert given.keys() == {"mini"}
    assert matrix(run("text_embed", column, column, model="mini")) == [[2.0], [0.0], [2.0]]
    assert sorted(asked) == ["", "ab"]  # each text once
    give_embedder("flat", lambda items: [0.0 for _ in items])
    with pytest.raises(ValueError, match="gave shape"):
        run("text_embed", column, column, model="flat")
    assert "mini" not in EMBEDDERS


def test_a_sparse_block_too_large_to_be_dense_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    column = texts("c", "some words here", "and more words")
    (sparse,) = run("tfidf", column, column)
    assert isinstance(sparse, Block)
    spec = transforms()["standard_scale"]
    assert spec.fit(Inputs([sparse]), spec.complete({}), None, 0)["mean"].shape == (5,)
    monkeypatch.setattr(numeric, "LARGEST_DENSE", 8)
    with pytest.raises(ValueError, match=r"5 sparse columns of 2 rows .* svd"):
        spec.fit(Inputs([sparse]), spec.complete({}), None, 0)


def test_svd_takes_a_sparse_block_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numeric, "LARGEST_DENSE", 8)
    column = texts("c", "some words here", "and more words", "here and there")
    (sparse,) = run("tfidf", column, column)
    spec = transforms()["svd"]
    params = spec.complete({"n_components": 2})
    (part,) = spec.apply(spec.fit(Inputs([sparse]), params, None, 0), Inputs([sparse]), params)
    assert names((part,)) == ("truncatedsvd0", "truncatedsvd1")
    assert len(part) == 3


def test_poly_refuses_more_columns_than_can_be_meant() -> None:
    column = Inputs([numbers(f"x{at}", 1.0) for at in range(100)])
    with pytest.raises(ValueError, match="100 columns up to degree 20 makes more than 100000"):
        transforms()["poly"].apply({}, column, transforms()["poly"].complete({"degree": 20}))


def test_clip_bounds_the_wrong_way_round_are_refused() -> None:
    with pytest.raises(ValueError, match="low at most high"):
        run("clip_outliers", numbers("x", 1, 2), numbers("x", 1), low=0.9, high=0.1)


def test_drop_constant_may_leave_nothing() -> None:
    (part,) = run("drop_constant", numbers("x", 1, None, 1), numbers("x", 5, 6))
    assert part.names == () if isinstance(part, Block) else False
    assert len(part) == 2


def test_vectorize_goes_by_kind() -> None:
    spec = transforms()["vectorize"]
    inputs = Inputs(
        [
            numbers("n", 1, None, 3),
            texts("sex", "m", "f", "m"),
            texts("empty", None, None, None),
            texts("name", "Anna Maria", "Jean Paul", "Köln am Rhein"),
        ]
    )
    params = spec.complete({"cardinality_threshold": 3, "n_components": 2})
    state = spec.fit(inputs, params, None, 0)
    assert [column["transform"] for column in state["columns"]] == ["passthrough", "one_hot", None, "text_svd"]
    assert names(spec.apply(state, inputs, params)) == ("n", "sex_m", "name_0", "name_1")


def test_infrequent_matches_min_frequency_kinds() -> None:
    counts = np.array([5, 1, 3, 1])
    assert categories.infrequent(counts, 10, 3, None).tolist() == [False, True, False, True]
    assert categories.infrequent(counts, 10, 0.4, None).tolist() == [False, True, True, True]
    assert categories.infrequent(counts, 10, None, 2).tolist() == [False, True, True, True]
    assert categories.infrequent(counts, 10, None, 1).all()
    assert not categories.infrequent(counts, 10, None, None).any()


def test_one_hot_says_how_wide_it_would_be_before_it_fills_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stratum_sql.catalog.transforms.one_hot.LARGEST_DENSE", 8 * 3 * 2)
    spec = transforms()["one_hot"]
    params = spec.complete({})
    inputs = Inputs([Column("k", "text", pa.array(["a", "b", "c"]))])
    with pytest.raises(ValueError, match=r"one_hot\(k\) would make 3 dense columns.*sparse_output"):
        spec.apply(spec.fit(inputs, params, None, 0), inputs, params)
    sparse = spec.complete({"sparse_output": True})
    assert spec.apply(spec.fit(inputs, sparse, None, 0), inputs, sparse)[0].nbytes > 0
