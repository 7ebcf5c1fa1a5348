"""Recording: columns and nodes that share what they have in common are what they would be without sharing."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

import stratum_sql.pandas as door
from stratum_sql.pandas.aligning import together
from stratum_sql.pandas.columns import Columns
from stratum_sql.pandas.expressions import Expr
from stratum_sql.pandas.kinds import FLOAT
from stratum_sql.pandas.places import Place
from stratum_sql.pandas.plan import Assign, Base, Node

STEPS = st.lists(st.tuples(st.integers(0, 1_000), st.sampled_from("abcde"), st.integers(0, 99)), max_size=40)


class Rows(Base):
    """Rows that are there."""

    @property
    def order(self) -> tuple[str, ...]:
        return ()


@given(STEPS)
def test_columns_are_a_dict_whoever_goes_on_from_where(steps: list[tuple[int, str, int]]) -> None:
    known: list[tuple[Columns, dict[str, Expr]]] = [(Columns(), {})]
    for at, label, number in steps:
        columns, expected = known[at % len(known)]
        value = Expr((str(number),), FLOAT)
        known.append((columns.changed(label, value), expected | {label: value}))
    for columns, expected in known:
        assert list(columns) == list(expected.items())
        assert columns.labels == list(expected)
        assert len(columns) == len(expected)
        assert [columns.get(label) for label in "abcde"] == [expected.get(label) for label in "abcde"]
        assert columns.is_of_one_kind == bool(expected)


@given(STEPS)
def test_nodes_together_have_the_columns_of_both(steps: list[tuple[int, str, int]]) -> None:
    place, base = Place(1, ""), Rows(place=Place(1, ""))
    known: list[tuple[Node, set[str]]] = [(base, set())]
    for number, (at, _, _) in enumerate(steps):
        node, names = known[at % len(known)]
        name = f"x{number}"
        known.append((Assign(place=place, child=node, name=name, value=Expr(("1",), FLOAT)), names | {name}))
    for (left, of_left), (right, of_right) in zip(known, known[len(known) // 2 :] + known, strict=False):
        found = node = together(left, right)
        seen = list[str]()
        while isinstance(node, Assign):
            seen.append(node.name)
            node = node.child
        assert len(seen) == len(set(seen))
        assert set(seen) == of_left | of_right
        assert found.height == len(seen)
        if of_left <= of_right:
            assert found is right
        elif of_right <= of_left:
            assert found is left


def test_a_thousand_assignments_and_a_column_of_before() -> None:
    values = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 5.0]})
    found, expected = door.DataFrame(values), {label: values[label].to_numpy() for label in values}
    first = found["a"]
    for number in range(1_500):
        label = f"x{number % 400}"
        found[label] = first * number + found["b"]
        expected[label] = expected["a"] * number + expected["b"]
    assert list(found.columns) == list(expected)
    assert np.array_equal(found.to_numpy(), np.column_stack(list(expected.values())))


def test_a_name_that_was_set_is_in_what_pandas_makes_again() -> None:
    with door.using():
        column = door.Series([2**62, 2**62])
        column = column * 1
        column.name = "total"
        total = column * 4  # overflows, so that pandas makes it
        assert total.name == "total"
        assert total.to_pandas().tolist() == [0, 0]
