"""Lives through days of 20 nodes as fast as the disk allows, and prints what they wrote; a process of its own.

    python -m gateway.bench.wear_days at_once|gentle|plain HOURS FOLDER

Each node says four values every 10 s, evenly spread. What the gateway does by its clock is done at the same points of
the simulated days. The kernel counts (`write_bytes` in /proc/self/io): pages of 4 KiB that were changed in the cache,
which is what goes to the disk when every commit is synced.
"""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path

import msgspec

from ..backends.store.settings import StoreSettings
from ..backends.store.store import Store
from ..core.ports.store import ReadingTaken
from . import filling

NODES, EVERY_MS = 20, 10_000
METRICS = ("temperature", "humidity", "soil_moisture", "light_level")
GENTLE_MS = 5_000
FRESH_MS = 9_000_000
"""Before the first block of a node is complete (1024 readings) nothing can be compressed."""
_START_MS = 1_790_000_000_000 - 1_790_000_000_000 % 86_400_000
_HOUR_MS, _DAY_MS = 3_600_000, 86_400_000


def messages(hours: float) -> Iterator[tuple[int, ReadingTaken]]:
    """(time_ms, reading) in order of time."""
    nodes = [_Node(number) for number in range(NODES)]
    for seq in range(int(hours * _HOUR_MS) // EVERY_MS):
        for number, node in enumerate(nodes):
            time_ms = _START_MS + seq * EVERY_MS + number * EVERY_MS // NODES
            yield time_ms, ReadingTaken(f"node-{number}", "b1", seq, time_ms, node.values())


class _Node:
    """Four sensors: 0.01 °C, 0.1 % and 0.1 % with noise, whole lux."""

    def __init__(self, number: int) -> None:
        self._dice = random.Random(number)
        self._temperatures = filling.temperatures(number, _START_MS, EVERY_MS)
        self._humidity, self._soil, self._light = 50.0, 45.0, 400.0

    def values(self) -> dict[str, float]:
        gauss = self._dice.gauss
        self._humidity += gauss(0, 0.05)
        self._soil -= 0.0002
        self._light = max(0.0, self._light + gauss(0, 3))
        values = (next(self._temperatures), self._humidity + gauss(0, 0.1), self._soil + gauss(0, 0.1), self._light)
        return dict(
            zip(METRICS, (values[0], round(values[1], 1), round(values[2], 1), float(round(values[3]))), strict=True)
        )


class Days:
    """The store under its real settings, but for those that count in seconds."""

    def __init__(self, folder: Path, gentle: bool) -> None:
        self._now_ms = _START_MS
        self._together = GENTLE_MS * NODES // EVERY_MS if gentle else 1
        real = StoreSettings()
        # The clock of the process is not the simulated one: what waits 15 minutes waits for as many readings.
        waits = int(real.settle_s * 1000) * NODES // EVERY_MS
        self._chores_ms = int(real.chores_s * 1000)
        settings = msgspec.structs.replace(
            real, settle_changes=waits, settle_at_once=waits, chores_s=0.0, pack_after_s=0.0, chore_pause_s=0.001
        )
        self._path = folder / "gateway.db"
        self._store = Store(self._path, settings, lambda: self._now_ms)

    async def live(self, hours: float) -> dict[str, float]:
        """What the hours wrote and what is stored."""
        self._store.open()
        self._store.start(asyncio.get_running_loop())
        await filling.settled(self._store)
        before, empty, fresh, taken = written_bytes(), filling.used_bytes(self._path), 0.0, 0
        stream, chores_ms = messages(hours), _START_MS + FRESH_MS
        while batch := list(islice(stream, self._together)):
            self._now_ms = batch[-1][0]
            await filling.commit(self._store, [reading for _, reading in batch])
            taken += len(METRICS) * len(batch)
            if self._now_ms >= chores_ms:
                if not fresh:
                    await self._store.anchors()
                    fresh = (filling.used_bytes(self._path) - empty) / taken
                chores_ms = self._now_ms + self._chores_ms
                await filling.tidied(self._store)
        wrote = written_bytes() - before
        self._now_ms += 3 * _DAY_MS  # everything is old enough to be compressed and rolled up
        await filling.settled(self._store)
        settled = filling.used_bytes(self._path) / taken
        await self._store.close()
        written = {"written_per_day": wrote * 24 / hours, "written_per_value": wrote / taken}
        return {**written, "fresh": fresh, "settled": settled}


def plain(folder: Path, hours: float) -> dict[str, float]:
    """The peer: a row for each value in a plain table, a commit for each message."""
    with closing(sqlite3.connect(folder / "plain.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE readings (device TEXT, time_ms INTEGER, metric TEXT, value REAL)")
        connection.execute("CREATE INDEX by_time ON readings (device, metric, time_ms)")
        before = written_bytes()
        for _, reading in messages(hours):
            connection.execute("BEGIN IMMEDIATE")
            rows = [(reading.device, reading.at_ms, metric, value) for metric, value in reading.values.items()]
            connection.executemany("INSERT INTO readings VALUES (?, ?, ?, ?)", rows)
            connection.execute("COMMIT")
        return {"written_per_day": (written_bytes() - before) * 24 / hours}


def written_bytes() -> int:
    """What this process made the disk write, as the kernel counts it."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes:"))


def main(arguments: Sequence[str]) -> None:
    """Live through it and print one JSON object."""
    policy, hours, folder = arguments[0], float(arguments[1]), Path(arguments[2])
    folder.mkdir(parents=True)
    lived = plain(folder, hours) if policy == "plain" else asyncio.run(Days(folder, policy == "gentle").live(hours))
    print(json.dumps(lived))


if __name__ == "__main__":
    main(sys.argv[1:])
