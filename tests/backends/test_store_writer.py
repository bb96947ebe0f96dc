"""The writer: durable before it is said, in order, together, and never held up by one bad message."""

from __future__ import annotations

import asyncio
import math
import sqlite3
import stat
import struct
from contextlib import closing
from pathlib import Path

import pytest

from gateway.backends.store.settings import StoreSettings
from gateway.backends.store.store import Store
from gateway.core.errors import StoreError
from gateway.core.ports.store import Anchor, BootAnchored, DeviceErased, ReadingTaken, Retained
from tests.backends.store_kit import NOON_MS, Receipt, commit, everything, reading, running, settle, values


async def test_a_reading_is_there_after_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        assert await commit(store, reading(7, temperature=21.5, humidity=40.0)) is None
    async with running(tmp_path) as store:
        assert await everything(store) == [(NOON_MS, 21.5)]
        assert await everything(store, "humidity") == [(NOON_MS, 40.0)]


async def test_the_database_is_readable_by_its_user_only(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, reading())
        assert _modes(tmp_path) == {0o600}


def _modes(folder: Path) -> set[int]:
    return {stat.S_IMODE(file.stat().st_mode) for file in folder.glob("gateway.db*")}


async def test_values_come_back_bit_for_bit(tmp_path: Path) -> None:
    odd = [0.1 + 0.2, -0.0, 5e-324, 1.7976931348623157e308, math.pi, math.inf, -math.inf, 1 / 3]
    async with running(tmp_path) as store:
        await commit(store, *(reading(n, NOON_MS + n, x=value) for n, value in enumerate(odd)))
        found = values(await everything(store, "x"))
    assert [struct.pack("<d", value) for value in found] == [struct.pack("<d", value) for value in odd]


async def test_receipts_are_settled_once_each_in_the_order_of_submission(tmp_path: Path) -> None:
    order: list[int] = []

    class Numbered:
        def __init__(self, number: int) -> None:
            self.number = number

        def settled(self, error: StoreError | None) -> None:
            assert error is None
            order.append(self.number)

    async with running(tmp_path, StoreSettings(batch_limit=7)) as store:
        for number in range(500):
            store.submit((reading(number),) if number % 3 else (), Numbered(number))
            if number % 50 == 0:
                await asyncio.sleep(0)
        await store.flush()
        assert order == list(range(500))


