"""Power cuts for the state machines of the store's tests: in the middle of a batch, and between two starts."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from gateway.backends.store.changes import Changes
from gateway.backends.store.store import Store
from gateway.core.ports.store import Change
from tests.backends.store_kit import commit, running, settle

SALT = b"s" * 16
Runs = list[tuple[list[Change], bool, bool]]
"""Of each start: what is committed, whether it is settled then, whether the gateway is killed."""


def stop_half_way(rows: Changes, batch: Sequence[Change]) -> None:
    """Commit a batch that the power is gone in the middle of."""

    class Stop(Exception):
        """The power is gone."""

    def cut() -> object:
        yield batch
        raise Stop

    with pytest.raises(Stop):
        rows.commit(cut(), (0, SALT))  # type: ignore[arg-type]
    rows.roll_back()


async def live_and_die(
    folder: Path, runs: Runs, is_all_there: Callable[[Store, list[Change]], Awaitable[None]]
) -> None:
    """One start after the other on what was left; at the end all that was committed is looked for."""
    taken: list[Change] = []
    here = folder / "0"
    for number, (changes, settled, killed) in enumerate(runs, 1):
        there = folder / str(number)
        async with running(here) as store:
            for change in changes:
                await commit(store, change)
                taken.append(change)
            if settled:
                await settle(store)
            if killed:
                shutil.copytree(here, there)
                (there / "gateway.db-shm").unlink(missing_ok=True)
        if not killed:
            shutil.copytree(here, there)
        here = there
    async with running(here) as store:
        await is_all_there(store, taken)
