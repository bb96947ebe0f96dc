"""What is wrong with what a rule looks at: its triggers and conditions, each with its path. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, isfinite
from typing import TYPE_CHECKING

from ..capabilities import Capabilities
from ..home import AssetKind
from ..judging.rules import rule as knowledge
from .rule import (
    AlertIf,
    AlertWhen,
    AllIf,
    AnomalyIf,
    AnomalyWhen,
    AnyIf,
    BetweenIf,
    ChangeWhen,
    CommandWhen,
    CompareIf,
    DeviceWhen,
    If,
    NotIf,
    OneWhen,
    Rule,
    StateIf,
    SunIf,
    SunWhen,
    TimeIf,
    TimerIf,
    TimeWhen,
    ValueWhen,
    conditions,
    is_moment,
    triggers,
)
from .sources import SMALLEST_WINDOW_S, Measured
from .terms import number

if TYPE_CHECKING:
    from .check import Known

Found = Iterator[tuple[str, str]]
"""(path, reason)."""
_STATUSES = ("provisioning", "online", "offline", "error")
_NO_PLACE = "the sun needs to know where the site is: [site] latitude and longitude are not set"


def looks(rule: Rule, known: Known | None, timers: frozenset[str]) -> Found:
    """All of it; `timers` are the names that the rule's actions arm."""
    for path, one in (*triggers(rule), *leaves(rule)):
        if isinstance(one, Measured):
            yield from _measured(path, one, known)
        else:
            yield from _other(path, one, known, timers)
    yield from _lasting(rule)
    yield from _hystereses(rule)


def leaves(rule: Rule) -> list[tuple[str, If]]:
    """The conditions that join no others, with their paths."""
    return [(path, one) for path, one in conditions(rule) if not isinstance(one, AllIf | AnyIf | NotIf)]


def levels(rule: Rule) -> list[tuple[str, ValueWhen | CompareIf | BetweenIf]]:
    """The comparisons that the rule's own hysteresis is of: those of the trigger that name none."""
    asked = list(triggers(rule)) if rule.when is not None else leaves(rule)
    return [
        (path, one)
        for path, one in asked
        if isinstance(one, ValueWhen | CompareIf | BetweenIf) and one.hysteresis is None
    ]


def series_of(source: Measured, known: Known) -> list[str]:
    """The devices that measure it now."""
    if source.device:
        devices = [source.device]
    else:
        assets = known.assets_in(source.zone) if source.zone else [source.asset]
        devices = sorted({device for asset in assets for device in known.devices_at(asset)})
    return [device for device in devices if source.metric in (known.device(device) or Capabilities()).metrics]


def reach(source: Measured) -> tuple[float, float]:
    """The least and the most that what is compared can be at all."""
    if source.aggregate == "count":
        return 0.0, inf
    known = knowledge(source.metric)
    if source.aggregate in ("rise", "rate"):
        most = known.high - known.low
        return (-inf, inf) if source.aggregate == "rate" else (-most, most)
    return (-inf, inf) if source.aggregate == "sum" else (known.low, known.high)


def _measured(path: str, one: Measured, known: Known | None) -> Found:
    named = [name for name in ("device", "asset", "zone") if getattr(one, name)]
    if len(named) != 1:
        both = " and ".join(named)
        yield path, f"exactly one of device, asset and zone says where it is measured{', not ' + both if both else ''}"
    elif known is not None:
        yield from _there(path, one, named[0], known)
    for name in ("value", "low", "high", "by", "hysteresis"):
        value = getattr(one, name, None)
        if value is not None and not isfinite(value):
            yield f"{path}.{name}", "that is no number"
    if one.aggregate is not None and not one.window_s:
        yield f"{path}.window_s", f"{one.aggregate} looks back over window_s seconds; it is left out"
    if one.window_s and one.aggregate is None:
        yield f"{path}.aggregate", "window_s needs to know what of the window: mean, min, max, rise, rate, sum or count"
    if 0 < one.window_s < SMALLEST_WINDOW_S:
        yield f"{path}.window_s", f"a window is at least {SMALLEST_WINDOW_S} s long"
    if isinstance(one, BetweenIf) and one.low >= one.high:
        yield f"{path}.low", f"{number(one.low)} is not below high, {number(one.high)}"


