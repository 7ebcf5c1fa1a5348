"""scikit-learn's commonest metrics of plain arrays, bit for bit, without its checks of what it is given.

The library looks at its arguments for longer than it calculates, and holds Python's lock meanwhile: of the 3 ms that
ROC AUC takes over 5,000 rows, the arithmetic takes 0.3. Here is the arithmetic alone, in the order of scikit-learn 1.9,
so that sums round alike. Whatever is not plain (a NaN, one class alone, a division by 0) is left to the library, which
raises and warns in its own words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Formula = Callable[[Array, Any, Array | None], float | None]


def plain_value(scorer: str, estimator: Any, rows: Any, y: Any, sample_weight: Any) -> float | None:
    """What scikit-learn's scorer of that name gives for a fitted estimator, to the last bit.

    `y` (n,) are finite float64 numbers or the codes 0, 1, … of the estimator's classes, `sample_weight` (n,) is None or
    finite, not negative and not all 0. None where the library has to be asked: another scorer, anything about the
    arguments or the predictions that is not plain, or a value that is undefined. Raises what the estimator raises.
    """
    if not (_is_plain(y, sample_weight) and len(y) > 1):
        return None
    for formulas, response in _RESPONSES:
        if scorer in formulas:
            predicted = response(estimator, rows, y)
            return None if predicted is None else formulas[scorer](y, predicted, sample_weight)
    return None


def _is_plain(y: Any, weight: Any) -> bool:
    """Whether target and weights are what `plain_value` says; classes are looked at by who knows the estimator's."""
    if type(y) is not np.ndarray or y.ndim != 1:
        return False
    if weight is None:
        return True
    whole = type(weight) is np.ndarray and weight.shape == y.shape and weight.dtype == np.float64
    return whole and weight.flags.c_contiguous and bool(np.isfinite(weight).all() and weight.min() >= 0 < weight.max())


# ---- what the estimator says -----------------------------------------------------------------------------------------


def _numbers(estimator: Any, rows: Any, y: Array) -> Array | None:
    """Predicted numbers (n,), float64."""
    if y.dtype != np.float64 or not np.isfinite(y).all() or hasattr(estimator, "classes_"):
        return None
    made = _finite(estimator.predict(rows), y.shape)
    return None if made is None else made.astype(np.float64, copy=False)


def _classes(estimator: Any, rows: Any, y: Array) -> Array | None:
    """Codes (n,) of the predicted classes."""
    count = _class_count(estimator, y)
    if count < 2:
        return None
    made: Array = estimator.predict(rows)
    return made if _are_codes(made, count) and made.shape == y.shape else None


def _two_classes(estimator: Any, rows: Any, y: Array) -> Array | None:
    return _classes(estimator, rows, y) if _class_count(estimator, y) == 2 else None


def _ranks(estimator: Any, rows: Any, y: Array) -> Array | None:
    """A score (n,) of each row that is larger where the second of two classes is more likely."""
    if _class_count(estimator, y) != 2:
        return None
    if hasattr(estimator, "decision_function"):
        return _finite(estimator.decision_function(rows), y.shape)
    return _second_of_two(estimator, rows, y) if hasattr(estimator, "predict_proba") else None


def _second_of_two(estimator: Any, rows: Any, y: Array) -> Array | None:
    """The probability (n,) of the second of two classes; the other's is 1 less it."""
    if _class_count(estimator, y) != 2 or not hasattr(estimator, "predict_proba"):
        return None
    made = estimator.predict_proba(rows)
    if type(made) is not np.ndarray or made.shape != (len(y), 2):
        return None
    return _finite(made[:, 1], y.shape)


def _of_own_class(estimator: Any, rows: Any, y: Array) -> Array | None:
    """The probability (n,) of each row's own class, between 0 and 1."""
    count = _class_count(estimator, y)
    if count == 2:
        second = _second_of_two(estimator, rows, y)
        return None if second is None or not _are_shares(second) else np.where(y == 1, second, 1 - second)
    if count < 2 or not hasattr(estimator, "predict_proba"):
        return None
    made = _finite(estimator.predict_proba(rows), (len(y), count))
    if made is None or not _are_shares(made):
        return None
    # half of what the library lets pass: it warns of rows that do not sum to 1
    summed = np.abs(made.sum(axis=1) - 1).max() <= np.sqrt(np.finfo(made.dtype).eps) / 2
    return np.asarray(made[np.arange(len(y)), y]) if summed else None


