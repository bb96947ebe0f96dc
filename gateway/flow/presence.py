"""Whether one device is there: connections, signs of life, last wills; going and coming damped to one event.

Pure: times come in, statuses and events come out. The status follows at once; the event that a device is gone waits
for three heartbeats' time, so that a short break or a restart makes none.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import msgspec

from .words import duration, line

HEARTBEAT_MS = 60_000
SILENCE_MS = 3 * HEARTBEAT_MS
FLAPS = 4
"""Times away within FLAP_WINDOW_MS that make a device flapping."""
FLAP_WINDOW_MS = 600_000
SETTLED_MS = 300_000
"""There for so long without a break, and it is flapping no more."""


class Said(msgspec.Struct, frozen=True):
    """An event to be told: its kind and the reason in words."""

    kind: str
    reason: str


class Presence:
    """The comings and goings of one device."""

    __slots__ = (
        "_absent_ms",
        "_beats",
        "_before",
        "_connections",
        "_ended",
        "_gone",
        "_gone_ms",
        "_grace_until_ms",
        "_losses",
        "_lost",
        "_told",
        "_wandering",
        "_wandering_ms",
        "heard_ms",
    )

    def __init__(self) -> None:
        self.heard_ms: int | None = None
        """When anything was last heard of it; None: never."""
        self._connections = 0
        self._before = 0  # connections of the hardware that was replaced, whose ends are yet to come
        self._beats = False  # heartbeats were heard on this connection, so their absence means something
        self._ended = ""  # how the last connection ended
        self._gone = ""  # it said, or its will did, that it is offline; why
        self._gone_ms = 0
        self._lost = False  # the present absence is counted
        self._losses: deque[int] = deque(maxlen=FLAPS)
        self._wandering = 0  # times away since it is flapping; 0: it is not
        self._wandering_ms = 0
        self._told: bool | None = None  # whether the last event said that it is there
        self._absent_ms: int | None = None  # since when it was away, for the event of its return
        self._grace_until_ms = 0

    # What is known

    @property
    def flapping(self) -> bool:
        """It goes and comes so often that only the fact is told."""
        return self._wandering > 0

    def there(self, now_ms: int) -> bool:
        """Connected or heard within three heartbeats; while flapping until it has been away so long."""
        if self.heard_ms is None:
            return self._connections > 0
        silent = now_ms - self.heard_ms > SILENCE_MS
        if self._connections:
            return not (self._beats and silent)
        return not silent and (not self._gone or self.flapping)

    @property
    def told_away_ms(self) -> int | None:
        """Since when it is away, if the last event said that it is; None: it did not."""
        return self._absent_ms if self._told is False else None

    def since_ms(self, now_ms: int) -> int | None:
        """Since when it is away, as far as is known: its goodbye, its will or the last sign of life."""
        return self._gone_ms if self._gone and not self._connections else self.heard_ms

    def why_away(self, now_ms: int) -> str:
        """The reason why it is not there, in words."""
        if self._gone and not self._connections:
            return self._gone
        silence = duration(now_ms - (now_ms if self.heard_ms is None else self.heard_ms))
        if self._connections:
            return f"connected, but nothing heard for {silence}"
        ended = f"; before that: {self._ended}" if self._ended else ""
        return f"{'no heartbeat' if self._beats else 'nothing heard'} for {silence}{ended}"

    # What happens

    def connected(self, now_ms: int) -> None:
        """A connection began."""
        self._connections += 1
        self._beats = False
        self.hear(now_ms)

    def disconnected(self, now_ms: int, why: str, *, goodbye: bool) -> bool:
        """A connection ended; False when none is known. Counted, because a taken over one's end comes late."""
        if self._before:
            self._before -= 1
            return False
        if not self._connections:
            return False
        self._connections -= 1
        if not self._connections:
            self._ended = line(why)
            if self._gone and not goodbye:
                self._gone = f"last will: {self._ended}"
            if self._gone or not goodbye:
                self._lose(now_ms)
        return True

    def hear(self, now_ms: int) -> bool:
        """A sign of life. Whether nothing can have changed by it: it is there, told so, and not flapping."""
        self.heard_ms = now_ms
        self._gone = ""
        self._lost = False
        return self._told is True and not self._wandering

    def beat(self, now_ms: int) -> None:
        """A heartbeat."""
        self._beats = True
        self.hear(now_ms)

    def say_offline(self, now_ms: int) -> None:
        """`offline` was said by it or, when its connection is over, by its last will."""
        if self._before and not self._connections:
            return  # the will of the hardware that was replaced
        self._gone = "said goodbye" if self._connections else f"last will: {self._ended or 'connection lost'}"
        self._gone_ms = now_ms
        if not self._connections:
            self._lose(now_ms)

    def replaced(self, now_ms: int) -> None:
        """Other hardware has its place, and was not heard yet."""
        self._before += self._connections
        self._connections = 0
        self._gone, self._gone_ms = "its hardware was replaced", now_ms
        self._beats = self._lost = False
        self._wandering = 0
        self._losses.clear()

    def prime(self, heard_ms: int, now_ms: int, told: bool | None) -> None:
        """Start from what is remembered; `told` is what its last event said. It has three heartbeats to come back."""
        self.heard_ms = heard_ms
        self._told = True if told is None else told
        if not self._told:
            self._absent_ms = heard_ms
        self._grace_until_ms = now_ms + SILENCE_MS

    def shift(self, moved: Callable[[int], int]) -> None:
        """The gateway's clock was set: everything remembered was at another time, which `moved` tells."""
        if self.heard_ms is not None:
            self.heard_ms = moved(self.heard_ms)
        if self._absent_ms is not None:
            self._absent_ms = moved(self._absent_ms)
        self._gone_ms = moved(self._gone_ms)
        self._wandering_ms = moved(self._wandering_ms)
        self._grace_until_ms = moved(self._grace_until_ms)
        self._losses = deque(map(moved, self._losses), FLAPS)

    # What is to be told

    def news(self, now_ms: int) -> list[Said]:
        """The events that are due. Called after every change and every few seconds."""
        if self.heard_ms is None:
            return []
        said = [*self._flapping_news(now_ms)]
        if self.there(now_ms):
            if self._told is not True:
                away = "" if self._absent_ms is None else f"back after {duration(now_ms - self._absent_ms)}"
                said.append(Said("device.online", away or "heard for the first time"))
                self._told, self._absent_ms = True, None
        elif self._told is not False and now_ms >= self._due_ms():
            said.append(Said("device.offline", self._farewell(now_ms)))
            self._told, self._absent_ms = False, self.heard_ms
        return said

    def _due_ms(self) -> int:
        gone_ms = self._gone_ms if self._gone and not self._connections else self.heard_ms
        return max((gone_ms or 0) + SILENCE_MS, self._grace_until_ms)

    def _farewell(self, now_ms: int) -> str:
        why = self.why_away(now_ms)
        return f"{why}, {duration(now_ms - self._gone_ms)} ago" if why == self._gone else why

    def _flapping_news(self, now_ms: int) -> list[Said]:
        if not self._wandering:
            if len(self._losses) < FLAPS or now_ms - self._losses[0] > FLAP_WINDOW_MS:
                return []
            self._wandering, self._wandering_ms = FLAPS, self._losses[0]
            span = duration(self._losses[-1] - self._losses[0])
            return [
                Said("device.flapping", f"went away {FLAPS} times within {span}; last: {self._gone or self._ended}")
            ]
        last_ms = self._losses[-1]
        away = not self.there(now_ms)
        if not away and (self._lost or now_ms - last_ms < SETTLED_MS):
            return []
        times, span = self._wandering, duration(last_ms - self._wandering_ms)
        self._wandering = 0
        self._losses.clear()
        if away:
            return []  # the event that it is gone says the rest
        return [
            Said("device.settled", f"there for {duration(now_ms - last_ms)}, after going away {times} times in {span}")
        ]

    def _lose(self, now_ms: int) -> None:
        if self._lost:
            return
        self._lost = True
        self._losses.append(now_ms)
        if self._wandering:
            self._wandering += 1
