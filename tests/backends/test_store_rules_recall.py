"""Firings, timers, memories and tape end as said last, whatever is repeated, killed, settled again or damaged."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as some

from gateway.backends.store import rule_history
from gateway.backends.store.store import Store
from gateway.core.ports.rules import RuleRemembered, firing_kept, timer_kept
from gateway.core.ports.store import Change, DeviceErased, Retained
from gateway.core.rules.firing import Outcome
from gateway.core.timers import TimerState
from tests.backends.recall_kit import Runs, commit_and_recall, damage_all_over, damage_pages, live_and_die
from tests.backends.rule_kit import MADE_MS, RuleFold, firing, remembered, taped, timer
from tests.backends.store_kit import commit, reading, settle

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


def _are_in(connection: sqlite3.Connection, changes: Sequence[Change]) -> None:
    expected = _fold(changes)
    found = rule_history.firings(connection, rule_history.Wanted(limit=1000))
    assert {one.id: one for one in found} == expected.firings
    timers = rule_history.timers(connection, "", 1000, armed_only=False)
    assert {one.id: one for one in timers} == expected.timers
    assert {one.rule: one for one in rule_history.remembered(connection)} == expected.memory
    assert {one.id: one for one in rule_history.tape(connection, 0, 100)} == expected.tape


@settings(max_examples=300)
@given(_CHANGES, some.data())
def test_any_changes_in_any_batches_rolled_back_and_recalled_anywhere_end_as_said_last(
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
    await damage_all_over(tmp_path, _fill, _is_all_there, _MANY)


async def test_an_overwritten_page_costs_few_firings_and_timers_and_changes_none(tmp_path: Path) -> None:
    tables = ("firings", "timers", "rule_memory", "rule_tape")
    assert await damage_pages(tmp_path, _fill, _lost, tables, count=12, seed=7) < 400


async def _lost(store: Store, was: RuleFold) -> int:
    """How many are lost; those that are left are what they were."""
    found, lost = vars(await _found(store)), 0
    for name, before in vars(was).items():
        assert all(one == before[key] for key, one in found[name].items())
        lost += len(before) - len(found[name])
    return lost
