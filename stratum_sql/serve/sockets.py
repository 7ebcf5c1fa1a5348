"""What the kernel knows of the other end of a socket."""

from __future__ import annotations

import os
import select
import socket
import struct

_CREDENTIALS = struct.Struct("3i")  # process, user, group


def has_hung_up(end: socket.socket) -> bool:
    """Whether the other end is closed, which one who does not read would not see."""
    if end.fileno() < 0:
        return True
    poll = select.poll()
    poll.register(end.fileno(), select.POLLHUP | select.POLLRDHUP)
    return bool(poll.poll(0))


def is_same_user(end: socket.socket) -> bool:
    """Whether the process at the other end is this user's; TCP, where nobody knows, counts as such."""
    if end.family != socket.AF_UNIX:
        return True
    found = end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return int(_CREDENTIALS.unpack(found)[1]) == os.getuid()
