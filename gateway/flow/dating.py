"""When a reading was measured: by its node's clock, by its boot's anchor, or by its arrival."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from ..core.messages import Sample
from ..core.ports.frames import OwnTime
from ..core.ports.store import OWN_CLOCK, BootAnchored, Change, ReadingTaken
from ..core.timeline import Boot, Timeline
from .boot_book import GATEWAYS, BootBook, anchored, renamed
from .doubts import CLEAN
from .node_clocks import NodeClocks


class AlwaysSure:
    """The time of a gateway that always knew it."""

    frame = ""
    arrivals = ""
    epoch_ms = 0

    def linked(self, home: str, known_ms: int, estimate_ms: int) -> None:
        """There is nothing to learn."""


class Dating:
    """Names and dates readings; `note` (kind, reason, device) is told of a node whose own clock is wrong."""

    def __init__(self, time: OwnTime, boots: BootBook, note: Callable[[str, str, str], object]) -> None:
        self._time = time
        self._boots = boots
        self._clocks = NodeClocks(note)

    def plain(
        self, device: str, timeline: Timeline, sample: Sample, now_ms: int
    ) -> tuple[ReadingTaken, int, Boot] | None:
        """Name and date at once what most nodes send: one reading of a boot of theirs that is well known.

        With its UTC ms; None: the others have to look at it. Its anchor may have moved: see `Boot.kept`.
        """
        name, uptime_ms = sample.boot, sample.uptime_ms
        if name is None or uptime_ms is None or sample.timestamp_ms is not None or name[0] == GATEWAYS:
            return None
        boot = timeline.known(name)
        if boot is None or self._time.frame:
            return None
        time_ms = boot.passed(uptime_ms, now_ms)
        if time_ms is None:
            return None
        return ReadingTaken(device, name, sample.seq, uptime_ms, sample.values, 0, CLEAN), time_ms, boot

    def check_clock(self, device: str, samples: list[Sample], now_ms: int) -> bool:
        """Whether the node's own clock is wrong; then its timestamps are taken out of `samples`."""
        wrong = False
        for index, sample in enumerate(samples):
            if sample.boot is not None and sample.boot[0] == GATEWAYS:
                samples[index] = sample = replace(sample, boot=renamed(sample.boot))
            if sample.timestamp_ms is not None:
                judged = self._clocks.judged(device, sample, now_ms, known=not self._time.frame)
                if judged is not sample:
                    samples[index], wrong = judged, True
        return wrong

    def anchors(
        self, device: str, timeline: Timeline, samples: list[Sample], now_ms: int, *, prompt: bool
    ) -> list[BootAnchored]:
        """The anchors the store must be told. Newest sample first: in a backlog it was waited for least."""
        frame = self._time.frame
        if len(samples) == 1:
            boot, name = timeline.anchor(samples[0], now_ms, frame, prompt), samples[0].boot
            said = None if boot is None or name is None else anchored(device, name, boot)
            return [] if said is None else [said]
        found: dict[str, Boot] = {}
        for sample in reversed(samples):
            boot = timeline.anchor(sample, now_ms, frame, prompt)
            if boot is not None and sample.boot is not None:
                found[sample.boot] = boot
        return [said for name, boot in found.items() if (said := anchored(device, name, boot)) is not None]

    def place(
        self, device: str, timeline: Timeline, sample: Sample, now_ms: int, changes: list[Change]
    ) -> tuple[ReadingTaken, int, str]:
        """The reading under its name and time; with its UTC ms, and the frame that is provisional in."""
        values, boot, seq = sample.values, sample.boot, sample.seq
        if sample.timestamp_ms is not None:
            if boot is None:
                boot, seq = "", timeline.number("")
            return ReadingTaken(device, boot, seq, sample.timestamp_ms, values, OWN_CLOCK), sample.timestamp_ms, ""
        if boot is not None and sample.uptime_ms is not None:
            time_ms, home = timeline.date(boot, sample.uptime_ms, now_ms)
            return ReadingTaken(device, boot, seq, sample.uptime_ms, values, 0), time_ms, home
        return self._by_arrival(device, timeline, sample, now_ms, changes)

    def _by_arrival(
        self, device: str, timeline: Timeline, sample: Sample, now_ms: int, changes: list[Change]
    ) -> tuple[ReadingTaken, int, str]:
        time, boot, seq = self._time, sample.boot, sample.seq
        if boot is None:
            boot = time.arrivals
            seq = timeline.number(boot)
            known = timeline.arrivals(boot, time.epoch_ms, time.frame) if boot else None
        else:
            known = timeline.by_arrival(boot, time.epoch_ms, time.frame) if time.frame else None
        if known is None or known.epoch_ms is None:
            return ReadingTaken(device, boot, seq, now_ms, sample.values, OWN_CLOCK), now_ms, ""
        if not known.kept:
            changes.append(BootAnchored(device, boot, known.epoch_ms, known.home))
        return ReadingTaken(device, boot, seq, now_ms - known.epoch_ms, sample.values, 0), now_ms, known.home

    def again(self, device: str, reading: ReadingTaken, now_ms: int) -> tuple[list[Change], int]:
        """A reading that was taken before, as it was; with its UTC ms."""
        if reading.flags & OWN_CLOCK:
            return [reading], reading.at_ms
        arrivals = self._boots.timeline(device).arrivals(reading.boot, self._time.epoch_ms, self._time.frame)
        time_ms = arrivals.at(reading.at_ms) or now_ms
        said = None if arrivals.kept else anchored(device, reading.boot, arrivals)
        return [reading] if said is None else [said, reading], time_ms

    def forget(self, device: str) -> None:
        """The device is gone."""
        self._clocks.forget(device)
