"""What the catalogue finds wrong with a call, told at the user's own words."""

from __future__ import annotations

from stratum_sql.catalog.search_space import SpaceProblem
from stratum_sql.errors import BindError, Span, StratumError


def placed(script: str, problem: SpaceProblem, span: Span) -> StratumError:
    """The problem as a BindError at its own place, or at `span` if it has none."""
    return BindError.at(
        script,
        problem.span or span,
        problem.code,
        problem.message,
        did_you_mean=problem.did_you_mean,
        hint=problem.hint,
    )
