"""Models of LightGBM and XGBoost as plain values: the text, or JSON, that the library itself writes of its trees.

    {"lightgbm": "LGBMRegressor", "parameters": {..}, "classes": null, "model": "tree\\nversion=v4\\n.."}
    {"xgboost": "XGBClassifier", "parameters": {..}, "classes": 3, "model": {"learner": {..}, "version": [..]}}

The libraries' readers believe what a file says of places and sizes: it is looked at here, and what has no bearing on a
prediction is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from stratum_sql.catalog.booster_values import knows_all
from stratum_sql.kernels import BoostedTrees

_LIGHTGBM = {"LGBMRegressor": "lightgbm_regressor", "LGBMClassifier": "lightgbm_classifier"}
_XGBOOST = {"XGBRegressor": "xgboost_regressor", "XGBClassifier": "xgboost_classifier"}
_ENGINES = frozenset({"verbosity", "verbose", "deterministic"})  # parameters of ours, beside the libraries'
_MOST_CLASSES = 100_000


def booster_to_plain(value: Any) -> dict[str, Any] | None:
    """The model with its parameters as they are, None for anything but an estimator of these libraries.

    Raises ValueError for one whose trees cannot be looked at, such as of splits by categories.
    """
    library, name = type(value).__module__.partition(".")[0], type(value).__name__
    if name not in (_LIGHTGBM | _XGBOOST) or library not in ("lightgbm", "xgboost"):
        return None
    classes = model = None
    if not value.__sklearn_is_fitted__():
        pass  # of one model a target, what each was made like
    elif library == "lightgbm":
        text = value.booster_.model_to_string()
        model = _lightgbm_text(text.partition("end of trees\n")[0] + "end of trees\n", value.n_features_)
        classes = value.n_classes_ if name == "LGBMClassifier" else None
    else:
        model = json.loads(bytes(value.get_booster().save_raw("json")))
        classes = int(value.n_classes_) if name == "XGBClassifier" else None
        _check_xgboost(model, value.n_features_in_, classes)
    parameters = _known(library, name, {key: one for key, one in value.get_params().items() if one is not None})
    return {library: name, "parameters": parameters, "classes": classes, "model": model}


def read_lightgbm(value: Mapping[str, Any], parameters: dict[str, Any]) -> Any:
    """The estimator again. Raises ValueError, KeyError, TypeError or AttributeError for what is none."""
    import lightgbm
    from sklearn.preprocessing import LabelEncoder

    name, classes = _name(value["lightgbm"], _LIGHTGBM), value["classes"]
    made = getattr(lightgbm, name)(**_known("lightgbm", name, parameters))
    if value["model"] is None:
        return made
    columns = _columns_of(value["model"])
    text = _lightgbm_text(value["model"], columns)
    try:
        booster = lightgbm.Booster(model_str=text)
    except lightgbm.basic.LightGBMError as error:
        raise ValueError(str(error)) from None
    _check_classes(name, classes, booster.num_model_per_iteration())
    given = {"_Booster": booster, "fitted_": True, "_n_features": columns, "_n_features_in": columns}
    given |= {"_objective": _objective_of(text), "_best_iteration": 0, "_class_weight": None}
    if classes is not None:
        codes = np.arange(classes)
        given |= {"_n_classes": classes, "_classes": codes, "_le": LabelEncoder().fit(codes)}
    vars(made).update(given)
    return made


def read_xgboost(value: Mapping[str, Any], parameters: dict[str, Any]) -> Any:
    """The same for XGBoost."""
    import xgboost

    name, classes, model = _name(value["xgboost"], _XGBOOST), value["classes"], value["model"]
    made = getattr(xgboost, name)(**_known("xgboost", name, parameters))
    if model is None:
        return made
    _check_xgboost(model, _count(model["learner"]["learner_model_param"]["num_feature"]), classes)
    booster = xgboost.Booster({"n_jobs": 1, "verbosity": 0})
    try:
        booster.load_model(bytearray(json.dumps(model, allow_nan=False).encode()))
    except xgboost.core.XGBoostError as error:
        raise ValueError(str(error)) from None
    vars(made)["_Booster"] = booster
    if classes is not None:
        vars(made)["n_classes_"] = classes
    return made


def _name(name: Any, known: Mapping[str, str]) -> str:
    if name not in known:
        raise ValueError("an estimator of no known name")
    return str(name)


def _known(library: str, name: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """The parameters, if the library's estimator or the catalogue knows each, so that none can name a file."""
    from importlib import import_module

    own = set(getattr(import_module(library), name)().get_params())
    others = {key: one for key, one in parameters.items() if key not in own and key not in _ENGINES}
    if not knows_all((_LIGHTGBM | _XGBOOST)[name], others):
        raise ValueError("parameters that are not known")
    return parameters


