"""A transform that says it uses no seed is fitted under one that cannot be used, and learns the same."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from stratum_sql.catalog import registry
from stratum_sql.catalog.columns import Column, Inputs
from stratum_sql.catalog.spec import Target, TransformSpec

KNOWN = [spec for name in registry.transforms() if (spec := registry.transform(name)) is not None]
SEEDLESS = [spec for spec in KNOWN if spec.fitted and not spec.uses_seed]


class Unusable:
    """A seed that any use of refuses: it is neither a number nor a generator."""


def inputs(spec: TransformSpec) -> Inputs:
    numbers = pa.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0] * 6)
    words = pa.array(["ash bay", "bay cod", "cod", "ash bay", "dew ash", "bay", "ash", "cod dew"] * 6)
    times = pa.array(np.arange(48).astype("datetime64[D]").astype("datetime64[us]"))
    text = (words, "text")
    given = {"number": (numbers, "number"), "category": text, "text": text, "time": (times, "time")}
    values, kind = given.get(spec.takes, (numbers, "number"))
    return Inputs([Column("x", kind, values)])  # type: ignore[arg-type]


@pytest.mark.parametrize("spec", SEEDLESS, ids=lambda spec: spec.name)
def test_no_seed_is_used(spec: TransformSpec) -> None:
    params = spec.complete({})
    target = Target(np.arange(48.0))
    given = inputs(spec)
    states = [spec.fit(given, params, target, seed) for seed in (0, Unusable())]  # type: ignore[arg-type]
    first, second = (list(map(_values, spec.apply(state, given, params))) for state in states)
    assert first == second
    if spec.fit_apply is not None:
        spec.fit_apply(given, params, target, Unusable())  # type: ignore[arg-type]


def _values(part: object) -> str:
    if isinstance(part, Column):
        values = part.numbers if part.kind == "number" else part.codes.values[part.codes.codes]
    else:
        values = getattr(part, "values", part)
    dense = values.toarray() if hasattr(values, "toarray") else values
    return np.array2string(np.asarray(dense), threshold=10_000)


def test_one_that_draws_does_use_it() -> None:
    spec = registry.transform("text_svd")
    assert spec is not None
    assert spec.uses_seed
    with pytest.raises(Exception, match=r"(?i)seed|random_state"):
        spec.fit(inputs(spec), spec.complete({"n_components": 1}), None, Unusable())  # type: ignore[arg-type]
