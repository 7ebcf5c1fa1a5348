"""Arguments that are called or drawn: once, whoever does the rest; and those that pandas refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import stratum_sql
import stratum_sql.pandas as pd

CALLS = {
    "rows": lambda frame, key: frame[key],
    "labels": lambda frame, key: frame.loc[key],
    "labels of two axes": lambda frame, key: frame.loc[key, "f"],
    "where": lambda frame, key: frame[["f"]].where(key),
    "of a column": lambda frame, key: frame["f"].mask(key),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("labels", [None, [(1, "a"), (1, "b"), (2, "a")]])
def test_a_function_as_key_is_called_once(name: str, labels: Any) -> None:
    called = []

    def key(given: Any) -> Any:
        called.append(len(given))
        return given > 1 if name in ("where", "of a column") else given["f"] > 1

    with pd.using(stratum_sql.connect(threads=1)):
        frame = pd.DataFrame({"f": [1.0, 2.0, 3.0], "o": [1, 2, 3]}, index=labels)
        CALLS[name](frame, key).to_pandas()
    assert called == [3]


def test_rows_are_drawn_once() -> None:
    """A generator of the script goes on by one draw, and what was drawn stays, however often it is asked for."""
    ours, theirs = np.random.default_rng(3), np.random.default_rng(3)
    with pd.using(stratum_sql.connect(threads=1)):
        frame = pd.DataFrame({"i": range(50)})
        drawn = [frame.sample(5, random_state=ours) for _ in range(2)]
        found = [list(one["i"].to_pandas()) for one in drawn for _ in range(2)]
        expected = [list(frame.to_pandas().sample(5, random_state=theirs)["i"]) for _ in range(2)]
    assert found == [expected[0], expected[0], expected[1], expected[1]]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda frame: frame.query("i > 1 and f > 1", parser="python"), NotImplementedError),
        (lambda frame: frame.query("i == [1, 2]", parser="python"), NotImplementedError),
        (lambda frame: frame.query("i > 1", engine="nope"), KeyError),
        (lambda frame: frame.iloc[lambda _: (0, 1)], ValueError),
        (lambda frame: frame.sort_values("i", na_position="middle"), ValueError),
        (lambda frame: frame.rename(columns={"q": "r"}, errors="raise"), KeyError),
        (lambda frame: frame.shift([]), ValueError),
        (lambda frame: frame.rolling(2, step=-1), ValueError),
        (lambda frame: frame.sample(5), ValueError),
    ],
)
def test_what_pandas_refuses_is_refused(call: Any, error: type[Exception]) -> None:
    with pd.using(stratum_sql.connect(threads=1)), pytest.raises(error):
        call(pd.DataFrame({"i": [1, 2], "f": [1.0, 2.0]}))
