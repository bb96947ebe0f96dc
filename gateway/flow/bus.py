"""Typed events inside the process: published once, handled by type, never by string.

Handlers are plain functions and must be quick; whoever wants to take its time opens a `Stream`, which is bounded
and counts what it drops instead of slowing the publisher.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any, TypeVar

_log = logging.getLogger(__name__)
_Event = TypeVar("_Event")
_Handlers = tuple[Callable[[Any], None], ...]
_MOST_KNOWN = 4096
"""Devices of which it is remembered whom they concern."""


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
        self._wants: dict[Callable[[Any], None], Callable[[str], bool]] = {}
        self._concerned: dict[type, dict[str, _Handlers]] = defaultdict(dict)
        self._streams: list[Stream] = []
        self._dropped = 0
        self.failures = 0
        """Mistakes of handlers."""

    @property
    def dropped(self) -> int:
        """Events that streams have dropped because their reader was too slow."""
        return self._dropped + sum(stream.dropped for stream in self._streams)

    def on(
        self, kind: type[_Event], handler: Callable[[_Event], None], wants: Callable[[str], bool] | None = None
    ) -> None:
        """Call `handler` for every event of exactly this type.

        `wants` says of which devices it makes anything of them: `tell` spares it the others. Whoever gives one calls
        `reconsider` when its answers change.
        """
        # Copied, so that a handler may subscribe while an event is being published.
        self._handlers[kind] = [*self._handlers.get(kind, []), handler]
        if wants is not None:
            self._wants[handler] = wants
        self._concerned.pop(kind, None)

    def off(self, kind: type[_Event], handler: Callable[[_Event], None]) -> None:
        """Stop calling `handler`."""
        self._handlers[kind] = [known for known in self._handlers.get(kind, []) if known != handler]
        self._wants.pop(handler, None)
        self._concerned.pop(kind, None)

    def publish(self, event: object) -> None:
        """Hand `event` to its handlers; one that fails is logged and does not keep it from the others."""
        for handler in self._handlers.get(type(event), ()):
            try:
                handler(event)
            except Exception:  # noqa: BLE001 - per-message isolation: a leaf's mistake must not touch the reading's path
                self._failed(event)

    def tell(self, event: object, device: str) -> None:
        """`publish`, but only to those whom `device` concerns: for what comes with every reading."""
        index = self._concerned
        handlers = index[type(event)].get(device)
        if handlers is None:
            handlers = self._find(type(event), device)
        for handler in handlers:
            try:
                handler(event)
            except Exception:  # noqa: BLE001 - as above
                self._failed(event)
        if index is not self._concerned:
            self._tell_others(event, device, handlers)

    def reconsider(self) -> None:
        """Somebody's answer of which devices concern it may be another from now on."""
        self._concerned = defaultdict(dict)

    def _tell_others(self, event: object, device: str, told: _Handlers) -> None:
        """Those whom it concerns by now, because of what the others made of it."""
        for handler in self._find(type(event), device):
            if handler not in told:
                try:
                    handler(event)
                except Exception:  # noqa: BLE001 - as above
                    self._failed(event)

    def _find(self, kind: type, device: str) -> _Handlers:
        found = tuple(known for known in self._handlers.get(kind, ()) if self._wanted(known, device))
        index = self._concerned[kind]
        if len(index) >= _MOST_KNOWN:
            index.clear()
        index[device] = found
        return found

    def _wanted(self, handler: Callable[[Any], None], device: str) -> bool:
        wants = self._wants.get(handler)
        return wants is None or wants(device)

    def _failed(self, event: object) -> None:
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
