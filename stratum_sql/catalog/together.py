"""Which models over one matrix are fitted in one run."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from stratum_sql.catalog import logistic
from stratum_sql.catalog.naive_bayes import counts_key
from stratum_sql.catalog.spec import EstimatorSpec


def run_key(spec: EstimatorSpec, full: Mapping[str, Any]) -> Hashable:
    """Equal for models that one run fits over the same matrix, target and weights; None for a model that has no such
    run. `full`: parameters; those that are not in it have their defaults."""
    return "logistic" if logistic.trains_together(spec, full) else counts_key(spec, full)