def _class_count(estimator: Any, y: Array) -> int:
    """How many classes a classifier knows; 0 unless they and `y` are the codes 0, 1, …"""
    from sklearn.base import is_classifier

    known = getattr(estimator, "classes_", None)
    if type(known) is not np.ndarray or known.ndim != 1 or known.dtype.kind not in "iu":
        return 0
    plain = np.array_equal(known, np.arange(len(known))) and _are_codes(y, len(known))
    return len(known) if plain and is_classifier(estimator) else 0


def _are_codes(codes: Any, count: int) -> bool:
    integers = type(codes) is np.ndarray and codes.ndim == 1 and codes.dtype == np.int64
    return integers and len(codes) > 0 and bool(codes.min() >= 0 and codes.max() < count)


def _are_shares(values: Array) -> bool:
    return bool(values.min() >= 0 and values.max() <= 1)


def _finite(values: Any, shape: tuple[int, ...]) -> Array | None:
    """`values` if they are finite floats of this shape."""
    plain = type(values) is np.ndarray and values.shape == shape and values.dtype in (np.float64, np.float32)
    return values if plain and np.isfinite(values).all() else None


# ---- numbers ---------------------------------------------------------------------------------------------------------
# The library has a column (n, 1) here, and numpy may add that up in another order than (n,).


def _r2(y: Array, predicted: Array, weight: Array | None) -> float:
    target, errors = y[:, None], y[:, None] - predicted[:, None]
    share = 1.0 if weight is None else weight[:, None]
    residual = np.sum(share * errors**2, axis=0)
    spread = np.sum(share * (target - np.average(target, axis=0, weights=weight)) ** 2, axis=0)
    return _explained(residual, spread)


def _explained_variance(y: Array, predicted: Array, weight: Array | None) -> float:
    target, errors = y[:, None], y[:, None] - predicted[:, None]
    bias = np.average(errors, axis=0, weights=weight)
    residual = np.average((errors - bias) ** 2, axis=0, weights=weight)
    mean = np.average(target, axis=0, weights=weight)
    return _explained(residual, np.average((target - mean) ** 2, axis=0, weights=weight))


def _explained(residual: Array, spread: Array) -> float:
    """1 less a share of the spread; 1 without a residual, 0 where there is one and no spread."""
    if residual[0] == 0:
        return 1.0
    return 0.0 if spread[0] == 0 else float((1 - residual / spread)[0])


def _squared_error(y: Array, predicted: Array, weight: Array | None) -> float:
    return float(np.average((y[:, None] - predicted[:, None]) ** 2, axis=0, weights=weight)[0])


def _neg_squared_error(y: Array, predicted: Array, weight: Array | None) -> float:
    return -_squared_error(y, predicted, weight)


def _neg_root_squared_error(y: Array, predicted: Array, weight: Array | None) -> float:
    return -float(np.sqrt(_squared_error(y, predicted, weight)))


def _neg_absolute_error(y: Array, predicted: Array, weight: Array | None) -> float:
    return -float(np.average(np.abs(predicted[:, None] - y[:, None]), axis=0, weights=weight)[0])


# ---- classes ---------------------------------------------------------------------------------------------------------


def _accuracy(y: Array, predicted: Array, weight: Array | None) -> float:
    return float(np.average(y == predicted, weights=weight))


def _balanced_accuracy(y: Array, predicted: Array, weight: Array | None) -> float | None:
    """The mean recall of the classes; None where one was predicted that no row has, which the library warns of."""
    count = int(max(y.max(), predicted.max())) + 1
    table = np.bincount(y * count + predicted, weight, count * count).reshape(count, count)
    present = np.flatnonzero(np.bincount(y, minlength=count) + np.bincount(predicted, minlength=count))
    table = table[np.ix_(present, present)]  # numpy may add up other columns, though all 0, in another order
    actual = np.sum(table, axis=1)
    return float(np.mean(np.diagonal(table) / actual)) if len(present) > 1 and (actual != 0).all() else None


def _precision(y: Array, predicted: Array, weight: Array | None) -> float | None:
    hits, said, _ = _positives(y, predicted, weight)
    return _ratio(hits, said)


def _recall(y: Array, predicted: Array, weight: Array | None) -> float | None:
    hits, _, actual = _positives(y, predicted, weight)
    return _ratio(hits, actual)


