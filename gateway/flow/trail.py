"""The audit trail: who did or tried what, folded so that a flood of refusals cannot fill the disk.

The first of its kind is written at once. Repeats of (kind, who, detail) within a minute only count; the count
is written when the minute is over, at the next note or `flush`. What strangers can cause (`…refused…`,
`…denied…`) is also limited in sum, because a flood may change its name each time.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ..core.messages import Audited
from ..core.ports.store import Writer
from .bus import Bus
from .correlation import current

_WINDOW_MS = 60_000
_REMEMBERED = 1024
_STRANGERS_PER_WINDOW = 100
_CAUSED_BY_STRANGERS = frozenset({"refused", "denied"})
_OTHERS = "(others)"
_WHO_CHARS = 80
_DETAIL_CHARS = 400


class _Fold(msgspec.Struct):
    """What was written once and is only counted since."""

    since_ms: int
    last_ms: int
    more: int = 0
    correlation: str = ""
    """Of the last that was only counted."""


class Trail:
    """Writes and announces what a person may want to look up later; fulfils core/ports/gatekeeper.Auditor."""

    def __init__(self, writer: Writer, bus: Bus, clock: Callable[[], int]) -> None:
        self._writer = writer
        self._bus = bus
        self._clock = clock
        self._folds: dict[tuple[str, str, str], _Fold] = {}
        self._strangers: dict[str, int] = {}
        self._strangers_since_ms = 0

    def note(self, kind: str, who: str, detail: str = "") -> Audited | None:
        """Write it down, with the id of the message or request being worked on.

        Returns what was written, None when folded into an earlier entry.
        """
        entry = self.entry(kind, who, detail)
        if entry is not None:
            self._write(entry)
        return entry

    def entry(self, kind: str, who: str, detail: str = "") -> Audited | None:
        """The same for whoever commits it together with what it tells of, and then announces it; None when folded."""
        now = self._clock()
        correlation = current()
        self._settle(now)
        key = (kind, _printable(who, _WHO_CHARS), _printable(detail, _DETAIL_CHARS))
        if key not in self._folds and self._crowded(kind, now):
            key = (kind, _OTHERS, "too many different ones to write down each")
        fold = self._folds.get(key)
        if fold is not None:
            fold.more += 1
            fold.last_ms = now
            fold.correlation = correlation
            return None
        self._make_room()
        self._folds[key] = _Fold(now, now)
        return Audited(now, *key, correlation)

    def flush(self) -> None:
        """Write the counts that are still open; at the end."""
        for key, fold in self._folds.items():
            self._close(key, fold)
        self._folds.clear()

    def _settle(self, now: int) -> None:
        """Close the folds whose minute is over; they are in order of their beginning, unless the clock was set."""
        while self._folds:
            key, fold = next(iter(self._folds.items()))
            if 0 <= now - fold.since_ms < _WINDOW_MS:
                return
            del self._folds[key]
            self._close(key, fold)

    def _make_room(self) -> None:
        if len(self._folds) >= _REMEMBERED:
            key = next(iter(self._folds))
            self._close(key, self._folds.pop(key))

    def _crowded(self, kind: str, now: int) -> bool:
        """Whether strangers have already caused as many entries of this kind as a minute may have."""
        if _CAUSED_BY_STRANGERS.isdisjoint(kind.split(".")):
            return False
        if not 0 <= now - self._strangers_since_ms < _WINDOW_MS:
            self._strangers_since_ms = now
            self._strangers.clear()
        self._strangers[kind] = self._strangers.get(kind, 0) + 1
        return self._strangers[kind] > _STRANGERS_PER_WINDOW

    def _close(self, key: tuple[str, str, str], fold: _Fold) -> None:
        if fold.more:
            kind, who, detail = key
            times = "once more" if fold.more == 1 else f"{fold.more} more times"
            said = f"{detail} ({times} within a minute)".lstrip()
            self._write(Audited(fold.last_ms, kind, who, said, fold.correlation))

    def _write(self, entry: Audited) -> None:
        self._writer.submit([entry])
        self._bus.publish(entry)


def _printable(text: str, limit: int) -> str:
    """`text` as one bounded line: strangers choose these words, terminals and logs show them."""
    line = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text[: limit + 1])
    return line if len(line) <= limit else line[: limit - 1] + "…"
