"""What owners teach, forget and correct: every change counts at once, and the model follows beside the event loop."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from msgspec.structs import replace

from ...core.decisions import Override
from ...core.errors import NotFound, StoreError
from ...core.messages import AssignmentChanged, ClockSet, DeviceChanged, Overridden
from ...core.ports.decisions import override_kept
from ...core.ports.store import Writer
from ..bus import Bus
from ..chronicle import Chronicle
from ..promise import Promise
from ..trail import Trail
from . import corrections, lesson_file
from .folding import Folding, Pupil
from .lessons import Lessons, Since


class Teaching:
    """Keeps the lessons. Listens to the bus by itself.

    `changed` is told at once of lessons that were forgotten, or are there after all, and of what was learnt.
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
        self.folding = Folding(self.book, pupil, self._told)
        self._writer = writer
        self._bus = bus
        self._trail = trail
        self._chronicle = chronicle
        self._clock = clock
        self._changed = changed
        bus.on(ClockSet, self._clock_set)
        bus.on(DeviceChanged, self._device_changed)
        bus.on(AssignmentChanged, self._assigned)

    async def restore(self, overrides: Sequence[Override]) -> None:
        """What was taught in earlier runs, in its order; the model knows it when this returns."""
        for override in overrides:
            self.put(override)
        for device in self.book.devices():
            self.folding.behind(device)
        await self.folding.caught_up()

    def put(self, override: Override) -> None:
        """A known one has changed in what does not concern the model."""
        if override.moment is not None:
            self.book.put(override)

    def teach(self, override: Override) -> None:
        """It counts from now on, and is learnt in a later turn of the loop. It has a moment."""
        assert override.moment is not None
        corrected = corrections.corrected(self.book.active(override.device), override)
        for before, after in corrected:
            self._chronicle.note("window.forgot", corrections.told(before, override), override.device)
            self._put_down(after)
        self._put_down(*self._lapsed(override.device, 1))
        self.book.put(override)
        self.folding.behind(override.device, fresh=override)
        for _, after in corrected:
            self._bus.publish(Overridden(after))

    def withdraw(self, override: Override) -> Override:
        """It was taken back: as if it had never been. As it is then; the others hear of it when the model knows."""
        gone = replace(override, revoked_ms=self._clock())
        self._put_down(gone, *self._revived([gone]))
        self.folding.behind(override.device, then=lambda: self._tell(gone))
        return gone

    async def forget(self, device: str, ids: Collection[str] | None, who: str) -> list[Override]:
        """Those lessons, or all (None). What was forgotten. Raises NotFound, StoreError."""
        active = {one.id: one for one in self.book.active(device)}
        if ids is not None and (unknown := sorted(set(ids) - set(active))):
            raise NotFound(f"{device} has no lesson {', '.join(unknown)}.")
        now_ms = self._clock()
        gone = [replace(one, revoked_ms=now_ms) for one in active.values() if ids is None or one.id in ids]
        if gone:
            back = [] if ids is None else self._revived(gone)
            await self._change(device, [*gone, *back])
            self._trail.note("window.forget", who, f"{device}: {_count(gone)}")
            again = f"; {_count(back)} that it had corrected counts again" if back else ""
            self._chronicle.note("window.forgot", f"{_count(gone)} forgotten by {who}{again}", device)
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
        """At once in the book, then on the disk and with the model; as it was when the disk refuses.

        Raises StoreError.
        """
        before = [self.book.find(device, one.id) for one in after]
        for one in after:
            self._put(one)
        self.folding.behind(device)
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
            self.folding.behind(device)
            raise
        finally:
            await self.folding.caught_up()
        for one in after:
            self._tell(one)

    def _told(self, override: Override, words: str) -> None:
        """The model knows it; unless it was forgotten meanwhile that is said, and written down."""
        known = self.book.find(override.device, override.id)
        if known is None or known.revoked_ms is not None:
            return
        taught = replace(known, learnt=words)
        self._put_down(taught)
        self._chronicle.note("window.learnt", words, taught.device, correlation=taught.correlation)
        self._bus.publish(Overridden(taught))

    def _tell(self, override: Override) -> None:
        """As it is by now."""
        self._bus.publish(Overridden(self.book.find(override.device, override.id) or override))

    def _lapsed(self, device: str, coming: int) -> list[Override]:
        """What makes room for so many more, as it is then."""
        now_ms = self._clock()
        return [replace(one, revoked_ms=now_ms) for one in self.book.lapsing(device, coming)]

    def _revived(self, gone: Iterable[Override]) -> list[Override]:
        """What those had corrected counts again, as lessons of their own."""
        back = [one for lost in gone for one in corrections.corrected_by(self.book.all(lost.device), lost)]
        return lesson_file.renewed([corrections.again(one, self._clock()) for one in back], self.book.anywhere)

    def _put_down(self, *overrides: Override) -> None:
        """In the book, and on the disk as soon as it can be."""
        for override in overrides:
            self._put(override)
        if overrides:
            self._writer.submit([override_kept(override) for override in overrides])

    def _put(self, override: Override) -> None:
        self.book.put(override)
        self._changed(override)

    # What happens around it

    def _clock_set(self, event: ClockSet) -> None:
        if event.redates:
            self.book.re_date(lambda override: re_dated(override, event))

    def _device_changed(self, event: DeviceChanged) -> None:
        if event.status is None and event.device in self.book.devices():
            self.book.forget(event.device)
            self.folding.behind(event.device)

    def _assigned(self, event: AssignmentChanged) -> None:
        """Lessons were given for a room; in another one they do not count."""
        self.book.moved(event.device)
        if self.book.digest(event.device) != self.folding.digest(event.device):
            self.folding.behind(event.device)
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
