"""What the leaves of a rule look at, as things stand now, and which rules a change of the house concerns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from ...core.rules.ages import age_s
from ...core.rules.events import LeafSeries, Series
from ...core.rules.rule import (
    AlertIf,
    AlertWhen,
    AnomalyIf,
    AnomalyWhen,
    CommandWhen,
    DeviceWhen,
    Rule,
    StateIf,
    TimerIf,
    conditions,
    measured,
    triggers,
)
from ...core.rules.sources import MOST_SERIES, Measured
from .house import House

STATUS = "status"
"""Key of a device's state that is not of its configuration, but whether it is there."""


class Looks(msgspec.Struct, frozen=True):
    """What a rule hangs on beside the values of series."""

    assets: frozenset[str]
    zones: frozenset[str]
    devices: frozenset[str]
    """Whose values it names."""
    metrics: frozenset[str]
    statuses: frozenset[str]
    states: frozenset[tuple[str, str]]
    """(device, key) of configurations."""
    commanded: frozenset[str]
    alerts: frozenset[str]
    timers: frozenset[str]
    anomalies: bool

    @classmethod
    def of(cls, several: Iterable[Looks]) -> Looks:
        """All of them together."""
        known = list(several)

        def united(field: str) -> frozenset[Any]:
            return frozenset().union(*(getattr(one, field) for one in known))

        return cls(
            assets=united("assets"),
            zones=united("zones"),
            devices=united("devices"),
            metrics=united("metrics"),
            statuses=united("statuses"),
            states=united("states"),
            commanded=united("commanded"),
            alerts=united("alerts"),
            timers=united("timers"),
            anomalies=any(one.anomalies for one in known),
        )


def looks(rule: Rule) -> Looks:
    """Of its triggers and conditions."""
    sources = [one for _, one in measured(rule)]
    others = [one for _, one in (*triggers(rule), *conditions(rule))]
    states = [one for one in others if isinstance(one, StateIf)]
    return Looks(
        assets=frozenset(one.asset for one in sources if one.asset),
        zones=frozenset(one.zone for one in sources if one.zone),
        devices=frozenset(one.device for one in sources if one.device),
        metrics=frozenset(one.metric for one in sources),
        statuses=frozenset(
            [one.device for one in others if isinstance(one, DeviceWhen)]
            + [one.device for one in states if one.key == STATUS]
        ),
        states=frozenset((one.device, one.key) for one in states if one.key != STATUS),
        commanded=frozenset(one.device for one in others if isinstance(one, CommandWhen)),
        alerts=frozenset(one.asset for one in others if isinstance(one, AlertWhen | AlertIf)),
        timers=frozenset(one.timer for one in others if isinstance(one, TimerIf)),
        anomalies=any(isinstance(one, AnomalyWhen | AnomalyIf) for one in others),
    )


class Resolve:
    """From what a rule names to series. `interval_s` says how often a device sends; 0: not known."""

    def __init__(self, house: House, interval_s: Callable[[str], float] = lambda device: 0.0) -> None:
        self._house = house
        self._interval_s = interval_s

    def series(self, rule: Rule) -> tuple[LeafSeries, ...]:
        """What each leaf that looks at values looks at now."""
        return tuple(LeafSeries(path, tuple(self._of(one))) for path, one in measured(rule))

    def missing(self, rule: Rule) -> str:
        """What it names that is not there any more, in words; empty: nothing."""
        found = looks(rule)
        for asset in sorted(found.assets | found.alerts):
            if self._house.asset(asset) is None:
                return f"there is no asset {asset} any more"
        for zone in sorted(found.zones):
            if self._house.zone(zone) is None:
                return f"there is no zone {zone} any more"
        for device in sorted(found.devices | found.statuses | {one for one, _ in found.states} | found.commanded):
            if self._house.device(device) is None:
                return f"there is no device {device} any more"
        return ""

    def _of(self, source: Measured) -> Iterable[Series]:
        for device in self._devices(source)[:MOST_SERIES]:
            yield Series(device, source.metric, age_s(source.metric, self._interval_s(device)))

    def _devices(self, source: Measured) -> list[str]:
        if source.device:
            # Also before it has sent anything: it is looked at as soon as it does.
            return [source.device] if self._house.device(source.device) is not None else []
        if source.asset:
            return sorted(self._house.measuring(source.asset, source.metric))
        return self._house.measuring_in(source.zone, source.metric)