def _check_classes(name: str, classes: Any, scores: int) -> None:
    """Raise ValueError unless the model has one score a row for a number or two classes, else one a class."""
    if name.endswith("Regressor"):
        if classes is not None or scores != 1:
            raise ValueError("a regression of several scores")
    elif type(classes) is not int or not 2 <= classes <= _MOST_CLASSES or scores != (classes if classes > 2 else 1):
        raise ValueError("scores of another number than the classes")


def _count(text: Any) -> int:
    if not isinstance(text, str) or not text.isdecimal() or len(text) > 9:
        raise ValueError("a number that is none")
    return int(text)


# ---- LightGBM --------------------------------------------------------------------------------------------------------


def _columns_of(text: Any) -> int:
    found = re.search(r"^max_feature_idx=(\d{1,9})$", text, re.MULTILINE) if isinstance(text, str) else None
    if found is None:
        raise ValueError("a text that is no model of LightGBM")
    return int(found[1]) + 1


def _objective_of(text: str) -> str:
    return text.partition("\nobjective=")[2].partition("\n")[0].partition(" ")[0]


def _lightgbm_text(text: str, columns: int) -> str:
    """The text with the sizes of its trees counted anew, by which the library finds them.

    Raises ValueError for a text that the kernel does not take, which looks at every place in it.
    """
    if not text.isascii() or "\0" in text or "\r" in text:
        raise ValueError("a text that is no model of LightGBM")
    trees = BoostedTrees(text)
    head, *blocks = re.split(r"^(?=Tree=\d)", text.removesuffix("end of trees\n"), flags=re.MULTILINE)
    sizes = " ".join(str(len(block)) for block in blocks)
    made = re.sub(r"^tree_sizes=.*$", f"tree_sizes={sizes}", head, count=1, flags=re.MULTILINE)
    made += "".join(blocks) + "end of trees\n"
    said = re.search(r"^num_class=(\d{1,9})$", head, re.MULTILINE)
    if said is None or int(said[1]) != trees.classes or trees.features != columns:
        raise ValueError("a model of other classes or columns than it says")
    for name in ("feature_names", "feature_infos"):
        listed = re.search(rf"^{name}=(.*)$", head, re.MULTILINE)
        if listed is None or len(listed[1].split(" ")) != columns:
            raise ValueError(f"{name} of another number of columns")
    for block in blocks:
        _check_weights(block)
    return made


_OF_LEAVES = ("leaf_weight", "leaf_count")
_OF_SPLITS = ("split_gain", "internal_value", "internal_weight", "internal_count")


def _check_weights(block: str) -> None:
    """Raise ValueError if a tree's columns that no prediction asks for, but Shapley values do, are of other lengths."""
    told = dict(line.partition("=")[::2] for line in block.splitlines())
    leaves = int(told["num_leaves"])
    lengths = {**dict.fromkeys(_OF_LEAVES, leaves), **dict.fromkeys(_OF_SPLITS, leaves - 1)}
    if leaves > 1 and any(len(told.get(name, "").split()) != length for name, length in lengths.items()):
        raise ValueError("a tree's columns are not of one length")


# ---- XGBoost ---------------------------------------------------------------------------------------------------------

