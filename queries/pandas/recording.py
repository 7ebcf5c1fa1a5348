"""What recording costs: calls of pandas that add to a plan and run nothing."""

from __future__ import annotations

import time

import pandas

import stratum_sql.pandas as door

ROUNDS = 200


def microseconds_a_call() -> tuple[float, int]:
    """The mean of some calls that scripts make most, in time of one core, and how many were timed."""
    frame = pandas.DataFrame({"a": [1.0, 2.0, 3.0], "b": [3.0, None, 1.0], "i": [1, 2, 3], "t": ["x", "y", None]})
    with door.using() as engine:
        df = door.DataFrame(frame)
        before = sum(engine.translated.values())
        spent = 0.0
        for number in range(ROUNDS):
            begun = time.thread_time()
            df[f"ratio_{number}"] = df["a"] / df["b"]
            df[f"flag_{number}"] = (df["i"] > 1).astype(int)
            df[f"filled_{number}"] = df["b"].fillna(0.0)
            df[f"clipped_{number}"] = df["a"].clip(upper=2.0) - df["a"].abs()
            spent += time.thread_time() - begun
            df = df[["a", "b", "i", "t"]]
        calls = sum(engine.translated.values()) - before
    return spent / calls * 1e6, calls
