"""What of a rule is never or always true, and that it is so for whatever is measured."""

from __future__ import annotations

from operator import eq, ge, gt, le, lt, ne
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.judging.rules import rule as knowledge
from gateway.core.rules.check import warnings
from gateway.core.rules.comparing import Test as Latch
from gateway.core.rules.intervals import TooMany, certainties, firing_ways, meets
from gateway.core.rules.rule import AllIf, AnyIf, CompareIf, If, NotIf, Rule, StateIf, TimeIf
from gateway.core.rules.sources import Operator
from gateway.core.rules.spans import Choice, Spans, compared, week
from tests.core.rules.rule_house import RuleHouse

WET: dict[str, Any] = {"kind": "compare", "asset": "bathroom", "metric": "humidity", "operator": ">", "value": 70}
TRIGGER: dict[str, Any] = {**WET, "kind": "value"}
NIGHT: dict[str, Any] = {"kind": "time", "from": "22:00", "to": "06:00"}
FAN: dict[str, Any] = {"kind": "command", "asset": "bathroom-fan", "verb": "turn_on"}


def rule(**said: Any) -> Rule:
    said = {key.rstrip("_"): value for key, value in said.items()}
    return msgspec.convert({"name": "A rule", "then": [FAN], **said}, Rule)


def told(**said: Any) -> dict[str, str]:
    return dict(certainties(rule(**said)))


def all_(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "all", "of": list(parts)}


def any_(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "any", "of": list(parts)}


def not_(part: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "not", "of": part}


NEVER: list[tuple[dict[str, Any], str]] = [
    ({"when": {**TRIGGER, "value": 140}}, "when"),
    ({"when": TRIGGER, "if_": {**WET, "operator": "<", "value": 60}}, "if"),
    ({"if_": all_(WET, {**WET, "operator": "<=", "value": 70})}, "if"),
    ({"if_": all_(WET, not_(WET))}, "if"),
    ({"if_": all_(NIGHT, {**NIGHT, "from": "08:00", "to": "10:00"})}, "if"),
    ({"when": {"kind": "time", "at": "12:00"}, "if_": NIGHT}, "if"),
    ({"when": {"kind": "time", "at": "23:00", "days": ["mon"]}, "if_": {**NIGHT, "days": ["tue"]}}, "if"),
    ({"if_": all_({"kind": "sun", "is": "up"}, {"kind": "sun", "is": "down"})}, "if"),
    ({"when": {"kind": "device", "device": "fan-1", "status": "online"},
      "if_": {"kind": "state", "device": "fan-1", "is": "offline"}}, "if"),
    ({"when": TRIGGER, "if_": any_({**WET, "operator": "<", "value": 50}, {**WET, "operator": "<", "value": 60})},
     "if.of[1]"),
    ({"if_": {**WET, "operator": "<", "value": 0, "aggregate": "count", "window_s": 600}}, "if"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "path"), NEVER)
def test_what_can_never_be_is_told_where_it_is_decided(said: dict[str, Any], path: str) -> None:
    found = told(**said)
    assert list(found) == [path]
    assert "never" in found[path]


ALWAYS: list[tuple[dict[str, Any], str]] = [
    ({"when": TRIGGER, "if_": {**WET, "operator": ">", "value": -20}}, "if"),
    ({"when": TRIGGER, "if_": any_(WET, not_(WET))}, "if"),
    ({"when": TRIGGER, "if_": any_(NIGHT, {**NIGHT, "from": "06:00", "to": "22:00"})}, "if"),
    ({"when": TRIGGER, "if_": all_(WET, any_({"kind": "sun", "is": "up"}, {"kind": "sun", "is": "down"}))}, "if.of[1]"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "path"), ALWAYS)
def test_what_is_always_so_is_told_where_it_is_decided(said: dict[str, Any], path: str) -> None:
    found = told(**said)
    assert list(found) == [path]
    assert "always" in found[path]


