"""Rules as people might write them, right and wrong, for properties."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

ASSETS = st.sampled_from(["", "bathroom", "bathroom-fan", "ficus", "pump", "boiler", "sauna"])
DEVICES = st.sampled_from(["", "bath-fan", "bath-climate", "bath-window", "pump-1", "gone"])
THERE = st.sampled_from(["bath-fan", "bath-climate", "bath-window", "pump-1", "gone"])
METRICS = st.sampled_from(["humidity", "temperature", "co2", "soil_moisture", "power", "radon"])
OPERATORS = st.sampled_from([">", ">=", "<", "<=", "==", "!="])
NUMBERS = st.integers(-50, 150) | st.floats(-1e12, 1e12)
CLOCK = st.builds(lambda hour, minute: f"{hour:02}:{minute:02}", st.integers(0, 23), st.integers(0, 59))
DAYS = st.lists(st.sampled_from(["mon", "tue", "sat", "sun"]), max_size=3)
SECONDS = st.sampled_from([0, 30, 60, 600, 3600, 604_800])
TIMERS = st.sampled_from(["stop", "go"])
VERBS = st.sampled_from(["turn_on", "turn_off", "set_speed", "set_position", "run_for", "identify", "dance"])
ARGS = st.dictionaries(st.sampled_from(["speed", "position", "seconds", "x"]), NUMBERS | st.just("fast"), max_size=2)
NATURES = st.sampled_from(["", "sensor", "machine", "unusual"])


def _one(kind: str, optional: dict[str, Any] | None = None, **needed: Any) -> st.SearchStrategy[dict[str, Any]]:
    names = {key.rstrip("_"): value for key, value in needed.items()}
    return st.fixed_dictionaries({"kind": st.just(kind), **names}, optional=optional or {})


LOOKS: dict[str, Any] = {
    "of": st.sampled_from(["any", "all", "mean", "min", "max"]),
    "window_s": st.sampled_from([0, 30, 600]),
    "aggregate": st.sampled_from([None, "mean", "min", "max", "rise", "rate", "sum", "count"]),
    "hysteresis": st.none() | st.sampled_from([0, 5, 500]),
    "device": DEVICES,
    "zone": st.sampled_from(["", "upstairs", "cellar", "attic"]),
    "asset": ASSETS,
}
ALERTS = _one("alert", {"metric": METRICS}, asset=st.sampled_from(["ficus", "bathroom", "rose"]))
ANOMALIES = _one("anomaly", {"asset": ASSETS, "device": DEVICES, "nature": NATURES})
WHENS = st.one_of(
    _one("value", LOOKS, metric=METRICS, operator=OPERATORS, value=NUMBERS),
    _one("change", LOOKS, metric=METRICS, by=st.sampled_from([0.5, 5])),
    _one("time", {"at": CLOCK, "every_s": SECONDS.filter(lambda s: s <= 86_400), "days": DAYS}),
    _one(
        "sun", {"offset_s": st.sampled_from([-600, 0, 600]), "days": DAYS}, event=st.sampled_from(["sunrise", "sunset"])
    ),
    _one("device", device=THERE, status=st.sampled_from(["online", "offline", "error"])),
    ALERTS,
    ANOMALIES,
    _one("command", {"verb": VERBS, "status": st.sampled_from(["done", "failed", "expired"])}, device=THERE),
)
IFS = st.recursive(
    st.one_of(
        _one("compare", LOOKS, metric=METRICS, operator=OPERATORS, value=NUMBERS),
        _one("between", LOOKS, metric=METRICS, low=NUMBERS, high=NUMBERS),
        _one("time", {"days": DAYS}, from_=CLOCK, to=CLOCK),
        _one("sun", {"offset_s": st.sampled_from([-600, 0])}, is_=st.sampled_from(["up", "down"])),
        _one(
            "state",
            {"key": st.sampled_from(["status", "audio"])},
            device=THERE,
            is_=st.sampled_from(["online", "asleep", True, 1.5]),
        ),
        ALERTS,
        ANOMALIES,
        _one("timer", {"running": st.booleans()}, timer=TIMERS),
    ),
    lambda inner: st.one_of(
        _one("not", of=inner),
        _one("all", of=st.lists(inner, min_size=1, max_size=3)),
        _one("any", of=st.lists(inner, min_size=1, max_size=3)),
    ),
    max_leaves=6,
)
THENS = st.recursive(
    st.one_of(
        _one("command", {"device": DEVICES, "asset": ASSETS, "args": ARGS, "for_s": SECONDS}, verb=VERBS),
        _one("window", {"device": DEVICES, "asset": ASSETS, "for_s": SECONDS}, position=st.integers(0, 100)),
        _one("notify", {"level": st.sampled_from(["info", "warning", "alarm"])}, text=st.just("{value} of {name}")),
        _one("shadow", device=THERE, desired=st.dictionaries(st.sampled_from(["audio", "tune"]), st.booleans())),
        _one("cancel", timer=TIMERS),
        _one("scene", scene=st.sampled_from(["evening", "party"])),
    ),
    lambda inner: st.one_of(
        _one("timer", timer=TIMERS, after_s=st.just(60), then=st.lists(inner, max_size=2)),
        _one("command", {"back": st.lists(inner, max_size=2)}, asset=ASSETS, verb=VERBS, for_s=SECONDS),
    ),
    max_leaves=4,
)
RULES = st.fixed_dictionaries(
    {"name": st.just("A rule"), "then": st.lists(THENS, max_size=3)},
    optional={
        "when": WHENS | _one("any", of=st.lists(WHENS, min_size=1, max_size=3)),
        "if": IFS,
        "for_s": SECONDS,
        "hysteresis": st.sampled_from([0, 5, 500]),
        "cooldown_s": SECONDS,
        "else": st.lists(THENS, max_size=2),
        "safe": st.lists(THENS, max_size=2),
        "catch_up": st.sampled_from(["late", "skip", "safe"]),
        "priority": st.integers(0, 100),
    },
)
"""As JSON; every one of them has the shape of a rule."""
