"""Scripts of a batch whose models differ by rounds: each has what it has alone, to the last bit, and one is trained."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import stratum_sql
from stratum_sql.pandas.together import in_turn, leaders_first
from stratum_sql.pandas.work import Work

HEAD = """\
import numpy as np
import pandas as pd
import lightgbm as lgb
import xgboost as xgb
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
random = np.random.default_rng(5)
df = pd.DataFrame(random.normal(size=(150, 3)), columns=["a", "b", "c"])
X, y = df[["a", "b"]], df["c"] + df["a"] ** 2
z = (df["c"] > 0).astype(int)
out, folds = [], KFold(3, shuffle=True, random_state=1)
"""
LOOP = """\
for tr, va in folds.split(X):
    model = MODEL
    model.fit(X.iloc[tr], TARGET.iloc[tr])
    out.append(model.METHOD(X.iloc[va]))
"""
MODELS = (
    ("lgb.LGBMRegressor(n_estimators={}, num_leaves=7, random_state=0, n_jobs=1, verbose=-1)", "y", "predict"),
    (
        "lgb.LGBMClassifier(n_estimators={}, subsample=0.6, subsample_freq=1, random_state=0, n_jobs=1, verbose=-1)",
        "z",
        "predict",
    ),
    ("xgb.XGBRegressor(n_estimators={}, max_depth=3, subsample=0.7, random_state=0, n_jobs=1)", "y", "predict"),
    ("RandomForestRegressor({}, random_state=0)", "y", "predict"),
    ("ExtraTreesClassifier({}, max_features=1, random_state=0)", "z", "predict_proba"),
    ("HistGradientBoostingRegressor(max_iter={}, early_stopping=False, random_state=0)", "y", "predict"),
)


def loop(model: str, target: str, method: str) -> str:
    return HEAD + LOOP.replace("MODEL", model).replace("TARGET", target).replace("METHOD", method)


def alone(script: str) -> Any:
    names: dict[str, Any] = {"__name__": "script"}
    exec(compile(script, "script", "exec"), names)
    return names["out"]


def together(scripts: list[str]) -> tuple[list[Any], Any]:
    made = [stratum_sql.translate(script, run=False) for script in scripts]
    with stratum_sql.connect() as session:
        session.batch(made)
    for one in made:
        if one.error is not None:
            raise one.error
    return [one.names["out"] for one in made], made[0].engine.shelf


def check(scripts: list[str]) -> Any:
    found, shelf = together(scripts)
    for ours, script in zip(found, scripts, strict=True):
        for one, expected in zip(ours, alone(script), strict=True):
            assert np.array_equal(one, expected), script
    return shelf


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model[0].partition("(")[0])
def test_the_longest_is_trained_and_the_others_begin_it(model: tuple[str, str, str]) -> None:
    call, target, method = model
    shelf = check([loop(call.format(rounds), target, method) for rounds in (4, 9, 1, 9)])
    assert (shelf.made["fit"], shelf.made["beginning"]) == (3, 6)


def test_the_first_fold_shows_how_long_the_longest_is() -> None:
    call = MODELS[0][0]
    twice = "".join(
        f"    out.append({call.format(rounds)}.fit(X.iloc[tr], y.iloc[tr]).predict(X.iloc[va]))\n" for rounds in (3, 8)
    )
    shelf = check([HEAD + "for tr, va in folds.split(X):\n" + twice, loop(call.format(5), "y", "predict")])
    assert shelf.made["fit"] == 4  # 5 rounds for both in the first fold, then 8 there, and in each of the others


def test_what_else_is_looked_at_is_that_of_its_own_training() -> None:
    call = MODELS[0][0]
    more = "    out += [list(map(int, model.feature_importances_)), model.booster_.model_to_string()]\n"
    check([loop(call.format(3), "y", "predict") + more, loop(call.format(8), "y", "predict")])


def test_a_model_trained_again_is_another_one() -> None:
    again = HEAD + (
        "model = lgb.LGBMRegressor(n_estimators=4, num_leaves=5, random_state=0, n_jobs=1, verbose=-1).fit(X, y)\n"
        "ask = model.predict\nmodel.fit(X, -y)\nout = [ask(X), model.predict(X)]\n"
    )
    check([again, again.replace("=4", "=9")])


def test_cross_val_score_has_the_models_of_equal_loops() -> None:
    ridge = "make_pipeline(StandardScaler(), Ridge({}))"
    forest = "RandomForestRegressor({}, random_state=0)"
    scored = [
        HEAD + f"out = [cross_val_score({call}, X, y, cv=folds, scoring={scoring!r})]\n"
        for call in (ridge.format(2.0), forest.format(3))
        for scoring in ("neg_root_mean_squared_error", None)
    ]
    loops = [loop(ridge.format(2.0), "y", "predict"), loop(forest.format(6), "y", "predict")]
    shelf = check([*scored, *loops])
    assert shelf.made["fit"] == 6
    assert shelf.made["statement"] == 0


def test_cross_val_score_that_fails_says_what_scikit_learn_says() -> None:
    broken = HEAD + "X = X.where(X['a'] > 0)\n"
    text = broken + LOOP.replace("MODEL", "Ridge()").replace("TARGET", "y").replace("METHOD", "predict")
    scored = [stratum_sql.translate(broken + "cross_val_score(Ridge(), X, y, cv=folds)", run=False)]
    scored.append(stratum_sql.translate(text, run=False))
    with stratum_sql.connect() as session:
        session.batch(scored)
    assert [str(one.error).splitlines()[0] for one in scored] == ["", "Input X contains NaN."]


def test_turns() -> None:
    def work(key: bytes, stage: int | None = None) -> Any:
        return None, Work("fit", key, lambda: None, stage=stage)

    one, two, first, again, second = work(b"1"), work(b"2"), work(b"a", 0), work(b"a", 0), work(b"b", 1)
    assert in_turn([second, first, one, two], 2) == [one, two]
    assert in_turn([second, first, one], 2) == [one, first]
    assert in_turn([second, first], 2) == [first, second]
    assert leaders_first([first, again, one]) == ([first, one], [again])
