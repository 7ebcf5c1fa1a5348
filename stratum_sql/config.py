"""What a session takes of the machine unless it is told otherwise."""

from __future__ import annotations

import os
from pathlib import Path

_SHARE = 0.6  # of the machine's memory; the rest is for the libraries' own copies and everything else that runs


def worker_count(threads: int | None) -> int:
    """How many trials run side by side: `threads`, or the cores this process may use."""
    if threads is not None:
        return max(1, int(threads))
    return max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def memory_budget() -> int:
    """Bytes for values that are kept: a share of the memory of the machine, or of the container if that is less."""
    sizes = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for name in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            text = Path(name).read_text().strip()
        except OSError:
            continue
        if text.isdigit():
            sizes.append(int(text))
    return int(min(sizes) * _SHARE)
