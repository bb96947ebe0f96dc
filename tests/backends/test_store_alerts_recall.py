"""Alerts, messages, marks and log end as said last, whatever is repeated, killed, recalled or damaged meanwhile."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as some
from msgspec.structs import replace

from gateway.backends.store import alert_history
from gateway.backends.store.store import Store
from gateway.core.delivery import ENDS, DeliveryState
from gateway.core.ports.alerts import DeliveryKept, alert_kept, delivery_kept
from gateway.core.ports.store import Change, DeviceErased, Retained
from tests.backends.alert_kit import MADE_MS, AlertFold, alert, delivered, mark, queued, said
from tests.backends.recall_kit import Runs, commit_and_recall, damage_all_over, damage_pages, live_and_die
from tests.backends.store_kit import commit, reading, running, settle

_IDS = some.sampled_from(("1", "2", "3"))
_TIME = some.integers(1, 9)


def _message(key: str, at_ms: int, state: DeliveryState) -> DeliveryKept:
    ended_ms = at_ms if state in ENDS else None
    one = queued(key, at_ms, lane=f"ntfy/{key}", alert=key)
    return delivery_kept(replace(one, state=state, tried=at_ms, ended_ms=ended_ms))


_ALERT = some.builds(
    lambda key, at, over: alert_kept(alert(key, at, over_ms=over)), _IDS, _TIME, some.one_of(some.none(), _TIME)
)
_MESSAGE = some.builds(_message, _IDS, _TIME, some.sampled_from(DeliveryState))
_MARK = some.builds(mark, _IDS, some.sampled_from((b"", b"x", b"yy")), _TIME)
_SAID = some.builds(said, _IDS, _TIME, some.binary(max_size=2))
_CHANGE: some.SearchStrategy[Change] = some.one_of(
    _ALERT, _MESSAGE, _MESSAGE, _MARK, _SAID, some.builds(DeviceErased, some.just("node-1"))
)
_CHANGES = some.lists(_CHANGE, max_size=24)


def _fold(changes: Sequence[Change]) -> AlertFold:
    fold = AlertFold()
    fold.take(changes)
    return fold


def _are_in(connection: sqlite3.Connection, changes: Sequence[Change]) -> None:
    expected = _fold(changes)
    found = alert_history.alerts(connection, alert_history.Wanted(limit=1000))
    assert {one.id: one for one in found} == expected.alerts
    messages = alert_history.deliveries(connection, lane="", alert_id="", open_only=False, limit=1000)
    assert [(one.parcel.id, one) for one in messages] == list(expected.deliveries.items())
    assert alert_history.marks(connection) == expected.marks
    assert {one.id: one for one in alert_history.said(connection, 1000)} == expected.said


@settings(max_examples=300)
@given(_CHANGES, some.data())
def test_any_changes_in_any_batches_rolled_back_and_recalled_anywhere_end_as_said_last_and_in_order(
    changes: list[Change], data: some.DataObject
) -> None:
    commit_and_recall(changes, data, _are_in)


@settings(max_examples=25)
@given(some.lists(some.tuples(_CHANGES, some.booleans(), some.booleans()), max_size=5))
def test_any_changes_to_a_store_that_is_killed_and_started_again_end_as_said_last(runs: Runs) -> None:
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(live_and_die(Path(name), runs, _as_said))


async def _as_said(store: Store, taken: list[Change]) -> None:
    await _is_all_there(store, _fold(taken))


_MANY = 200
_TABLE_LEAF = 0x0D
"""The first byte of a page of SQLite that holds rows (sqlite.org/fileformat2.html)."""


async def _fill(store: Store) -> AlertFold:
    """Alerts and their messages beside readings and retained messages; settled bit by bit."""
    fold = AlertFold()
    for n in range(_MANY):
        changes: list[Change] = [
            alert_kept(alert(f"a{n}", MADE_MS + n)),
            delivery_kept(queued(f"d{n}", MADE_MS + n)),
            delivery_kept(delivered(f"d{n}", MADE_MS + n)),
            mark(f"newest/{n % 50}", b"%d" % n),
            said(f"s{n}", MADE_MS + n),
        ]
        fold.take(changes)
        await commit(store, *changes, reading(n, MADE_MS + n, temperature=float(n)), Retained(f"t/{n % 50}", b"x", 0))
        if n % 40 == 0:
            await settle(store)
    return fold


async def _found(store: Store) -> AlertFold:
    fold = AlertFold()
    fold.alerts = {one.id: one for one in await store.alerts(limit=10_000)}
    fold.deliveries = {one.parcel.id: one for one in await store.deliveries(limit=10_000)}
    fold.marks = await store.marks()
    fold.said = {one.id: one for one in await store.said(limit=10_000)}
    return fold


async def _is_all_there(store: Store, fold: AlertFold) -> None:
    assert vars(await _found(store)) == vars(fold)


async def test_a_database_damaged_all_over_gets_its_alerts_and_messages_back_from_the_journal(tmp_path: Path) -> None:
    await damage_all_over(tmp_path, _fill, _is_all_there, _MANY)


async def test_an_overwritten_page_costs_few_alerts_and_messages_and_changes_none(tmp_path: Path) -> None:
    tables = ("alerts", "deliveries", "marks", "said")
    assert await damage_pages(tmp_path, _fill, _lost, tables, count=12, seed=7) < 400


async def test_a_message_that_waits_on_a_damaged_page_is_got_back_before_anybody_asks_for_it(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        waiting = [queued(f"w{n}", MADE_MS + n) for n in range(30)]
        await commit(store, *map(delivery_kept, waiting))
        await commit(store, *(delivery_kept(delivered(f"d{n}", MADE_MS + n)) for n in range(200)))
    path = tmp_path / "gateway.db"
    raw = bytearray(path.read_bytes())
    places = range(0, len(raw), 1024)
    (page, *_) = (at for at in places if raw[at] == _TABLE_LEAF and b"w12" in raw[at : at + 1024])
    raw[page : page + 1024] = b"\xff" * 1024
    path.write_bytes(raw)
    async with running(tmp_path) as store:
        assert store.recovered is not None
        assert {one.parcel.id for one in await store.deliveries(open_only=True)} == {f"w{n}" for n in range(30)}


async def _lost(store: Store, was: AlertFold) -> int:
    """How many are lost; those that are left are what they were."""
    found, lost = vars(await _found(store)), 0
    for name, before in vars(was).items():
        assert all(one == before[key] for key, one in found[name].items())
        lost += len(before) - len(found[name])
    return lost
