"""Estimators of a script: trained once they are looked at, and everything then as with scikit-learn itself."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy as np
import pytest

import stratum_sql
from stratum_sql.pandas.keys import key_of
from stratum_sql.pandas.learning.draws import draws
from stratum_sql.pandas.learning.fits import Fit
from stratum_sql.pandas.learning.statements import Statement
from stratum_sql.pandas.mode import object_mode

DATA = """\
import copy, pickle
import numpy as np
import pandas as pd
import lightgbm as lgb
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, classification_report, mean_squared_error, roc_auc_score
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold, ShuffleSplit, StratifiedKFold, TimeSeriesSplit
from sklearn.model_selection import cross_val_predict, cross_val_score, cross_validate, train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import LabelEncoder, OneHotEncoder, StandardScaler
random = np.random.default_rng(3)
df = pd.DataFrame(random.normal(size=(48, 3)), columns=["a", "b", "c"])
df["town"] = ["Oslo", "Voss", "Moss"] * 16
df["d"] = [np.nan, 1.0, 2.5, 4.0] * 12
df["y"] = np.exp(df["a"] + 0.3 * df["b"])
df["z"] = (df["y"] > 1).astype(int)
X, y, z = df[["a", "b", "c"]], np.log1p(df["y"]), df["z"]
"""

# What each leaves in `out` is compared.
_SCRIPTS = """\
m = Ridge().fit(X, y)
out = [m.coef_, m.intercept_, m.n_features_in_, list(m.feature_names_in_)]
---
m = RandomForestRegressor(4, random_state=0)
m.fit(X, y)
out = [m.predict(X), m.feature_importances_, m.score(X, y)]
---
m = RandomForestRegressor(4, random_state=0).fit(X, y)
m.set_params(n_estimators=1)
out = m.predict(X)
---
m = Ridge().fit(X, y)
df['a'] = 0.0
X['b'] = 1.0
out = [m.coef_, m.predict(X)]
---
v = X.to_numpy().copy()
m = RandomForestRegressor(4, random_state=0).fit(v, y)
v[:] = 0
out = m.predict(v)
---
m = Ridge()
m.fit(X, y)
first = m.coef_
m.fit(X[['a']], y)
out = [first, m.coef_, m.n_features_in_]
---
s = StandardScaler()
p = Pipeline([('s', s), ('m', Ridge())]).fit(X, y)
out = [s.mean_, p[-1].coef_, p['s'].scale_]
---
s = StandardScaler().set_output(transform='pandas')
out = s.fit_transform(X)
---
m = LogisticRegression().fit(X, z)
out = [m.predict_proba(X)[:, 1], m.classes_, accuracy_score(z, m.predict(X))]
---
m = LogisticRegression().fit(X, df['town'])
out = [m.predict(X).tolist(), m.classes_.tolist()]
---
m = lgb.LGBMClassifier(n_estimators=50, verbose=-1)
a, b, u, w = train_test_split(X, z, random_state=1, stratify=z)
m.fit(a, u, eval_set=[(b, w)], callbacks=[lgb.early_stopping(3, verbose=False)])
out = [m.best_iteration_, m.predict(b)]
---
parts = train_test_split(X, y, df['town'].to_numpy(), list(range(48)), test_size=0.3, random_state=2)
out = [parts[0], parts[1], parts[2].index, parts[4].tolist(), parts[6]]
---
np.random.seed(5)
m = RandomForestClassifier(3).fit(X, z)
out = [m.predict_proba(X), np.random.rand()]
---
np.random.seed(5)
m = Ridge().fit(X, y)
first = np.random.rand()
out = [m.coef_, first]
---
out = LabelEncoder().fit_transform(df['town'])
---
e = OneHotEncoder().fit(df[['town']])
out = [e.transform(df[['town']]).toarray(), list(e.get_feature_names_out())]
---
m = Ridge().fit(X, y)
out = [copy.deepcopy(m).coef_, copy.copy(m).coef_, pickle.loads(pickle.dumps(m)).coef_, repr(m)]
---
m = clone(Ridge(alpha=3.0).fit(X, y))
out = [m.get_params(), hasattr(m, 'coef_'), isinstance(m, Ridge)]
---
g = GridSearchCV(RandomForestClassifier(random_state=0), {'n_estimators': [2, 3], 'max_depth': [1, 2]}, cv=3).fit(X, z)
out = [g.best_params_, g.best_score_, g.predict(X), g.n_splits_, g.cv_results_['rank_test_score'],
       g.cv_results_['params'], g.cv_results_['param_max_depth'].tolist(), list(g.cv_results_)]