async def test_when_a_receipt_is_settled_another_connection_sees_the_reading(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        for number in range(20):
            await commit(store, reading(number))
            assert len(await everything(store)) == number + 1


async def test_what_waits_is_committed_on_closing(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        receipts = [Receipt() for _ in range(3000)]
        for number, receipt in enumerate(receipts):
            store.submit((reading(number),), receipt)
    assert all(receipt.errors == [None] for receipt in receipts)
    async with running(tmp_path) as store:
        assert len(await everything(store)) == 3000


async def test_after_closing_nothing_is_taken_any_more(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        pass
    with pytest.raises(StoreError):
        store.submit((reading(),))
    with pytest.raises(StoreError):
        await store.raw("node-1", "temperature", 0, 1)


async def test_a_store_that_is_not_open_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="not open"):
        Store(tmp_path / "gateway.db").submit(())


async def test_the_same_reading_twice_is_stored_once_and_the_first_stays(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, reading(1, temperature=1.0), reading(1, temperature=2.0))
        assert await commit(store, reading(1, temperature=3.0)) is None
        assert values(await everything(store)) == [1.0]
        snapshot = store.snapshot()
        assert (snapshot.readings, snapshot.duplicates) == (1, 2)


async def test_the_same_number_in_another_boot_or_of_another_device_is_another_reading(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, reading(1), reading(1, boot="b2"), reading(1, device="node-2"))
        assert len(await everything(store)) == 2
        assert len(await everything(store, device="node-2")) == 1


async def test_readings_without_a_number_are_numbered_by_arrival_across_restarts(tmp_path: Path) -> None:
    for start in (0, 3):
        async with running(tmp_path) as store:
            await commit(store, *(reading(None, temperature=float(n)) for n in range(start, start + 3)))
    async with running(tmp_path) as store:
        assert values(await everything(store)) == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
        assert await store.anchors() == [Anchor("node-1", "b1", None, 5)]


async def test_metrics_in_another_order_are_the_same_metrics(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, reading(1, a=1.0, b=2.0), reading(2, b=20.0, a=10.0), reading(3, b=200.0))
        assert values(await everything(store, "a")) == [1.0, 10.0]
        assert values(await everything(store, "b")) == [2.0, 20.0, 200.0]


@pytest.mark.parametrize(
    "wrong",
    [
        reading(1 << 70),
        reading(1, at_ms=1 << 70),
        reading(1, device="\ud800"),
        Retained("topic", "text", 0),  # type: ignore[arg-type]
        "no change at all",
    ],
)
async def test_a_submission_that_cannot_be_stored_fails_alone(tmp_path: Path, wrong: ReadingTaken) -> None:
    async with running(tmp_path) as store:
        receipts = [Receipt() for _ in range(101)]
        for number, receipt in enumerate(receipts):
            store.submit((wrong,) if number == 50 else (reading(1000 + number),), receipt)
        await store.flush()
        assert [len(receipt.errors) for receipt in receipts] == [1] * 101
        assert [number for number, receipt in enumerate(receipts) if receipt.errors[0] is not None] == [50]
        assert store.healthy
        assert len(await everything(store)) == 100
        assert await commit(store, reading(1)) is None


async def test_what_cannot_be_read_again_is_told_and_costs_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(tmp_path) as store:
        mistake = reading(2, temperature="warm")  # type: ignore[arg-type]
        await commit(store, reading(1, temperature=1.0), mistake, reading(3, temperature=3.0))
        assert await commit(store, reading(4, temperature=4.0)) is None
        assert store.healthy
        assert values(await everything(store)) == [4.0]
    assert "cannot be read" in caplog.text
    assert "warm" in caplog.text
    async with running(tmp_path) as store:
        assert values(await everything(store)) == [4.0]


async def test_changes_that_belong_together_fail_together(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        error = await commit(store, reading(1), Retained("a", b"1", 0), reading(1 << 70))
        assert isinstance(error, StoreError)
        assert await everything(store) == []
        assert store.retained() == []


async def test_what_was_learnt_in_a_failed_commit_is_not_believed_afterwards(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, reading(None, device="new", boot="new", fresh=1.0), reading(1 << 70))
        await commit(store, reading(None, device="new", boot="new", fresh=2.0))
        assert await everything(store, "fresh", "new") == [(NOON_MS, 2.0)]
        assert [anchor.last_seq for anchor in await store.anchors()] == [0]


async def test_a_receipt_that_fails_keeps_no_other_waiting(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def settled(self, error: StoreError | None) -> None:
            raise RuntimeError("broken receipt")

    async with running(tmp_path) as store:
        store.submit((reading(1),), Broken())
        assert await commit(store, reading(2)) is None
    assert "a receipt failed" in caplog.text


async def test_too_much_waiting_is_said_and_relief_is_called_back_once(tmp_path: Path) -> None:
    async with running(tmp_path, StoreSettings(waiting_limit=100)) as store:
        relieved: list[bool] = []
        for number in range(101):
            assert not store.congested
            store.submit((reading(number),))
        assert store.congested
        store.when_relieved(lambda: relieved.append(store.congested))
        await store.flush()
        await asyncio.sleep(0)
        assert relieved == [False]


async def test_relief_is_called_back_also_when_there_is_no_congestion(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        relieved = asyncio.Event()
        store.when_relieved(relieved.set)
        await asyncio.wait_for(relieved.wait(), 5)


async def test_large_payloads_weigh_more_than_their_number(tmp_path: Path) -> None:
    async with running(tmp_path, StoreSettings(waiting_limit=100)) as store:
        store.submit((Retained("sound", b"x" * 200_000, 0),))
        assert store.congested
        await store.flush()
        assert not store.congested
        assert store.snapshot().waiting == 0


async def test_an_erased_device_is_forgotten_and_one_of_the_same_name_starts_anew(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, *(reading(n, NOON_MS + n) for n in range(5000)), BootAnchored("node-1", "b1", NOON_MS))
        await commit(store, reading(0, device="node-2"))
        store.submit((reading(9000), DeviceErased("node-1"), reading(3, temperature=3.0)))
        await store.flush()
        assert await everything(store) == [(NOON_MS, 3.0)]
        assert await store.anchors() == [Anchor("node-2", "b1", None, 0), Anchor("node-1", "b1", None, 3)]
        assert len(await everything(store, device="node-2")) == 1


async def test_the_rows_of_an_erased_device_are_removed_bit_by_bit(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, *(reading(n, boot=f"b{n % 3}") for n in range(12_000)))
        await commit(store, DeviceErased("node-1"))
        for _ in range(500):
            left = await store._ask(_rows_left)
            if left == (0, 0, 0):
                break
            await asyncio.sleep(0.02)
        assert left == (0, 0, 0)


def _rows_left(db: object) -> object:
    counts = "(SELECT count(*) FROM readings), (SELECT count(*) FROM erased), (SELECT count(*) FROM spans)"
    return db.execute(f"SELECT {counts}").fetchone()  # type: ignore[attr-defined]


async def test_the_log_is_moved_into_the_database_while_commits_go_on(tmp_path: Path) -> None:
    async with running(tmp_path, StoreSettings(checkpoint_pages=64, batch_limit=20)) as store:
        for number in range(20_000):
            store.submit((reading(number, device=f"node-{number % 50}"),))
            if number % 20 == 0:
                await asyncio.sleep(0)
        await store.flush()
        log = (tmp_path / "gateway.db-wal").stat().st_size
        assert (tmp_path / "gateway.db").stat().st_size > 500_000
        assert log < 20_000 * 200  # all of it would be many times that


async def test_the_snapshot_counts(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, reading(1))
        await commit(store, reading(2))
        snapshot = store.snapshot()
    assert (snapshot.healthy, snapshot.failure, snapshot.recovered) == (True, "", "")
    assert (snapshot.readings, snapshot.commits, snapshot.waiting) == (2, 2, 0)
    assert snapshot.commit_ms > 0
    assert snapshot.disk_bytes > 1024


async def test_a_chore_that_fails_for_a_reason_of_its_own_keeps_nothing_from_being_stored(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(tmp_path) as store:
        assert await commit(store, reading(1)) is None
        await settle(store)
        with closing(sqlite3.connect(tmp_path / "gateway.db")) as vandal:
            vandal.execute("DROP TABLE erased")
        for number in range(2, 100):
            async with asyncio.timeout(30):
                assert await commit(store, reading(number)) is None
            if "what could wait was not done" in caplog.text:
                break
            await asyncio.sleep(0.05)
        assert "what could wait was not done" in caplog.text
        assert store.healthy
        with closing(sqlite3.connect(tmp_path / "gateway.db")) as vandal:
            vandal.execute("CREATE TABLE erased (boot INTEGER PRIMARY KEY) STRICT")
        assert len(await everything(store)) == number
