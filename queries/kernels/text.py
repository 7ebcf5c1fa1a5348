"""Texts as numbers, n-grams of characters and their singular values, against skrub's StringEncoder."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from skrub import StringEncoder

from queries.kernels.case import Case, apart
from stratum_sql.catalog.columns import Column, Inputs, stack
from stratum_sql.catalog.transforms.text_svd import TEXT_SVD

COMPONENTS, SEED = 30, 0
_PARTS = ("Ober", "Unter", "Neu", "Alt", "Groß", "Klein", "Bad ", "Sankt ", "São ", "Nový ", "Žď", "Öst", "Ål", "Kirch")
_ENDS = ("dorf", "stadt", "berg", "hausen", "ville", "ham", "ton", "ovo", "grad", "město", "øy", "bach", "feld", "au")


def _texts(rows: int) -> list[str]:
    """Made-up addresses, letters beyond ASCII among them; few are the same."""
    random = np.random.default_rng(9)
    first, second, end = (random.integers(0, 14, rows) for _ in range(3))
    number = random.integers(1, 400, rows)
    return [
        f"{_PARTS[a]}{_PARTS[b].strip().lower()}{_ENDS[c]} {n}"
        for a, b, c, n in zip(first, second, end, number, strict=True)
    ]


def _ours(texts: list[str], _fold: int, _threads: int) -> NDArray[np.float64]:
    assert TEXT_SVD.fit_apply is not None
    column = Column("address", "text", pa.array(texts))
    params = TEXT_SVD.complete({"n_components": COMPONENTS})
    return np.asarray(stack(TEXT_SVD.fit_apply(Inputs([column]), params, None, SEED)[1]))


def _skrub(texts: list[str], _fold: int, _threads: int) -> NDArray[np.float64]:
    encoder = StringEncoder(n_components=COMPONENTS, random_state=SEED)
    return np.asarray(encoder.fit_transform(pd.Series(texts, name="address")), dtype=np.float64)


CASES = (
    Case(
        "text_svd of addresses, 30 components",
        "skrub's StringEncoder",
        _texts,
        _ours,
        _skrub,
        apart,
        1e-6,
        5.0,
        100_000,
    ),
)
