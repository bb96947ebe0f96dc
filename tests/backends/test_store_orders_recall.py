"""Commands and shadows end as the rules say, whatever is repeated, killed, settled once more or damaged meanwhile."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from gateway.backends.store import order_history
from gateway.backends.store.connection import connect
from gateway.backends.store.migrations import known, migrate
from gateway.backends.store.store import Store
from gateway.core.commands import CommandStatus
from gateway.core.ports.orders import CommandKept, CommandStep, DesiredKept, ReportedKept
from gateway.core.ports.store import Change, DeviceErased, Retained
from tests.backends.order_kit import ASKED_MS, Book, command, kept, step
from tests.backends.recall_kit import Runs, commit_and_recall, damage_all_over, damage_pages, live_and_die
from tests.backends.store_kit import commit, everything, reading, running, settle, values

_IDS = ("a1", "a2", "b1")
_DEVICES = ("a", "b")
_TIME = some.integers(1, 9)
_STEPS = some.builds(
    step, some.sampled_from(list(CommandStatus)), some.sampled_from((*_IDS, "unknown")), _TIME, some.sampled_from("xyz")
)
_CHANGE: some.SearchStrategy[Change] = some.one_of(
    some.builds(lambda one, at: kept(one, one[0], at), some.sampled_from(_IDS), _TIME),
    _STEPS,
    _STEPS,
    some.builds(
        lambda device, version, at: DesiredKept(device, version, b'{"v":%d}' % at, at, "anna"),
        some.sampled_from(_DEVICES),
        some.integers(0, 5),
        _TIME,
    ),
    some.builds(
        lambda device, version, at: ReportedKept(device, version, b'{"v":%d}' % at, at, "02:aa"),
        some.sampled_from(_DEVICES),
        some.integers(0, 5),
        _TIME,
    ),
    some.builds(DeviceErased, some.sampled_from(_DEVICES)),
)


def _in_order(changes: list[Change]) -> list[Change]:
    """Without steps of commands that are not there yet: those are never submitted."""
    there: set[str] = set()
    found: list[Change] = []
    for change in changes:
        if isinstance(change, CommandKept):
            there.add(change.id)
        if isinstance(change, DeviceErased):
            there = {name for name in there if name[0] != change.device}
        if not isinstance(change, CommandStep) or change.id in there or change.id == "unknown":
            found.append(change)
    return found


_CHANGES = some.lists(_CHANGE, max_size=24).map(_in_order)


def _book(changes: Sequence[Change]) -> Book:
    book = Book()
    book.take(changes)
    return book


def _found(connection: sqlite3.Connection) -> Book:
    book = Book()
    book.commands = {one.id: one for one in order_history.commands(connection, "", 1000, "", "")}
    book.shadows = {one.device: one for one in order_history.shadows(connection)}
    codes = connection.execute("SELECT id, status FROM commands").fetchall()
    assert dict(codes) == {key: list(CommandStatus).index(one.status) for key, one in book.commands.items()}
    return book


def _equal(found: Book, expected: Book) -> None:
    assert found.commands == expected.commands
    assert found.shadows == expected.shadows


@settings(max_examples=300)
@given(_CHANGES, some.data())
def test_any_changes_in_any_batches_rolled_back_and_recalled_anywhere_end_as_the_rules_say(
    changes: list[Change], data: some.DataObject
) -> None:
    commit_and_recall(changes, data, lambda connection, taken: _equal(_found(connection), _book(taken)))


@settings(max_examples=25)
@given(some.lists(some.tuples(_CHANGES, some.booleans(), some.booleans()), max_size=5))
def test_any_changes_to_a_store_that_is_killed_and_started_again_end_as_the_rules_say(
    runs: Runs,
) -> None:
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(live_and_die(Path(name), runs, _as_said))


async def _as_said(store: Store, taken: list[Change]) -> None:
    expected = _book(taken)
    assert {one.id: one for one in await store.commands(limit=1000)} == expected.commands
    assert {one.device: one for one in await store.shadows()} == expected.shadows


_ORDERS = 400


async def _fill(store: Store) -> Book:
    """Commands of every status with shadows, beside readings and retained messages; settled bit by bit."""
    book, ends = Book(), [*CommandStatus][1:]
    for n in range(_ORDERS):
        name = f"c{n}"
        changes: list[Change] = [
            kept(name, f"window-{n % 20}"),
            step(CommandStatus.SENT, name),
            step(ends[n % 5], name, detail="why"),
        ]
        changes += [DesiredKept(f"window-{n % 20}", n + 1, b'{"n":%d}' % n, n, "anna")]
        changes += [ReportedKept(f"window-{n % 20}", n + 1, b'{"n":%d}' % n, n, "02:aa")]
        book.take(changes)
        await commit(store, *changes, reading(n, ASKED_MS + n, temperature=float(n)), Retained(f"t/{n % 50}", b"x", 0))
        if n % 40 == 0:
            await settle(store)
    return book


async def _is_all_there(store: Store, book: Book) -> None:
    found = {one.id: one for one in await store.commands(limit=10_000)}
    assert {key: one.status for key, one in found.items()} == {key: one.status for key, one in book.commands.items()}
    assert found == book.commands
    assert {one.device: one for one in await store.shadows()} == book.shadows


def _without_journal(folder: Path) -> None:
    for name in ("gateway.journal-0", "gateway.journal-1"):
        (folder / name).unlink(missing_ok=True)


async def test_a_database_damaged_all_over_gets_its_commands_back_from_the_journal(tmp_path: Path) -> None:
    await damage_all_over(tmp_path, _fill, _is_all_there, _ORDERS)


async def test_any_overwritten_page_costs_few_commands_and_opens_none_that_had_ended(tmp_path: Path) -> None:
    tables = ("commands", "command_steps", "shadows")
    assert await damage_pages(tmp_path, _fill, _is_no_worse, tables, count=25, seed=11) < 1000


async def _is_no_worse(store: Store, book: Book) -> int:
    """How many commands are lost; those that are left have ended if they had."""
    found = await store.commands(limit=10_000)
    for one in found:
        true = book.commands[one.id]
        assert one.device == true.device
        assert one.status is true.status or not true.open
        assert one.open == true.open, one
    shadows = await store.shadows()
    assert all(one.desired == book.shadows[one.device].desired for one in shadows)
    return len(book.commands) - len(found)


_V4 = Path(__file__).parent / "databases" / "v4.sql"


async def test_an_upgraded_database_without_its_first_page_keeps_its_commands_and_all_else(tmp_path: Path) -> None:
    path = tmp_path / "gateway.db"
    _lay_out_v4(path)
    async with running(tmp_path) as store:
        book = await _fill(store)
    _without_journal(tmp_path)
    _lose_first_page(path)
    size = _size(path)
    async with running(tmp_path) as store:
        assert store.recovered is not None
        assert [_size(aside) for aside in _set_aside(tmp_path)] == [size]
        assert values(await everything(store)) == [float(n) for n in range(_ORDERS)]
        assert len(await everything(store, device="barn")) == 1101
        await _is_all_there(store, book)
        assert await store.check() == []


async def test_a_database_that_was_never_upgraded_and_lost_its_first_page_has_no_commands(tmp_path: Path) -> None:
    _lay_out_v4(tmp_path / "gateway.db")
    _lose_first_page(tmp_path / "gateway.db")
    async with running(tmp_path) as store:
        assert store.recovered is not None
        assert len(await everything(store, device="barn")) == 1101
        assert (await store.commands(), await store.shadows()) == ([], [])
        assert await commit(store, kept("new"), step(CommandStatus.SENT, "new")) is None
        assert await store.commands() == [command(kept("new"), step(CommandStatus.SENT, "new"))]
        assert await store.check() == []


@pytest.mark.parametrize("seed", range(6))
async def test_an_upgraded_database_without_most_of_its_pages_yields_no_command_that_never_was(
    tmp_path: Path, seed: int
) -> None:
    chance, path = random.Random(seed), tmp_path / "gateway.db"
    _lay_out_v4(path)
    async with running(tmp_path) as store:
        book = await _fill(store)
    _without_journal(tmp_path)
    raw = bytearray(path.read_bytes())
    for page in [0, *chance.sample(range(1, len(raw) // 1024), len(raw) // 1024 * 2 // 3)]:
        raw[page * 1024 : page * 1024 + 1024] = chance.randbytes(1024)
    path.write_bytes(raw)
    async with running(tmp_path) as store:
        assert store.recovered is not None
        await _is_no_worse(store, book)
        assert await commit(store, kept("new"), step(CommandStatus.SENT, "new")) is None
        assert (await store.commands(limit=1))[0] == command(kept("new"), step(CommandStatus.SENT, "new"))
        assert await store.check() == []


def _size(path: Path) -> int:
    return path.stat().st_size


def _set_aside(folder: Path) -> list[Path]:
    return list(folder.glob("gateway.db.damaged-*Z"))


def _lose_first_page(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(random.Random(5).randbytes(1024))


def _lay_out_v4(path: Path) -> None:
    """What a gateway of schema 4 wrote, in tables that lie where its migrations put them."""
    rows = [line for line in _V4.read_text("utf-8").splitlines() if line.startswith(("INSERT INTO", "DELETE FROM"))]
    with closing(connect(path)) as connection:
        migrate(connection, known()[:4])
        connection.executescript("".join(["BEGIN;", *rows, "COMMIT;"]))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
