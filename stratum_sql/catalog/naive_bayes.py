"""Which models of naive Bayes share the counts they are made from."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from stratum_sql.catalog.spec import EstimatorSpec

_NAMES = ("gaussian_nb", "multinomial_nb", "complement_nb", "bernoulli_nb")


def counts_key(spec: EstimatorSpec, full: Mapping[str, Any]) -> Hashable:
    """Equal for models whose counts over the same rows are the same, whatever else they say; None for other estimators.

    The counts are means and variances of classes for `gaussian_nb`, sums of classes for the others; they depend on the
    family, and on where `bernoulli_nb` cuts numbers in two. Values that scikit-learn would refuse may have a key.
    """
    if spec.name not in _NAMES or spec.library != "sklearn":
        return None
    cut = {**spec.defaults, **full}.get("binarize")
    return spec.name, cut if isinstance(cut, int | float) else repr(cut)
