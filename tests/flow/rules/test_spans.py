"""What rules looked at in the past."""

from __future__ import annotations

from gateway.core.home import Assignment
from gateway.core.rules.actions import NotifyThen
from gateway.core.rules.events import LeafSeries, Series
from gateway.core.rules.rule import CompareIf, Rule, ValueWhen
from gateway.core.rules.sources import MOST_SERIES
from gateway.flow.rules.spans import Spans
from tests.core.rules.rule_house import RuleHouse

THEN = (NotifyThen(text="x"),)
PAST = {
    "bathroom": [
        Assignment("bath-climate", "bathroom", 1000, 5000),
        Assignment("gone-1", "bathroom", 5000, 8000),
        Assignment("bath-window", "bathroom", 0),
        Assignment("bath-climate", "bathroom", 8000),
    ],
    "ficus": [Assignment("ficus-1", "ficus", 0)],
}


def spans(of: Rule, from_ms: int, to_ms: int) -> tuple[LeafSeries, ...]:
    house = RuleHouse()
    return Spans(house, lambda asset: PAST.get(asset, []), lambda device: 1000.0 if device == "bath-climate" else 0.0)(
        of, from_ms, to_ms
    )


def looks(from_ms: int, to_ms: int, **where: str) -> list[tuple[str, int | None, int | None]]:
    rule = Rule(name="R", when=ValueWhen(metric="humidity", operator=">", value=70, **where), then=THEN)  # type: ignore[arg-type]
    (leaf,) = spans(rule, from_ms, to_ms)
    return [(one.device, one.from_ms, one.to_ms) for one in leaf.series]


def test_an_asset_is_what_devices_stood_for_then_also_those_that_are_gone() -> None:
    assert looks(0, 10_000, asset="bathroom") == [
        ("bath-climate", 1000, 5000),
        ("gone-1", 5000, 8000),
        ("bath-climate", 8000, None),
    ]
    assert looks(6000, 7000, asset="bathroom") == [("gone-1", 5000, 8000)]
    assert looks(0, 1000, asset="bathroom") == []


def test_a_zone_is_all_assets_in_it() -> None:
    rule = Rule(name="R", when=ValueWhen(zone="upstairs", metric="soil_moisture", operator="<", value=20), then=THEN)
    (leaf,) = spans(rule, 9000, 10_000)
    assert [one.device for one in leaf.series] == ["ficus-1"]


def test_a_device_is_itself_at_any_time_and_may_be_as_old_as_it_sends_seldom() -> None:
    when = ValueWhen(device="bath-climate", metric="humidity", operator=">", value=70)
    if_ = CompareIf(device="nobody", metric="co2", operator=">", value=1)
    assert spans(Rule(name="R", when=when, if_=if_, then=THEN), 0, 10) == (
        LeafSeries("when", (Series("bath-climate", "humidity", 3000),)),
        LeafSeries("if", (Series("nobody", "co2", 1800),)),
    )


def test_a_comparison_looks_at_so_many_series_at_most() -> None:
    many = [Assignment(f"gone-{number}", "bathroom", 0) for number in range(100)]
    rule = Rule(name="R", when=ValueWhen(asset="bathroom", metric="x", operator=">", value=1), then=THEN)
    (leaf,) = Spans(RuleHouse(), lambda asset: many)(rule, 0, 10)
    assert len(leaf.series) == MOST_SERIES
