"""What is offered where."""

from __future__ import annotations

import pytest

from stratum_sql.shell.prompt.completion import complete
from stratum_sql.shell.prompt.names import Names

NAMES = Names(
    {
        "flights": (("carrier", "VARCHAR"), ("delay", "DOUBLE"), ("Tail Num", "VARCHAR"), ("order", "INTEGER")),
        "planes": (("seats", "BIGINT"), ("built", "BIGINT")),
        "shop.sales": (("euros", "DOUBLE"),),
    },
    models=("delays", "prices"),
    functions=("abs", "strftime"),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # | is the cursor; `expected` are the first that are offered, for what was begun
        ("sel|", ["select"]),
        ("SEL|", ["SELECT"]),
        ("SELECT 1; sel|", ["select"]),
        ("SHOW |", ["TABLES", "MODELS"]),
        ("CREATE m|", ["model", "macro"]),
        ("SELECT * FROM |", ["flights", "planes", "shop.sales"]),
        ("SELECT * FROM flights, pl|", ["planes"]),
        ("SELECT * FROM flights JOIN p|", ["planes"]),
        ("WITH late AS (SELECT 1) FROM la|", ["late"]),
        ("DESCRIBE fl|", ["flights"]),
        ("SELECT ca| FROM flights", ["carrier"]),
        ("SELECT | FROM planes", ["built", "seats"]),
        ("SELECT bu| FROM flights", []),  # `built` is in no table that is named
        ("FROM flights f JOIN planes p ON f.|", ["carrier", "delay", '"Tail Num"', '"order"']),
        ("FROM flights AS f WHERE f.ca|", ["carrier"]),
        ("FROM shop.|", ["sales"]),
        ('SELECT "Ta| FROM flights', ['"Tail Num"']),
        ("SELECT standard_sc|", ["standard_scale"]),
        ("SELECT strf|", ["strftime"]),
        ("SELECT delay FROM flights tra|", ["train model"]),
        ("SELECT delay FROM flights TRAIN MODEL elastic_n|", ["elastic_net"]),
        ("SELECT delay FROM flights TRAIN MODEL ridge(), las|", ["lasso"]),
        ("SELECT delay FROM flights TRAIN MODEL ridge(|", ["alpha", "fit_intercept"]),
        ("SELECT delay FROM flights TRAIN MODEL ridge(alpha => 1, s|", ["solver"]),
        ("SELECT delay FROM flights TRAIN MODEL ridge() TAR|", ["TARGET"]),
        ("SELECT delay FROM flights TRAIN MODEL ridge() TARGET d|", ["delay"]),
        ("SELECT delay FROM flights TRAIN MODEL ridge() TARGET delay METRIC ma|", ["mae"]),
        ("SELECT delay FROM flights TRAIN MODEL ridge() TARGET delay METRIC r2, ms|", ["mse"]),
        ("SELECT delay FROM flights TRAIN MODEL ridge() TARGET delay SEARCH |", ["GRID", "RANDOM"]),
        ("SELECT delay FROM flights TRAIN MODEL ridge() TARGET delay SPLIT repeated_k|", ["repeated_k_fold"]),
        ("FROM flights PREDICT MODEL |", ["delays", "prices"]),
        ("FROM flights EVALUATE MODEL p|", ["prices"]),
        ("DROP MODEL |", ["delays", "prices"]),
        ("SHOW MODEL VERSIONS pr|", ["prices"]),
        ("SELECT 'sel|", []),
        ("SELECT 1 -- sel|", []),
        ("SELECT /* sel|", []),
        ("SELECT flights.nothing|", []),
    ],
)
def test_what_is_offered(text: str, expected: list[str]) -> None:
    before, _, after = text.partition("|")
    offered = [one.text for one in complete(before, after, NAMES)]
    if len(expected) > 1 or not expected:
        assert offered[: len(expected)] == expected
        assert bool(offered) == bool(expected)
    else:
        assert expected[0] in offered


def test_what_is_offered_replaces_what_was_begun() -> None:
    assert [(one.text, one.length, one.kind) for one in complete("SELECT * FROM fli", "", NAMES)] == [
        ("flights", 3, "table")
    ]


def test_nothing_is_needed_to_complete_the_language() -> None:
    assert "one_hot" in [one.text for one in complete("SELECT one_", "", Names())]
