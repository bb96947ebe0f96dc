"""Windows of 60 slots against the readings themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.rules.slots import Slots
from gateway.core.rules.sources import Aggregate

AGGREGATES: tuple[Aggregate, ...] = ("mean", "min", "max", "rise", "rate", "sum", "count")
START = 1_700_000_040_000
readings = st.lists(st.tuples(st.integers(0, 20_000), st.integers(-20, 20).map(float)), min_size=1, max_size=60)


def plain(aggregate: Aggregate, heard: list[tuple[int, float]], window_s: int) -> float | None:
    """From the slot of the newest reading and the 60 before it."""
    slot_ms = window_s * 1000 // 60
    newest = heard[-1][0] // slot_ms
    within = [(time_ms, value) for time_ms, value in heard if time_ms // slot_ms >= newest - 60]
    if newest - within[0][0] // slot_ms < 30:
        return None
    values = [value for _, value in within]
    rise = values[-1] - values[0]
    match aggregate:
        case "mean":
            return sum(values) / len(values)
        case "min":
            return min(values)
        case "max":
            return max(values)
        case "rise":
            return rise
        case "rate":
            return rise * 3_600_000 / max(within[-1][0] - within[0][0], 1)
        case "sum":
            return sum(values)
        case _:
            return float(len(values))


@given(st.sampled_from(AGGREGATES), readings, st.sampled_from((60, 120, 600)))
def test_a_figure_is_that_of_the_readings_in_its_slots(
    aggregate: Aggregate, steps: list[tuple[int, float]], window_s: int
) -> None:
    slots, heard, time_ms = Slots(window_s, aggregate), [], START
    for step_ms, value in steps:
        time_ms += step_ms
        heard.append((time_ms, value))
        assert slots.add(value, time_ms) == pytest.approx(plain(aggregate, heard, window_s))


@given(st.sampled_from(AGGREGATES), readings, readings)
def test_what_is_written_down_goes_on_the_same(
    aggregate: Aggregate, before: list[tuple[int, float]], after: list[tuple[int, float]]
) -> None:
    first, second, time_ms = Slots(60, aggregate), Slots(60, aggregate), START
    for step_ms, value in before:
        time_ms += step_ms
        first.add(value, time_ms)
    second.load(first.dump())
    for step_ms, value in after:
        time_ms += step_ms
        assert second.add(value, time_ms) == first.add(value, time_ms)


def test_little_is_not_yet_known() -> None:
    slots = Slots(600, "rise")
    found = [slots.add(float(minute), START + minute * 60_000) for minute in range(8)]
    assert found == [None, None, None, None, None, 5.0, 6.0, 7.0]


def test_another_windows_memory_is_refused() -> None:
    with pytest.raises(ValueError, match="another window"):
        Slots(60, "mean").load(Slots(60, "sum").dump())
