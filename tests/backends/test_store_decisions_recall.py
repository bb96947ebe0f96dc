"""Decisions and overrides end as said last, whatever is repeated, killed, settled once more or damaged meanwhile."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as some

from gateway.backends.store import contents, decision_history
from gateway.backends.store.changes import Changes
from gateway.backends.store.connection import connect
from gateway.backends.store.journal import Record
from gateway.backends.store.migrations import known, migrate
from gateway.backends.store.recall import recall
from gateway.backends.store.settings import StoreSettings
from gateway.backends.store.store import Store
from gateway.core.decisions import Outcome
from gateway.core.ports.decisions import DecisionKept, DecisionMoved, OverrideKept, override_kept
from gateway.core.ports.store import Change, DeviceErased, Retained
from tests.backends.decision_kit import MADE_MS, Book, decision, made, moved, override
from tests.backends.recall_kit import SALT, Runs, commit_and_recall, damage_all_over, damage_pages, live_and_die
from tests.backends.store_kit import commit, everything, reading, running, settle, values

_IDS = ("a1", "a2", "b1")
_DEVICES = ("a", "b")
_TIME = some.integers(1, 9)
_MAYBE = some.one_of(some.none(), _TIME)
_MOVES = some.builds(
    moved, some.sampled_from((*_IDS, "unknown")), some.sampled_from(list(Outcome)), some.sampled_from("xyz")
)
_CHANGE: some.SearchStrategy[Change] = some.one_of(
    some.builds(lambda one, at: made(one, one[0], at), some.sampled_from(_IDS), _TIME),
    _MOVES,
    _MOVES,
    some.builds(
        lambda one, at, until, revoked, ended: override_kept(
            override(one, one[0], at, until_ms=until, revoked_ms=revoked, ended_ms=ended, learnt=str(until))
        ),
        some.sampled_from(_IDS),
        _TIME,
        _TIME,
        _MAYBE,
        _MAYBE,
    ),
    some.builds(DeviceErased, some.sampled_from(_DEVICES)),
)


def _in_order(changes: list[Change]) -> list[Change]:
    """Without words about decisions that are not there yet: those are never submitted."""
    there: set[str] = set()
    found: list[Change] = []
    for change in changes:
        if isinstance(change, DecisionKept):
            there.add(change.id)
        if isinstance(change, DeviceErased):
            there = {name for name in there if name[0] != change.device}
        if not isinstance(change, DecisionMoved) or change.id in there or change.id == "unknown":
            found.append(change)
    return found


_CHANGES = some.lists(_CHANGE, max_size=24).map(_in_order)


def _book(changes: Sequence[Change]) -> Book:
    book = Book()
    book.take(changes)
    return book


def _are_in(connection: sqlite3.Connection, changes: Sequence[Change]) -> None:
    expected = _book(changes)
    found = decision_history.decisions(connection, "", 1000, "", "")
    assert {one.id: one for one in found} == expected.decisions
    assert {one.id: one for one in decision_history.overrides(connection, "")} == expected.overrides


@settings(max_examples=300)
@given(_CHANGES, some.data())
def test_any_changes_in_any_batches_rolled_back_and_recalled_anywhere_end_as_said_last(
    changes: list[Change], data: some.DataObject
) -> None:
    commit_and_recall(changes, data, _are_in)


@settings(max_examples=25)
@given(some.lists(some.tuples(_CHANGES, some.booleans(), some.booleans()), max_size=5))
def test_any_changes_to_a_store_that_is_killed_and_started_again_end_as_said_last(
    runs: Runs,
) -> None:
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(live_and_die(Path(name), runs, _as_said))


async def _as_said(store: Store, taken: list[Change]) -> None:
    await _is_all_there(store, _book(taken))


_MANY = 300


async def _fill(store: Store) -> Book:
    """Decisions of every outcome with overrides, beside readings and retained messages; settled bit by bit."""
    book, ends = Book(), list(Outcome)
    for n in range(_MANY):
        window = f"window-{n % 20}"
        changes: list[Change] = [
            made(f"d{n}", window, MADE_MS + n, correlation=f"node-1/b1/{n}"),
            moved(f"d{n}", ends[n % len(ends)], "why"),
            override_kept(override(f"o{n}", window, MADE_MS + n, learnt=f"words {n}")),
        ]
        book.take(changes)
        await commit(store, *changes, reading(n, MADE_MS + n, temperature=float(n)), Retained(f"t/{n % 50}", b"x", 0))
        if n % 40 == 0:
            await settle(store)
    return book


async def _is_all_there(store: Store, book: Book) -> None:
    assert {one.id: one for one in await store.decisions(limit=10_000)} == book.decisions
    assert {one.id: one for one in await store.overrides()} == book.overrides


async def test_a_database_damaged_all_over_gets_its_decisions_back_from_the_journal(tmp_path: Path) -> None:
    await damage_all_over(tmp_path, _fill, _is_all_there, _MANY)


async def test_an_overwritten_page_costs_few_decisions_and_changes_none(tmp_path: Path) -> None:
    lost = _nothing_is_other_than_it_was
    assert await damage_pages(tmp_path, _fill, lost, ("decisions", "overrides"), count=16, seed=11) < 1000


async def _nothing_is_other_than_it_was(store: Store, book: Book) -> int:
    """How many decisions and overrides are lost; those that are left are what they were."""
    found = {one.id: one for one in await store.decisions(limit=10_000)}
    wanted = {one.id: one for one in await store.overrides()}
    assert all(one == book.decisions[key] for key, one in found.items())
    assert all(one == book.overrides[key] for key, one in wanted.items())
    return len(book.decisions) - len(found) + len(book.overrides) - len(wanted)


_V5 = Path(__file__).parent / "databases" / "v5.sql"


def _lay_out_v5(path: Path) -> None:
    """What a gateway of schema 5 wrote, in tables that lie where its migrations put them."""
    rows = [line for line in _V5.read_text("utf-8").splitlines() if line.startswith(("INSERT INTO", "DELETE FROM"))]
    with closing(connect(path)) as connection:
        migrate(connection, known()[:5])
        connection.executescript("".join(["BEGIN;", *rows, "COMMIT;"]))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def test_an_upgraded_database_without_its_first_page_keeps_its_decisions_and_all_else(tmp_path: Path) -> None:
    path = tmp_path / "gateway.db"
    _lay_out_v5(path)
    async with running(tmp_path) as store:
        book = await _fill(store)
    for name in ("gateway.journal-0", "gateway.journal-1"):
        (tmp_path / name).unlink()
    with path.open("r+b") as file:
        file.write(random.Random(5).randbytes(1024))
    async with running(tmp_path) as store:
        assert store.recovered is not None
        assert values(await everything(store)) == [float(n) for n in range(_MANY)]
        assert len(await everything(store, device="barn")) == 1101
        assert [one.id for one in await store.commands()] == ["cmd-2", "cmd-1"]
        await _is_all_there(store, book)
        assert await store.check() == []


async def test_a_database_that_was_never_upgraded_and_lost_its_first_page_has_no_decisions(tmp_path: Path) -> None:
    _lay_out_v5(tmp_path / "gateway.db")
    with (tmp_path / "gateway.db").open("r+b") as file:
        file.write(random.Random(5).randbytes(1024))
    async with running(tmp_path) as store:
        assert store.recovered is not None
        assert len(await everything(store, device="barn")) == 1101
        assert (await store.decisions(), await store.overrides()) == ([], [])
        assert await commit(store, made(), moved()) is None
        assert await store.decisions() == [decision(outcome=Outcome.DONE)]
        assert await store.check() == []


def test_an_override_that_comes_again_from_the_journal_is_not_forgotten_anew() -> None:
    """The last word about it follows, so that what was brought back stays so."""
    words: list[OverrideKept] = [override_kept(override("a1", "a", revoked_ms=revoked)) for revoked in (None, 5, None)]
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection, known())
        rows = Changes(connection, StoreSettings(), lambda: 0)
        records = [Record(n, contents.joined([contents.encode([word])])) for n, word in enumerate(words, 1)]
        for word in words:
            rows.commit([[word]], (3, SALT))
        recall(rows, records, 3, SALT)
        assert [one.revoked_ms for one in decision_history.overrides(connection, "")] == [None]
