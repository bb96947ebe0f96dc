"""The inside of a node in a scenario: its boot, its clock, its sensors, and the order in which readings leave it."""

from __future__ import annotations

import random

from ..faults import FaultySensors
from .ledger import Entry, Ledger

_FORGIVEN_MS = 300_000.0
"""A clock that is further ahead is not believed; the reading then gets the time of its arrival."""


class Machine:
    """Told the time, never asks for it: `elapsed_ms` is since the scenario's begin, `begin_ms` its UTC instant."""

    def __init__(self, sensors: FaultySensors, begin_ms: int, has_clock: bool, nonce: str, rng: random.Random) -> None:
        self._sensors = sensors
        self._begin_ms = begin_ms
        self._has_clock = has_clock
        self._nonce = nonce
        self._rng = rng
        self._booted_ms = 0.0
        self._boots = 0
        self._seq = -1
        self._fast_since_ms = 0.0
        self._ppm = 0.0
        self._group: list[Entry] = []
        self.jump_ms = 0.0
        """How wrong its clock is."""
        self.depth = 1
        """Readings that leave in one shuffled group."""
        self.is_on = True
        self.ledger = Ledger()

    @property
    def boot(self) -> str:
        """The id of the present boot; another one in every play."""
        return f"{self._nonce}-{self._boots}"

    def uptime_ms(self, elapsed_ms: float) -> int:
        """What its oscillator has counted since the boot."""
        gained_ms = max(0.0, elapsed_ms - self._fast_since_ms) * self._ppm / 1e6
        return max(0, round(elapsed_ms - self._booted_ms + gained_ms))

    def run_fast(self, elapsed_ms: float, ppm: float) -> None:
        """From now on the oscillator is off by `ppm`."""
        self._fast_since_ms, self._ppm = elapsed_ms, ppm

    def restart(self, elapsed_ms: float) -> None:
        """A new boot: counts from 0 again."""
        self._boots += 1
        self._booted_ms = self._fast_since_ms = elapsed_ms
        self._seq = -1
        self.is_on = True

    def measure(self, elapsed_ms: float, world_ms: int, truth: dict[str, float]) -> list[Entry]:
        """Take a reading; the readings that are to leave now, in this order."""
        values = self._sensors.read(world_ms, truth) if self.is_on else {}
        if values:
            self._group.append(self._entry(elapsed_ms, values))
            self.ledger.add(self._group[-1])
        return self.release() if len(self._group) >= self.depth else []

    def release(self) -> list[Entry]:
        """What was held back for its group."""
        group, self._group = self._group, []
        if self.depth > 1:
            self._rng.shuffle(group)
        return group

    def _entry(self, elapsed_ms: float, values: dict[str, float]) -> Entry:
        self._seq += 1
        true_ms = self._begin_ms + elapsed_ms
        error_ms = self.jump_ms + max(0.0, elapsed_ms - self._fast_since_ms) * self._ppm / 1e6
        stamp_ms = round(true_ms + error_ms) if self._has_clock else None
        # A clock is believed as far as it can be: nothing is measured in the future.
        believed = stamp_ms is not None and error_ms <= _FORGIVEN_MS
        due_ms = stamp_ms if stamp_ms is not None and believed else round(true_ms)
        return Entry(self.boot, self._seq, self.uptime_ms(elapsed_ms), due_ms, stamp_ms, values)
