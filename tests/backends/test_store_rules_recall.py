"""Firings, timers, memories and tape end as said last, whatever is repeated, killed, settled again or damaged."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as some

from gateway.backends.store import contents, rule_history
from gateway.backends.store.changes import Changes
from gateway.backends.store.journal import Record
from gateway.backends.store.migrations import known, migrate
from gateway.backends.store.recall import recall
from gateway.backends.store.settings import StoreSettings
from gateway.backends.store.store import Store
from gateway.core.ports.rules import RuleRemembered, firing_kept, timer_kept
from gateway.core.ports.store import Change, DeviceErased, Retained
from gateway.core.rules.firing import Outcome
from gateway.core.timers import TimerState
from tests.backends.recall_kit import SALT, Runs, live_and_die, stop_half_way
from tests.backends.rule_kit import MADE_MS, RuleFold, firing, remembered, taped, timer
from tests.backends.store_kit import commit, everything, reading, running, settle, values

_IDS = some.sampled_from(("1", "2", "3"))
_TIME = some.integers(1, 9)
_FIRING = some.builds(
    lambda key, at, outcome: firing_kept(firing(key, at_ms=at, outcome=outcome)),
    _IDS,
    _TIME,
    some.sampled_from(Outcome),
)
_TIMER = some.builds(
    lambda key, at, state, end: timer_kept(
        timer(key, at_ms=at, state=state, ended_ms=None if state is TimerState.ARMED else end)
    ),
    _IDS,
    _TIME,
    some.sampled_from(TimerState),
    _TIME,
)
_MEMORY = some.one_of(
    some.builds(remembered, _IDS, _TIME, _TIME), some.builds(RuleRemembered, _IDS, _TIME, _TIME, some.just(b""))
)
_TAPED = some.builds(taped, _TIME, some.integers(0, 2), some.integers(0, 2), some.binary(max_size=2))
_CHANGE: some.SearchStrategy[Change] = some.one_of(
    _FIRING, _TIMER, _TIMER, _MEMORY, _TAPED, some.builds(DeviceErased, some.just("node-1"))
)
_CHANGES = some.lists(_CHANGE, max_size=24)


def _fold(changes: Sequence[Change]) -> RuleFold:
    fold = RuleFold()
    fold.take(changes)
    return fold


@settings(max_examples=300)
@given(_CHANGES, some.data())
def test_any_changes_in_any_batches_rolled_back_and_recalled_anywhere_end_as_said_last(
    changes: list[Change], data: some.DataObject
) -> None:
    cuts = sorted({0, len(changes), *data.draw(some.lists(some.integers(0, len(changes)), max_size=5), "cuts")})
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection, known())
        rows = Changes(connection, StoreSettings(), lambda: 0)
        records: list[Record] = []
        for serial, (start, end) in enumerate(pairwise(cuts), 1):
            batch = changes[start:end]
            records.append(Record(serial, contents.joined([contents.encode(batch)])))
            for _ in range(data.draw(some.integers(0, 1), "killed")):
                stop_half_way(rows, batch)
            rows.commit([batch], (serial, SALT))
            if data.draw(some.booleans(), "recalled"):
                first = data.draw(some.integers(0, serial - 1), "from")
                recall(rows, records[first:], data.draw(some.integers(first, serial), "settled"), SALT)
            expected = _fold(changes[:end])
            found = rule_history.firings(connection, rule_history.Wanted(limit=1000))
            assert {one.id: one for one in found} == expected.firings
            timers = rule_history.timers(connection, "", 1000, armed_only=False)
            assert {one.id: one for one in timers} == expected.timers
            assert {one.rule: one for one in rule_history.remembered(connection)} == expected.memory
            assert {one.id: one for one in rule_history.tape(connection, 0, 100)} == expected.tape


@settings(max_examples=25)
@given(some.lists(some.tuples(_CHANGES, some.booleans(), some.booleans()), max_size=5))
def test_any_changes_to_a_store_that_is_killed_and_started_again_end_as_said_last(runs: Runs) -> None:
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(live_and_die(Path(name), runs, _as_said))


async def _as_said(store: Store, taken: list[Change]) -> None:
    await _is_all_there(store, _fold(taken))


_MANY = 200


async def _fill(store: Store) -> RuleFold:
    """What rules did beside readings and retained messages; settled bit by bit."""
    fold = RuleFold()
    for n in range(_MANY):
        changes: list[Change] = [
            firing_kept(firing(f"f{n}", f"rule-{n % 20}", MADE_MS + n)),
            timer_kept(timer(f"t{n}", f"rule-{n % 20}", MADE_MS + n)),
            remembered(f"rule-{n % 50}", n, MADE_MS + n),
            taped(MADE_MS + n),
        ]
        fold.take(changes)
        await commit(store, *changes, reading(n, MADE_MS + n, temperature=float(n)), Retained(f"t/{n % 50}", b"x", 0))
        if n % 40 == 0:
            await settle(store)
    return fold


async def _found(store: Store) -> RuleFold:
    fold = RuleFold()
    fold.firings = {one.id: one for one in await store.firings(limit=10_000)}
    fold.timers = {one.id: one for one in await store.timers(limit=10_000)}
    fold.memory = {one.rule: one for one in await store.remembered()}
    fold.tape = {one.id: one for one in await store.tape(0, 1 << 60)}
    return fold


async def _is_all_there(store: Store, fold: RuleFold) -> None:
    assert vars(await _found(store)) == vars(fold)


async def test_a_database_damaged_all_over_gets_its_firings_and_timers_back_from_the_journal(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        fold = await _fill(store)
    raw = bytearray((tmp_path / "gateway.db").read_bytes())
    for start in range(len(raw) // 3072 * 1024, len(raw), 1024):
        raw[start : start + 8] = b"\xff" * 8
    (tmp_path / "gateway.db").write_bytes(raw)
    async with running(tmp_path) as store:
        assert store.recovered is not None
        assert values(await everything(store)) == [float(n) for n in range(_MANY)]
        await _is_all_there(store, fold)


async def test_an_overwritten_page_costs_few_firings_and_timers_and_changes_none(tmp_path: Path) -> None:
    async with running(tmp_path / "whole") as store:
        fold = await _fill(store)
    raw = (tmp_path / "whole" / "gateway.db").read_bytes()
    tables = ("firings", "timers", "rule_memory", "rule_tape")
    pages = _pages_of(tmp_path / "whole" / "gateway.db", tables, len(raw) // 1024)
    chance = random.Random(7)
    lost = 0
    for page in sorted(chance.sample(pages, 12)):
        folder = tmp_path / str(page)
        folder.mkdir()
        damaged = bytearray(raw)
        damaged[(page - 1) * 1024 : page * 1024] = chance.randbytes(1024)
        (folder / "gateway.db").write_bytes(damaged)
        async with running(folder) as store:
            assert store.recovered is not None or await store.check(), page
        async with running(folder) as store:
            assert await store.check() == []
            lost += _lost(fold, await _found(store))
    assert lost < 400


def _lost(was: RuleFold, found: RuleFold) -> int:
    """How many are lost; those that are left are what they were."""
    lost = 0
    for name, before in vars(was).items():
        left = vars(found)[name]
        assert all(one == before[key] for key, one in left.items())
        lost += len(before) - len(left)
    return lost


def _pages_of(path: Path, tables: tuple[str, ...], count: int) -> list[int]:
    """The pages on which these tables lie."""
    with closing(sqlite3.connect(path)) as connection:
        try:
            names = ", ".join("?" * len(tables))
            rows = connection.execute(f"SELECT pageno FROM dbstat WHERE name IN ({names})", tables).fetchall()
        except sqlite3.OperationalError:
            return list(range(2, count + 1))
    return sorted(page for (page,) in rows)
