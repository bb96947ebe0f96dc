"""Typed events inside the process: published once, handled by type, never by string.

Handlers are plain functions and must be quick; whoever wants to take its time opens a `Stream`, which is bounded
and counts what it drops instead of slowing the publisher.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

_log = logging.getLogger(__name__)
_Event = TypeVar("_Event")


class Stream:
    """A bounded queue of events for one slow reader; the oldest goes first when it is full."""

    def __init__(self, limit: int, close: Callable[[Stream], None]) -> None:
        self.dropped = 0
        self._events: deque[object] = deque()
        self._limit = limit
        self._ready = asyncio.Event()
        self._close = close

    def _put(self, event: object) -> None:
        if len(self._events) >= self._limit:
            self._events.popleft()
            self.dropped += 1
        self._events.append(event)
        self._ready.set()

    async def next(self) -> object:
        """The next event, waiting for one."""
        while not self._events:
            self._ready.clear()
            await self._ready.wait()
        return self._events.popleft()

    def close(self) -> None:
        """No more events."""
        self._close(self)


class Bus:
    """Dispatches events to the handlers of their exact type."""

    def __init__(self) -> None:
        self._handlers: dict[type, list[Callable[[Any], None]]] = {}
        self._streams: list[Stream] = []
        self._dropped = 0
        self.failures = 0
        """Mistakes of handlers."""

    @property
    def dropped(self) -> int:
        """Events that streams have dropped because their reader was too slow."""
        return self._dropped + sum(stream.dropped for stream in self._streams)

    def on(self, kind: type[_Event], handler: Callable[[_Event], None]) -> None:
        """Call `handler` for every event of exactly this type."""
        # Copied, so that a handler may subscribe while an event is being published.
        self._handlers[kind] = [*self._handlers.get(kind, []), handler]

    def off(self, kind: type[_Event], handler: Callable[[_Event], None]) -> None:
        """Stop calling `handler`."""
        self._handlers[kind] = [known for known in self._handlers.get(kind, []) if known != handler]

    def publish(self, event: object) -> None:
        """Hand `event` to its handlers; one that fails is logged and does not keep it from the others."""
        for handler in self._handlers.get(type(event), ()):
            try:
                handler(event)
            except Exception:  # noqa: BLE001 - per-message isolation: a leaf's mistake must not touch the reading's path
                self.failures += 1
                _log.exception("a handler of %s failed", type(event).__name__)

    def stream(self, *kinds: type, limit: int = 1000) -> Stream:
        """A queue of all events of these types from now on."""

        def close(closing: Stream) -> None:
            for kind in kinds:
                self.off(kind, closing._put)  # noqa: SLF001 - the bus and its streams are one part
            if closing in self._streams:
                self._streams.remove(closing)
                self._dropped += closing.dropped

        opened = Stream(limit, close)
        self._streams.append(opened)
        for kind in kinds:
            self.on(kind, opened._put)  # noqa: SLF001
        return opened
