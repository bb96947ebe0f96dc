"""Rules as people write them, any number of them, and a house full of sensors whose readings they look at."""

from __future__ import annotations

import random
from collections.abc import Iterator
from math import pi, sin

from ..core.messages import Reading
from ..core.rules.actions import CommandThen
from ..core.rules.ages import age_s
from ..core.rules.events import LeafSeries, Series
from ..core.rules.rule import (
    AnyWhen,
    CompareIf,
    If,
    KeptRule,
    Mode,
    NotIf,
    Rule,
    SunWhen,
    TimeIf,
    TimeWhen,
    ValueWhen,
    When,
    measured,
)
from ..core.rules.sources import Measured

METRICS = ("temperature", "humidity", "co2", "light_level")
_USUAL = {"temperature": (21.0, 2.0), "humidity": (52.0, 9.0), "co2": (750.0, 180.0), "light_level": (300.0, 200.0)}
"""Mean and typical deviation of what is measured."""
_SHARES = ((0.60, "threshold"), (0.75, "window"), (0.90, "clock"), (1.0, "zone"))
_ZONE = 20
"""Devices of a zone."""
_NIGHT = NotIf(of=TimeIf(from_="22:00", to="06:00"))


def device(number: int) -> str:
    """Its id."""
    return f"node-{number:04}"


def written(count: int, devices: int, seed: int = 7) -> list[KeptRule]:
    """Of ten rules six are thresholds (half of them for some time), three look at windows, rates, the clock or the sun,
    and one at everything in a zone.
    """
    dice = random.Random(seed)
    return [_rule(dice, number, number / count, devices) for number in range(count)]


def _rule(dice: random.Random, number: int, share: float, devices: int) -> KeptRule:
    here, kind = device(dice.randrange(devices)), next(name for least, name in _SHARES if share < least)
    when, if_ = _asked(dice, kind, here, devices)
    rule = Rule(
        name=f"{kind} {number}",
        when=when,
        if_=if_,
        for_s=0 if kind == "clock" else dice.choice((0, 60, 300, 600)),
        hysteresis=0.0 if kind == "clock" else dice.choice((0.0, 0.5, 1.0)),
        cooldown_s=dice.choice((0, 0, 600)),
        then=(CommandThen(device=here, verb="turn_on", for_s=dice.choice((0, 600, 1200))),),
    )
    return KeptRule(id=f"rule-{number}", rule=rule, mode=Mode.SHADOW)


def _asked(dice: random.Random, kind: str, here: str, devices: int) -> tuple[When, If | None]:
    metric = dice.choice(METRICS)
    if kind == "threshold":
        if_ = dice.choice((None, _NIGHT, CompareIf(device=here, metric="temperature", operator=">", value=18.0)))
        return _value(dice, metric, device=here), if_
    if kind == "window":
        window = dice.choice(({"window_s": 600, "aggregate": "mean"}, {"window_s": 3600, "aggregate": "rate"}))
        return _value(dice, metric, device=here, **window), None
    if kind == "clock":
        warm = CompareIf(device=here, metric=metric, operator=">", value=_USUAL[metric][0])
        at = f"{dice.randrange(24):02}:{dice.randrange(60):02}"
        events: tuple[TimeWhen | SunWhen, ...] = (
            TimeWhen(at=at),
            TimeWhen(at=at, days=("sat", "sun")),
            TimeWhen(every_s=3600),
            SunWhen(event="sunset", offset_s=dice.choice((-1800, 0, 1800))),
        )
        return AnyWhen(of=(dice.choice(events),)), warm
    zone = f"zone-{dice.randrange(max(devices // _ZONE, 1))}"
    return _value(dice, metric, zone=zone, of=dice.choice(("any", "all", "mean"))), None


def _value(dice: random.Random, metric: str, **where: object) -> ValueWhen:
    mean, deviation = _USUAL[metric]
    level, operator = (2.0, ">") if dice.random() < 0.8 else (-2.0, "<")
    value = 5.0 if where.get("aggregate") == "rate" else round(mean + level * deviation * dice.uniform(0.6, 1.3), 1)
    return ValueWhen(metric=metric, operator=operator, value=value, **where)  # type: ignore[arg-type]


def looked(rule: Rule) -> tuple[LeafSeries, ...]:
    """What its leaves look at: the device they name, or all of the zone."""
    return tuple(LeafSeries(path, tuple(_series(one))) for path, one in measured(rule))


def _series(source: Measured) -> Iterator[Series]:
    if source.device:
        yield Series(source.device, source.metric, age_s(source.metric))
        return
    first = int(source.zone.rpartition("-")[2]) * _ZONE
    for number in range(first, first + _ZONE):
        yield Series(device(number), source.metric, age_s(source.metric))


class Sensors:
    """Every device in turn says all it measures: a day's swing, a slow wander, noise in the last digits."""

    def __init__(self, devices: int, seed: int = 11) -> None:
        self._dice = random.Random(seed)
        self._names = [device(number) for number in range(devices)]
        self._wander = [dict.fromkeys(METRICS, 0.0) for _ in self._names]
        self._said = 0

    def next(self, time_ms: int) -> Reading:
        """The next reading, measured at this moment."""
        number, self._said = self._said % len(self._names), self._said + 1
        wander, gauss = self._wander[number], self._dice.gauss
        swing = sin(2 * pi * (time_ms / 86_400_000 + number / 10))
        values: dict[str, float] = {}
        for metric, (mean, deviation) in _USUAL.items():
            wander[metric] = 0.999 * wander[metric] + gauss(0, 0.03)
            values[metric] = round(mean + deviation * (swing + wander[metric] + gauss(0, 0.01)), 2)
        return Reading(self._names[number], time_ms, values, boot="b1", seq=self._said)
