"""What is known of the boots of all devices, and how they move when the gateway's clock does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from ..core.messages import Heartbeat, MessageQuarantined, NodeSaid, Reading, ReadingStored, StatusSaid
from ..core.ports.frames import OwnTime
from ..core.ports.intake import Taken
from ..core.ports.store import OWN_CLOCK, Anchor, BootAnchored, ReadingTaken
from ..core.timeline import Boot, Timeline

GATEWAYS = "~"
"""A boot whose name begins so is the gateway's own: readings dated by their arrival while that was not sure."""

ITSELF = ""
"""The device under which the gateway keeps the beginning of its own boots."""


class BootBook:
    """A timeline per device; fulfils the port Boots."""

    def __init__(self, time: OwnTime, anchors: Iterable[Anchor], latest: Mapping[str, Reading]) -> None:
        self.set_ms = 0
        """How far the gateway's clock was set in this run."""
        self._time = time
        self._timelines: dict[str, Timeline] = {}
        for device, reading in latest.items():
            self._timelines[device] = Timeline(reading.time_ms, time.linked)
        # Of a boot in a frame of its own one cannot say how old it is: it is rather kept than a dated one.
        for anchor in sorted(anchors, key=lambda known: (known.frame != "", known.epoch_ms or 0)):
            if anchor.device != ITSELF:
                self._restore(anchor)

    def _restore(self, anchor: Anchor) -> None:
        timeline, boot = self.timeline(anchor.device), anchor.boot
        if boot == "" or _is_gateways(boot):
            timeline.restore_number(boot, anchor.last_seq)
            if boot and boot == self._time.arrivals and anchor.epoch_ms is not None:
                timeline.restore_arrivals(boot, anchor.epoch_ms, anchor.frame)
        else:
            timeline.restore(boot, anchor.epoch_ms, anchor.last_seq, anchor.frame, anchor.drift_ppm)

    def timeline(self, device: str) -> Timeline:
        """The one of this device."""
        known = self._timelines.get(device)
        if known is None:
            known = self._timelines[device] = Timeline(linked=self._time.linked)
        return known

    def forget(self, device: str) -> None:
        """The device is gone."""
        self._timelines.pop(device, None)

    def missing(self, device: str) -> int:
        """How many numbered readings have not come in this run, of its last boots."""
        known = self._timelines.get(device)
        return 0 if known is None else known.missing

    # The port Boots

    def date_frame(self, frame: str, shift_ms: int, into: str) -> tuple[int, int]:
        """The boots of `frame` move and are in `into` now; how many, and of how many devices."""
        moved = self._moving(frame)
        for _, _, boot in moved:
            boot.shift(shift_ms, into)
        return len(moved), len({device for device, _, _ in moved})

    def move_run(self, shift_ms: int) -> list[BootAnchored]:
        """What arrivals of this run dated as UTC moves, because the clock was wrong; what to tell the store."""
        moved = self._moving(None)
        for _, _, boot in moved:
            boot.shift(shift_ms, "")
        return [said for device, name, boot in moved if (said := anchored(device, name, boot)) is not None]

    def clock_set(self, since_ms: int, before_ms: int, shift_ms: int) -> None:
        """What was dated by the gateway's clock since `since_ms` is that much later."""
        self.set_ms += shift_ms
        for timeline in self._timelines.values():
            timeline.set_clock(since_ms, before_ms, shift_ms)

    def _moving(self, home: str | None) -> list[tuple[str, str, Boot]]:
        return [
            (device, name, boot) for device, timeline in self._timelines.items() for name, boot in timeline.moving(home)
        ]

    def re_dated(self, taken: Taken) -> Taken:
        """What was on its way to the disk when the gateway's clock was set, as it would be said now."""
        shift_ms = self.set_ms - taken.set_ms
        unsure = {
            (change.boot, change.seq)
            for change in taken.changes
            if type(change) is ReadingTaken and not change.flags & OWN_CLOCK
        }
        return replace(taken, events=[self._re_dated(event, shift_ms, unsure) for event in taken.events])

    def _re_dated(self, event: object, shift_ms: int, unsure: set[tuple[str, int | None]]) -> object:
        if isinstance(event, Heartbeat | StatusSaid | NodeSaid | MessageQuarantined):
            return replace(event, time_ms=event.time_ms + shift_ms)
        if isinstance(event, ReadingStored) and (event.reading.boot, event.reading.seq) in unsure:
            reading = event.reading
            quality = reading.quality if self._time.frame else {}
            moved = replace(reading, time_ms=reading.time_ms + shift_ms, quality=quality)
            return ReadingStored(moved, event.arrived_ms + shift_ms)
        if isinstance(event, ReadingStored):
            return ReadingStored(event.reading, event.arrived_ms + shift_ms)
        return event


def renamed(boot: str) -> str:
    """A node's boot as it is called here: never like one of the gateway's own."""
    return GATEWAYS + boot if boot.startswith(GATEWAYS) else boot


def _is_gateways(boot: str) -> bool:
    return boot.startswith(GATEWAYS) and not boot.startswith(2 * GATEWAYS)


def anchored(device: str, name: str, boot: Boot) -> BootAnchored | None:
    """What the store must be told of it; None when nothing is known."""
    if boot.epoch_ms is None:
        return None
    return BootAnchored(device, name, boot.epoch_ms, boot.home, boot.drift_ppm)
