"""Counts, seconds and bytes as a person reads them."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """`1 trial`, `2,000 trials`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def seconds_text(seconds: float) -> str:
    """Seconds with two or three digits: `0 s`, `3.1 ms`, `12.4 s`, `5 min`."""
    if seconds < 0.00005:
        return "0 s"
    if seconds < 1:
        return f"{seconds * 1000:.3g} ms"
    return f"{seconds:.3g} s" if seconds < 100 else f"{seconds / 60:,.0f} min"


def bytes_text(size: float) -> str:
    """Bytes with three digits: `640 B`, `1.2 MiB`."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1024
    return f"{size:,.3g} TiB"
