"""Plans whose SELECTs read one another more often than DuckDB likes: rows in their middle become tables."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stratum_sql
import stratum_sql.pandas as door
from stratum_sql.pandas import depth
from tests.pandas_door.answers import check
from tests.pandas_door.test_chains import ends, frames, steps
from tests.pandas_door.test_operations import FRAMES

PLAIN = FRAMES["plain"]
LOOPS = {
    "one column, changed again and again": "for n in range(1_500):\n    df['f'] = df['f'] + 1",
    "rows, chosen again and again": "for n in range(1_200):\n    df = df[df['i'] > -n]",
    "both, and groups": (
        "for n in range(40):\n    df['f'] = df['f'] + df['i'] * n\n    df = df[df['f'].isna() | (df['f'] > -n)]\n"
        "    df['s'] = df.groupby('t')['f'].transform('max').fillna(n)"
    ),
    "joins": "for n in range(40):\n    df = df.merge(df[['i']].drop_duplicates(), on='i', how='left')",
    "rows below each other": "for n in range(40):\n    df = pd.concat([df, df.head(1)])",
    "a Series": "s = df['f']\nfor n in range(400):\n    s = s * 1.5 - df['i']\ndf['f'] = s",
}


@pytest.mark.parametrize("loop", LOOPS)
def test_long_loops(loop: str) -> None:
    engine = check(f"{LOOPS[loop]}\nout = df", *PLAIN)
    assert not engine.unsupported
    assert engine.queries > 1, "it was made in parts"


def test_a_part_is_made_once() -> None:
    with door.using() as engine:
        frame = door.DataFrame({"x": [1.0, 2.0]})
        for _ in range(100):
            frame["x"] = frame["x"] * 1.01
        first = frame["x"].sum()
        before = engine.queries
        assert frame["x"].sum() == first
        assert engine.queries == before + 1


def test_columns_that_read_none_of_each_other_are_not_deep() -> None:
    with door.using() as engine:
        frame = door.DataFrame({"x": [1.0, 2.0]})
        for number in range(300):
            frame[f"x{number}"] = frame["x"] * number
        assert frame.sum(axis=1).tolist() == [44851.0, 89702.0]
        assert engine.queries == 1


def test_scripts_that_run_together() -> None:
    script = "import pandas as pd\ndf = pd.DataFrame({'f': [1.0, None]})\nfor n in range(300):\n    df['f'] += 1\n"
    with stratum_sql.connect(threads=1) as session:
        done = session.batch([stratum_sql.translate(f"{script}x = df['f'].sum() + {n}", run=False) for n in range(3)])
    assert [one.error for one in done] == [None] * 3
    assert [one.names["x"] for one in done] == [301.0, 302.0, 303.0]


@settings(max_examples=60, deadline=None)
@given(frame=frames(), chain=st.lists(steps, max_size=4), end=ends)
def test_any_plan_may_be_made_in_parts(frame: Any, chain: list[str], end: str) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(depth, "DEEPEST", 2)
        check("\n".join([*chain, end]), *frame)
