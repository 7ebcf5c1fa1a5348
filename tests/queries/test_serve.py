"""The benchmark of many clients, small."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from queries.serve import bench


def test_both_engines_give_the_same_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(Path(bench.__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    )
    found = bench.measure(rows=200, clients=3, each=3, rounds=1, threads=1)
    assert (found.trials, found.measured) == (9, 9)
    assert found.agrees
    assert found.baseline_s is not None
    assert found.baseline_s > 0


def test_clients_send_statements_of_their_own() -> None:
    texts = [text for number in range(4) for text in bench._texts(number, 10)]
    assert len(set(texts)) == 40
