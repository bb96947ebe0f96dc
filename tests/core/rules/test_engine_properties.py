"""What must be so of any rules and any readings."""

from __future__ import annotations

from array import array
from math import nan

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.ports.rules import Columns
from gateway.core.rules.engine import Engine, Setup
from gateway.core.rules.events import Event, Heard
from gateway.core.rules.firing import Fired
from gateway.core.rules.rule import KeptRule
from gateway.flow.rules.merge import Feed
from tests.core.rules.streams import METRICS, START, houses, seen_by, streams

END = 1 << 42


def engine_of(house: list[KeptRule]) -> Engine:
    engine = Engine(Setup())
    for kept in house:
        engine.put(kept, seen_by(kept), None, START)
    return engine


def fed(engine: Engine, events: list[Event]) -> list[Fired]:
    found: list[Fired] = []
    for event in events:
        found += engine.run_to(event.time_ms)  # type: ignore[union-attr]
        found += engine.take(event)
    found += engine.run_to(events[-1].time_ms + 3_600_000)  # type: ignore[union-attr]
    assert engine.broken == {}
    return found


def said(fired: list[Fired]) -> list[tuple[str, str, int, str]]:
    return sorted((one.rule, one.part, one.time_ms, one.id) for one in fired)


def columns_of(events: list[Event]) -> dict[str, Columns]:
    found = {}
    for device in {event.device for event in events if isinstance(event, Heard)}:
        rows = [event for event in events if isinstance(event, Heard) and event.device == device]
        found[device] = Columns(
            array("q", [row.time_ms for row in rows]),
            {metric: array("d", [row.values.get(metric, nan) for row in rows]) for metric in METRICS},
            {},
        )
    return found


@settings(max_examples=150, deadline=None)
@given(houses, streams)
def test_feeding_only_what_leaves_its_band_is_feeding_everything(house: list[KeptRule], events: list[Event]) -> None:
    everything = fed(engine_of(house), events)
    taped = [(event.time_ms, event) for event in events if not isinstance(event, Heard)]  # type: ignore[union-attr]
    until_ms = events[-1].time_ms + 3_600_000  # type: ignore[union-attr]
    feed = Feed(engine_of(house), strikes=True)
    assert said(feed.run(columns_of(events), until_ms, taped)) == said(everything)


@settings(max_examples=150, deadline=None)
@given(houses, streams)
def test_a_rule_fires_as_if_it_were_alone(house: list[KeptRule], events: list[Event]) -> None:
    together = fed(engine_of(house), events)
    alone = [one for kept in house for one in fed(engine_of([kept]), events)]
    assert said(together) == said(alone)


@settings(max_examples=200, deadline=None)
@given(houses, streams, st.data())
def test_going_on_from_its_memory_is_never_having_stopped(
    house: list[KeptRule], events: list[Event], data: st.DataObject
) -> None:
    stop = data.draw(st.integers(0, len(events) - 1))
    whole, before = engine_of(house), engine_of(house)
    for engine in (whole, before):
        for event in events[:stop]:
            engine.run_to(event.time_ms)  # type: ignore[union-attr]
            engine.take(event)
    now_ms = events[stop - 1].time_ms if stop else START  # type: ignore[union-attr]
    after = Engine(Setup())
    for kept in house:
        after.put(kept, seen_by(kept), before.memory(kept.id), now_ms)
    assert said(fed(after, events[stop:])) == said(fed(whole, events[stop:]))


@settings(max_examples=50, deadline=None)
@given(houses, streams)
def test_dropped_rules_leave_nothing_behind(house: list[KeptRule], events: list[Event]) -> None:
    engine = engine_of(house)
    fed(engine, events)
    for kept in house:
        engine.drop(kept.id)
    assert engine.devices() == ()
    assert engine.next_ms() is None
    assert fed(engine, events) == []


@settings(max_examples=50, deadline=None)
@given(houses, streams)
def test_firings_of_a_rule_never_go_back_in_time_and_have_ids_of_their_own(
    house: list[KeptRule], events: list[Event]
) -> None:
    fired = fed(engine_of(house), events)
    for kept in house:
        times = [one.time_ms for one in fired if one.rule == kept.id]
        assert times == sorted(times)
    assert len({one.id for one in fired}) == len(fired)


@settings(max_examples=100, deadline=None)
@given(houses, streams)
def test_asking_how_a_rule_stands_changes_nothing(house: list[KeptRule], events: list[Event]) -> None:
    asked, left_alone = engine_of(house), engine_of(house)
    for event in events:
        for kept in house:
            asked.why(kept.id, event.time_ms + 200_000)  # type: ignore[union-attr]
            asked.held(kept.id)
        assert asked.run_to(event.time_ms) == left_alone.run_to(event.time_ms)  # type: ignore[union-attr]
        assert asked.take(event) == left_alone.take(event)
        for kept in house:
            assert asked.memory(kept.id) == left_alone.memory(kept.id)