SOMETIMES: list[dict[str, Any]] = [
    {"when": TRIGGER, "if_": not_(NIGHT)},
    {"when": TRIGGER, "if_": {**WET, "operator": "<", "value": 68}, "hysteresis": 5},
    {"if_": all_({**WET, "hysteresis": 5}, {**WET, "operator": "<=", "value": 70})},
    {"if_": all_({**WET, "asset": "", "zone": "upstairs", "of": "any"},
                 {**WET, "asset": "", "zone": "upstairs", "of": "any", "operator": "<", "value": 60})},
    {"if_": all_(WET, {**WET, "asset": "cellar", "operator": "<", "value": 60})},
    {"when": {"kind": "time", "at": "22:00"}, "if_": NIGHT},
    {"when": {"kind": "time", "at": "05:59", "days": ["tue"]}, "if_": {**NIGHT, "days": ["mon"]}},
    {"when": {"kind": "time", "at": "03:00", "days": ["mon"]}, "if_": {**NIGHT, "days": ["sun"]}},
    {"when": {"kind": "change", "asset": "bathroom", "metric": "humidity", "by": 5}, "if_": WET},
    {"when": {"kind": "time", "every_s": 900}},
    {"if_": all_({"kind": "timer", "timer": "stop"}, {"kind": "timer", "timer": "go", "running": False})},
    {"if_": {**WET, "metric": "radon", "value": 1e9}},
]  # fmt: skip


@pytest.mark.parametrize("said", SOMETIMES)
def test_what_can_be_and_can_not_be_is_left_alone(said: dict[str, Any]) -> None:
    assert told(**said) == {}


def test_the_warnings_of_a_rule_name_it() -> None:
    (warning,) = warnings(rule(when={**TRIGGER, "value": 140}), RuleHouse())
    assert warning.path == "when"
    assert warning.reason == "this is never true: it can be from -1 % to 101 %"


def test_a_rule_with_more_ways_than_are_tried_is_left_alone() -> None:
    many = all_(*(any_(*({**WET, "asset": f"r{group}-{number}"} for number in range(12))) for group in range(5)))
    assert told(if_=many) == {}
    with pytest.raises(TooMany):
        firing_ways(rule(if_=many))


def test_rules_meet_unless_they_exclude_each_other() -> None:
    wet, dry = rule(when=TRIGGER), rule(when={**TRIGGER, "operator": "<", "value": 60})
    assert not meets(firing_ways(wet), firing_ways(dry))
    assert meets(firing_ways(wet), firing_ways(rule(when={"kind": "time", "at": "07:00"})))
    assert meets(firing_ways(wet, "else"), firing_ways(dry))
    assert not meets(firing_ways(wet, "else"), firing_ways(wet))


def test_what_else_does_of_a_moment_is_done_when_the_condition_is_false() -> None:
    moment = rule(when={"kind": "time", "at": "07:00"}, if_=WET)
    assert meets(firing_ways(moment, "else"), firing_ways(rule(if_={**WET, "operator": "<", "value": 60})))
    assert not meets(firing_ways(moment, "else"), firing_ways(rule(if_={**WET, "value": 80})))


def test_the_timers_of_two_rules_are_two_timers() -> None:
    running = rule(if_={"kind": "timer", "timer": "stop"})
    idle = rule(if_={"kind": "timer", "timer": "stop", "running": False})
    assert meets(firing_ways(running, scope="a"), firing_ways(idle, scope="b"))
    assert not meets(firing_ways(running, scope="a"), firing_ways(idle, scope="a"))


def test_a_week_goes_over_its_end() -> None:
    sunday_night = week(("sun",), 22 * 60, 8 * 60)
    assert [minute in sunday_night for minute in (0, 359, 360, 6 * 1440 + 1319, 6 * 1440 + 1320, 10_079)] == [
        True, True, False, False, True, True,
    ]  # fmt: skip


PLAIN = {">": gt, ">=": ge, "<": lt, "<=": le, "==": eq, "!=": ne}
OPERATORS = st.sampled_from([">", ">=", "<", "<=", "==", "!="])
NUMBERS = st.integers(-6, 6).map(float)


def _plain(operator: Operator, value: float, limit: float) -> bool:
    return bool(PLAIN[operator](value, limit))


@given(OPERATORS, NUMBERS, NUMBERS)
def test_a_comparison_has_the_values_that_compare_so(operator: Operator, value: float, limit: float) -> None:
    found = compared(operator, limit)
    assert (value in found) == _plain(operator, value, limit)
    assert (value in found.rest()) != (value in found)
    assert found.rest().rest() == found


@given(OPERATORS, NUMBERS, st.integers(0, 3).map(float), st.lists(NUMBERS, max_size=8))
def test_whatever_the_evaluator_takes_for_true_or_false_is_in_the_set_of_it(
    operator: Operator, limit: float, hysteresis: float, values: list[float]
) -> None:
    latch, truth = Latch(operator, limit, hysteresis=hysteresis), -1
    for value in values:
        truth = latch.settle(value, truth)
        assert value in (compared(operator, limit, hysteresis) if truth else compared(operator, limit).rest())


