"""A hundred attempts at the house prices, as a search by an agent makes them: each changes one thing of an earlier one.

A feature is added or left out, a parameter is changed, a model is exchanged, another is blended in, or only the weights
of the blend are. So attempts have most of their work in common, and none of their text says so.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

COUNT = 100
SEED = 11

# A feature: its name, and the line that makes it; without a line it is there.
FEATURES: dict[str, str] = {
    "area": "",
    "rooms": "",
    "built": "",
    "quality": "",
    "distance": "",
    "people": "",
    "income": "",
    "age": 'df["age"] = 2024 - df["built"]',
    "area_per_room": 'df["area_per_room"] = df["area"] / df["rooms"]',
    "log_area": 'df["log_area"] = np.log1p(df["area"])',
    "is_new": 'df["is_new"] = (df["built"] > 2010).astype(int)',
    "near": 'df["near"] = df["distance"].clip(upper=30)',
    "kind_code": 'df["kind_code"] = df["kind"].map({"flat": 0, "house": 1, "cabin": 2})',
    "area_by_quality": 'df["area_by_quality"] = df["area"] * df["quality"]',
    "houses_in_town": 'df["houses_in_town"] = df.groupby("town")["id"].transform("count")',
    "area_in_town": 'df["area_in_town"] = df["area"] - df.groupby("town")["area"].transform("median")',
}
FIRST = ("area", "rooms", "built", "quality", "distance", "income")

# A model: the call, with the parameter that is tuned, and its candidates.
MODELS: dict[str, tuple[str, tuple[str, ...]]] = {
    "lightgbm": (
        "lgb.LGBMRegressor(n_estimators={}, learning_rate=0.05, num_leaves=31, random_state=42, n_jobs=1, verbose=-1)",
        ("60", "100", "150"),
    ),
    "forest": ("RandomForestRegressor(n_estimators={}, min_samples_leaf=3, random_state=42)", ("20", "30")),
    "ridge": ("make_pipeline(StandardScaler(), Ridge(alpha={}))", ("0.3", "1.0", "3.0", "10.0")),
    "xgboost": (
        "xgb.XGBRegressor(n_estimators={}, learning_rate=0.08, max_depth=5, random_state=42, n_jobs=1)",
        ("50", "80"),
    ),
}
# A model that learns nothing but a mean: what is left of the time of a script is pandas' and ours.
MEAN = ("mean", "", "1.0")
_CALLS = {name: call for name, (call, _) in MODELS.items()} | {"mean": "DummyRegressor()"}
WEIGHTS = ("0.2", "0.3", "0.5", "0.6", "0.8", "1.0")


@dataclass(frozen=True)
class Attempt:
    """One script: its features, and its models with the tuned parameter and the weight of each."""

    features: tuple[str, ...]
    models: tuple[tuple[str, str, str], ...]
    validated: bool = False  # by cross_val_score, model by model, and not in a loop

    @property
    def script(self) -> str:
        """The text."""
        return _head(self) + (_validated(self) if self.validated else _loop(self))


def attempts(count: int = COUNT, seed: int = SEED) -> list[Attempt]:
    """The attempts, no two alike; the same for a seed."""
    draw = random.Random(seed)
    found = [Attempt(FIRST, (("lightgbm", "100", "1.0"), ("ridge", "1.0", "0.5")))]
    seen = {found[0].script}
    while len(found) < count:
        parent = found[draw.randrange(max(0, len(found) - 12), len(found))]
        made = _changed(replace(parent, validated=False), draw)
        if made.script not in seen:
            seen.add(made.script)
            found.append(made)
    return found


def _changed(parent: Attempt, draw: random.Random) -> Attempt:
    """One thing of it is another."""
    step = draw.choices(("feature", "parameter", "model", "weights", "style"), (2, 4, 2, 6, 2))[0]
    if step == "feature":
        return replace(parent, features=_other_features(parent.features, draw))
    if step == "style":
        return replace(parent, validated=True)
    at = draw.randrange(len(parent.models))
    name, value, weight = parent.models[at]
    if step == "parameter":
        return _with(parent, at, (name, draw.choice(MODELS[name][1]), weight))
    if step == "weights":
        return _with(parent, at, (name, value, draw.choice(WEIGHTS)))
    other = draw.choice([one for one in MODELS if one not in {used for used, _, _ in parent.models}] or [name])
    model = other, draw.choice(MODELS[other][1]), draw.choice(WEIGHTS)
    if len(parent.models) < 3 and other != name and draw.random() < 0.8:
        return replace(parent, models=(*parent.models, model))
    return _with(parent, at, model)


def _with(parent: Attempt, at: int, model: tuple[str, str, str]) -> Attempt:
    return replace(parent, models=(*parent.models[:at], model, *parent.models[at + 1 :]))


def _other_features(features: tuple[str, ...], draw: random.Random) -> tuple[str, ...]:
    missing = [one for one in FEATURES if one not in features]
    if len(features) > 5 and (draw.random() < 0.3 or not missing):
        left_out = draw.choice(features)
        return tuple(one for one in features if one != left_out)
    return (*features, draw.choice(missing))


# ---- text ------------------------------------------------------------------------------------------------------------

_IMPORTS = """\
import lightgbm as lgb
import numpy as np
import pandas as pd
import xgboost as xgb
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

houses = pd.read_csv("houses.csv")
towns = pd.read_csv("towns.csv")
df = houses.merge(towns, on="town", how="left")
df["quality"] = df["quality"].fillna(df["quality"].median())
"""


def _head(attempt: Attempt) -> str:
    lines = [FEATURES[name] for name in attempt.features if FEATURES[name]]
    listed = ", ".join(f'"{name}"' for name in attempt.features)
    imports = _IMPORTS if MEAN not in attempt.models else f"from sklearn.dummy import DummyRegressor\n{_IMPORTS}"
    return "\n".join([imports.rstrip(), *lines, f"X = df[[{listed}]]", 'y = np.log1p(df["price"])', ""])


def _calls(models: Sequence[tuple[str, str, str]]) -> list[tuple[str, str]]:
    return [(_CALLS[name].format(value), weight) for name, value, weight in models]


def _loop(attempt: Attempt) -> str:
    fitted = "".join(
        f"    model = {call}\n    model.fit(X_tr, y_tr)\n"
        f"    blend += {weight} * model.predict(X_va)\n    total += {weight}\n"
        for call, weight in _calls(attempt.models)
    )
    return f"""\
oof = np.zeros(len(X))
scores = []
for fold, (tr, va) in enumerate(KFold(n_splits=5, shuffle=True, random_state=42).split(X)):
    X_tr, X_va = X.iloc[tr], X.iloc[va]
    y_tr, y_va = y.iloc[tr], y.iloc[va]
    blend, total = np.zeros(len(va)), 0.0
{fitted}    oof[va] = blend / total
    scores.append(mean_squared_error(y_va, oof[va]) ** 0.5)
    print(f"fold {{fold}}: {{scores[-1]:.5f}}")
print(f"rmse {{np.mean(scores):.5f}}")
"""


def _validated(attempt: Attempt) -> str:
    scored = "".join(
        f'found = cross_val_score({call}, X, y, cv=folds, scoring="neg_root_mean_squared_error")\n'
        "scores += list(-found)\n"
        for call, _ in _calls(attempt.models)
    )
    return f"""\
folds = KFold(n_splits=5, shuffle=True, random_state=42)
scores = []
{scored}oof = np.array(scores)
print(f"rmse {{np.mean(scores):.5f}}")
"""