_WHOLE = ("left_children", "right_children", "parents", "split_indices", "split_type", "default_left")
_REAL = ("split_conditions", "base_weights", "loss_changes", "sum_hessian")
_ROOT = 2**31 - 1  # the parent of a root


def _check_xgboost(model: Any, columns: int, classes: Any) -> None:
    """Raise ValueError, KeyError or TypeError unless every place in the trees is one that there is."""
    learner = model["learner"]
    gradient, told = learner["gradient_booster"], learner["learner_model_param"]
    groups = max(_count(told["num_class"]), 1)
    if gradient["name"] != "gbtree" or _count(told["num_target"]) != 1 or _count(told["num_feature"]) != columns:
        raise ValueError("a model of XGBoost of another sort")
    _check_classes("XGBRegressor" if classes is None else "XGBClassifier", classes, groups)
    if len(json.loads(told["base_score"])) not in (1, groups):
        raise ValueError("first guesses of another number than the classes")
    softmax = learner["objective"].get("softmax_multiclass_param")
    if softmax is not None and _count(softmax["num_class"]) != groups:
        raise ValueError("an objective of other classes")
    trees, info = gradient["model"]["trees"], gradient["model"]["tree_info"]
    sizes = gradient["model"]["gbtree_model_param"]
    if not trees or len(info) != len(trees) or _count(sizes["num_trees"]) != len(trees):
        raise ValueError("trees of another number than the model says")
    if any(type(one) is not int or not 0 <= one < groups for one in info):
        raise ValueError("a tree of no class")
    _check_rounds(gradient["model"]["iteration_indptr"], len(trees))
    if any(gradient["model"].get("cats", {}).get("enc", ())) or learner["feature_types"]:
        raise ValueError("categories of XGBoost")
    for at, tree in enumerate(trees):
        _check_xgboost_tree(tree, at, columns)


def _check_rounds(starts: Any, trees: int) -> None:
    rising = all(type(one) is int for one in starts) and all(a < b for a, b in pairwise(starts))
    if not rising or len(starts) < 2 or starts[0] != 0 or starts[-1] != trees:
        raise ValueError("rounds that are not those of the trees")


def _check_xgboost_tree(tree: Any, at: int, columns: int) -> None:
    told = tree["tree_param"]
    nodes = _count(told["num_nodes"])
    whole = {name: _numbers(tree[name], nodes, np.int64) for name in _WHOLE}
    for name in _REAL:
        _numbers(tree[name], nodes, np.float64)
    if tree["id"] != at or _count(told["num_feature"]) != columns or told["size_leaf_vector"] not in ("0", "1"):
        raise ValueError("a tree of another model")
    if any(tree[name] for name in tree if name.startswith("categories")) or whole["split_type"].any():
        raise ValueError("a split by categories")
    left, right, inner = whole["left_children"], whole["right_children"], whole["left_children"] != -1
    children = np.concatenate([left[inner], right[inner]])
    if np.any(right[~inner] != -1) or np.any(children < 1) or np.any(children >= nodes):
        raise ValueError("a node that has no such child")
    if len(np.unique(children)) != len(children) or np.any(np.tile(np.flatnonzero(inner), 2) >= children):
        raise ValueError("a node that is a child twice, or stands before its parent")
    if np.any(whole["split_indices"][inner] < 0) or np.any(whole["split_indices"] >= columns):
        raise ValueError("a tree asks for a column that there is not")
    parents = np.full(nodes, _ROOT)
    parents[children] = np.tile(np.flatnonzero(inner), 2)
    if not np.array_equal(parents, whole["parents"]):
        raise ValueError("parents that are not those of the children")


def _numbers(cells: Any, count: int, dtype: Any) -> Any:
    good = (int,) if dtype is np.int64 else (int, float)
    if not isinstance(cells, list) or len(cells) != count or not count or any(type(one) not in good for one in cells):
        raise ValueError("a tree's columns are not numbers of one length")
    return np.array(cells, dtype=dtype)
