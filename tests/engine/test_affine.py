"""Columns as combinations of atoms against the columns themselves, and states from sums against those from rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from stratum_sql.catalog.affine import NO_NULL, Floats, Levels, NumberSums, Terms, stacked
from stratum_sql.catalog.columns import Column, Inputs
from stratum_sql.catalog.registry import transform, transforms
from stratum_sql.catalog.splitters import Fold
from stratum_sql.execute.linear.cells import cells_of
from stratum_sql.execute.linear.products import FoldSums, Numbers, Unusable, add_up, merge
from stratum_sql.execute.linear.unsolved import NotFromSums

ROWS = 40
RNG = np.random.default_rng(5)
THIRD = np.arange(ROWS) % 3
FOLDS = [Fold(np.flatnonzero(fold != THIRD), np.flatnonzero(fold == THIRD)) for fold in range(3)]


# ---- terms -----------------------------------------------------------------------------------------------------------

HOLES = np.where(np.arange(ROWS) % 7 == 0, np.nan, RNG.normal(5, 2, ROWS))
FULL: Floats = RNG.normal(-3, 1, ROWS)
# the constant, HOLES with 0 in its gaps, FULL, and the flag of the gaps
ATOMS = np.column_stack([np.ones(ROWS), np.nan_to_num(HOLES), FULL, np.isnan(HOLES)])
TERMS = Terms(sparse.csr_array([[0.0, 1, 0, 0], [0, 0, 1, 0]]), np.array([3, NO_NULL]), np.zeros(2))


def values(terms: Terms) -> Floats:
    """The columns that terms stand for, NaN where they are NULL."""
    found: Floats = np.asarray(ATOMS @ terms.weights.toarray().T)
    for at, null in enumerate(terms.null):
        if null != NO_NULL:
            rows = ATOMS[:, null] == 1
            np.testing.assert_allclose(found[rows, at], terms.at_null[at])  # the value it has all the same
            found[rows, at] = np.nan
    return found


COLUMNS = np.column_stack([HOLES, FULL])
numbers = st.floats(-100, 100)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(numbers, st.floats(0.01, 100)), min_size=2, max_size=2), numbers)
def test_scaled_filled_and_scaled_again(moves: list[tuple[float, float]], fill: float) -> None:
    shift, scale = np.array(moves).T
    once = TERMS.scaled(shift, scale)
    np.testing.assert_allclose(values(once), (COLUMNS - shift) / scale, rtol=1e-9, atol=1e-9)
    filled = once.filled(np.array([fill, fill]))
    wanted = (COLUMNS - shift) / scale
    wanted[np.isnan(HOLES), 0] = fill
    assert (filled.null == NO_NULL).all()
    np.testing.assert_allclose(values(filled), wanted, rtol=1e-9, atol=1e-7)
    np.testing.assert_allclose(values(filled.scaled(shift, scale)), (wanted - shift) / scale, rtol=1e-9, atol=1e-4)


def test_chosen_and_stacked() -> None:
    both = stacked([TERMS.chosen(np.array([1])), TERMS, TERMS.chosen(np.array([], dtype=np.int64))])
    assert len(both) == 3
    np.testing.assert_array_equal(values(both), COLUMNS[:, [1, 0, 1]])


@pytest.mark.parametrize("has_null", [True, False])
def test_looked_up(has_null: bool) -> None:
    names = ["b", None if has_null else "c", "a", "b"]
    column = Column("c", "text", pa.array(names))
    known = column.codes
    start, levels = 2, len(known.values) + has_null
    table = RNG.normal(size=(len(known.values) + 1, 3))
    table[0, 1] = 0  # an entry that is not stored
    terms = Levels(column, start, has_null, start + levels).looked_up(table)
    codes = np.where(known.codes < 0, len(known.values), known.codes)
    atoms = np.eye(start + levels)[start + codes]
    np.testing.assert_array_equal(atoms @ terms.weights.toarray().T, table[codes])


# ---- states ----------------------------------------------------------------------------------------------------------

STATES: dict[str, list[dict[str, Any]]] = {
    "standard_scale": [{}, {"with_mean": False}],
    "min_max_scale": [{}],
    "max_abs_scale": [{}],
    "impute": [{}, {"strategy": "constant", "fill_value": 2}, {"keep_empty_features": True}],
    "one_hot": [{}, {"drop": "first"}, {"min_frequency": 4}, {"min_frequency": 0.2}, {"max_categories": 2}],
    "ordinal": [{}, {"min_frequency": 4}, {"max_categories": 2}],
    "count_encode": [{}],
}
ROUNDING = 1e-15  # of a mean, by the largest value
NUMBERS = {
    "spread": FULL,
    "far": FULL + 1e8,
    "holes": HOLES,
    "constant": np.full(ROWS, 0.1),
    "empty": np.full(ROWS, np.nan),
    "empty in one training set": np.where(np.arange(ROWS) % 3 == 0, 4.5, np.nan),
    "whole": np.arange(ROWS) % 4.0,
    "one row of a kind": np.where(np.arange(ROWS) == 6, 9.0, np.arange(ROWS) % 2),
}
CASES = [(name, params, title) for name, several in STATES.items() for params in several for title in NUMBERS]


def sums_of(column: Column, use: Any) -> list[FoldSums]:
    products = add_up(cells_of(FOLDS, ROWS), FULL, None, [(column,)], [use], 2**30)
    return [merge(products, fold) for fold in range(3)]


def test_every_state_from_sums_is_tried() -> None:
    assert STATES.keys() == {name for name, spec in transforms().items() if spec.affine and spec.affine.state}


@pytest.mark.parametrize(("name", "params", "title"), CASES)
def test_a_state_from_sums_does_what_one_from_rows_does(name: str, params: dict[str, Any], title: str) -> None:
    """Both states turn the whole column, held-out rows too, into the same numbers."""
    spec = transform(name)
    assert spec is not None
    assert spec.affine is not None
    assert spec.affine.state is not None
    column = Column("c", "number", pa.array(NUMBERS[title], from_pandas=True))
    whole, largest = spec.complete(params), float(np.nanmax(np.abs(NUMBERS[title]), initial=0))
    for fold, sums in zip(FOLDS, sums_of(column, spec.affine.use), strict=True):
        base = sums.cell_products.bases[0]
        assert not isinstance(base, Unusable)
        said = sums.base_sums(base)
        from_rows = spec.fit(Inputs([column.take(fold.train)]), whole, None, 0)
        found = spec.apply(spec.affine.state(said, whole), Inputs([column]), whole)
        wanted = spec.apply(from_rows, Inputs([column]), whole)
        assert Inputs(found).names == Inputs(wanted).names
        for one, other in zip(Inputs(found).columns, Inputs(wanted).columns, strict=True):
            np.testing.assert_allclose(one.numbers, other.numbers, rtol=1e-7, atol=1e-9 + ROUNDING * largest)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=ROWS, max_size=ROWS))
def test_what_sums_say_of_numbers(drawn: list[float | None]) -> None:
    column = Column("c", "number", pa.array(drawn, pa.float64()))
    for fold, sums in zip(FOLDS, sums_of(column, "number"), strict=True):
        base = sums.cell_products.bases[0]
        assert isinstance(base, Numbers)
        said = sums.base_sums(base)
        assert isinstance(said, NumberSums)
        own = column.numbers[fold.train]
        known = own[~np.isnan(own)]
        assert (said.rows, said.count.tolist()) == (len(own), [len(known)])
        if len(known):
            largest = float(np.abs(column.numbers[~np.isnan(column.numbers)]).max())
            np.testing.assert_allclose(said.mean, known.mean(), rtol=1e-9, atol=1e-12 * largest)
            np.testing.assert_allclose(said.variance, known.var(), rtol=1e-9, atol=1e-12 * largest**2)
            assert (said.low.tolist(), said.high.tolist()) == ([known.min()], [known.max()])


# ---- what cannot be added up -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [-1.0, np.nan, np.inf])
def test_a_wrong_weight_is_refused(wrong: float) -> None:
    weight = np.where(np.arange(ROWS) == 3, wrong, 1.0)
    with pytest.raises(NotFromSums, match="weight"):
        add_up(cells_of(FOLDS, ROWS), FULL, weight, [], [], 2**30)


@pytest.mark.parametrize("use", ["number", "category"])
def test_a_column_with_infinity_is_set_aside(use: Any) -> None:
    infinite = np.where(FULL > -2, np.inf, 0)
    columns = [Column("c", "number", pa.array(data)) for data in (infinite, FULL)]
    cells = cells_of(FOLDS, ROWS)
    products = add_up(cells, FULL, None, [(one,) for one in columns], [use, "number"], 2**30)
    far, near = products.bases
    assert isinstance(far, Unusable)
    assert "infinity" in far.reason
    assert isinstance(near, Numbers)
    np.testing.assert_allclose(merge(products, 0).number_sums(near.terms).mean, FULL[FOLDS[0].train].mean())


def test_too_many_columns_for_the_memory() -> None:
    column = Column("c", "number", pa.array(np.arange(ROWS) * 1.0))
    with pytest.raises(NotFromSums, match="too many"):
        add_up(cells_of(FOLDS, ROWS), FULL, None, [(column,)], ["category"], 1000)
