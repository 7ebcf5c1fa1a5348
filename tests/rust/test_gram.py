"""gram against its definition in extended precision: absent values, cells, weights, offsets, any number of threads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratum_sql import _rust_udfs
from stratum_sql import kernels as rust

Array = npt.NDArray[Any]
EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Rows:
    """What gram takes."""

    columns: Sequence[Array]
    pivots: Sequence[float]
    codes: Sequence[Array]
    levels: Sequence[int]
    cells: Array
    n_cells: int
    weight: Array | None = None

    def gram(self) -> Array:
        return rust.gram(self.columns, self.pivots, self.codes, self.levels, self.cells, self.n_cells, self.weight)

    def atoms(self) -> Array:
        """The matrix itself, in extended precision."""
        ones = np.ones(len(self.cells))
        shifted = [column - pivot for column, pivot in zip(self.columns, self.pivots, strict=True)]
        numbers = [np.where(np.isnan(column), 0.0, column) for column in shifted]
        indicators = [
            (column == level).astype(float)
            for column, levels in zip(self.codes, self.levels, strict=True)
            for level in range(levels)
        ]
        return np.column_stack([ones, *numbers, *indicators]).astype(np.longdouble)

    def check(self, units: float) -> None:
        """gram is symmetric and within `units` last places of each sum of sizes; 0 where that is 0."""
        matrix, weight = self.atoms(), self.weight if self.weight is not None else np.ones(len(self.cells))
        found = self.gram()
        width = matrix.shape[1]
        assert found.shape == (self.n_cells, width, width)
        assert np.array_equal(found, found.swapaxes(1, 2))
        for cell in range(self.n_cells):
            own = matrix[self.cells == cell]
            weighted = own * weight[self.cells == cell, None].astype(np.longdouble)
            off = np.abs(found[cell] - own.T @ weighted)
            assert np.all(off <= units * EPS * (np.abs(own).T @ np.abs(weighted))), cell


def some_rows(seed: int, n: int, d: int, levels: Sequence[int], n_cells: int, weighted: bool) -> Rows:
    rng = np.random.default_rng(seed)
    columns = [rng.normal(3.0, 10.0 ** rng.integers(-3, 4), n) for _ in range(d)]
    for column in columns:
        column[rng.random(n) < 0.1] = np.nan
    codes = [rng.integers(-1, count, n).astype(np.int32) for count in levels]
    cells = rng.integers(-1, n_cells, n).astype(np.int32)
    weight = rng.exponential(1.0, n) if weighted else None
    return Rows(columns, rng.normal(3.0, 1.0, d).tolist(), codes, levels, cells, n_cells, weight)


@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(0, 60),
    d=st.integers(0, 18),
    levels=st.lists(st.integers(0, 5), max_size=3),
    n_cells=st.integers(0, 4),
    weighted=st.booleans(),
)
def test_equals_its_definition(seed: int, n: int, d: int, levels: list[int], n_cells: int, weighted: bool) -> None:
    some_rows(seed, n, d, levels, n_cells, weighted).check(units=4.0)


@pytest.mark.parametrize("weighted", [False, True])
def test_equals_its_definition_over_many_blocks(weighted: bool) -> None:
    some_rows(1, _rust_udfs.CHUNK_ROWS + 77, 9, [7, 3], 3, weighted).check(units=4.0)


def test_one_large_level_loses_no_digits() -> None:
    rng = np.random.default_rng(2)
    n = 300_000
    code = np.where(rng.random(n) < 1e-4, 1, 0).astype(np.int32)
    tenths = np.full(n, 0.1)  # each addition is rounded to the same side
    Rows([rng.random(n), tenths], [0.0, 0.0], [code, code], [3, 2], np.zeros(n, np.int32), 1).check(units=16.0)


def test_far_from_zero_the_pivot_keeps_the_digits() -> None:
    rng = np.random.default_rng(3)
    near = rng.normal(0.0, 1.0, 50_000)
    far = near + 1e8  # rounded: the exact differences are the truth
    rows = Rows([far], [1e8], [], [], np.zeros(50_000, np.int32), 1)
    rows.check(units=4.0)
    exact = (far - 1e8).astype(np.longdouble)
    assert rows.gram()[0, 1, 1] == pytest.approx(float(exact @ exact), rel=1e-15)


def test_counts_are_exact_and_pairs_that_do_not_occur_are_zero() -> None:
    left, right = np.repeat([0, 1], 3).astype(np.int32), np.array([2, 2, 2, 0, 0, 1], np.int32)
    found = Rows([np.full(6, 0.1)], [0.0], [left, right], [2, 3], np.zeros(6, np.int32), 1).gram()[0]
    assert found[2:4, 2:4].tolist() == [[3, 0], [0, 3]]
    assert found[2:4, 4:].tolist() == [[0, 0, 3], [2, 1, 0]]
    assert found[4:, 4:].tolist() == [[2, 0, 0], [0, 1, 0], [0, 0, 3]]


def test_an_absent_number_adds_nothing() -> None:
    rows = Rows([np.array([np.nan, 2.0]), np.array([5.0, np.nan])], [1.0, 1.0], [], [], np.zeros(2, np.int32), 1)
    assert rows.gram()[0].tolist() == [[2, 1, 4], [1, 1, 0], [4, 0, 16]]


def test_cells_without_rows_and_rows_without_cells() -> None:
    cells = np.array([-1, 2, -1], np.int32)
    found = Rows([np.array([np.inf, 3.0, 1.0])], [0.0], [], [], cells, 3).gram()
    assert found.tolist() == [[[0, 0], [0, 0]], [[0, 0], [0, 0]], [[1, 3], [3, 9]]]


def test_no_rows_no_cells_no_columns() -> None:
    nothing = np.empty(0, np.int32)
    assert Rows([np.empty(0)], [0.0], [nothing], [2], nothing, 2).gram().tolist() == np.zeros((2, 4, 4)).tolist()
    assert Rows([np.empty(0)], [0.0], [nothing], [2], nothing, 0).gram().shape == (0, 4, 4)
    assert Rows([], [], [], [], np.zeros(5, np.int32), 1).gram().tolist() == [[[5]]]


def test_many_cells_of_few_rows() -> None:
    rows = some_rows(4, 4_000, 3, [4], 900, False)
    rows.check(units=4.0)


def test_wide_numbers_and_few_of_each_level() -> None:
    some_rows(5, 1_100, 70, [30], 2, True).check(units=4.0)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_number_of_threads_changes_no_bit(weighted: bool, threads_restored: None) -> None:
    rows = some_rows(6, 150_000, 10, [50, 4, 7], 5, weighted)
    answers = []
    for count in (1, 2, 5):
        rust.set_threads(count)
        answers.append(rows.gram())
    assert np.array_equal(answers[0], answers[1])
    assert np.array_equal(answers[0], answers[2])


def test_sliced_arrays_and_nulls_of_arrow_are_read_right() -> None:
    column = pa.array([9.0, None, 3.0, float("inf"), 4.0, 9.0]).slice(1, 4)
    code = pa.array([0, 1, None, 0, 1, 0], pa.int32()).slice(1, 4)
    cells = pa.array([9, 0, 0, None, 0, 9], pa.int32()).slice(1, 4)
    weight = pa.array([9.0, 1.0, 2.0, 3.0, 4.0]).slice(1, 4)
    memory = _rust_udfs.gram([column], [1.0], [code], [2], cells, 1, weight)
    found = np.frombuffer(memoryview(memory)).reshape(4, 4)
    # The rows of the cell: (1, absent, level 1), (1, 2, no level), (1, 3, level 1), weights 1, 2 and 4.
    assert found.tolist() == [[7, 16, 0, 5], [16, 44, 0, 12], [0, 0, 0, 0], [5, 12, 0, 5]]


def test_a_number_behind_a_null_is_not_read() -> None:
    column = pa.array([1.0, float("inf")], mask=np.array([False, True]))
    memory = _rust_udfs.gram([column], [0.0], [], [], pa.array([0, 0], pa.int32()), 1)
    assert np.frombuffer(memoryview(memory)).tolist() == [2, 1, 1, 1]


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_an_infinite_number_is_refused_with_its_column(sign: float) -> None:
    columns = [np.ones(3), np.array([1.0, sign * np.inf, 1.0])]
    with pytest.raises(ValueError, match="column 1 has an infinite number"):
        rust.gram(columns, [0.0, 0.0], [], [], np.zeros(3, np.int32), 1)


ONE = np.zeros(1, np.int32)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"columns": [np.ones(2)]}, "cells has 1 rows, column 0 has 2"),
        ({"codes": [np.zeros(2, np.int32)]}, "code column 0 has 2"),
        ({"weight": np.ones(2)}, "weight has 2"),
        ({"pivots": []}, "1 columns, but 0 pivots"),
        ({"levels": []}, "1 code columns, but levels of 0"),
        ({"levels": [-1]}, "levels must be 0 or more"),
        ({"n_cells": -1}, "n_cells must be 0 or more"),
        ({"pivots": [np.nan]}, "pivot 0 must be finite"),
        ({"weight": np.array([np.nan])}, "weight must have finite numbers"),
        ({"weight": np.array([np.inf])}, "weight must have finite numbers"),
        ({"cells": ONE + 1}, "cell 1 is outside -1 to 1"),
        ({"cells": ONE - 2}, "cell -2 is outside"),
        ({"codes": [ONE + 2]}, "level of code column 0 2 is outside -1 to 2"),
        ({"codes": [ONE - 5]}, "level of code column 0 -5 is outside"),
        ({"codes": [np.zeros((1, 1), np.int32)]}, "one dimension"),
    ],
)
def test_input_that_does_not_fit_is_refused(change: dict[str, Any], message: str) -> None:
    fine: dict[str, Any] = {
        "columns": [np.ones(1)], "pivots": [0.0], "codes": [ONE], "levels": [2], "cells": ONE, "n_cells": 1
    }  # fmt: skip
    assert rust.gram(**fine).shape == (1, 4, 4)
    with pytest.raises(ValueError, match=message):
        rust.gram(**{**fine, **change})


@pytest.mark.parametrize(("levels", "n_cells"), [(2**40, 1), (2, 2**62), (2**62, 2**62)])
def test_a_result_that_does_not_fit_is_a_memory_error(levels: int, n_cells: int) -> None:
    with pytest.raises(MemoryError):
        rust.gram([], [], [ONE], [levels], ONE, n_cells)


def test_the_input_is_not_changed_and_the_result_can_be() -> None:
    column = np.array([1.0, np.nan])
    found = rust.gram([column], [1.0], [], [], np.zeros(2, np.int32), 1)
    found[:] = 7.0
    assert np.array_equal(column, [1.0, np.nan], equal_nan=True)


def test_a_cancelled_call_raises() -> None:
    token = rust.CancelToken()
    token.cancel()
    with pytest.raises(rust.Cancelled):
        rust.gram([np.ones(1)], [0.0], [ONE], [1], ONE, 1, cancel=token)
