"""What rules are told of history is enough: nothing else would make them fire otherwise."""

from __future__ import annotations

from array import array

from hypothesis import given, settings

from gateway.core.ports.rules import Columns
from gateway.core.quality import Quality
from gateway.core.rules.actions import NotifyThen
from gateway.core.rules.engine import Engine, Setup
from gateway.core.rules.firing import Fired
from gateway.core.rules.rule import KeptRule, Mode, Rule, ValueWhen
from gateway.flow.rules.merge import Feed, Track

from .streams import DEVICES, START_MS, House, everything, houses, leaves, rules

END_MS = START_MS + 3_600_000
DAMP = Rule(
    name="Damp",
    when=ValueWhen(zone="all", metric="humidity", of="any", operator=">", value=10),
    then=(NotifyThen(text="x"),),
)
Told = list[tuple[str, int, int]]


def engine_with(rule: Rule) -> Engine:
    engine = Engine(Setup())
    engine.put(KeptRule(id="r", rule=rule, mode=Mode.SHADOW), leaves(rule), None, START_MS - 1)
    return engine


def told_all(rule: Rule, house: House) -> Told:
    engine, found = engine_with(rule), list[Fired]()
    for event in everything(house):
        found += engine.run_to(event.time_ms)
        found += engine.take(event)
    return [(one.part, one.time_ms, one.count) for one in (*found, *engine.run_to(END_MS))]


def told_little(rule: Rule, stretches: list[tuple[House, int]]) -> tuple[Told, int]:
    engine = engine_with(rule)
    feed, found, count = Feed(engine, strikes=True), list[Fired](), 0
    for house, until_ms in stretches:
        for _ in feed.steps([Track(device, columns) for device, columns in house.items()], until_ms):
            count += 1
        found += feed.drained()
    assert not engine.broken
    return [(one.part, one.time_ms, one.count) for one in found], count


def cut(house: House, at_ms: int) -> list[tuple[House, int]]:
    """The same in two stretches of time."""

    def part(columns: Columns, since: int, until: int) -> Columns:
        rows = slice(since, until)
        return Columns(
            columns.times[rows],
            {metric: values[rows] for metric, values in columns.values.items()},
            {metric: bits[rows] for metric, bits in columns.bits.items()},
        )

    before, after = {}, {}
    for device, columns in house.items():
        row = sum(1 for time_ms in columns.times if time_ms < at_ms)
        before[device], after[device] = part(columns, 0, row), part(columns, row, len(columns.times))
    return [(before, at_ms), (after, END_MS)]


@settings(deadline=None, max_examples=400)
@given(rules, houses)
def test_what_is_left_out_would_not_have_made_a_rule_fire_otherwise(rule: Rule, house: House) -> None:
    assert told_little(rule, [(house, END_MS)])[0] == told_all(rule, house)


@settings(deadline=None, max_examples=100)
@given(rules, houses)
def test_a_day_may_be_told_in_pieces(rule: Rule, house: House) -> None:
    assert told_little(rule, cut(house, START_MS + 90_000))[0] == told_all(rule, house)


def steady(count: int, every_ms: int, value: float) -> Columns:
    times = array("q", [START_MS + row * every_ms for row in range(count)])
    return Columns(times, {"humidity": array("d", [value] * count)}, {})


def test_of_a_steady_series_only_the_first_reading_is_told() -> None:
    engine = engine_with(DAMP)
    tracks = [Track("one", steady(10_000, 10_000, 5.0))]
    told = list(Feed(engine, strikes=False).steps(tracks, START_MS + 200_000_000))
    assert told == [START_MS]


def test_after_a_silence_the_first_reading_is_told_whatever_it_says() -> None:
    times = array("q", [START_MS, START_MS + 10_000, START_MS + 70_001, START_MS + 80_000])
    track = Track("one", Columns(times, {"humidity": array("d", [5.0] * 4)}, {}))
    told = list(Feed(engine_with(DAMP), strikes=False).steps([track], END_MS))
    assert [time_ms - START_MS for time_ms in told] == [0, 70_001]


def test_devices_that_no_rule_looks_at_are_left_out() -> None:
    house = {"elsewhere": steady(10, 1000, 99.0), DEVICES[0]: steady(0, 1, 0)}
    assert told_little(DAMP, [(house, END_MS)]) == ([], 0)


def test_values_that_are_doubted_are_none_but_those_of_an_unsure_time_are() -> None:
    values = array("d", [1.0, 2.0, 3.0])
    bits = array("H", [0, int(Quality.STUCK), int(Quality.TIME)])
    track = Track("one", Columns(array("q", [1, 2, 3]), {"humidity": values}, {"humidity": bits}))
    assert [track.value("humidity", place) for place in range(3)] == [1.0, None, 3.0]
    assert track.flagged == 1
