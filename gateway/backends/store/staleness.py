"""Which days no longer say what the readings say, noted in the transaction that changes the readings."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from . import rollups
from .figures import DAY_MS
from .rollups import DeviceState
from .rows import insert
from .spans import time_of

_NEVER = float("-inf")
_SLACK_MS = 2
_UPTIMES = """
SELECT low_up, high_up FROM spans WHERE boot = ?1 AND low_up IS NOT NULL
UNION ALL
SELECT min(at), max(at) FROM readings WHERE boot = ?1 AND NOT flags & 1
    AND seq >= coalesce((SELECT max(block) + 1 FROM spans WHERE boot = ?1) << 10, -9223372036854775808)"""


class Staleness:
    """The tables devices and stale, seen from the one connection that writes.

    While a day is rolled up bit by bit, `expect` makes changes to it known in `touched`, and `erasures` counts devices
    that were forgotten: what was found of one before must not be written.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.touched: set[tuple[str, int]] = set()
        """(device, day) of changes below the watermark since someone began to look; never of rolled back ones only."""
        self.erasures = 0
        self._connection = connection
        self._states: dict[str, DeviceState | None] = {}
        self._expected: dict[str, int] = {}
        self._noted: set[tuple[int, int]] = set()

    def state(self, device: str) -> DeviceState | None:
        """None while nothing of it was rolled up."""
        try:
            return self._states[device]
        except KeyError:
            found = self._states[device] = rollups.state(self._connection, device)
            return found

    def expect(self, device: str, day: int) -> None:
        """From now on note changes of this day, too, and of all before it."""
        self._expected[device] = max(day + 1, self._expected.get(device, day + 1))

    def limits(self, device: str, epoch_ms: int | None, drift_ppm: float) -> tuple[float, float]:
        """Readings below these are to be noted: by UTC and by uptime."""
        days = self._rolled(device)
        if days is None:
            return _NEVER, _NEVER
        utc = days * DAY_MS
        if epoch_ms is None:
            return utc, _NEVER
        factor = 1 + drift_ppm / 1e6
        return utc, ((utc - epoch_ms) / factor + _SLACK_MS if drift_ppm and factor > 0 else utc - epoch_ms)

    def note(self, device: str, days: Iterable[int]) -> None:
        """The readings of these days change."""
        state = self.state(device)
        rolled = self._rolled(device)
        if rolled is None:
            return
        for day in days:
            if day < rolled:
                self.touched.add((device, day))
                if state is not None:
                    self._noted.add((state.id, day))

    def note_boot(self, device: str, boot: int, epoch_ms: int | None, drift_ppm: float) -> None:
        """Everything of this boot that is dated by uptime changes."""
        rolled = self._rolled(device)
        if epoch_ms is None or rolled is None:
            return
        days: set[int] = set()
        for low, high in self._connection.execute(_UPTIMES, (boot,)):
            if low is not None:
                first, last = (time_of(at, epoch_ms, drift_ppm) // DAY_MS for at in (low, high))
                # Only days that may be rolled up: an uptime may be anything, also a hundred thousand years.
                days.update(range(max(first, 0), min(last + 1, rolled)))
        self.note(device, days)

    def _rolled(self, device: str) -> int | None:
        """Changes of days before this one are to be noted; None: of no day."""
        state = self.state(device)
        expected = self._expected.get(device)
        if state is None:
            return expected
        return state.rolled if expected is None else max(state.rolled, expected)

    def flush(self) -> int:
        """Write what was noted; how much it was."""
        noted, self._noted = self._noted, set()
        if noted:
            insert(self._connection, "stale", 2, [part for day in noted for part in day], "ON CONFLICT DO NOTHING")
        return len(noted)

    def erase(self, device: str) -> None:
        """Forget a device; its rollups go later, bit by bit (retention.py)."""
        state = self.state(device)
        self._states.pop(device, None)
        self.erasures += 1
        self._expected.pop(device, None)
        if state is not None:
            self._noted = {day for day in self._noted if day[0] != state.id}
            for sql in (
                "DELETE FROM stale WHERE device = ?",
                "DELETE FROM devices WHERE id = ?",
            ):
                self._connection.execute(sql, (state.id,))

    def forget_state(self, device: str) -> None:
        """Its watermark was moved."""
        self._states.pop(device, None)

    def forget(self) -> None:
        """What is known of the tables may not be true any more."""
        self._states.clear()
        self._noted.clear()
