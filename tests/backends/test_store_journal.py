"""The journal: what was appended is read again, whatever a power cut does to the rest."""

from __future__ import annotations

import asyncio
import errno
import os
import random
import shutil
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.backends.store.journal import PAGE, Journal
from gateway.backends.store.settings import StoreSettings
from gateway.core.errors import StoreError
from gateway.core.messages import Happened
from gateway.core.ports.store import Delivered, Queued, Released, Retained, SessionOpened
from tests.backends.store_kit import Receipt, commit, everything, reading, running, settle, values

_SIZE = 16 * PAGE


def _journal(folder: Path, salt: bytes = b"") -> Journal:
    return Journal((folder / "a", folder / "b"), _SIZE, salt)


def _contents(folder: Path) -> list[bytes]:
    return [record.content for record in _journal(folder).read()]


def _filled(folder: Path, *contents: bytes, serial: int = 0) -> Journal:
    journal = _journal(folder)
    journal.open(serial)
    for content in contents:
        if not journal.fits(content):
            journal.switch()
        journal.append(content)
    return journal


def test_records_come_back_in_order_and_their_serials_go_on(tmp_path: Path) -> None:
    contents = [bytes([n]) * (n * 37) for n in range(1, 20)]
    _filled(tmp_path, *contents).close()
    journal = _journal(tmp_path)
    assert [(record.serial, record.content) for record in journal.read()] == list(enumerate(contents, 1))
    journal.open(0)
    assert journal.append(b"next") == 20
    journal.close()


def test_records_longer_than_a_page_or_a_whole_file_come_back(tmp_path: Path) -> None:
    contents = [b"x" * PAGE, b"y" * (_SIZE * 2), b"z" * (3 * PAGE + 1), b"end"]
    _filled(tmp_path, *contents).close()
    assert _contents(tmp_path) == contents[1:]  # the first one's file has had its next turn


def test_the_files_take_turns_and_do_not_grow(tmp_path: Path) -> None:
    _filled(tmp_path, *(b"%d" % n for n in range(1000))).close()
    assert [(tmp_path / name).stat().st_size for name in "ab"] == [_SIZE, _SIZE]
    kept = _contents(tmp_path)
    assert kept == [b"%d" % n for n in range(1000 - len(kept), 1000)]
    assert _SIZE // PAGE - 1 <= len(kept) < 2 * _SIZE // PAGE


def test_a_long_record_before_leaves_nothing_behind_that_reads_as_one(tmp_path: Path) -> None:
    journal = _filled(tmp_path)
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    forged = _filled(hidden, b"forged", serial=100)
    page = (hidden / "a").read_bytes()[PAGE : 2 * PAGE]
    forged.close()
    journal.append(b"." * (PAGE - 32) + page * 10)
    journal.switch()
    journal.switch()
    journal.append(b"short")
    journal.close()
    assert _contents(tmp_path) == [b"short"]


@pytest.mark.parametrize("damage", ["torn", "garbage", "zeros"])
def test_a_damaged_record_costs_only_itself(tmp_path: Path, damage: str) -> None:
    contents = [bytes([n]) * 5000 for n in range(5)]
    _filled(tmp_path, *contents).close()
    raw = bytearray((tmp_path / "a").read_bytes())
    at = PAGE + 2 * 2 * PAGE  # the third record, of two pages each
    raw[at + 100 : at + 2 * PAGE] = {
        "torn": raw[at + 2 * PAGE + 100 : at + 4 * PAGE],
        "garbage": random.Random(1).randbytes(2 * PAGE - 100),
        "zeros": bytes(2 * PAGE - 100),
    }[damage]
    (tmp_path / "a").write_bytes(raw)
    assert _contents(tmp_path) == contents[:2] + contents[3:]


