"""Every transform of the registry against its reference, on the training rows it was fitted on and on held-out rows.

The cases are made from the declarations: each transform meets every column of a kind it takes, with its defaults and
with the parameters of VARIANTS. A new transform is tested by being there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import skops.io
from scipy import sparse

from stratum_sql.catalog.columns import Block, Column, Inputs, Kind, Part, stack
from stratum_sql.catalog.embedders import EMBEDDERS, give_embedder
from stratum_sql.catalog.registry import transform, transforms
from stratum_sql.catalog.spec import Params, State, Target, TransformSpec

# scikit-learn and numpy warn about constant, all-NULL and small columns, on both sides
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning", "ignore::FutureWarning")

SEED = 3
ROWS = 90
RNG = np.random.default_rng(11)
TRAIN = np.sort(RNG.permutation(ROWS)[:60])
HELD_OUT = np.setdiff1d(np.arange(ROWS), TRAIN)


def _with_null(values: list[Any], every: int) -> list[Any]:
    return [None if at % every == 0 else value for at, value in enumerate(values)]


def _cities() -> list[str | None]:
    cities = [("Köln", "Berlin", "Ürümqi", "", "Łódź")[at] for at in RNG.integers(0, 5, ROWS)]
    cities[HELD_OUT[0]] = cities[HELD_OUT[3]] = "Nowhere"
    return _with_null(cities, 7)


def _sentences() -> list[str | None]:
    words = np.array(["good", "bad", "flight", "Late", "späť", "the", "on", "time", "delay", "delayed"])
    return _with_null([" ".join(RNG.choice(words, RNG.integers(1, 6))) for _ in range(ROWS)], 11)


LONELY: list[float | None] = [None] * ROWS
LONELY[TRAIN[5]] = 4.5

ARRAYS: dict[str, tuple[Kind, pa.Array]] = {
    "spread": ("number", pa.array(RNG.normal(100, 40, ROWS))),
    "positive": ("number", pa.array(RNG.lognormal(0, 1, ROWS))),
    "constant": ("number", pa.array(np.full(ROWS, 0.1))),
    "holes": ("number", pa.array(_with_null(list(RNG.normal(0, 1, ROWS)), 5))),
    "lonely": ("number", pa.array(LONELY)),
    "nothing": ("number", pa.array([None] * ROWS, pa.float64())),
    "ints": ("number", pa.array(RNG.integers(0, 6, ROWS))),
    "flags": ("number", pa.array(_with_null([bool(flag) for flag in RNG.integers(0, 2, ROWS)], 9))),
    "city": ("text", pa.array(_cities())),
    "enum": ("text", pa.array(_cities()).dictionary_encode().cast(pa.dictionary(pa.uint8(), pa.string()))),
    "comment": ("text", pa.array(_sentences())),
    "blank": ("text", pa.array([None] * ROWS, pa.string())),
    "day": ("time", pa.array(_with_null([int(day) for day in RNG.integers(2000, 19000, ROWS)], 8), pa.int32())),
    "moment": ("time", pa.array(RNG.integers(-(10**14), 10**15, ROWS)).cast(pa.timestamp("us"))),
}
ARRAYS["day"] = ("time", ARRAYS["day"][1].cast(pa.date32()))
COLUMNS = {name: Column(name, kind, values) for name, (kind, values) in ARRAYS.items()}
NUMBERS = [name for name, (kind, _) in ARRAYS.items() if kind == "number"]

TARGETS = {
    "regression": Target(np.round(RNG.normal(0, 3, ROWS))),
    "binary": Target(RNG.integers(0, 2, ROWS).astype(np.float64), np.array(["no", "yes"], dtype=object)),
    "classes": Target(RNG.integers(0, 3, ROWS).astype(np.float64), np.array(["a", "b", "c"], dtype=object)),
}

# in place of the defaults: a name that must be said, and fewer columns than would take long to look at one by one
BASE: dict[str, dict[str, Any]] = {"text_embed": {"model": "length"}, "hash_text": {"n_features": 64}}

VARIANTS: dict[str, list[dict[str, Any]]] = {
    "standard_scale": [{"with_mean": False}, {"with_std": False}],
    "min_max_scale": [{"feature_range": (-1, 2), "clip": True}],
    "robust_scale": [{"quantile_range": (10, 90), "unit_variance": True}, {"with_centering": False}],
    "row_normalize": [{"norm": "l1"}, {"norm": "max"}],
    "quantile_map": [{"n_quantiles": 10, "output_distribution": "normal"}, {"n_quantiles": 20, "subsample": 30}],
    "power_map": [{"method": "box-cox"}, {"standardize": False}],
    "bin_uniform": [{"n_bins": 3, "encode": "onehot"}, {"encode": "onehot-dense", "subsample": 20}],
    "bin_quantile": [{"n_bins": 3, "quantile_method": "linear"}],
    "bin_kmeans": [{"n_bins": 3}],
    "kmeans": [{"n_clusters": 3, "encode": "distance"}, {"n_clusters": 2, "n_init": 3, "max_iter": 5}],
    "poly": [{"degree": 3, "interaction_only": True, "include_bias": False}, {"degree": (2, 3)}],
    "clip_outliers": [{"low": 0.2, "high": 0.7}],
    "drop_constant": [{"threshold": 0.5}],
    "impute": [
        {"strategy": "median"},
        {"strategy": "most_frequent"},
        {"strategy": "constant"},
        {"strategy": "constant", "fill_value": "Halle"},
        {"strategy": "constant", "fill_value": "Köln"},
        {"strategy": "constant", "fill_value": -1.5},
        {"strategy": "mean", "keep_empty_features": True},
    ],
    "one_hot": [
        {"drop": "first"},
        {"drop": "if_binary"},
        {"min_frequency": 12},
        {"min_frequency": 0.15, "drop": "first"},
        {"max_categories": 3, "drop": "if_binary"},
        {"max_categories": 2, "drop": "if_binary"},
        {"max_categories": 1},
        {"min_frequency": 1000, "sparse_output": True},
        {"sparse_output": True},
    ],
    "ordinal": [
        {"unknown_value": -1, "encoded_missing_value": -2},
        {"unknown_value": -1, "min_frequency": 12},
        {"max_categories": 3},
        {"min_frequency": 0.15},
    ],
    "target_encode": [{"smooth": 3.0, "cv": 3}, {"shuffle": False}, {"cv": None}, {"cv": None, "smooth": 0}],
    "count_encode": [{"normalize": True}],
    "rare": [{"min_frequency": 0.2}, {"min_frequency": 3, "max_categories": 3, "replacement": "Köln"}],
    "hash_encode": [{"n_features": 3, "alternate_sign": False}, {"sparse_output": True}],
    "tfidf": [
        {"max_features": 4, "sublinear_tf": True},
        {"analyzer": "char_wb", "ngram_range": (2, 3), "min_df": 2, "max_df": 0.8, "norm": None},
        {"use_idf": False, "binary": True, "lowercase": False, "stop_words": "english"},
        {"stop_words": ("the", "on"), "strip_accents": "unicode", "smooth_idf": False, "norm": "l1"},
    ],
    "count_words": [{"ngram_range": (1, 2), "max_features": 7}],
    "hash_text": [{"n_features": 8, "norm": None, "alternate_sign": False}],
    "text_svd": [{"n_components": 3}, {"analyzer": "word", "ngram_range": (1, 2), "n_components": 4}],
    "date_parts": [
        {"cyclic": True},
        {"parts": ("week", "quarter", "day_of_year", "minute", "second", "hour"), "cyclic": False},
        {"parts": "week", "cyclic": True},
    ],
    "svd": [{"n_components": 1}, {"algorithm": "arpack", "n_components": 1}],
    "pca": [{"n_components": 1, "whiten": True}, {"n_components": 0.8}, {"n_components": 50}],
    "select_k": [{"k": 1}, {"k": 2, "score_func": "mutual_info"}, {"k": 1, "score_func": "chi2"}, {"k": "all"}],
    "vectorize": [{"cardinality_threshold": 4, "n_components": 5}],
}


# what we refuse and scikit-learn does not: it would put numbers among texts, or take the mean of times
STRICTER = {"impute": "fill_value must be a|which has no mean|is neither"}


def _lengths(texts: list[str]) -> np.ndarray[Any, Any]:
    return np.array([[len(text), len(set(text))] for text in texts], dtype=np.float64)


@pytest.fixture(autouse=True)
def _an_embedder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(EMBEDDERS, "length", raising=False)
    give_embedder("length", _lengths)


def column_sets(spec: TransformSpec) -> list[tuple[str, ...]]:
    """The column lists that this transform takes."""
    by_kind = {
        kind: [name for name, (each, _) in ARRAYS.items() if each == kind] for kind in ("number", "text", "time")
    }
    one = {
        "number": NUMBERS,
        "category": NUMBERS + by_kind["text"],
        "text": by_kind["text"],
        "time": by_kind["time"],
        "any": list(ARRAYS),
    }[spec.takes]
    several: dict[str, list[tuple[str, ...]]] = {
        "number": [("spread", "ints"), ("spread", "positive", "ints", "constant"), ("holes", "lonely", "flags")],
        "category": [("city", "ints"), ("flags", "city", "enum")],
        "text": [("city", "comment")],
        "time": [("day", "moment")],
        "any": [("holes", "lonely"), ("city", "enum")],
    }
    return [(name,) for name in one] + several[spec.takes]


def cases() -> list[Any]:
    return [
        pytest.param(spec, columns, spec.complete(said), id=f"{name}-{'+'.join(columns)}-{at}")
        for name, spec in transforms().items()
        for columns in column_sets(spec)
        for at, said in enumerate([BASE.get(name, {}), *VARIANTS.get(name, [])])
    ]


def inputs_of(names: tuple[str, ...], rows: np.ndarray[Any, Any], columns: Mapping[str, Column] = COLUMNS) -> Inputs:
    return Inputs([columns[name].take(rows) for name in names])


def frame_of(names: tuple[str, ...], rows: np.ndarray[Any, Any]) -> pd.DataFrame:
    """The rows as scikit-learn's users hold them: float64 with NaN, object with None, datetime64."""
    return pd.DataFrame({name: _series(COLUMNS[name].take(rows)) for name in names})


