"""The formats of `EXPORT MODEL` and `IMPORT MODEL`, and the options that each takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Format:
    """`suffix` of a file tells the format where a statement does not. `writes` and `reads` are the options of EXPORT
    and of IMPORT; None where there is no such statement."""

    suffix: str
    summary: str
    writes: tuple[str, ...] | None
    reads: tuple[str, ...] | None


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "sql": Format(".sql", "one query of DuckDB, as a table macro", ("dialect", "relation"), None),
        "skops": Format(".skops", "a scikit-learn Pipeline without pickle", (), ("inputs", "target")),
        "onnx": Format(".onnx", "a graph for ONNX Runtime", (), ("inputs", "target")),
        "json": Format(".json", "what was learned, as numbers and names", (), ()),
        "python": Format(".py", "a script that makes the Pipeline of what was learned", (), None),
    }
)


def format_of(path: str) -> str | None:
    """The format that the end of a path tells."""
    return next((name for name, one in FORMATS.items() if path.lower().endswith(one.suffix)), None)
