"""The embedding functions that the host program gave for text_embed; nothing is downloaded or imported here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from stratum_sql.catalog.numeric import Floats
from stratum_sql.errors import printable

Embedder = Callable[[list[str]], Any]

EMBEDDERS: dict[str, Embedder] = {}


def give_embedder(name: str, function: Embedder) -> None:
    """Let statements say `text_embed(x, 'name')`: `function` takes n texts and gives numbers of shape (n, width).

    It must be deterministic and depend on each text alone: its answers are shared between rows, folds and statements.
    """
    EMBEDDERS[name] = function


def embedder(name: str | None) -> Embedder:
    """The function of this name. Raises ValueError with the known names."""
    if name in EMBEDDERS:
        return EMBEDDERS[name]
    known = ", ".join(sorted(EMBEDDERS)) or "none"
    said = "text_embed needs a model" if name is None else f"no embedding model {printable(name)!r}"
    raise ValueError(f"{said}; known: {known} (the host program gives one with give_embedder(name, function))")


def embed(name: str | None, texts: list[str]) -> Floats:
    """The embeddings of `texts`, float64 of shape (texts, width). Raises ValueError if the function's answer is not."""
    vectors = np.asarray(embedder(name)(texts), dtype=np.float64)
    if vectors.ndim != 2 or len(vectors) != len(texts):
        raise ValueError(f"embedding model {name!r} gave shape {vectors.shape} for {len(texts)} texts")
    if not np.isfinite(vectors).all():
        raise ValueError(f"embedding model {name!r} gave NaN or infinity")
    return vectors
