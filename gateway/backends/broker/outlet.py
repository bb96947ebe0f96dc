"""Bytes out: everything one turn of the event loop has for a client goes out in one write."""

from __future__ import annotations

import asyncio
from typing import Protocol

_MANY_WRITES = 256


class Pipe(Protocol):
    """The transport below a connection: TCP, TLS or WebSocket."""

    def write(self, data: bytes) -> None:
        """Send; never blocks."""

    def pause(self) -> None:
        """Stop reading."""

    def resume(self) -> None:
        """Read again."""

    def backlog(self) -> int:
        """Bytes written that the client has not taken."""

    def close(self) -> None:
        """Send what is written, then close."""

    def abort(self) -> None:
        """Close at once."""


class Flusher:
    """Flushes, at the end of a turn of the loop, the outlets that were written to in it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._due: list[Outlet] = []

    def due(self, outlet: Outlet) -> None:
        """`outlet` has something to send."""
        if not self._due:
            self._loop.call_soon(self._flush)
        self._due.append(outlet)

    def _flush(self) -> None:
        due, self._due = self._due, []
        for outlet in due:
            outlet.flush()


class Outlet:
    """The sending half of a connection."""

    __slots__ = ("_dirty", "_flusher", "_out", "closed", "pipe")

    def __init__(self, pipe: Pipe, flusher: Flusher) -> None:
        self.pipe = pipe
        self.closed = False
        self._flusher = flusher
        self._out: list[bytes] = []
        self._dirty = False

    def write(self, data: bytes) -> None:
        """Send with everything else this turn of the loop produces."""
        if self.closed:
            return
        out = self._out
        out.append(data)
        if not self._dirty:
            self._dirty = True
            self._flusher.due(self)
        elif len(out) > _MANY_WRITES:
            # Enough for one write: the client reads it while the rest of the turn is worked through.
            data = b"".join(out)
            out.clear()
            self.pipe.write(data)

    def flush(self) -> None:
        """Hand what is due to the transport."""
        self._dirty = False
        if self._out:
            data = self._out[0] if len(self._out) == 1 else b"".join(self._out)
            self._out.clear()
            self.pipe.write(data)

    def shut(self, *, at_once: bool) -> None:
        """End it; what is written is still sent unless `at_once`."""
        if not at_once:
            self.flush()
        self.closed = True
        self._out.clear()
        if at_once:
            self.pipe.abort()
        else:
            self.pipe.close()
