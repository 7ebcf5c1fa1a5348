"""What a translation says of a call it does not know: pandas itself goes on, with the reason in the log."""

from __future__ import annotations


class Declined(Exception):
    """There is no SQL for this call; `reason` says why, in few words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