---
g = GridSearchCV(make_pipeline(StandardScaler(), Ridge()), {'ridge__alpha': [1, 5]}, cv=3, refit=False).fit(X, y)
out = [g.best_params_, hasattr(g, 'best_estimator_')]
---
g = GridSearchCV(Ridge(), {'alpha': [1, -5]}, cv=2).fit(X, y)
out = g.best_params_
---
out = cross_val_score(RandomForestRegressor(3, random_state=0), X, y, cv=ShuffleSplit(2, random_state=0))
---
out = cross_val_score(RandomForestClassifier(3, random_state=0), X, df['town'], groups=df['z'], cv=GroupKFold(2))
---
out = cross_validate(Ridge(), X, y, scoring=['r2', 'neg_max_error'], cv=3)['test_neg_max_error']
---
out = cross_val_predict(LogisticRegression(), X, z, method='predict_proba', cv=StratifiedKFold(3))
---
out = [(i, len(a), len(b)) for i, (a, b) in enumerate(TimeSeriesSplit(3).split(X))]
---
out = classification_report(z, LogisticRegression().fit(X, z).predict(X))
---
a, b = next(KFold(4).split(X))
rows = X.iloc[a]
rows['d'] = rows['a'] * 2
m = Ridge().fit(rows, y.iloc[a])
out = [m.coef_, rows.shape, rows['d'].sum(), X.iloc[b].index.tolist(), list(X.columns)]
---
class Mean(BaseEstimator, TransformerMixin):
    def fit(self, X, y=None):
        self.mean_ = X.mean(axis=0)
        return self
    def transform(self, X):
        return X - self.mean_
out = make_pipeline(Mean(), Ridge()).fit(X, y).predict(X)
---
class Twice(Ridge):
    def predict(self, X):
        return 2 * super().predict(X)
out = Twice(alpha=2.0).fit(X, y).predict(X)
---
try:
    Ridge().fit(df[['town']], y)
except ValueError as error:
    out = 'caught'
---
m = Ridge()
out = []
try:
    m.predict(X)
except Exception as error:
    out = type(error).__name__