@given(st.lists(st.tuples(OPERATORS, NUMBERS), min_size=1, max_size=4), NUMBERS)
def test_what_is_in_all_of_them_is_in_their_meeting(parts: list[tuple[Operator, float]], value: float) -> None:
    met = compared(*parts[0])
    for part in parts[1:]:
        met = met.meet(compared(*part))
    assert (value in met) == all(_plain(operator, value, limit) for operator, limit in parts)


@given(st.frozensets(st.sampled_from("abc")), st.booleans(), st.frozensets(st.sampled_from("abc")), st.booleans())
def test_choices_meet_as_sets_do(one: frozenset[str], but: bool, two: frozenset[str], also: bool) -> None:
    first, second = Choice(one, but), Choice(two, also)
    for word in "abcd":
        assert (word in first.meet(second)) == (word in first and word in second)
        assert (word in first.rest()) != (word in first)


LIMITS = st.sampled_from([-40.0, 0.0, 20.0, 21.0, 60.0, 70.0, 120.0])
HOURS = st.integers(0, 23).map(lambda hour: f"{hour:02}:00")
LEAVES = st.one_of(
    st.builds(
        CompareIf,
        device=st.sampled_from(["d1", "d2"]),
        metric=st.sampled_from(["humidity", "temperature", "radon"]),
        operator=OPERATORS,
        value=LIMITS,
    ),
    st.builds(TimeIf, from_=HOURS, to=HOURS, days=st.sampled_from([(), ("mon",), ("sat", "sun")])),
    st.builds(StateIf, device=st.just("d1"), is_=st.sampled_from(["online", "offline"])),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(NotIf, of=inner),
        st.builds(AllIf, of=st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(AnyIf, of=st.lists(inner, min_size=1, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)
SERIES = [(device, metric) for device in ("d1", "d2") for metric in ("humidity", "temperature", "radon")]


@st.composite
def houses(draw: st.DrawFn) -> dict[object, Any]:
    """Values as they can be, a minute of the week, a status."""
    house: dict[object, Any] = {
        "minute": draw(st.integers(0, 10_079)),
        "d1": draw(st.sampled_from(["online", "offline"])),
    }
    for device, metric in SERIES:
        known = knowledge(metric)
        near = draw(st.one_of(LIMITS, st.floats(-60, 130)))
        house[device, metric] = min(max(near, known.low), known.high)
    return house


def _is(one: If, house: dict[object, Any]) -> bool:
    match one:
        case NotIf():
            return not _is(one.of, house)
        case AllIf():
            return all(_is(part, house) for part in one.of)
        case AnyIf():
            return any(_is(part, house) for part in one.of)
        case CompareIf():
            return _plain(one.operator, house[one.device, one.metric], one.value)
        case TimeIf():
            start, end = int(one.from_[:2]) * 60, int(one.to[:2]) * 60
            day, minute = divmod(house["minute"], 1440)
            if end <= start and minute < end:  # it began the day before
                day, minute = (day - 1) % 7, minute + 1440
            end += 1440 if end <= start else 0
            return start <= minute < end and (
                not one.days or ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[day] in one.days
            )
        case StateIf():
            return bool(house[one.device] == one.is_)
        case _:
            raise AssertionError(one)


@settings(max_examples=100, deadline=None)
@given(TREES, st.lists(houses(), min_size=1, max_size=4))
def test_whatever_is_called_never_or_always_is_so_for_whatever_is_measured(
    tree: If, drawn: list[dict[object, Any]]
) -> None:
    made = msgspec.structs.replace(rule(if_=WET), if_=tree)
    found = dict(certainties(made))
    nodes: list[tuple[str, If]] = [("if", tree)]
    while nodes:
        path, one = nodes.pop()
        if isinstance(one, NotIf):
            nodes.append((f"{path}.of", one.of))
        elif isinstance(one, AllIf | AnyIf):
            nodes += [(f"{path}.of[{number}]", part) for number, part in enumerate(one.of)]
        said = found.get(path, "")
        for house in drawn:
            if said.startswith("this is never"):
                assert not _is(one, house)
            elif said.startswith("this is always"):
                assert _is(one, house)
            elif said:
                assert not _is(tree, house)


@settings(max_examples=100, deadline=None)
@given(TREES, TREES, houses())
def test_what_is_so_at_once_can_meet(one: If, other: If, house: dict[object, Any]) -> None:
    both = (tree if _is(tree, house) else NotIf(of=tree) for tree in (one, other))
    first, second = (msgspec.structs.replace(rule(if_=WET), if_=tree) for tree in both)
    assert meets(firing_ways(first), firing_ways(second))


def test_spans_without_anything_are_empty() -> None:
    assert not Spans(())
    assert not compared(">", 5).meet(compared("<", 5))