def _series(column: Column) -> pd.Series[Any]:
    if column.kind == "number":
        return pd.Series(column.numbers)
    return pd.Series(column.texts, dtype=object) if column.kind == "text" else pd.Series(column.times)


def target_of(rows: np.ndarray[Any, Any], task: str = "regression") -> Target:
    target = TARGETS[task]
    return Target(target.values[rows], target.classes)


def run(
    spec: TransformSpec, inputs: Inputs, others: Inputs, params: Params, target: Target
) -> tuple[State, tuple[Part, ...], tuple[Part, ...]]:
    """State, training rows and held-out rows, as the engine gets them."""
    if spec.fit_apply is not None:
        state, fitted = spec.fit_apply(inputs, params, target, SEED)
    else:
        state = spec.fit(inputs, params, target, SEED)
        fitted = spec.apply(state, inputs, params)
    return state, fitted, spec.apply(state, others, params)


def table(parts: tuple[Part, ...]) -> tuple[list[str], list[np.ndarray[Any, Any]]]:
    """Names and columns of what came out."""
    columns = Inputs(parts).columns
    return [column.name for column in columns], [_series(column).to_numpy() for column in columns]


def reference_table(values: Any, rows: int) -> list[np.ndarray[Any, Any]]:
    dense = values.toarray() if sparse.issparse(values) else values
    if isinstance(dense, pd.DataFrame):
        return [dense[name].to_numpy() for name in dense.columns]
    return [dense[:, at] for at in range(np.asarray(dense).reshape(rows, -1).shape[1])]


