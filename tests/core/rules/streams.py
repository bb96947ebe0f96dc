"""Random rules of a small house, and what its sensors say, for properties of the evaluator."""

from __future__ import annotations

from itertools import accumulate

import msgspec
from hypothesis import strategies as st

from gateway.core.rules.events import (
    AlertHeard,
    AnomalyHeard,
    CommandHeard,
    Event,
    Heard,
    LeafSeries,
    Series,
    StatusHeard,
    TimerHeard,
)
from gateway.core.rules.rule import KeptRule, Rule, measured

START = 1_700_000_000_000 // 86_400_000 * 86_400_000 + 12 * 3_600_000
DEVICES = ("aaa", "bbb", "ccc")
METRICS = ("humidity", "light")
AGE_S = 300
THEN = [{"kind": "notify", "text": "x"}]

levels = st.integers(0, 6).map(float)
"""Few values, so that borders are met."""
seconds = st.sampled_from((0, 1, 20, 60, 130, 300, 301, 700))
operators = st.sampled_from((">", ">=", "<", "<=", "==", "!="))
windows = st.sampled_from(
    (
        {},
        {},
        {},
        *({"window_s": 60, "aggregate": one} for one in ("mean", "min", "max", "rise", "rate", "sum", "count")),
    )
)
where = st.one_of(
    st.fixed_dictionaries({"device": st.sampled_from(DEVICES)}),
    st.fixed_dictionaries({"zone": st.just("all"), "of": st.sampled_from(("any", "all", "mean", "min", "max"))}),
)
looks = st.builds(
    lambda where, window, metric, slack: {
        **where,
        **window,
        "metric": metric,
        **({} if slack is None else {"hysteresis": slack}),
    },
    where,
    windows,
    st.sampled_from(METRICS),
    st.sampled_from((None, None, 1.0, 2.0)),
)
compares = st.builds(lambda look, how, value: {**look, "operator": how, "value": value}, looks, operators, levels)
clocks = st.builds(
    lambda first, width: {"kind": "time", "from": f"12:{first:02}", "to": f"12:{first + width:02}"},
    st.integers(0, 29),
    st.integers(1, 29),
)
leaves = st.one_of(
    compares.map(lambda one: {"kind": "compare", **one}),
    st.builds(lambda look, low: {"kind": "between", **look, "low": low, "high": low + 2}, looks, levels),
    clocks,
    st.just({"kind": "state", "device": "aaa", "is": "offline"}),
    st.just({"kind": "alert", "asset": "fern"}),
    st.just({"kind": "anomaly", "device": "bbb"}),
    st.just({"kind": "timer", "timer": "late"}),
)
conditions = st.recursive(
    leaves,
    lambda below: st.one_of(
        st.builds(lambda of: {"kind": "all", "of": of}, st.lists(below, min_size=1, max_size=3)),
        st.builds(lambda of: {"kind": "any", "of": of}, st.lists(below, min_size=1, max_size=3)),
        st.builds(lambda of: {"kind": "not", "of": of}, below),
    ),
    max_leaves=4,
)
one_when = st.one_of(
    compares.map(lambda one: {"kind": "value", **one}),
    compares.map(lambda one: {"kind": "value", **one}),
    st.builds(lambda look, by: {"kind": "change", **look, "by": by}, looks, st.sampled_from((1.0, 2.5))),
    st.integers(0, 40).map(lambda minute: {"kind": "time", "at": f"12:{minute:02}"}),
    st.just({"kind": "time", "every_s": 240}),
    st.just({"kind": "device", "device": "aaa", "status": "offline"}),
    st.just({"kind": "command", "device": "bbb"}),
)
whens = st.one_of(one_when, st.builds(lambda of: {"kind": "any", "of": of}, st.lists(one_when, min_size=1, max_size=3)))


def _rule(when: object, if_: object, for_s: int, slack: float, cooldown_s: int, more: int) -> Rule:
    said = {"name": "r", "for_s": for_s, "hysteresis": slack, "cooldown_s": cooldown_s, "then": THEN}
    if when is not None:
        said["when"] = when
    if if_ is not None or when is None:
        said["if"] = if_ or {"kind": "compare", "device": "aaa", "metric": "light", "operator": ">", "value": 3}
    return msgspec.convert(
        {**said, **({"else": THEN} if more & 1 else {}), **({"safe": THEN} if more & 2 else {})}, Rule
    )


rules = st.builds(
    _rule,
    st.one_of(st.none(), whens, whens, whens),
    st.one_of(st.none(), conditions),
    seconds,
    st.sampled_from((0.0, 0.0, 1.0)),
    seconds,
    st.integers(0, 3),
)
houses = st.lists(rules, min_size=1, max_size=4).map(
    lambda found: [KeptRule(id=f"r{number}", rule=rule) for number, rule in enumerate(found)]
)


def seen_by(kept: KeptRule) -> tuple[LeafSeries, ...]:
    """The zone is all devices."""
    return tuple(
        LeafSeries(
            path, tuple(Series(device, one.metric, AGE_S) for device in ((one.device,) if one.device else DEVICES))
        )
        for path, one in measured(kept.rule)
    )


steps_ms = st.one_of(
    st.integers(1, 40_000), st.sampled_from((1, 1000, 20_000, 299_999, 300_000, 300_001, 320_000, 900_000))
)
values = st.dictionaries(st.sampled_from(METRICS), levels, min_size=1)


def _event(kind: int, device: str, said: dict[str, float], time_ms: int) -> Event:
    on = "humidity" in said
    match kind:
        case 0:
            return StatusHeard("aaa", "offline" if on else "online", time_ms)
        case 1:
            return AlertHeard("fern", "light", on, time_ms)
        case 2:
            return AnomalyHeard("e1", "fern", "bbb", "sensor", on, time_ms)
        case 3:
            return CommandHeard("bbb", "turn_on", "done", time_ms, 2)
        case 4:
            return TimerHeard("r0", "late", on, time_ms)
        case _:
            return Heard(device, time_ms, said)


def _timed(drawn: list[tuple[int, int, str, dict[str, float]]]) -> list[Event]:
    times = accumulate((one[0] for one in drawn), initial=START)
    next(times)
    return [_event(kind, device, said, time_ms) for time_ms, (_, kind, device, said) in zip(times, drawn, strict=True)]


streams = st.lists(
    st.tuples(steps_ms, st.integers(0, 40), st.sampled_from(DEVICES), values), min_size=1, max_size=60
).map(_timed)
"""Events in order of time, most of them readings; silences around the age limit."""