def test_a_file_cut_anywhere_keeps_the_records_before_the_cut(tmp_path: Path) -> None:
    contents = [bytes([n]) * 3000 for n in range(10)]
    _filled(tmp_path, *contents).close()
    whole = (tmp_path / "a").read_bytes()
    for length in range(PAGE, len(whole), 1111):
        (tmp_path / "a").write_bytes(whole[:length])
        assert _contents(tmp_path) == contents[: max(0, (length - PAGE + PAGE - 3032) // PAGE)]


def test_a_damaged_first_page_costs_nothing_while_the_other_file_or_the_database_knows_the_salt(tmp_path: Path) -> None:
    journal = _filled(tmp_path, b"kept")
    journal.close()
    with (tmp_path / "a").open("r+b") as file:
        file.write(b"\xff" * PAGE)
    assert _contents(tmp_path) == [b"kept"]
    (tmp_path / "b").unlink()
    assert _contents(tmp_path) == []
    assert [record.content for record in _journal(tmp_path, journal.salt).read()] == [b"kept"]


# The store with its journal.


def _copy(source: Path, target: Path) -> Path:
    """The files as a power cut leaves them, while the store that writes them runs."""
    shutil.copytree(source, target)
    (target / "gateway.db-shm").unlink(missing_ok=True)
    return target


async def test_what_is_acknowledged_is_in_the_journal_before_it_is_in_the_database(tmp_path: Path) -> None:
    live = tmp_path / "live"
    async with running(live) as store:
        await settle(store)
        before = (live / "gateway.db").read_bytes(), (live / "gateway.db-wal").read_bytes()
        assert await commit(store, reading(1, temperature=1.0), Retained("t", b"x", 0)) is None
        assert store.snapshot().unsettled == 2
        assert before == ((live / "gateway.db").read_bytes(), (live / "gateway.db-wal").read_bytes())
        cut = _copy(live, tmp_path / "cut")
    async with running(cut) as store:
        assert values(await everything(store)) == [1.0]
        assert [message.topic for message in store.retained()] == ["t"]


async def test_a_power_cut_that_takes_all_of_the_log_since_its_last_sync_loses_nothing(tmp_path: Path) -> None:
    settings = StoreSettings(journal_bytes=40 * PAGE, settle_changes=7, settle_at_once=3, checkpoint_pages=60)
    live, chance = tmp_path / "live", random.Random(5)
    async with running(live, settings) as store:
        synced = _watch_syncs(store, live)
        await commit(store, SessionOpened("c", "anna"))
        for number in range(300):
            await commit(store, reading(number, temperature=float(number)), Queued("c", number + 1, "t", b"x", 1))
            if number % 10 == 9:
                cut = _copy(live, tmp_path / str(number))
                log = cut / "gateway.db-wal"
                durable = min(synced[-1], log.stat().st_size)
                with log.open("r+b") as file:
                    file.truncate(chance.randrange(durable, log.stat().st_size + 1))
                async with running(cut, settings) as after:
                    assert values(await everything(after)) == [float(n) for n in range(number + 1)], number
                    assert len(after.sessions()[0].queue) == number + 1
                shutil.rmtree(cut)
    assert len(synced) > 3


def _watch_syncs(store: object, folder: Path) -> list[int]:
    """How long the log was at each time its journal's file changed; what was before is on the disk for good."""
    journal = store._disk._journal  # type: ignore[attr-defined]
    synced = [(folder / "gateway.db-wal").stat().st_size]
    switch = journal.switch

    def noted() -> None:
        synced.append((folder / "gateway.db-wal").stat().st_size)
        switch()

    journal.switch = noted
    return synced


async def test_a_sync_of_the_log_that_failed_once_costs_nothing_though_the_next_one_says_all_is_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = StoreSettings(journal_bytes=10 * PAGE, chore_pause_s=600.0)
    live, cut = tmp_path / "live", tmp_path / "cut"
    log, sync = live / "gateway.db-wal", os.fsync
    failures: list[OSError] = []

    def forgetful(file: int) -> None:
        # Like the kernel: it tells a failure once, and what it could not write then it never writes.
        if os.readlink(f"/proc/self/fd/{file}") != str(log):
            sync(file)
        elif not failures:
            failures.append(OSError(errno.EIO, "the card is dying"))
            raise failures[0]

    async with running(live, settings) as store:
        await commit(store, reading(0, temperature=0.0))
        durable = log.stat().st_size
        monkeypatch.setattr(os, "fsync", forgetful)
        acknowledged = [n for n in range(60) if await commit(store, reading(n, temperature=float(n))) is None]
        _copy(live, cut)
        monkeypatch.setattr(os, "fsync", sync)
    assert failures
    assert len(acknowledged) == 59
    with (cut / "gateway.db-wal").open("r+b") as file:
        file.truncate(min(durable, (cut / "gateway.db-wal").stat().st_size))
    async with running(cut, settings) as store:
        assert set(values(await everything(store))) >= set(map(float, acknowledged))


@pytest.mark.parametrize("at", ["start", "work"])
async def test_what_damage_took_of_the_database_the_journal_gives_back(tmp_path: Path, at: str) -> None:
    live, cut = tmp_path / "live", tmp_path / "cut"
    settings = StoreSettings(chore_pause_s=600.0)
    async with running(live, settings) as store:
        for number in range(0, 3000, 100):
            await commit(store, *(reading(n, temperature=float(n)) for n in range(number, number + 100)))
            await settle(store)
        if at == "start":
            _spoil(_copy(live, cut) / "gateway.db-wal")
        else:
            _spoil(live / "gateway.db-wal")
            assert store._disk is not None
            store._disk._connection.execute("PRAGMA shrink_memory")  # or it would not be met
            for number in range(3000, 3100):
                if await commit(store, reading(number, temperature=float(number))) is None:
                    with suppress(StoreError):
                        await settle(store)
            assert store.healthy
            assert store.recovered is not None
            assert set(values(await everything(store))) >= set(map(float, range(3000)))
            return
    async with running(cut, settings) as store:
        assert values(await everything(store)) == [float(n) for n in range(3000)]


def _spoil(log: Path) -> None:
    with log.open("r+b") as file:
        file.seek(log.stat().st_size // 3)
        file.write(b"\xee" * (log.stat().st_size - file.tell()))


async def test_a_database_damaged_all_over_is_filled_again_from_the_journal(tmp_path: Path) -> None:
    live = tmp_path / "live"
    async with running(live) as store:
        await commit(store, SessionOpened("c", "anna"), Queued("c", 1, "t", b"x", 1), Queued("c", 2, "t", b"x", 2))
        await commit(store, Delivered("c", 1), Released("c", 2))
        for number in range(0, 5000, 100):
            await commit(store, *(reading(n, temperature=float(n)) for n in range(number, number + 100)))
        await commit(store, *(Happened(n, "k", "why") for n in range(50)))
    raw = bytearray((live / "gateway.db").read_bytes())
    for start in range(len(raw) // 3072 * 1024, len(raw), 1024):
        raw[start : start + 8] = b"\xff" * 8
    (live / "gateway.db").write_bytes(raw)
    async with running(live) as store:
        assert store.recovered is not None
        assert values(await everything(store)) == [float(n) for n in range(5000)]
        assert len(await store.happened()) <= 50
        (queued,) = store.sessions()[0].queue
        assert (queued.serial, queued.released) == (2, True)


async def test_damage_met_while_the_journal_is_settled_does_not_keep_the_store_from_starting(tmp_path: Path) -> None:
    live = tmp_path / "live"
    async with running(live) as store:
        await commit(store, *(reading(n, temperature=float(n)) for n in range(5000)))
        await settle(store)
    async with running(live) as store:
        await commit(store, *(reading(n, temperature=-1.0) for n in range(2500, 2600)), reading(6000, temperature=-1.0))
        cut = _copy(live, tmp_path / "cut")
    raw = bytearray((cut / "gateway.db").read_bytes())
    leaves = [start for start in range(1024, len(raw), 1024) if raw[start] == 10]  # of readings, by their number
    for start in leaves[len(leaves) // 3 : -len(leaves) // 3]:
        raw[start : start + 8] = b"\xff" * 8
    (cut / "gateway.db").write_bytes(raw)
    async with running(cut) as store:
        assert store.recovered is not None
        assert (await store.anchors())[0].last_seq == 6000


async def test_settling_twice_changes_nothing(tmp_path: Path) -> None:
    live = tmp_path / "live"
    async with running(live) as store:
        await commit(store, SessionOpened("c", "anna"), Queued("c", 1, "t", b"x", 1), Happened(1, "k", "why"))
        cut = _copy(live, tmp_path / "cut")
    for _ in range(3):
        async with running(cut) as store:
            assert len(store.sessions()[0].queue) == 1
            assert len(await store.happened()) == 1


async def test_a_journal_without_its_database_gives_back_its_last_unbroken_run(tmp_path: Path) -> None:
    live = tmp_path / "live"
    async with running(live) as store:
        for number in range(10):
            await commit(store, reading(number, temperature=float(number)))
        cut = _copy(live, tmp_path / "cut")
    for file in cut.glob("gateway.db*"):
        file.unlink()
    async with running(cut) as store:
        assert values(await everything(store)) == [float(n) for n in range(10)]


async def test_acknowledgements_of_readings_may_share_a_write_and_others_are_not_held_back(tmp_path: Path) -> None:
    async with running(tmp_path, StoreSettings(delay_s=300.0)) as store:
        receipts = [Receipt() for _ in range(20)]
        for number, receipt in enumerate(receipts):
            store.submit((reading(number),), receipt)
            await asyncio.sleep(0.005)
        assert [receipt.errors for receipt in receipts] == [[]] * 20
        before = store.snapshot().commits
        assert await commit(store, Retained("t", b"x", 0)) is None
        assert [receipt.errors for receipt in receipts] == [[None]] * 20
        assert store.snapshot().commits == before + 1


async def test_a_delayed_acknowledgement_comes_by_itself(tmp_path: Path) -> None:
    async with running(tmp_path, StoreSettings(delay_s=0.05)) as store:
        assert await commit(store, reading(1)) is None


async def test_what_waits_for_its_write_is_committed_on_closing(tmp_path: Path) -> None:
    receipt = Receipt()
    async with running(tmp_path, StoreSettings(delay_s=300.0)) as store:
        store.submit((reading(1),), receipt)
    assert receipt.errors == [None]
    async with running(tmp_path) as store:
        assert len(await everything(store)) == 1


async def test_records_damaged_in_the_journal_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    live = tmp_path / "live"
    async with running(live) as store:
        for number in range(5):
            await commit(store, reading(number, temperature=float(number)))
        cut = _copy(live, tmp_path / "cut")
    raw = bytearray((cut / "gateway.journal-0").read_bytes())
    raw[3 * PAGE + 50] ^= 1
    (cut / "gateway.journal-0").write_bytes(raw)
    async with running(cut) as store:
        assert values(await everything(store)) == [0.0, 1.0, 3.0, 4.0]
    assert "1 records of the journal are damaged" in caplog.text


async def test_a_journal_that_cannot_be_written_fails_the_receipt(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        assert store._disk is not None
        journal = store._disk._journal
        files, journal._files = journal._files, [-1, -1]
        assert isinstance(await commit(store, reading(1)), StoreError)
        journal._files = files
        assert await commit(store, reading(2)) is None
        assert len(await everything(store)) == 1
