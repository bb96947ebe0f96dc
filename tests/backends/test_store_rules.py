"""Firings, timers, memories and tape of rules: kept whole, bounded, and read back bit for bit."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway.backends.store.settings import StoreSettings
from gateway.core.ports.rules import MEMORY_TAPED, RuleRemembered, RuleTaped, firing_kept, timer_kept
from gateway.core.ports.store import DeviceErased, NotesDated
from gateway.core.rules.firing import OUTCOMES, Firing, Outcome
from gateway.core.timers import TIMER_STATES, Timer, TimerState
from tests.backends.rule_kit import HOUR_MS, MADE_MS, ended, firing, pending, remembered, taped, timer
from tests.backends.store_kit import commit, running, settle

_DAY_MS = 24 * HOUR_MS


def _ids(found: list[Firing] | list[Timer]) -> list[str]:
    return [one.id for one in found]


def test_what_is_pending_and_what_is_armed_is_what_the_schema_takes_for_it() -> None:
    assert (OUTCOMES[Outcome.PENDING], TIMER_STATES[TimerState.ARMED]) == (0, 0)


async def test_a_firing_is_read_back_bit_for_bit_also_after_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, firing_kept(firing()), firing_kept(pending("f2", at_ms=MADE_MS + 1)))
        assert await store.firing("f1") == firing()
        assert await store.firing("f3") is None
    async with running(tmp_path) as store:
        assert await store.firings() == [pending("f2", at_ms=MADE_MS + 1), firing()]
        assert await store.pending_firings() == [pending("f2", at_ms=MADE_MS + 1)]


@pytest.mark.parametrize("together", [True, False])
async def test_the_last_word_about_a_firing_counts_in_everything(tmp_path: Path, together: bool) -> None:
    words = [pending(), firing(rule="other"), firing(acts=(), outcome=Outcome.REFUSED, part="else", depth=0)]
    async with running(tmp_path) as store:
        if together:
            await commit(store, *map(firing_kept, words))
        for word in () if together else words:
            await commit(store, firing_kept(word))
            await settle(store)
        assert await store.firings() == [words[-1]]
        assert await store.pending_firings() == []


async def test_firings_are_listed_by_rule_by_time_by_cause_by_part_and_page_by_page(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        for n in (3, 0, 4, 1, 2):  # a backlog is noted later than it was
            rule, part = ("fan", "then") if n % 2 else ("heater", "else")
            one = firing(f"f{n}", rule, MADE_MS + n * HOUR_MS, part=part, correlation=f"c{n % 2}")
            await commit(store, firing_kept(one))
        assert _ids(await store.firings()) == ["f4", "f3", "f2", "f1", "f0"]
        assert _ids(await store.firings(limit=2)) == ["f4", "f3"]
        assert _ids(await store.firings(limit=2, before="f3")) == ["f2", "f1"]
        assert await store.firings(before="unknown") == []
        assert _ids(await store.firings(rule="heater")) == ["f4", "f2", "f0"]
        assert _ids(await store.firings(rule="heater", before="f4", limit=1)) == ["f2"]
        assert _ids(await store.firings(correlation="c1")) == ["f3", "f1"]
        assert await store.firings(correlation="c1", rule="heater") == []
        assert _ids(await store.firings(parts=("then",))) == ["f3", "f1"]
        assert _ids(await store.firings(parts=("then", "else"))) == ["f4", "f3", "f2", "f1", "f0"]
        between = await store.firings(from_ms=MADE_MS + HOUR_MS, to_ms=MADE_MS + 3 * HOUR_MS)
        assert _ids(between) == ["f2", "f1"]
        assert len(await store.firings(from_ms=-(1 << 70), to_ms=1 << 70)) == 5


async def test_of_every_rule_it_is_known_when_it_fired_last_and_how_often_since(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        assert await store.activity(0) == {}
        for n in range(5):
            one = firing(f"f{n}", "fan" if n % 2 else "heater", MADE_MS + n, part="then")
            await commit(store, firing_kept(one))
        await commit(store, firing_kept(firing("e", "fan", MADE_MS + 9, part="else")))
        assert await store.activity(MADE_MS + 2) == {"fan": (MADE_MS + 3, 1), "heater": (MADE_MS + 4, 2)}
        assert await store.activity(MADE_MS + 5) == {"fan": (MADE_MS + 3, 0), "heater": (MADE_MS + 4, 0)}


async def test_of_too_many_firings_the_oldest_that_have_an_outcome_go_first(tmp_path: Path) -> None:
    async with running(tmp_path, StoreSettings(firing_rows=40)) as store:
        await commit(store, firing_kept(pending("open", at_ms=5)))
        for n in range(300):
            one = firing(f"f{n}", at_ms=MADE_MS + n)
            await commit(store, firing_kept(one), firing_kept(one))
            if n % 7 == 0:
                await settle(store)
        found = _ids(await store.firings(limit=1000))
        assert 38 <= len(found) <= 40
        assert found == [*(f"f{n}" for n in range(299, 300 - len(found), -1)), "open"]
        await commit(store, *(firing_kept(pending(f"p{n}", at_ms=n)) for n in range(60)))
        assert len(await store.pending_firings()) == 61


async def test_a_timer_goes_its_way_and_is_read_back_bit_for_bit(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, timer_kept(timer()))
        assert await store.timers() == [timer()]
        await settle(store)
        later = timer(due_ms=MADE_MS + 9, detail="clock")
        await commit(store, timer_kept(later))
        assert await store.timer("f1-0") == later
        await commit(store, timer_kept(ended()))
    async with running(tmp_path) as store:
        assert await store.timer("f1-0") == ended()
        assert await store.timers(armed_only=True) == []
        assert await store.timer("f1-1") is None


@pytest.mark.parametrize("settled", [True, False])
async def test_a_timer_that_has_ended_is_never_armed_again(tmp_path: Path, settled: bool) -> None:
    async with running(tmp_path) as store:
        await commit(store, timer_kept(ended(state=TimerState.CANCELLED)))
        if settled:
            await settle(store)
        await commit(store, timer_kept(timer()))
        assert await store.timer("f1-0") == ended(state=TimerState.CANCELLED)
        await commit(store, timer_kept(ended(detail="twice")))
        assert await store.timer("f1-0") == ended(detail="twice")


async def test_timers_are_listed_the_latest_first_and_armed_ones_whatever_the_limit(tmp_path: Path) -> None:
    async with running(tmp_path, StoreSettings(timer_rows=20)) as store:
        for n in range(60):
            rule = "fan" if n % 2 else "heater"
            await commit(store, timer_kept(ended(f"e{n}", rule, MADE_MS + n)))
        await commit(store, *(timer_kept(timer(f"a{n}", "fan", n)) for n in range(30)))
        assert _ids(await store.timers(armed_only=True)) == [f"a{n}" for n in range(29, -1, -1)]
        assert len(await store.timers(limit=5)) == 30
        assert _ids(await store.timers(limit=32)) == ["e59", "e58", *(f"a{n}" for n in range(29, -1, -1))]
        assert _ids(await store.timers(rule="heater", limit=2)) == ["e58", "e56"]
        of_all = await store.timers(limit=1000)
        assert 30 + 19 <= len(of_all) <= 30 + 20


async def test_of_memories_the_last_counts_and_an_empty_one_is_none(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, remembered(), remembered("heater"))
        await commit(store, remembered(version=2, at_ms=MADE_MS + 1), RuleRemembered("heater", 2, MADE_MS, b""))
        assert await store.remembered() == [remembered(version=2, at_ms=MADE_MS + 1)]
        await settle(store)
        gone = RuleRemembered("bathroom-fan", 2, MADE_MS, b"")
        await commit(store, gone, remembered("heater"), RuleRemembered("nobody", 1, 1, b""))
        assert await store.remembered() == [remembered("heater")]


async def test_the_tape_is_read_from_the_newest_memory_before_and_said_again_it_changes_nothing(tmp_path: Path) -> None:
    def began(at_ms: int, place: int = 0) -> RuleTaped:
        return taped(at_ms, place, MEMORY_TAPED)

    async with running(tmp_path) as store:
        rows = [began(10), taped(15), began(20), began(20, 1), taped(20, 2), taped(25, 1), taped(25), began(30)]
        await commit(store, *reversed(rows))
        await settle(store)
        await commit(store, taped(15, body=b"other"))
        wanted = sorted(rows, key=lambda one: (one.time_ms, one.place))
        assert await store.tape(0, 100) == wanted
        assert await store.tape(10, 26) == wanted[:7]
        assert await store.tape(24, 26) == wanted[2:7]
        assert await store.tape(20, 25) == wanted[2:5]
        assert await store.tape(29, 30) == wanted[2:7]
        assert await store.tape(-(1 << 70), 1 << 70) == wanted


async def test_the_tape_is_bounded_by_rows_and_by_days(tmp_path: Path) -> None:
    async with running(tmp_path, StoreSettings(tape_rows=40)) as store:
        for n in range(100):
            await commit(store, taped(MADE_MS + n))
        found = await store.tape(0, 1 << 60)
        assert 38 <= len(found) <= 40
        assert found[-1] == taped(MADE_MS + 99)
        later = MADE_MS + 61 * _DAY_MS
        await commit(store, taped(later), taped(later + 1))
        assert [one.time_ms for one in await store.tape(0, 1 << 60)] == [later, later + 1]


async def test_dating_moves_what_was_noted_then_and_a_timer_as_a_whole(tmp_path: Path) -> None:
    by = 1_000_000
    noted = NotesDated(MADE_MS, MADE_MS + 10, by)
    async with running(tmp_path) as store:
        before = [firing("old", at_ms=MADE_MS - 100), firing("then", at_ms=MADE_MS + 1)]
        await commit(store, *map(firing_kept, before), timer_kept(timer()), timer_kept(timer("old", at_ms=MADE_MS - 1)))
        await commit(store, timer_kept(ended("e", at_ms=MADE_MS - 5, ended_ms=MADE_MS + 3)))
        await commit(store, remembered(), remembered("old", at_ms=MADE_MS - 1), taped(MADE_MS + 2), taped(MADE_MS - 2))
        await commit(store, noted)
        assert [(one.time_ms, one.noted_ms) for one in await store.firings()] == [
            (MADE_MS + 1 + by, MADE_MS + 8 + by),
            (MADE_MS - 100, MADE_MS - 93),
        ]
        timers = {one.id: one for one in await store.timers()}
        assert timers["f1-0"] == timer(armed_ms=MADE_MS + by, due_ms=MADE_MS + by + HOUR_MS)
        assert timers["old"] == timer("old", at_ms=MADE_MS - 1)
        assert timers["e"] == ended("e", at_ms=MADE_MS - 5, ended_ms=MADE_MS + 3 + by)
        assert {one.rule: one.time_ms for one in await store.remembered()} == {
            "bathroom-fan": MADE_MS + by,
            "old": MADE_MS - 1,
        }
        assert [one.time_ms for one in await store.tape(0, 1 << 60)] == [MADE_MS - 2, MADE_MS + 2 + by]


async def test_erasing_a_device_leaves_what_rules_did(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, firing_kept(firing()), timer_kept(timer()), remembered(), DeviceErased("node-1"))
        assert await store.firings() == [firing()]
        assert await store.timers() == [timer()]
        assert await store.remembered() == [remembered()]


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE firings SET trace = x'ff' WHERE id = 'bad'",
        "UPDATE firings SET acts = x'7b7d' WHERE id = 'bad'",
        "UPDATE firings SET outcome = 99 WHERE id = 'bad'",
        "UPDATE firings SET part = 'perhaps' WHERE id = 'bad'",
        "UPDATE firings SET mode = -1 WHERE id = 'bad'",
        "UPDATE timers SET then_ = x'ff' WHERE id = 'bad'",
        "UPDATE timers SET state = 77 WHERE id = 'bad'",
        "UPDATE timers SET catch_up = 'never' WHERE id = 'bad'",
    ],
)
async def test_what_cannot_be_read_is_left_out_and_the_rest_is_there(tmp_path: Path, damage: str) -> None:
    async with running(tmp_path) as store:
        await commit(store, firing_kept(firing("bad")), firing_kept(firing("good")))
        await commit(store, timer_kept(ended("bad")), timer_kept(ended("good")))
    with closing(sqlite3.connect(tmp_path / "gateway.db", isolation_level=None)) as connection:
        assert connection.execute(damage).rowcount == 1
    async with running(tmp_path) as store:
        both = {"firings": set(_ids(await store.firings())), "timers": set(_ids(await store.timers()))}
        table = damage.split()[1]
        assert both.pop(table) == {"good"}
        assert set(*both.values()) == {"bad", "good"}
