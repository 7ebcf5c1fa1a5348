"""Windows of frames whose labels are beside their plan: those of the plan, under the labels."""

from __future__ import annotations

from typing import Any

from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.lazy import kept, own, thawed
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.named_calls import Call, of_named
from stratum_sql.pandas.rolling import Rolling
from stratum_sql.pandas.stand_ins import under


@of_named("rolling", "expanding", "ewm")
def _windows(call: Call) -> Any:
    state, now = call.state, kept((call.args, call.kwargs))
    if call.kwargs.get("on") is not None or not len(state.axis):
        raise Declined("windows beside a column")
    windows = call.over(*call.args, **call.kwargs)
    assert isinstance(windows, Rolling)

    def of_pandas() -> Any:
        args, kwargs = thawed(now)
        with object_mode():
            return getattr(own(state), call.name)(*args, **kwargs)

    return windows.renamed(lambda found: under(state, found), of_pandas)
