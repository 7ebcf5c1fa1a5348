"""A session with the rows that models are trained on, and others; models are trained once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

import stratum_sql
from stratum_sql import Session
from stratum_sql.errors import Span
from stratum_sql.models.stored import StoredModel
from tests.models.export.models import OTHERS, TRAINING

Make = Callable[[str, str, str], StoredModel]


@pytest.fixture(scope="session")
def session() -> Iterator[Session]:
    with stratum_sql.connect(threads=2) as one:
        one.sql(f"{TRAINING};{OTHERS}")
        yield one


@pytest.fixture(scope="session")
def make(session: Session) -> Make:
    """Trains a model of these features, estimator and target, as `m`, and gives it."""
    known: dict[tuple[str, str, str], StoredModel] = {}

    def made(features: str, estimator: str, target: str) -> StoredModel:
        key = features, estimator, target
        if key not in known:
            text = f"SELECT {features}, {target} FROM t TRAIN MODEL {estimator} TARGET {target} HOLDOUT 0.2"
            session.sql(f"CREATE OR REPLACE TEMP MODEL m AS {text}")
            known[key] = session._training.store.load("m", "m", Span(0, 1))
        return known[key]

    return made