def assert_equal(ours: list[np.ndarray[Any, Any]], theirs: list[np.ndarray[Any, Any]]) -> None:
    assert len(ours) == len(theirs)
    for left, right in zip(ours, theirs, strict=True):
        if left.dtype == object or left.dtype.kind == "M":
            assert list(pd.Series(left).astype(object).where(pd.notna(left), None)) == list(
                pd.Series(right).astype(object).where(pd.notna(right), None)
            )
        else:
            right = right.astype(np.float64)
            finite = right[np.isfinite(right)]
            scale = np.abs(finite).max(initial=0.0)
            np.testing.assert_allclose(left, right, rtol=1e-9, atol=1e-9 * max(scale, 1e-3))


def check(spec: TransformSpec, names: tuple[str, ...], params: Params, train: np.ndarray[Any, Any], task: str) -> None:
    """Ours equals the reference on training and held-out rows, names too; or both refuse."""
    assert spec.reference is not None
    target = target_of(train, task)
    inputs, others = inputs_of(names, train), inputs_of(names, HELD_OUT)
    try:
        reference = spec.reference(spec.settle(params, target), SEED)
        theirs = reference.fit_transform(frame_of(names, train), target.values)
        theirs_held_out = reference.transform(frame_of(names, HELD_OUT))
        their_names = [str(name) for name in reference.get_feature_names_out()]
    except (ValueError, TypeError):
        with pytest.raises(ValueError, match=r"\w+ \w+"):  # any reason, but one that is told
            run(spec, inputs, others, params, target)
        return
    try:
        _, fitted, applied = run(spec, inputs, others, params, target)
    except ValueError as error:
        if not re.search(STRICTER.get(spec.name, "never"), str(error)):
            raise
        return
    our_names, ours = table(fitted)
    assert our_names == their_names
    assert_equal(ours, reference_table(theirs, len(train)))
    assert_equal(table(applied)[1], reference_table(theirs_held_out, len(HELD_OUT)))


