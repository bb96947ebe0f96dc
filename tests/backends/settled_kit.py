"""The writer's and the reader's side of a store driven by hand, and the same as a plain dictionary."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.backends.store import history
from gateway.backends.store.changes import Changes
from gateway.backends.store.connection import connect
from gateway.backends.store.figures import DAY_MS, HOUR_MS, MINUTE_MS, Figure, coarser, condense, mean
from gateway.backends.store.migrations import known, migrate
from gateway.backends.store.settings import StoreSettings
from gateway.core.ports.store import (
    OWN_CLOCK,
    BootAnchored,
    Bucket,
    Change,
    DeviceErased,
    FrameDated,
    ReadingTaken,
)
from gateway.core.quality import Quality

START_MS = 20_000 * DAY_MS
EVER = (-(1 << 60), 1 << 60)
AT_ONCE = StoreSettings(chores_s=0, pack_after_s=0, roll_after_s=0, raw_days=10_000)


class Bench:
    """A database with its writer's and its reader's side."""

    def __init__(self, path: Path, settings: StoreSettings = AT_ONCE) -> None:
        self.path = path
        self.now_ms = START_MS
        self._settings = settings
        self._serial = 0
        self.open()

    def open(self) -> None:
        self.connection = connect(self.path)
        migrate(self.connection, known())
        self._changes = Changes(self.connection, self._settings, lambda: self.now_ms)
        self.reader = connect(self.path)

    def close(self) -> None:
        self.connection.close()
        self.reader.close()

    def write(self, *changes: Change) -> None:
        self._serial += 1
        self._changes.commit([changes], (self._serial, b"salt"))
        self._changes.readings.settled()

    def chore(self, steps: int = 1 << 30) -> None:
        """So many small steps, or until nothing is left to do."""
        for _ in range(steps):
            if not self._changes.chore():
                return

    def count(self, table: str) -> int:
        found: int = self.reader.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        return found

    def raw(self, device: str, metric: str, start: int = EVER[0], end: int = EVER[1]) -> list[tuple[int, float, int]]:
        return history.raw(self.reader, device, metric, start, end, 1 << 40)

    def buckets(self, device: str, metric: str, step: int, start: int = EVER[0], end: int = EVER[1]) -> list[Bucket]:
        return history.buckets(self.reader, device, metric, start, end, step)


@contextmanager
def bench_at(folder: Path, settings: StoreSettings = AT_ONCE) -> Iterator[Bench]:
    bench = Bench(folder / "gateway.db", settings)
    try:
        yield bench
    finally:
        bench.close()


class Model:
    """The same as a plain dictionary."""

    def __init__(self) -> None:
        self.readings: dict[tuple[str, str, int], ReadingTaken] = {}
        self.boots: dict[tuple[str, str], list[object]] = {}

    def apply(self, change: Change) -> None:
        if isinstance(change, ReadingTaken):
            assert change.seq is not None
            self.boots.setdefault((change.device, change.boot), [None, "", 0.0])
            self.readings.setdefault((change.device, change.boot, change.seq), change)
        elif isinstance(change, BootAnchored):
            self.boots[change.device, change.boot] = [change.epoch_ms, change.frame, change.drift_ppm]
        elif isinstance(change, FrameDated):
            for boot in self.boots.values():
                if boot[1] == change.frame and isinstance(boot[0], int):
                    boot[:2] = [boot[0] + change.shift_ms, ""]
        elif isinstance(change, DeviceErased):
            self.readings = {key: taken for key, taken in self.readings.items() if key[0] != change.device}
            self.boots = {key: boot for key, boot in self.boots.items() if key[0] != change.device}

    def raw(self, device: str, metric: str, start: int = EVER[0], end: int = EVER[1]) -> list[tuple[int, float, int]]:
        order = list(self.boots)
        found = []
        for (owner, name, seq), taken in self.readings.items():
            if owner == device and metric in taken.values:
                time_ms = taken.at_ms
                bits = taken.quality.get(metric, 0)
                if not taken.flags & OWN_CLOCK:
                    epoch, frame, drift = self.boots[owner, name]
                    if epoch is None:
                        continue
                    assert isinstance(epoch, int)
                    assert isinstance(drift, float)
                    time_ms = epoch + round(time_ms * (1 + drift / 1e6))
                    bits |= Quality.TIME if frame else 0
                if start <= time_ms < end:
                    found.append((time_ms, order.index((owner, name)), seq, taken.values[metric], bits))
        return [(time_ms, value, bits) for time_ms, _, _, value, bits in sorted(found)]

    def buckets(self, device: str, metric: str, step: int, start: int = EVER[0], end: int = EVER[1]) -> list[Bucket]:
        readings = self.raw(device, metric, start, end)
        base = step
        figures: dict[int, Figure] = {}
        for level in (MINUTE_MS, HOUR_MS, DAY_MS):
            if step % level == 0:
                figures = coarser(figures, level // base) if figures else condense(readings, level)
                base = level
        figures = coarser(figures, step // base) if step % MINUTE_MS == 0 else condense(readings, step)
        return [
            Bucket(at * step, figure[0], figure[1], mean(figure), abs(figure[3]), figure[4])
            for at, figure in sorted(figures.items())
        ]


def exact(rows: list[tuple[int, float, int]]) -> list[tuple[int, str, int]]:
    return [(time_ms, value.hex(), bits) for time_ms, value, bits in rows]


def row(seq: int, at: int, device: str = "a", boot: str = "1", flags: int = OWN_CLOCK, **values: float) -> ReadingTaken:
    return ReadingTaken(device, boot, seq, at, values or {"t": float(seq)}, flags)


def random_changes(chance: random.Random) -> list[Change]:
    device, boot = chance.choice(["a", "a", "b"]), chance.choice("1123")
    draw = chance.random()
    if draw < 0.12:
        frame = chance.choice(["", "", "f1"])
        drift = chance.choice([0.0, 0.0, 40.0, -120.5])
        return [BootAnchored(device, boot, START_MS + chance.randrange(6) * HOUR_MS * 7, frame, drift)]
    if draw < 0.15:
        return [FrameDated("f1", chance.randrange(-DAY_MS, DAY_MS))]
    if draw < 0.16:
        return [DeviceErased("b")]
    first = chance.choice([0, 0, 700, 1024, 1500, 2048, 3000])
    step = chance.choice([1, 10_000, 60_000, 777_777])
    base = chance.randrange(0, 4 * DAY_MS)
    own = chance.random() < 0.6
    digits = chance.choice([0, 1, 2, 3, 17])
    shape = chance.choice([("t",), ("t", "h"), ("h",)])
    found: list[Change] = []
    for n in range(chance.choice([1, 5, 60, 500])):
        values = {metric: round(chance.gauss(20, 5), digits) for metric in shape}
        if chance.random() < 0.02:
            values[shape[0]] = chance.choice([-0.0, 5e-324, 1e300, 3.0, -1e-7])
        quality = {}
        if chance.random() < 0.1:
            quality = {chance.choice(shape): chance.choice([1, 2, 4, 8, 16, 5])}
        at = base + n * step + chance.randrange(step)
        found.append(ReadingTaken(device, boot, first + n, at + (START_MS if own else 0), values, int(own), quality))
    return found
