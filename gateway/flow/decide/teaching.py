"""Keeps what a model knows of each owner equal to the lessons that count, and tells what a lesson has changed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

from msgspec.structs import replace

from ...core.decisions import Override
from ...core.errors import GatewayError, NotFound, StoreError
from ...core.messages import AssignmentChanged, ClockSet, DeviceChanged, Overridden
from ...core.ports.decisions import override_kept
from ...core.ports.models import Lesson
from ...core.ports.store import Writer
from ...core.window import lesson_words
from ...core.window.moment import Moment
from ..bus import Bus
from ..chronicle import Chronicle
from ..promise import Promise
from ..trail import Trail
from . import lesson_file
from .lessons import Lessons, Since

_log = logging.getLogger(__name__)
_UNTOLD = "it is learnt; what it changes cannot be told, because no model answers"


class Pupil(Protocol):
    """Who learns; Mind fulfils it."""

    def learnt(self, device: str, lessons: Sequence[Lesson]) -> None:
        """The device's active lessons, oldest first, in place of those before."""

    def preview(self, device: str, moments: Sequence[Moment]) -> list[float]:
        """Positions in percent, one a moment."""


class Teaching:
    """Every change is known to the model at once, and on the disk when the call returns. Listens to the bus by itself.

    `changed` is told at once of lessons that were forgotten, or are there after all.
    """

    def __init__(
        self,
        writer: Writer,
        bus: Bus,
        trail: Trail,
        chronicle: Chronicle,
        clock: Callable[[], int],
        pupil: Pupil,
        since: Since,
        changed: Callable[[Override], None] = lambda override: None,
    ) -> None:
        self.book = Lessons(clock, since)
        self._writer = writer
        self._bus = bus
        self._trail = trail
        self._chronicle = chronicle
        self._clock = clock
        self._pupil = pupil
        self._changed = changed
        bus.on(ClockSet, self._clock_set)
        bus.on(DeviceChanged, self._device_changed)
        bus.on(AssignmentChanged, self._assigned)

    def restore(self, overrides: Sequence[Override]) -> None:
        """What was taught in earlier runs, in its order."""
        for override in overrides:
            self.put(override)
        for device in self.book.devices():
            self._fold(device)

    def put(self, override: Override) -> None:
        """A known one has changed in what does not concern the model."""
        if override.moment is not None:
            self.book.put(override)

    def teach(self, override: Override) -> str:
        """Learn it, and say what that changes. It has a moment."""
        assert override.moment is not None
        asked = lesson_words.probes(override.moment)
        before = self._preview(override.device, asked)
        lapsed = self._lapsed(override.device, 1)
        for one in lapsed:
            self._put(one)
        if lapsed:
            self._writer.submit([override_kept(one) for one in lapsed])
        self.book.put(override)
        self._fold(override.device)
        after = self._preview(override.device, asked)
        if before is None or after is None:
            return _UNTOLD
        return lesson_words.learnt(before, after, override.moment.hour)

    def withdraw(self, override: Override) -> Override:
        """It was taken back: as if it had never been. As it is then."""
        gone = replace(override, revoked_ms=self._clock())
        self._put(gone)
        self._fold(override.device)
        return gone

    async def forget(self, device: str, ids: Collection[str] | None, who: str) -> list[Override]:
        """Those lessons, or all (None). What was forgotten. Raises NotFound, StoreError."""
        active = {one.id: one for one in self.book.active(device)}
        if ids is not None and (unknown := sorted(set(ids) - set(active))):
            raise NotFound(f"{device} has no lesson {', '.join(unknown)}.")
        now_ms = self._clock()
        gone = [replace(one, revoked_ms=now_ms) for one in active.values() if ids is None or one.id in ids]
        if gone:
            await self._change(device, gone)
            self._trail.note("window.forget", who, f"{device}: {_count(gone)}")
            self._chronicle.note("window.forgot", f"{_count(gone)} forgotten by {who}", device)
        return gone

    def exported(self, device: str) -> dict[str, object]:
        """The lessons that count, as JSON."""
        return lesson_file.exported(device, self.book.active(device))

    async def bring_in(
        self,
        device: str,
        exported: Mapping[str, object],
        who: str,
        stored: Mapping[str, Override],
        *,
        simulated: bool,
    ) -> int:
        """Add what is not there already; how many. `stored` is what the disk has, by id. Raises Refused, StoreError."""
        incoming = lesson_file.read(exported, device, self._clock())
        # Not everything on the disk is remembered here, and not everything that is remembered is there already.
        fresh = lesson_file.renewed(incoming, lambda one: self.book.anywhere(one) or stored.get(one))
        if fresh:
            coming = [replace(one, simulated=simulated) for one in fresh]
            await self._change(device, [*self._lapsed(device, len(coming)), *coming])
            self._trail.note("window.lessons.imported", who, f"{device}: {_count(fresh)}")
            self._chronicle.note("window.learnt", f"{_count(fresh)} brought in by {who}", device)
        return len(fresh)

    async def _change(self, device: str, after: Sequence[Override]) -> None:
        """At once for the model, then on the disk; as it was when that refuses. Raises StoreError."""
        before = [self.book.find(device, one.id) for one in after]
        for one in after:
            self._put(one)
        self._fold(device)
        promise = Promise(lambda error: None)
        self._writer.submit([override_kept(one) for one in after], promise)
        try:
            await promise.kept()
        except StoreError:
            for one, was in zip(after, before, strict=True):
                if was is None:
                    self.book.drop(one)
                else:
                    self._put(replace(self.book.find(device, one.id) or one, revoked_ms=was.revoked_ms))
            self._fold(device)
            raise
        for one in after:
            self._bus.publish(Overridden(one))

    def _lapsed(self, device: str, coming: int) -> list[Override]:
        """What makes room for so many more, as it is then."""
        now_ms = self._clock()
        return [replace(one, revoked_ms=now_ms) for one in self.book.lapsing(device, coming)]

    def _put(self, override: Override) -> None:
        self.book.put(override)
        self._changed(override)

    def _fold(self, device: str) -> None:
        self._pupil.learnt(device, self.book.folded(device))

    def _preview(self, device: str, moments: Sequence[Moment]) -> list[float] | None:
        try:
            return self._pupil.preview(device, moments)
        except GatewayError as error:
            _log.warning("what %s has learnt cannot be previewed: %s", device, error)
            return None

    # What happens around it

    def _clock_set(self, event: ClockSet) -> None:
        if event.redates:
            self.book.re_date(lambda override: re_dated(override, event))

    def _device_changed(self, event: DeviceChanged) -> None:
        if event.status is None and event.device in self.book.devices():
            self.book.forget(event.device)
            self._fold(event.device)

    def _assigned(self, event: AssignmentChanged) -> None:
        """Lessons were given for a room; in another one they do not count."""
        before = self.book.digest(event.device)
        self.book.moved(event.device)
        if self.book.digest(event.device) != before:
            self._fold(event.device)
            left = _count(self.book.active(event.device))
            self._chronicle.note("window.forgot", f"it stands somewhere else now: {left} of there", event.device)


def re_dated(override: Override, event: ClockSet) -> Override:
    """Its times by the clock as it is now; a hold is as long as it was."""
    shift_ms = event.moved(override.time_ms) - override.time_ms
    return replace(
        override,
        time_ms=override.time_ms + shift_ms,
        until_ms=override.until_ms + shift_ms,
        revoked_ms=None if override.revoked_ms is None else event.moved(override.revoked_ms),
        ended_ms=None if override.ended_ms is None else event.moved(override.ended_ms),
    )


def _count(lessons: Sequence[Override]) -> str:
    return "1 lesson" if len(lessons) == 1 else f"{len(lessons)} lessons"