@pytest.mark.parametrize(("spec", "names", "params"), cases())
def test_equals_its_reference(spec: TransformSpec, names: tuple[str, ...], params: Params) -> None:
    check(spec, names, params, TRAIN, "regression")


@pytest.mark.parametrize("task", ["binary", "classes"])
@pytest.mark.parametrize(("spec", "names", "params"), [case for case in cases() if case.values[0].uses_target])
def test_equals_its_reference_for_classes(
    spec: TransformSpec, names: tuple[str, ...], params: Params, task: str
) -> None:
    check(spec, names, params, TRAIN, task)


@pytest.mark.parametrize("rows", [1, 2])
@pytest.mark.parametrize("spec", transforms().values(), ids=lambda spec: spec.name)
def test_equals_its_reference_on_few_rows(spec: TransformSpec, rows: int) -> None:
    params = spec.complete(BASE.get(spec.name, {}))
    for names in column_sets(spec):
        check(spec, names, params, TRAIN[3 : 3 + rows], "regression")


def garbled() -> dict[str, Column]:
    """The same training rows; held-out rows full of what they never had."""
    out = {}
    for name, (kind, values) in ARRAYS.items():
        junk: Any = {
            "number": pa.scalar(1e9),
            "text": pa.scalar("garbage zebra"),
            "time": pa.scalar(4_000_000_000_000_000, pa.timestamp("us")),
        }[kind]
        plain = values.dictionary_decode() if pa.types.is_dictionary(values.type) else values
        mixed = plain.to_pylist()
        for at, row in enumerate(HELD_OUT):
            mixed[row] = None if at % 3 == 0 else junk.cast(plain.type, safe=False).as_py()
        out[name] = Column(name, kind, pa.array(mixed, plain.type))
    return out


GARBLED = garbled()


@pytest.mark.parametrize("spec", transforms().values(), ids=lambda spec: spec.name)
def test_held_out_rows_do_not_touch_the_state(spec: TransformSpec) -> None:
    params = spec.complete(BASE.get(spec.name, {}))
    for names in column_sets(spec):
        states = []
        for columns in (COLUMNS, GARBLED):
            try:
                states.append(
                    digest(spec.fit(inputs_of(names, TRAIN, columns), params, target_of(TRAIN, "binary"), SEED))
                )
            except ValueError as error:
                states.append(str(error))
        assert states[0] == states[1], names


