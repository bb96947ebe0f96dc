"""What is remembered of one window between two decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from ...core.messages import ClockSet
from ...core.window.change import Aggregate
from ...core.window.moment import Missing, Moment
from .inputs import Heard
from .mind import DecideSettings
from .pacing import Pacing

COMPARED = ("temperature", "humidity", "co2", "sound", "outdoor_temperature", "rain", "wind")
"""Inputs whose change makes the gateway think."""


class Asked(msgspec.Struct, frozen=True):
    """A request that went out: what is to be decided, and on which grounds."""

    id: str
    device: str
    time_ms: int
    cause: str
    urgent: bool
    moment: Moment
    missing: tuple[Missing, ...]
    correlation: str
    simulated: bool


class Scene:
    """One window: what is around it, its pace, and what is on its way to it."""

    def __init__(self, settings: DecideSettings) -> None:
        self.aggregate = Aggregate()
        self.pacing = Pacing(settings.min_interval_s, settings.ask_every_s, settings.deadband_pct)
        self.correlation = ""
        """Of the reading that showed what is to be thought about."""
        self.sent = ""
        """The decision that was handed to the node last."""
        self.waits: Asked | None = None
        """external: what nobody has answered yet."""
        self.waits_ms = 0
        """Since when, by the clock as it is; its own time is that of the record."""

    def see(self, found: Mapping[str, Heard]) -> None:
        """What can be believed now."""
        for name in COMPARED:
            heard = found.get(name)
            if heard is None:
                self.aggregate.drop(name)
            else:
                self.aggregate.take(name, heard.value, heard.time_ms)

    def begin(self, now_ms: int, missing: Sequence[Missing]) -> None:
        """It is thought about, with all of this missing."""
        for one in missing:
            self.aggregate.drop(one.name)
        self.aggregate.asked()
        self.pacing.asked(now_ms)

    def shift(self, event: ClockSet) -> None:
        """The clock was set."""
        self.aggregate.clock_set()
        self.pacing.shift(event.shift_ms)
        self.waits_ms += event.shift_ms
        if self.waits is not None and event.redates:
            self.waits = msgspec.structs.replace(self.waits, time_ms=event.moved(self.waits.time_ms))
