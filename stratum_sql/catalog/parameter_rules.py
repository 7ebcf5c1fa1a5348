"""Which parameters a statement may set at all, how large they may be, and what scikit-learn says of a value.

Statements come from agents: a parameter that reaches files, processes, threads, memory without bound, or the rows of
other pipelines is the host program's, never the statement's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from stratum_sql.catalog.spec import EstimatorValue
from stratum_sql.errors import printable, suggestions

_THREADS = "the session sets the number of threads"
_SILENT = "what an estimator prints reaches nobody"
_FILES = "a statement reads and writes no files"
_NETWORK = "a statement opens no connections"
_CODE = "a statement cannot pass code"
_SHARED = "the matrix is shared with other pipelines and must stay as it is"
_REFIT = "every trial is fitted from the start"
_DEVICE = "the session chooses the device"
_VALIDATION = "the library's own metric decides when to stop"
_STOPPING = "a statement says it of all its estimators: WITH (early_stopping = 50)"

NOT_SETTABLE: Mapping[str, str] = {
    **dict.fromkeys(
        ("n_jobs", "num_threads", "num_thread", "nthread", "nthreads", "n_threads", "pre_dispatch"), _THREADS
    ),
    **dict.fromkeys(("verbose", "verbosity", "disp", "verbose_eval", "silent"), _SILENT),
    **dict.fromkeys(
        ("memory", "cache_dir", "config", "config_file", "model_file", "data", "train_data", "valid"), _FILES
    ),
    **dict.fromkeys(("input_model", "model_in", "model_input", "output_model", "model_out", "model_output"), _FILES),
    **dict.fromkeys(("output_result", "convert_model", "convert_model_file", "save_binary", "snapshot_freq"), _FILES),
    **dict.fromkeys(
        ("save_period", "fs", "forced_splits", "forced_splits_file", "is_save_binary", "name_pred"), _FILES
    ),
    **dict.fromkeys(("machines", "workers", "nodes", "num_machines", "num_machine", "local_listen_port"), _NETWORK),
    **dict.fromkeys(("port", "local_port", "time_out", "machine_list_filename", "mlist", "machine_list"), _NETWORK),
    **dict.fromkeys(("callbacks", "func", "inverse_func", "is_data_valid", "is_model_valid", "fobj", "feval"), _CODE),
    **dict.fromkeys(("kernel_object", "transformer", "covariance_estimator", "solver_options"), _CODE),
    **dict.fromkeys(("copy", "copy_X", "copy_X_train"), _SHARED),
    **dict.fromkeys(("warm_start", "process_type", "refresh_leaf", "xgb_model", "init_model"), _REFIT),
    **dict.fromkeys(("device", "device_type", "gpu_id", "gpu_device_id", "gpu_platform_id", "num_gpu"), _DEVICE),
    **dict.fromkeys(("predictor", "tree_learner", "updater"), _DEVICE),
    **dict.fromkeys(("eval_metric", "metric_freq"), _VALIDATION),
    **dict.fromkeys(("early_stopping_rounds", "early_stopping_round"), _STOPPING),
    **dict.fromkeys(("enable_categorical", "feature_types", "categorical_feature"), "matrices hold numbers alone"),
    "deterministic": "runs are always repeatable",
    "missing": "NULL is NaN in every matrix",
    "missing_values": "NULL is NaN in every matrix",
}

LIMITS: Mapping[str, int] = {
    "Cs": 10_000,
    "alphas": 10_000,  # where it is a number of alphas
    "cache_size": 4_096,  # MB
    "code_size": 1_000,
    "cv": 1_000,
    "max_bin": 65_535,
    "max_bins": 65_535,
    "max_cat_threshold": 65_535,
    "max_fun": 100_000_000,
    "max_iter": 1_000_000,
    "max_n_alphas": 1_000_000,
    "max_subpopulation": 1_000_000,
    "max_trials": 1_000_000,
    "min_categories": 1_000_000,
    "n_estimators": 1_000_000,
    "n_iter_no_change": 1_000_000,
    "n_restarts_optimizer": 1_000,
    "n_subsamples": 1_000_000,
    "num_leaves": 131_072,
    "num_parallel_tree": 10_000,
    "thresholds": 100_000,
}
_SEEDS = frozenset({"random_state", "seed"})
_INT32 = 2**31 - 1
_LONGEST = 10_000  # parts of a tuple, characters of a text
_WEIGHTS = 100_000_000  # of a neural network's layers together
_SHOWN = 60  # characters of a value in a message


def not_settable(name: str) -> str | None:
    """Why no statement may set the parameter `name`, whichever estimator has it; None when it may."""
    reason = NOT_SETTABLE.get(name) or NOT_SETTABLE.get(name.lower())
    if reason is None and name.lower().endswith(("_filename", "_file", "_path", "_dir")):
        reason = _FILES
    return reason


def hostile_value(name: str, value: Any) -> str | None:
    """Why `value` is refused before anybody looks at its meaning: too large, not finite, no plain value."""
    if callable(value):
        return _CODE
    if isinstance(value, Mapping):
        keys = (f'may not hold "{key}": {why}' for key in value if (why := not_settable(str(key))))
        found = next(keys, None)
        if found:
            return found
        if name == "class_weight" and any(not _is_weight(weight) for weight in value.values()):
            return "must have a number of 0 or more for every class"
    for part in _leaves(value):
        problem = _hostile_leaf(name, part)
        if problem:
            return problem
    return _too_wide(value) if name == "hidden_layer_sizes" else None


def _is_weight(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf


def _hostile_leaf(name: str, value: Any) -> str | None:
    if value is None or isinstance(value, bool | EstimatorValue):
        return None
    if isinstance(value, str):
        if value == "prefit":
            return 'cannot be "prefit": every trial is fitted from the start'
        if value == "precomputed":
            return 'cannot be "precomputed": rows have features, not distances to each other'
        return f"may have {_LONGEST:,} characters at most" if len(value) > _LONGEST else None
    if isinstance(value, int | float):
        return _hostile_number(name, value)
    if isinstance(value, list | tuple | Mapping):  # _leaves stops at these alone when they are too long
        return f"may have {_LONGEST:,} parts at most"
    return f"must be a number, text, boolean, tuple or struct; got {shown(value)}"


def _hostile_number(name: str, value: float) -> str | None:
    if isinstance(value, float) and not math.isfinite(value):
        return f"must be finite; got {value}"
    limit = LIMITS.get(name)
    if limit is not None and value > limit:
        return f"may be {limit:,} at most; got {shown(value)}"
    if isinstance(value, int) and abs(value) > _INT32 and name not in _SEEDS:
        return f"is too large; got {shown(value)}"
    return None


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple | Mapping):
        if len(value) > _LONGEST:
            yield value
            return
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _leaves(part)
    else:
        yield value


def _too_wide(value: Any) -> str | None:
    layers = [part for part in _leaves(value) if isinstance(part, int | float)]
    weights = sum(left * right for left, right in pairwise(layers)) + max(layers, default=0)
    return f"would need more than {_WEIGHTS:,} weights" if weights > _WEIGHTS else None


def check_constraints(name: str, value: Any, constraints: Any) -> tuple[str, tuple[str, ...]] | None:
    """What scikit-learn's `_parameter_constraints` say against `value`: a message and near options; None if nothing.

    Booleans pass for numbers in Python; here `n_estimators => true` is an error.
    """
    if constraints == "no_validation":
        return None
    from sklearn.utils._param_validation import make_constraint

    made = [make_constraint(constraint) for constraint in constraints]
    tried = [one for one in made if not _too_lenient(str(one), value)]
    if any(one.is_satisfied_by(value) for one in tried):
        return None
    wanted = [text for one in made if not one.hidden and (text := _describe(str(one)))]
    options = [option for one in made for option in re.findall(r"'([^']*)'", str(one))]
    near = suggestions(value, options) if isinstance(value, str) else ()
    return f"must be {_or(list(dict.fromkeys(wanted)))}; got {shown(value)}", near


def _too_lenient(constraint: str, value: Any) -> bool:
    """Where scikit-learn would pass a value for what it is not: a boolean for a number, a struct for a list."""
    if isinstance(value, bool):
        return "in the range" in constraint
    if isinstance(value, Mapping):
        return constraint == "an array-like"
    return _SPLITTER in constraint and isinstance(value, list | tuple)


_SPLITTER = "implementing 'split'"
_HIDDEN = ("deprecated", "'precomputed'", "'pyfunc'")  # options that no statement should be told of
_MOST_OPTIONS = 12
_NOT_WRITABLE = re.compile(r"callable|RandomState|sparse matrix|BaseEstimator|instance of|implementing")
_WORDS = {
    "None": "NULL",
    "an array-like": "a tuple",
    "an instance of 'dict'": "a struct",
    "an instance of 'list'": "a tuple",
    "an instance of 'tuple'": "a tuple",
    "an instance of 'int'": "an int",
    "an instance of 'str'": "a text",
}


def _describe(constraint: str) -> str:
    """A constraint in the dialect's words; "" for what no statement can write."""
    if constraint in _WORDS:
        return _WORDS[constraint]
    if "'bool'" in constraint:
        return "true or false"
    if _SPLITTER in constraint:
        return "an int of 2 or more or NULL"
    if _NOT_WRITABLE.search(constraint):
        return ""
    return re.sub(r"\{([^{}]*)\}", lambda found: _sorted_options(found[1]), constraint).replace("a str among", "one of")


def _sorted_options(options: str) -> str:
    """Options in one order: scikit-learn prints a set, whose order changes from run to run."""
    return first_options(sorted(one for one in options.split(", ") if not any(word in one for word in _HIDDEN)))


def first_options(options: Sequence[str]) -> str:
    """The options side by side; of very many, the first and how many more."""
    more = len(options) - _MOST_OPTIONS
    return ", ".join(options[:_MOST_OPTIONS]) + (f" and {more} more" if more > 0 else "")


def _or(parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return parts[0] if parts else "left out"
    return f"{', '.join(parts[:-1])} or {parts[-1]}"


def shown(value: Any) -> str:
    """`value` short and printable, as a message quotes it; an estimator by its name."""
    if isinstance(value, EstimatorValue):
        return f"{printable(value.name)[:_SHOWN]}(..)"
    if isinstance(value, int) and abs(value) > 10**18:
        return "a number of more than 18 digits"  # Python refuses to print the very long ones
    if isinstance(value, list | tuple | Mapping) and len(value) > _SHOWN:
        return f"{len(value):,} parts"
    text = "NULL" if value is None else printable(repr(value))
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
