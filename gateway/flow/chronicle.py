"""The event log: what happened to devices and to the gateway itself, with the reason in words.

Each event is kept and announced at once. Of the same kind, device and metric only a few a minute are: the rest is
counted, and the count is told with the last reason when the minute is over (at the next event, `settle` or `flush`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import msgspec

from ..core.errors import StoreError
from ..core.messages import ClockSet, Happened
from ..core.ports.store import NotesDated, Writer
from .bus import Bus
from .correlation import current
from .words import line

_log = logging.getLogger(__name__)
_WINDOW_MS = 60_000
_EACH = 3
"""Told of the same kind, device and metric in one window; going and coming back must not be folded."""
_IN_ALL = 1000
"""Different ones in one window; a house of 200 nodes that loses its power stays well below."""

_Key = tuple[str, str, str]


class _Fold(msgspec.Struct):
    """What was told in the window that began at `since_ms`, and the last of those only counted."""

    since_ms: int
    told: int = 0
    more: int = 0
    last: Happened | None = None


class _Moved(msgspec.Struct, frozen=True):
    """A receipt."""

    then: Callable[[StoreError | None], None]

    def settled(self, error: StoreError | None) -> None:
        """The notes have moved, or could not be."""
        self.then(error)


class Chronicle:
    """Writes and announces events. `simulated` says whether a device is a simulated one."""

    def __init__(
        self,
        writer: Writer,
        bus: Bus,
        clock: Callable[[], int],
        simulated: Callable[[str], bool] = lambda device: False,
    ) -> None:
        self._writer = writer
        self._bus = bus
        self._clock = clock
        self._simulated = simulated
        self._folds: dict[_Key, _Fold] = {}
        self._owed: list[NotesDated] = []
        """Not on the disk yet: it may be full."""
        bus.on(ClockSet, self._clock_set)

    def note(
        self,
        kind: str,
        reason: str,
        device: str = "",
        metric: str = "",
        correlation: str = "",
        *,
        asset: str = "",
        simulated: bool = False,
    ) -> Happened:
        """Tell it, or count it when the same has been told often enough within the minute.

        `correlation` empty: that of the message or request being worked on. `asset`: to which it happened, too.
        `simulated`: it is made of simulated readings, though it is of no device.
        """
        now_ms = self._clock()
        self._settle(now_ms)
        marked = simulated or (bool(device) and self._simulated(device))
        event = Happened(now_ms, kind, line(reason), device, metric, correlation or current(), marked, asset)
        fold = self._fold((kind, device, metric), now_ms)
        if fold.told < _EACH:
            fold.told += 1
            self._tell(event)
        else:
            fold.more += 1
            fold.last = event
        return event

    def settle(self) -> None:
        """Tell the counts whose minute is over; ask the disk again to move what it could not."""
        self._settle(self._clock())
        self._move_notes()

    def flush(self) -> None:
        """Tell all counts; at the end."""
        for fold in self._folds.values():
            self._close(fold)
        self._folds.clear()

    def _clock_set(self, event: ClockSet) -> None:
        """What was written down by the clock as it was, by the trail too, moves with it."""
        if event.redates:
            self._move_notes([NotesDated(event.since_ms, event.before_ms, event.shift_ms)])
        for fold in self._folds.values():
            fold.since_ms = event.moved(fold.since_ms)
            if fold.last is not None:
                fold.last = msgspec.structs.replace(fold.last, time_ms=event.moved(fold.last.time_ms))

    def _move_notes(self, more: Sequence[NotesDated] = ()) -> None:
        """All that is owed, in order: a later setting of the clock speaks of times as the earlier ones left them.

        At once: what is written down from now on has the right time, and must not move.
        """
        moves = [*self._owed, *more]
        self._owed = []
        if moves:
            self._writer.submit(moves, _Moved(lambda error: self._moved(moves, error)))

    def _moved(self, moves: list[NotesDated], error: StoreError | None) -> None:
        if error is not None:
            self._owed += moves

    def _fold(self, key: _Key, now_ms: int) -> _Fold:
        fold = self._folds.get(key)
        if fold is None and len(self._folds) >= _IN_ALL:
            key = (key[0], "", "")
            fold = self._folds.get(key)
        if fold is None:
            fold = self._folds[key] = _Fold(now_ms)
        return fold

    def _settle(self, now_ms: int) -> None:
        # They are in order of their beginning, unless the clock was set.
        while self._folds:
            key, fold = next(iter(self._folds.items()))
            if 0 <= now_ms - fold.since_ms < _WINDOW_MS:
                return
            del self._folds[key]
            self._close(fold)

    def _close(self, fold: _Fold) -> None:
        if fold.last is not None:
            times = "once more" if fold.more == 1 else f"{fold.more} more times"
            self._tell(msgspec.structs.replace(fold.last, reason=f"{fold.last.reason} ({times} within a minute)"))

    def _tell(self, event: Happened) -> None:
        self._writer.submit((event,))
        self._bus.publish(event)
        who = f"{event.device} {event.metric}".strip() or "gateway"
        _log.info("%s of %s: %s", event.kind, who, event.reason, extra={"correlation": event.correlation})
