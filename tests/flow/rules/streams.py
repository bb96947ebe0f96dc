"""What devices might have measured, as columns, and rules that might look at it; for hypothesis."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from math import nan

from hypothesis import strategies as st

from gateway.core.ports.rules import Columns
from gateway.core.quality import Quality
from gateway.core.rules.actions import NotifyThen
from gateway.core.rules.check import problems
from gateway.core.rules.events import Heard, LeafSeries, Series
from gateway.core.rules.rule import BetweenIf, CompareIf, NotIf, Rule, TimeIf, ValueWhen, measured

AGE_S = 60
DEVICES = ("one", "two", "wet")
METRICS = ("humidity", "temperature")
START_MS = 1_790_000_000_000
_GAPS_MS = (0, 1, 1000, 10_000, 30_000, 59_999, 60_000, 60_001, 61_000, 200_000)
_VALUES = (-5.0, 0.0, 9.0, 10.0, 10.5, 11.0, 15.0, 19.9, 20.0, 25.0)
_BITS = (0, 0, 0, 0, 0, int(Quality.TIME), int(Quality.STUCK))
_THEN = (NotifyThen(text="x"),)
House = Mapping[str, Columns]


@st.composite
def columns(draw: st.DrawFn) -> Columns:
    """Of one device: both metrics in a reading, or one of them, some doubted."""
    gaps = draw(st.lists(st.sampled_from(_GAPS_MS), min_size=0, max_size=25))
    times, now_ms = array("q"), START_MS
    for gap in gaps:
        now_ms += gap
        times.append(now_ms)
    count = len(times)
    cell = st.sampled_from((*_VALUES, nan))
    values = {metric: array("d", draw(st.lists(cell, min_size=count, max_size=count))) for metric in METRICS}
    bits = {
        metric: array("H", draw(st.lists(st.sampled_from(_BITS), min_size=count, max_size=count))) for metric in METRICS
    }
    return Columns(times, values, {metric: found for metric, found in bits.items() if any(found)})


houses = st.fixed_dictionaries({device: columns() for device in DEVICES})


_looks = {
    "zone": st.just("all"),
    "metric": st.sampled_from(METRICS),
    "of": st.sampled_from(("any", "all", "mean", "min", "max")),
    "hysteresis": st.sampled_from((None, 0.0, 4.0)),
}
_compares = {
    "operator": st.sampled_from((">", ">=", "<", "<=", "==", "!=")),
    "value": st.sampled_from((10.0, 15.0, 20.0)),
}
_windows = st.sampled_from(({}, {}, {"window_s": 60, "aggregate": "mean"}, {"window_s": 120, "aggregate": "rise"}))
_compare = st.builds(CompareIf, **_looks, **_compares)
_when = st.builds(lambda window, look: ValueWhen(**look, **window), _windows, st.fixed_dictionaries(_looks | _compares))
_if = st.one_of(
    st.none(),
    _compare,
    st.builds(NotIf, of=_compare),
    st.builds(BetweenIf, **_looks, low=st.just(5.0), high=st.just(12.0)),
    st.just(TimeIf(from_="14:14", to="14:16")),  # START_MS is 14:13:20 UTC
)
rules = st.builds(
    Rule,
    name=st.just("R"),
    when=_when,
    if_=_if,
    for_s=st.sampled_from((0, 0, 30, 60, 90)),
    hysteresis=st.sampled_from((0.0, 1.0)),
    cooldown_s=st.sampled_from((0, 0, 100)),
    then=st.just(_THEN),
    else_=st.sampled_from(((), _THEN)),
    safe=st.sampled_from(((), _THEN)),
).filter(lambda rule: not problems(rule, None))


def leaves(rule: Rule, devices: tuple[str, ...] = DEVICES) -> tuple[LeafSeries, ...]:
    """Every leaf looks at all devices."""
    return tuple(
        LeafSeries(path, tuple(Series(device, one.metric, AGE_S) for device in devices)) for path, one in measured(rule)
    )


def everything(house: House) -> list[Heard]:
    """All that is believed, a reading at a time, in order of time and device."""
    found: list[tuple[int, str, int]] = []
    for device, known in house.items():
        found += [(time_ms, device, row) for row, time_ms in enumerate(known.times)]
    return [
        Heard(device, time_ms, values, arrived_ms=time_ms)
        for time_ms, device, row in sorted(found)
        if (values := _believed(house[device], row))
    ]


def _believed(known: Columns, row: int) -> dict[str, float]:
    return {
        metric: values[row]
        for metric, values in known.values.items()
        if values[row] == values[row] and not (metric in known.bits and known.bits[metric][row] & ~int(Quality.TIME))
    }
