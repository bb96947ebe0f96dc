"""Who waits for whom: publishers for slow subscribers, and everybody for their own rate."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from .connection import Connection
from .session import Session
from .settings import BrokerSettings, Counters


class Backpressure:
    """`note` (kind, client, detail) is told of a subscriber that is cut."""

    def __init__(
        self,
        limits: BrokerSettings,
        counters: Counters,
        note: Callable[[str, str, str], None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._limits = limits
        self._counters = counters
        self._note = note
        self._loop = loop

    def slow_down(self, publisher: Connection | None, session: Session) -> None:
        """The publisher waits for the subscriber, unless waiting would be wrong or for ever."""
        wire = session.wire
        if publisher is None or wire is None or publisher is wire or publisher.closed:
            if session.full:
                self._overrun(session)
            return
        if session.service and publisher.session is not None and not publisher.session.service:
            # A program never slows a device: it keeps up or it is cut.
            if session.full:
                self._overrun(session)
            return
        publisher.block(session)
        session.waiting.add(publisher)

    def _overrun(self, session: Session) -> None:
        wire = session.wire
        if isinstance(wire, Connection) and not wire.closed:
            self._counters.stalled += 1
            self._note("mqtt.stalled", session.client, "took messages too slowly; its queue was full")
            wire.close("too slow: its queue is full", at_once=True)

    def meter(self, connection: Connection) -> None:
        """One client may not take more than its share; its messages wait, nothing is lost."""
        rate, now = self._limits.messages_per_s, self._loop.time()
        tokens = min(self._limits.message_burst, connection.tokens + (now - connection.tokens_at) * rate) - 1
        connection.tokens, connection.tokens_at = tokens, now
        if tokens < 0:
            connection.block("rate")
            self._loop.call_later(-tokens / rate + 0.01, connection.unblock, "rate")
