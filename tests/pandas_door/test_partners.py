"""Groups of which a join wants some are made for those alone, and the answer is that of pandas."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import stratum_sql.pandas as door
from stratum_sql.pandas import presence
from stratum_sql.pandas.emit import Emitter
from stratum_sql.pandas.mode import object_mode
from tests.pandas_door.answers import same, to_pandas

SALES = {
    "part": [3.0, 1.0, None, 3.0, 2.0, 1.0, 3.0, None, 5.0, 2.0, 1.0, 3.0, 3.0, 4.0, 4.0, 9.0],
    "shop": ["a", "b", "a", None, "a", "b", "b", "a", "a", "b", "a", "a", "b", None, "a", "b"],
    "sold": [1.5, None, 3.0, 4.25, 5.0, 0.5, 7.0, 8.0, 9.0, None, None, 2.0, 1.0, 1.0, 2.5, 6.0],
}
PARTS = {"part": [3.0, 1.0, None, 7.0], "shop": ["a", "b", "a", None], "cost": [10, 20, 30, 40]}
GROUPS = 'sales.groupby("part", as_index=False)["sold"].sum()'
FEWER = "parts[parts['cost'] > 10]"
REDUCED = [
    f"{FEWER}.merge({GROUPS}, on='part')",
    f"{FEWER}.merge({GROUPS}, on='part', how='left')",
    f"{FEWER}.merge({GROUPS}.rename(columns={{'sold': 'all'}}), on='part')",
    f"parts.head(2).merge({GROUPS}, on='part')",
    f"{FEWER}.merge(sales.groupby(['part', 'shop'], as_index=False).agg(n=('sold', 'count')), on=['part', 'shop'])",
    f"{FEWER}.merge(sales.groupby('part', as_index=False, sort=False)['sold'].max(), on='part')",
    "parts[parts['part'].isin([1.0, 3.0])].merge(sales.groupby('shop', as_index=False)['sold'].mean(), on='shop')",
]
WHOLE = [
    f"parts.merge({GROUPS}, on='part')",  # who takes all has most groups as partners
    f"{FEWER}.merge({GROUPS}, on='part', how='right')",
    f"{FEWER}.merge({GROUPS}, on='part', how='outer')",
    f"(lambda made: {FEWER}.merge(made, on='part').merge(made, on='part'))({GROUPS})",  # read twice
    f"{FEWER}.merge(sales.groupby('part', as_index=False, dropna=False)['sold'].sum(), on='part')",  # missing is equal
    f"{FEWER}.merge({GROUPS}.assign(share=lambda made: made['sold'] / made['sold'].sum()), on='part')",
    f"sales[sales['sold'] > 1].merge({GROUPS}, on='part')",  # of as many rows
]


def answer(module: Any, script: str) -> Any:
    names = {"pd": module, "sales": module.DataFrame(SALES), "parts": module.DataFrame(PARTS)}
    return to_pandas(eval(script, names))  # scripts of this file


@pytest.mark.parametrize("script", REDUCED + WHOLE)
def test_it_is_what_pandas_gives(script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    reduced: list[bool] = []
    before = Emitter.query

    def query(self: Emitter, *args: Any, **kwargs: Any) -> str:
        text = before(self, *args, **kwargs)
        reduced.append(bool(self.partners))
        return text

    monkeypatch.setattr(Emitter, "query", query)
    with object_mode():
        expected = answer(pd, script)
    with door.using(strict=True):
        found = answer(door, script)
    same(found, expected)
    assert reduced[-1] is (script in REDUCED)


def test_a_long_script_is_no_deep_one() -> None:
    with door.using(strict=True):
        parts, sales = door.DataFrame(PARTS), door.DataFrame(SALES)
        for number in range(1_500):
            parts[f"cost_{number}"] = parts["cost"] + number
        found = parts[parts["cost"] > 10].merge(sales.groupby("part", as_index=False)["sold"].sum(), on="part")
        assert found["cost_1499"].tolist() == [1_519]


def test_what_tables_have_in_common_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    real = presence._are_within

    def counted(*given: Any) -> bool:
        asked.append(given)
        return real(*given)

    monkeypatch.setattr(presence, "_are_within", counted)
    with door.using(strict=True):
        keys, others = door.DataFrame({"i": [1, 2, 3]}), door.DataFrame({"i": [3, 2, 1], "j": [1, 2, 3]})
        for _ in range(3):
            assert keys.merge(others, on="i", how="left")["j"].tolist() == [3, 2, 1]
        assert len(asked) == 1
        more = door.DataFrame({"i": [3, 2], "j": [1, 2]})
        assert keys.merge(more, on="i", how="left")["j"].isna().sum() == 1
        assert len(asked) == 2