---
m = RandomForestRegressor(2, warm_start=True, random_state=0).fit(X, y)
m.set_params(n_estimators=4).fit(X, y)
out = m.predict(X)
"""
SCRIPTS = _SCRIPTS.split("---\n")


def names_of(script: str) -> Any:
    names: dict[str, Any] = {"__name__": "script"}
    with object_mode(), contextlib.redirect_stdout(io.StringIO()):
        exec(compile(DATA + script, "script", "exec"), names)
    return names["out"]


def check_equal(found: Any, expected: Any) -> None:
    """Equal to 1e-9: sums of floats are taken in another order."""
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        check_equal(list(found.values()), list(expected.values()))
    elif isinstance(expected, list | tuple):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            check_equal(one, other)
    elif isinstance(expected, str | type(None)):
        assert found == expected
    else:
        np.testing.assert_allclose(np.asarray(found), np.asarray(expected), rtol=1e-9, atol=1e-12)


@pytest.mark.filterwarnings("ignore")  # libraries warn on both sides, of fits that fail and of what will go
@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_finds_what_the_library_gives(script: str) -> None:
    check_equal(stratum_sql.translate(DATA + script).names["out"], names_of(script))


# Trees that split by the very same numbers: equal to the last bit, alone and in a batch.
EXACT = [script for script in SCRIPTS if "RandomForest" in script and "GridSearch" not in script]


def test_scripts_of_a_batch_are_equal_to_the_last_bit_and_share_their_trainings() -> None:
    texts = [DATA + script for script in EXACT for _ in range(2)]
    with stratum_sql.connect() as session:
        done = session.batch([stratum_sql.translate(text, run=False) for text in texts])
    for one, script in zip(done, [script for script in EXACT for _ in range(2)], strict=True):
        assert one.error is None
        found, expected = one.names["out"], names_of(script)
        pairs = zip(found, expected, strict=True) if type(expected) is list else [(found, expected)]
        assert all(np.array_equal(left, right) for left, right in pairs)


def test_nothing_trains_before_it_is_looked_at() -> None:
    done = stratum_sql.translate(
        DATA + "models = [RandomForestRegressor(9, max_depth=d, random_state=0).fit(X, y) for d in (1, 2)]"
    )
    fits = [one for one in done.engine.learned if isinstance(one, Fit)]
    assert [one.is_done for one in fits] == [False, False]


def test_what_is_exactly_a_statement_runs_as_one() -> None:
    done = stratum_sql.translate(DATA + "s = cross_val_score(make_pipeline(StandardScaler(), Ridge(2.0)), X, y, cv=4)")
    (found,) = [one for one in done.engine.learned if isinstance(one, Statement)]
    assert found.clauses == (
        'TRAIN MODEL ridge(alpha => 2.0)\nTARGET "y"\nCROSS VALIDATE 4 NO SHUFFLE\nMETRIC r2\nWITH (keep_order = true)'
    )
    assert next(text for _, text in found.columns) == ('standard_scale("a")',)
    with stratum_sql.connect() as session:
        (trial,) = session.sql(found.shown).arrow().to_pylist()
    np.testing.assert_allclose(trial["fold_scores"]["r2"], done.names["s"], rtol=1e-12)


@pytest.mark.parametrize(
    "call",
    [
        "cross_val_score(RandomForestRegressor(2), X, y)",  # draws
        "cross_val_score(Ridge(), X, y, scoring=lambda m, X, y: 1.0)",
        "cross_val_score(Ridge(), X.astype('float32'), y)",
        "cross_val_score(make_pipeline(OneHotEncoder(), Ridge()), df[['town']], y)",  # sparse: another solver
        "cross_val_score(Ridge(), X, y, cv=[(np.arange(24), np.arange(24, 48))])",
    ],
)
def test_what_is_not_exactly_a_statement_is_the_library_s(call: str) -> None:
    done = stratum_sql.translate(DATA + "np.random.seed(0)\nout = " + call)
    assert not any(isinstance(one, Statement) for one in done.engine.learned)
    check_equal(done.names["out"], names_of("np.random.seed(0)\nout = " + call))


def test_equal_work_is_done_once() -> None:
    loop = "model = RandomForestRegressor(3, random_state=0)\nout = 0\nfor a, b in KFold(3).split(X):\n"
    script = DATA + loop + "    out += model.fit(X.iloc[a], y.iloc[a]).predict(X.iloc[b]).sum()"
    made = [stratum_sql.translate(script, run=False) for _ in range(4)]
    with stratum_sql.connect() as session:
        session.batch(made)
    shelf = made[0].engine.shelf
    assert shelf is not None
    assert (shelf.made["fit"], shelf.found["prediction"]) == (3, 9)
    assert len({float(one.names["out"]) for one in made}) == 1


def test_a_statistic_over_rows_that_are_held_out_is_told_with_its_line() -> None:
    script = "df['d'] = df['d'].fillna(df['d'].mean())\nX = df[['a', 'd']]\nparts = list(KFold(3).split(X))\n"
    done = stratum_sql.translate(DATA + script)
    (told,) = done.leaks
    line = DATA.count("\n") + 1
    assert told.startswith(f"line {line}: df['d'] = df['d'].fillna(df['d'].mean())")
    assert f"line {line + 2}: " in told
    assert told in done.explain()
    clean = (
        "for a, b in KFold(3).split(X):\n    rows = df.iloc[a]\n    rows['d'] = rows['d'].fillna(rows['d'].mean())\n"
    )
    assert stratum_sql.translate(DATA + clean).leaks == []


def test_a_statistic_is_told_once_for_all_splits() -> None:
    script = "df['d'] = df['d'] - df['d'].mean()\nX = df[['d']]\nfor seed in range(2):\n    list(KFold(3).split(X))\n"
    (told,) = stratum_sql.translate(DATA + script + "parts = list(KFold(4).split(X))\n").leaks
    line = DATA.count("\n") + 1
    assert told.endswith(f"line {line + 3}: list(KFold(3).split(X)) holds some out; so does line {line + 4}")


LEAKS = {
    "df['a'] - df['a'].mean()": True,
    "df['a'] - df.groupby('town')['a'].transform('mean')": True,
    "df['town'].map(df.groupby('town')['a'].mean())": True,
    "df['a'].rank()": True,
    "df.groupby('town')['a'].rank()": True,
    "df.merge(df.groupby('town')['a'].sum().rename('total').reset_index(), on='town')['total']": True,
    "df['a'] * 2": False,
    "df['a'].shift()": False,
    "df.groupby('town')['a'].shift(2)": False,
    "df.groupby('town')['a'].cumsum()": False,
    "df.groupby('town').cumcount()": False,
    "df['a'].rolling(3).std()": False,
    "df.groupby('town')['a'].transform(lambda s: s.shift().rolling(2).mean())": False,
    "df['a'].ewm(span=3).mean()": False,
    "df['town'].map({'x': 1.0})": False,
}


@pytest.mark.parametrize("text", LEAKS)
def test_what_looks_at_all_rows_is_told_and_what_looks_back_is_not(text: str) -> None:
    unused = "df['unused'] = df['d'].mean()\n"
    script = f"{unused}df['made'] = {text}\nparts = list(KFold(3).split(df[['a', 'made']]))\n"
    told = stratum_sql.translate(DATA + script).leaks
    assert bool(told) is LEAKS[text]
    assert not any("unused" in one for one in told)


def test_keys_are_of_content_and_type() -> None:
    frame = np.arange(6.0).reshape(2, 3)
    assert key_of(frame) == key_of(frame.copy())
    assert (
        len(
            {
                key_of(one)
                for one in (frame, np.asfortranarray(frame), frame.astype("float32"), frame[::-1], 1, 1.0, True, "1")
            }
        )
        == 8
    )
    assert key_of(np.array(["a", None], dtype=object)) != key_of(np.array(["a", np.nan], dtype=object))
    assert key_of(lambda: 1) is None


def test_what_draws_from_numpy_s_own_generator_is_known() -> None:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import KFold

    assert draws(RandomForestClassifier())
    assert draws(Ridge(solver="sag"))
    assert draws([KFold(shuffle=True)])
    assert draws(RandomForestClassifier(random_state=np.random.RandomState(0)))
    assert not draws(RandomForestClassifier(random_state=0), Ridge(), KFold())
