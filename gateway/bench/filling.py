"""A database with years of readings, made as the gateway makes it."""

from __future__ import annotations

import asyncio
import math
import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from ..backends.store.store import Store
from ..core.errors import StoreError
from ..core.ports.store import Change, ReadingTaken

_TOGETHER = 2000
_DAY_MS = 86_400_000


class Receipt:
    """A receipt one can wait for; an error is raised where it is waited for."""

    def __init__(self) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def settled(self, error: StoreError | None) -> None:
        """Called by the store."""
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)


async def commit(store: Store, changes: Sequence[Change]) -> None:
    """Submit each on its own, as nodes do, and wait until all are on the disk. Raises StoreError."""
    for change in changes[:-1]:
        store.submit((change,))
    receipt = Receipt()
    store.submit(changes[-1:], receipt)
    await receipt.done


def temperatures(seed: int, start_ms: int, every_ms: int) -> Iterator[float]:
    """What a sensor of 0.01 °C says in a room: a day's swing, a slow wander and noise in the last digits."""
    dice = random.Random(seed)
    wander, time_ms = 0.0, start_ms
    while True:
        wander += dice.gauss(0, 0.01) - 0.0005 * wander
        swing = 2.5 * math.sin(2 * math.pi * time_ms / _DAY_MS)
        yield round(21 + swing + wander + dice.gauss(0, 0.02), 2)
        time_ms += every_ms


def readings(device: str, seed: int, start_ms: int, every_ms: int, count: int) -> Iterator[ReadingTaken]:
    """`count` readings of one metric, numbered by the node."""
    values = temperatures(seed, start_ms, every_ms)
    for seq in range(count):
        yield ReadingTaken(device, "b1", seq, start_ms + seq * every_ms, {"temperature": next(values)})


async def fill(store: Store, series: Sequence[Iterator[ReadingTaken]], told: Iterator[object]) -> None:
    """Commit all of it, the nodes taking turns; `told` is advanced with every commit."""
    waiting: list[Change] = []
    open_series = list(series)
    while open_series:
        for one in open_series[:]:
            reading = next(one, None)
            if reading is None:
                open_series.remove(one)
            else:
                waiting.append(reading)
        if len(waiting) >= _TOGETHER or (waiting and not open_series):
            await commit(store, waiting)
            next(told, None)
            waiting = []


async def settled(store: Store, patience_s: float = 1800) -> None:
    """Until nothing is left to settle, to compress and to roll up. Raises TimeoutError."""
    await store.anchors()  # a question settles the journal
    for _ in range(3):  # what was seen to be at rest is compressed the next time
        await store.flush()
        await tidied(store, patience_s)


async def tidied(store: Store, patience_s: float = 1800) -> None:
    """Until nothing is left to compress and to roll up of what is settled. Raises TimeoutError."""
    for _ in range(int(patience_s / 0.05)):
        if store.snapshot().tidy:
            return
        await asyncio.sleep(0.05)
    raise TimeoutError("the store is still busy with itself")


def used_bytes(path: Path) -> int:
    """Bytes of a database but for pages that wait to be used again."""
    with closing(sqlite3.connect(path)) as connection:
        names = ("page_count", "freelist_count", "page_size")
        pages, free, size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names)
    return int((pages - free) * size)