def _there(path: str, one: Measured, name: str, known: Known) -> Found:
    place: str = getattr(one, name)
    if name == "device":
        if known.device(place) is None:
            yield f"{path}.device", _no("device", place)
            return
        devices = [place]
    else:
        if (known.zone(place) if name == "zone" else known.asset(place)) is None:
            yield f"{path}.{name}", _no(name, place)
            return
        assets = known.assets_in(place) if name == "zone" else [place]
        devices = [device for asset in assets for device in known.devices_at(asset)]
        if not devices:
            yield f"{path}.{name}", f"no device measures anything in {place}"
            return
    metrics = {metric for device in devices for metric in (known.device(device) or Capabilities()).metrics}
    if one.metric not in metrics:
        has = f"there is {', '.join(sorted(metrics))}" if metrics else "nothing has been measured there yet"
        yield f"{path}.metric", f"nothing measures {one.metric} there; {has}"


def _other(path: str, one: OneWhen | If, known: Known | None, timers: frozenset[str]) -> Found:
    match one:
        case TimeWhen():
            if bool(one.at) == bool(one.every_s):
                yield path, "a time is either at, such as 22:00, or every_s, in seconds"
        case TimeIf():
            if one.from_ == one.to:
                yield f"{path}.from", f"from and to are both {one.to}: that is no span of time"
        case SunWhen() | SunIf():
            if known is not None and known.place is None:
                yield path, _NO_PLACE
        case DeviceWhen() | CommandWhen() | StateIf():
            yield from _device(path, one, known)
        case AlertWhen() | AlertIf():
            asset = None if known is None else known.asset(one.asset)
            if known is not None and asset is None:
                yield f"{path}.asset", _no("asset", one.asset)
            elif asset is not None and asset.kind is not AssetKind.PLANT:
                yield f"{path}.asset", f"only plants have thresholds, and {one.asset} is a {asset.kind}"
        case AnomalyWhen() | AnomalyIf():
            if known is not None and one.asset and known.asset(one.asset) is None:
                yield f"{path}.asset", _no("asset", one.asset)
            if known is not None and one.device and known.device(one.device) is None:
                yield f"{path}.device", _no("device", one.device)
        case TimerIf():
            if one.timer not in timers:
                yield f"{path}.timer", f"no action of this rule starts a timer {one.timer}"


def _device(path: str, one: DeviceWhen | CommandWhen | StateIf, known: Known | None) -> Found:
    if isinstance(one, StateIf):
        if one.key == "status" and one.is_ not in _STATUSES:
            yield f"{path}.is", f"a status is one of {', '.join(_STATUSES)}"
        if isinstance(one.is_, float) and not isfinite(one.is_):
            yield f"{path}.is", "that is no number"
    if known is None:
        return
    found = known.device(one.device)
    if found is None:
        yield f"{path}.device", _no("device", one.device)
    elif isinstance(one, CommandWhen) and one.verb and found.verbs is not None and one.verb not in found.verbs:
        yield f"{path}.verb", f"{one.device} cannot {one.verb}; it can {', '.join(sorted(found.verbs))}"


def _lasting(rule: Rule) -> Found:
    if rule.for_s:
        for path, one in triggers(rule):
            if is_moment(one):
                yield "for_s", f"{path} is a moment, which cannot last; a value, a state or a condition can"
                return


def _hystereses(rule: Rule) -> Found:
    for path, one in (*triggers(rule), *leaves(rule)):
        if isinstance(one, ChangeWhen) and one.hysteresis:
            yield f"{path}.hysteresis", "a change has no hysteresis: by says how far"
        if isinstance(one, ValueWhen | CompareIf | BetweenIf) and one.hysteresis:
            yield from _hysteresis(f"{path}.hysteresis", one, one.hysteresis)
    if rule.hysteresis and not isfinite(rule.hysteresis):
        yield "hysteresis", "that is no number"
    elif rule.hysteresis:
        for _, one in levels(rule):
            yield from _hysteresis("hysteresis", one, rule.hysteresis)


def _hysteresis(path: str, one: ValueWhen | CompareIf | BetweenIf, width: float) -> Found:
    if isinstance(one, BetweenIf):
        if width >= one.high - one.low > 0:
            yield path, f"{number(width)} is as wide as the band from {number(one.low)} to {number(one.high)}"
        return
    if one.operator in ("==", "!="):
        yield path, f"hysteresis means nothing with {one.operator}"
        return
    low, high = reach(one)
    if width >= high - low:
        yield path, f"{one.metric} is never {number(width)} apart: it can be from {number(low)} to {number(high)}"


def _no(what: str, name: str) -> str:
    return f"there is no {what} {name}"