def _f1(y: Array, predicted: Array, weight: Array | None) -> float | None:
    hits, said, actual = _positives(y, predicted, weight)
    return _ratio(2.0 * hits, actual + said)


def _positives(y: Array, predicted: Array, weight: Array | None) -> tuple[Any, Any, Any]:
    """Rows of the second class, or their weight: predicted so and right, predicted so, and all."""
    right = y == predicted
    hits = np.bincount(y[right], None if weight is None else weight[right], 2)[1]
    said, actual = (np.bincount(codes, weight, 2)[1] for codes in (predicted, y))
    # by way of the misses, as the library: a sum of weights is rounded once more
    return hits, hits + (said - hits), hits + (actual - hits)


def _ratio(part: Any, whole: Any) -> float | None:
    return float(part / whole) if whole != 0 else None


# ---- scores ----------------------------------------------------------------------------------------------------------


def _roc_auc(y: Array, scores: Array, weight: Array | None) -> float | None:
    wrong, right = _positives_by_threshold(y, scores, weight)
    if not (len(wrong) and wrong[-1] > 0 and right[-1] > 0):
        return None
    if len(wrong) > 2:  # points on a line with both neighbours leave the curve, and its sum, first
        corners = np.concatenate(([True], np.logical_or(np.diff(wrong, 2), np.diff(right, 2)), [True]))
        wrong, right = wrong[corners], right[corners]
    false_rate, true_rate = (np.concatenate(([0.0], counts)) / counts[-1] for counts in (wrong, right))
    return float(np.sum(np.diff(false_rate) * (true_rate[1:] + true_rate[:-1]) / 2.0))


def _average_precision(y: Array, scores: Array, weight: Array | None) -> float | None:
    wrong, right = _positives_by_threshold(y, scores, weight)
    if not (len(wrong) and right[-1] > 0):
        return None
    precision = np.flip(right / (right + wrong))
    recall = np.concatenate((np.flip(right / right[-1]), [0.0]))
    return float(max(0.0, -np.sum(np.diff(recall) * precision)))


def _positives_by_threshold(y: Array, scores: Array, weight: Array | None) -> tuple[Array, Array]:
    """For each distinct score, largest first: rows of the first and of the second class that score as much or more, or
    their weight. Rows of weight 0 have no part."""
    if weight is not None:
        some = weight != 0
        y, scores, weight = y[some], scores[some], weight[some]
    # Counts are the same in any order of equal scores; sums of weights are not.
    order = np.argsort(-scores, kind=None if weight is None else "stable")
    scores, second = scores[order], y[order].astype(np.float64)
    last = np.append(np.nonzero(np.diff(scores))[0], len(scores) - 1)
    if weight is None:
        right = np.cumsum(second)[last]
        return 1 + last.astype(np.float64) - right, right
    weight = weight[order]
    return np.cumsum((1 - second) * weight)[last], np.cumsum(second * weight)[last]


# ---- probabilities ---------------------------------------------------------------------------------------------------


def _neg_log_loss(_y: Array, own: Array, weight: Array | None) -> float:
    eps = np.finfo(own.dtype).eps
    return -float(np.average(-np.log(np.clip(own, eps, 1 - eps)), weights=weight))


def _neg_brier_score(y: Array, second: Array, weight: Array | None) -> float | None:
    if not _are_shares(second):
        return None
    truth = y.astype(second.dtype)
    return -float(np.average(((1 - truth) - (1 - second)) ** 2 + (truth - second) ** 2, weights=weight) * 0.5)


# ---- the table -------------------------------------------------------------------------------------------------------

_RESPONSES: tuple[tuple[Mapping[str, Formula], Callable[[Any, Any, Array], Array | None]], ...] = (
    (
        {
            "r2": _r2,
            "explained_variance": _explained_variance,
            "neg_mean_squared_error": _neg_squared_error,
            "neg_root_mean_squared_error": _neg_root_squared_error,
            "neg_mean_absolute_error": _neg_absolute_error,
        },
        _numbers,
    ),
    ({"accuracy": _accuracy, "balanced_accuracy": _balanced_accuracy}, _classes),
    ({"precision": _precision, "recall": _recall, "f1": _f1}, _two_classes),
    ({"roc_auc": _roc_auc, "average_precision": _average_precision}, _ranks),
    ({"neg_log_loss": _neg_log_loss}, _of_own_class),
    ({"neg_brier_score": _neg_brier_score}, _second_of_two),
)
