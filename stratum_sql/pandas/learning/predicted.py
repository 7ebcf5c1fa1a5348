"""What a model said of rows: kept beside the array, so that a metric of it is known for what it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from stratum_sql.pandas.places import Place


@dataclass(frozen=True, eq=False)
class Prediction:
    """The result of `method` of the model that `fit` trained; `rows` is what is known of its arguments."""

    fit: Any
    method: str
    rows: tuple[Any, ...]
    place: Place

    def second_class(self) -> Prediction:
        """The second column of the probabilities of two classes."""
        return replace(self, method=f"{self.method} of the second class")


@dataclass(frozen=True, eq=False)
class Measured:
    """A metric of a prediction: `truth` is what is known of the true values."""

    prediction: Prediction
    metric: str
    truth: Any
    value: Any
    place: Place
