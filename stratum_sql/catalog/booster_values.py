"""The parameters of one LightGBM or XGBoost estimator, whatever names of the library's a statement wrote them under."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stratum_sql.catalog.booster_parameters import PARAMETERS, named


def by_own_name(estimator: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """The values under the parameters' own names; names that the catalogue does not know stay as they are.

    A parameter that stands there under two names, as where defaults were filled in, has the value of the other name.
    """
    own = {parameter.name for parameter in PARAMETERS[estimator]}
    values: dict[str, Any] = {}
    for name in sorted(params, key=lambda one: one not in own):
        parameter = named(estimator, name)
        values[parameter.name if parameter else name] = params[name]
    return values


def knows_all(estimator: str, params: Mapping[str, Any]) -> bool:
    """Whether the catalogue knows every name in `params`."""
    return all(named(estimator, name) is not None for name in params)


def written_name(estimator: str, own: str, params: Mapping[str, Any]) -> str:
    """The name under which `params` has the parameter `own`: another of its names, if one is there, else its own."""
    parameter = named(estimator, own)
    return next((name for name in (parameter.aliases if parameter else ()) if name in params), own)
