"""A store at work, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.backends.store.settings import StoreSettings
from gateway.backends.store.store import Store
from gateway.core.errors import StoreError
from gateway.core.ports.store import OWN_CLOCK, Change, ReadingTaken, Writer

NOON_MS = 1_790_000_000_000


class Receipt:
    """Remembers how often and how it was settled."""

    def __init__(self) -> None:
        self.errors: list[StoreError | None] = []
        self.done: asyncio.Future[StoreError | None] = asyncio.get_running_loop().create_future()

    def settled(self, error: StoreError | None) -> None:
        self.errors.append(error)
        if not self.done.done():
            self.done.set_result(error)


@asynccontextmanager
async def running(folder: Path, settings: StoreSettings | None = None) -> AsyncIterator[Store]:
    """A store that is open and committing, in `folder`."""
    store = Store(folder / "gateway.db", settings or StoreSettings())
    store.open()
    store.start(asyncio.get_running_loop())
    try:
        yield store
    finally:
        await store.close()


async def commit(store: Writer, *changes: Change) -> StoreError | None:
    """Submit these together and wait; the error they were settled with."""
    receipt = Receipt()
    store.submit(changes, receipt)
    return await receipt.done


def reading(
    seq: int | None = 0,
    at_ms: int = NOON_MS,
    device: str = "node-1",
    boot: str = "b1",
    flags: int = OWN_CLOCK,
    **values: float,
) -> ReadingTaken:
    return ReadingTaken(device, boot, seq, at_ms, values or {"temperature": 20.0}, flags)


async def settle(store: Store) -> None:
    """Everything committed is in the database, not in the journal only."""
    await store.anchors()


async def everything(store: Store, metric: str = "temperature", device: str = "node-1") -> list[tuple[int, float]]:
    return pairs(await store.raw(device, metric, -(1 << 60), 1 << 60))


def pairs(rows: Iterable[tuple[int, float, int]]) -> list[tuple[int, float]]:
    return [(time_ms, value) for time_ms, value, _ in rows]


def values(rows: Iterable[tuple[int, float]]) -> list[float]:
    return [value for _, value in rows]