def digest(value: Any) -> str:
    """All that a state holds, as text; scikit-learn objects by their attributes."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {digest(each)}' for key, each in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(digest(each) for each in value)}]"
    if isinstance(value, np.ndarray):
        items = [digest(each) for each in value.ravel()] if value.dtype == object else value.tolist()
        return f"{value.dtype}{value.shape}{items}"
    return digest(vars(value)) if hasattr(value, "__dict__") and not isinstance(value, type) else repr(value)


@pytest.mark.parametrize("spec", transforms().values(), ids=lambda spec: spec.name)
def test_state_survives_skops(spec: TransformSpec) -> None:
    """No pickle: every state is written and read back with the types skops trusts by itself."""
    for said in [BASE.get(spec.name, {}), *VARIANTS.get(spec.name, [])]:
        params = spec.complete(said)
        for names in column_sets(spec):
            inputs = inputs_of(names, TRAIN)
            others = inputs_of(names, HELD_OUT)
            try:
                state, _, applied = run(spec, inputs, others, params, target_of(TRAIN, "binary"))
            except ValueError:
                continue
            written = skops.io.dumps(state)
            untrusted = skops.io.get_untrusted_types(data=written)
            assert not untrusted, untrusted
            again = skops.io.loads(written)
            before, after = table(applied), table(spec.apply(again, others, params))
            assert before[0] == after[0]
            for left, right in zip(before[1], after[1], strict=True):
                pd.testing.assert_series_equal(pd.Series(left), pd.Series(right), check_exact=True)


@pytest.mark.parametrize(
    "spec", [spec for spec in transforms().values() if spec.per_column], ids=lambda spec: spec.name
)
def test_columns_together_are_columns_apart(spec: TransformSpec) -> None:
    """per_column: f(a, b) is f(a), f(b)."""
    params = spec.complete(BASE.get(spec.name, {}))
    for names in column_sets(spec):
        if len(names) == 1:
            continue
        target = target_of(TRAIN, "binary")
        try:
            apart = [
                run(spec, inputs_of((name,), TRAIN), inputs_of((name,), HELD_OUT), params, target) for name in names
            ]
        except ValueError:
            with pytest.raises(ValueError):  # noqa: PT011  # the same refusal
                run(spec, inputs_of(names, TRAIN), inputs_of(names, HELD_OUT), params, target)
            continue
        together = run(spec, inputs_of(names, TRAIN), inputs_of(names, HELD_OUT), params, target)
        for side in (0, 1):
            wanted = [table(each[1:][side]) for each in apart]
            got_names, got = table(together[1:][side])
            assert got_names == [name for some, _ in wanted for name in some]
            assert_equal(got, [values for _, some in wanted for values in some])


@pytest.mark.parametrize(
    "spec", [spec for spec in transforms().values() if spec.takes in ("number", "category")], ids=lambda spec: spec.name
)
def test_a_block_is_its_columns(spec: TransformSpec) -> None:
    params = spec.complete({})
    target = target_of(TRAIN, "binary")
    for names in (("spread", "ints"), ("holes",)):
        as_columns = inputs_of(names, TRAIN), inputs_of(names, HELD_OUT)
        as_blocks = [Inputs([Block(stack(inputs.parts), inputs.names)]) for inputs in as_columns]
        try:
            wanted = run(spec, *as_columns, params, target)
        except ValueError:
            with pytest.raises(ValueError):  # noqa: PT011  # the same refusal
                run(spec, as_blocks[0], as_blocks[1], params, target)
            continue
        got = run(spec, as_blocks[0], as_blocks[1], params, target)
        for ours, theirs in zip(got[1:], wanted[1:], strict=True):
            assert table(ours)[0] == table(theirs)[0]
            assert_equal(table(ours)[1], table(theirs)[1])


@pytest.mark.parametrize("spec", transforms().values(), ids=lambda spec: spec.name)
def test_no_rows_are_refused_by_fit_and_fine_for_apply(spec: TransformSpec) -> None:
    params = spec.complete(BASE.get(spec.name, {}))
    none = np.array([], dtype=np.int64)
    for names in column_sets(spec):
        if spec.fitted:
            with pytest.raises(ValueError, match="no training rows"):
                spec.fit(inputs_of(names, none), params, target_of(none), SEED)
        try:
            state, fitted, _ = run(spec, inputs_of(names, TRAIN), inputs_of(names, HELD_OUT), params, target_of(TRAIN))
        except ValueError:
            continue
        empty = spec.apply(state, inputs_of(names, none), params)
        assert table(empty)[0] == table(fitted)[0]
        assert all(len(part) == 0 for part in empty)


@pytest.mark.parametrize("spec", transforms().values(), ids=lambda spec: spec.name)
def test_dense_blocks_are_column_major_float64_with_unique_names(spec: TransformSpec) -> None:
    params = spec.complete(BASE.get(spec.name, {}))
    for names in column_sets(spec):
        try:
            _, fitted, applied = run(
                spec, inputs_of(names, TRAIN), inputs_of(names, HELD_OUT), params, target_of(TRAIN, "classes")
            )
        except ValueError:
            continue
        for part in (*fitted, *applied):
            if isinstance(part, Block):
                assert part.values.dtype == np.float64
                assert part.values.shape[1] == len(part.names)
                assert part.is_sparse or part.values.flags.f_contiguous
        assert len(set(table(fitted)[0])) == len(table(fitted)[0])


ROW_ORDER_MATTERS = {
    "target_encode": "its folds go by position",
    "quantile_map": "it draws rows by position",
    "bin_uniform": "it draws rows by position",
    "bin_quantile": "it draws rows by position",
    "bin_kmeans": "it draws rows by position",
    "kmeans": "the first centres are rows that are drawn by their place",
    "text_svd": "directions of equal weight may be turned within their plane",
    "vectorize": "its text_svd, and sums in single precision depend on their order",
}


@pytest.mark.parametrize(
    "spec", [spec for spec in transforms().values() if spec.name not in ROW_ORDER_MATTERS], ids=lambda spec: spec.name
)
def test_row_order_does_not_matter(spec: TransformSpec) -> None:
    """The state of permuted training rows transforms the held-out rows the same, up to rounding."""
    params = spec.complete(BASE.get(spec.name, {}))
    shuffled = np.random.default_rng(0).permutation(TRAIN)
    for names in column_sets(spec):
        outcomes = []
        for rows in (TRAIN, shuffled):
            try:
                state = spec.fit(inputs_of(names, rows), params, target_of(rows, "binary"), SEED)
                outcomes.append(table(spec.apply(state, inputs_of(names, HELD_OUT), params)))
            except ValueError:
                outcomes.append(([], []))
        assert outcomes[0][0] == outcomes[1][0]
        for left, right in zip(outcomes[0][1], outcomes[1][1], strict=True):
            if left.dtype.kind == "f":
                signs = 1.0 if np.nansum(left * right) >= 0 else -1.0  # a direction may be turned round
                np.testing.assert_allclose(left, signs * right, rtol=1e-6, atol=1e-6)
            else:
                assert_equal([left], [right])


@pytest.mark.parametrize(
    "spec",
    [spec for spec in transforms().values() if spec.takes == "number" or spec.takes == "category"],
    ids=lambda spec: spec.name,
)
@pytest.mark.parametrize("infinity", [np.inf, -np.inf])
def test_infinity_is_refused_by_name(spec: TransformSpec, infinity: float) -> None:
    column = Column("fare", "number", np.array([1.0, infinity, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]))
    target = Target(np.arange(8.0))
    with pytest.raises(ValueError, match="fare has infinity"):
        run(spec, Inputs([column]), Inputs([column]), spec.complete({}), target)


@pytest.mark.parametrize("name", ["row_normalize", "bin_uniform", "poly", "svd", "pca", "kmeans", "select_k"])
def test_null_is_refused_by_name(name: str) -> None:
    spec = transform(name)
    assert spec is not None
    with pytest.raises(ValueError, match=r"holes has NULL.*impute\(holes\)"):
        run(spec, inputs_of(("holes",), TRAIN), inputs_of(("holes",), HELD_OUT), spec.complete({}), target_of(TRAIN))
