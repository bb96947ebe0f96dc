"""One channel as the outbox knows it: whether it is there, whether it may be used, and how it is getting on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ...core.delivery import Delivery, DeliveryState
from ...core.ports.channel import Channel, Shut, Slower
from ..words import duration

_ALL_WAIT_S = 60.0
"""Told to wait longer than this, every lane of the channel waits."""
_WORTH_TELLING_MS = 600_000


class Carrier:
    """What the lanes of a channel share. Seconds are those of the event loop's steady clock."""

    def __init__(self, name: str, clock: Callable[[], int]) -> None:
        self.name = name
        self.channel: Channel | None = None
        """None: it is not there now."""
        self.delivered = self.failed = self.unsure = self.repeated = 0
        """Since the start."""
        self.last_ms: int | None = None
        self._clock = clock
        self._lanes: dict[str, Callable[[], None]] = {}
        self._blocked: dict[str, str] = {}
        """Why, by lane."""
        self._shut = ""
        self._shut_until_s: float | None = None
        self._free_s = 0.0
        self._failing_ms: int | None = None
        self._why = ""

    @property
    def complaint(self) -> str:
        """What is wrong with it now; empty: nothing that matters."""
        if self._shut or self._blocked:
            return self._shut or "; ".join(f"{lane}: {why}" for lane, why in self._blocked.items())
        if self._failing_ms is None or (since_ms := self._clock() - self._failing_ms) < _WORTH_TELLING_MS:
            return ""
        return f"nothing arrives for {duration(since_ms)}: {self._why}"

    def join(self, lane: str, relieved: Callable[[], None]) -> None:
        """`relieved` is called when there is reason to try again at once."""
        self._lanes[lane] = relieved

    def blocked(self, lane: str, why: str) -> None:
        """Its target takes nothing."""
        self._blocked[lane] = why

    def unblocked(self, lane: str) -> None:
        """It does again."""
        self._blocked.pop(lane, None)

    def wait_s(self) -> float | None:
        """Seconds until it may be used; 0: now; None: until something changes."""
        now_s = asyncio.get_running_loop().time()
        if self.channel is None:
            return None
        if self._shut:
            if self._shut_until_s is None:
                return None
            if self._shut_until_s > now_s:
                return self._shut_until_s - now_s
        return max(0.0, self._free_s - now_s)

    def open(self, channel: Channel | None) -> None:
        """It is there, or not any more; whatever was wrong with it may be right by now."""
        self.channel = channel
        self._shut, self._shut_until_s, self._free_s = "", None, 0.0
        self._failing_ms, self._why = None, ""
        self._blocked.clear()
        self.relieve()

    def relieve(self) -> None:
        """Its lanes try again at once."""
        for relieved in self._lanes.values():
            relieved()

    def succeeded(self) -> None:
        """Something arrived."""
        self.last_ms = self._clock()
        struggled = self._failing_ms is not None
        self._shut, self._shut_until_s = "", None
        self._failing_ms, self._why = None, ""
        if struggled:
            self.relieve()

    def failing(self, why: str) -> None:
        """Something did not arrive, for now."""
        if self._failing_ms is None:
            self._failing_ms = self._clock()
        self._why = why

    def slower(self, said: Slower) -> None:
        """The other side wants fewer; a long wait is one for everybody."""
        self.failing(str(said))
        if said.after_s > _ALL_WAIT_S:
            self._free_s = asyncio.get_running_loop().time() + said.after_s + 1

    def shut(self, said: Shut) -> None:
        """It takes nothing at all."""
        self._shut = str(said) or "it takes nothing any more"
        now_s = asyncio.get_running_loop().time()
        self._shut_until_s = None if said.again_s is None else now_s + said.again_s

    def count(self, ended: Delivery) -> None:
        """One has come to its end."""
        if ended.state is DeliveryState.DELIVERED:
            self.delivered += 1
            self.repeated += ended.repeated
        elif ended.state is DeliveryState.FAILED:
            self.failed += 1
