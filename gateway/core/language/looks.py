"""What a rule looks at, from the words for it: a trigger, a condition, and what is said back. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, Protocol

import msgspec
from msgspec.structs import replace

from ..rules.rule import (
    AlertIf,
    AlertWhen,
    AnomalyIf,
    AnomalyWhen,
    BetweenIf,
    ChangeWhen,
    CompareIf,
    DeviceWhen,
    If,
    NotIf,
    OneWhen,
    StateIf,
    ValueWhen,
)
from ..rules.terms import quantity, spoken
from .house import House, Thing
from .intent import Candidate, Condition
from .numbers import Amount
from .running import OPEN_PCT, RUNS
from .said_amounts import NotSo, of_unit, said_value
from .tagged import Metric, Named, Tagged

if TYPE_CHECKING:
    from .clauses import Looked
    from .finding import Found

_HYSTERESIS = {"humidity": 3.0, "soil_moisture": 2.0, "temperature": 0.5, "co2": 50.0, "sound_level": 2.0}
_OPPOSITE = {">": "<=", ">=": "<", "<": ">=", "<=": ">"}
Op = Literal[">", ">=", "<", "<="]


class Finder(Protocol):
    """Who knows what a name stands for; `finding.Finder` fulfils it."""

    def places(self, named: Named, metric: str = "") -> Found:
        """What is spoken of; where several fit, those that have the metric."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a rule looks at. Where neither is there, `missing` or `ask` says why."""

    when: OneWhen | None = None
    if_: If | None = None
    said: Condition | None = None
    place: Thing | None = None
    metric: str = ""
    missing: tuple[str, ...] = ()
    ask: str = ""
    candidates: tuple[Candidate, ...] = ()
    taken: str = ""
    """What was taken for granted, in words."""


def look(
    looked: Looked, tagged: Tagged, house: House, finder: Finder, acted: Sequence[Thing], before: Look | None = None
) -> Look:
    """What the words of a condition mean. `acted`: what is moved; `before`: the look before it, whose subject counts
    on where a look names none.
    """
    return _Looking(looked, tagged, house, finder, acted, before).look()


def hysteresis(metric: str, value: float) -> float:
    """How far back a value must be before it counts as over."""
    if metric == "light_level":
        return abs(round(value / 10, 1))
    return _HYSTERESIS.get(metric, 0.0)


class _Unclear(Exception):
    """It cannot be told what is meant."""

    def __init__(self, look: Look) -> None:
        super().__init__(look.ask)
        self.look = look


class _Looking:
    """One condition."""

    def __init__(
        self,
        looked: Looked,
        tagged: Tagged,
        house: House,
        finder: Finder,
        acted: Sequence[Thing],
        before: Look | None,
    ) -> None:
        self._house = house
        self._slots = looked.match.slots
        self._action = looked.match.action
        self._tagged = tagged
        self._finder = finder
        self._acted = acted
        self._before = before

    def look(self) -> Look:
        """Never raises."""
        try:
            return {
                "compare": self._compare,
                "between": self._between,
                "outside": self._between,
                "band": self._band,
                "more": self._more,
                "unit": self._unit,
                "measured": self._measured,
                "equals": self._equals,
                "changes": self._changes,
                "vague": self._vague,
                "adjective": self._adjective,
                "status": self._status,
                "stance": self._stance,
                "breach": self._breach,
                "anomaly": self._anomaly,
                "rain": self._rain,
            }[self._action]()
        except _Unclear as unclear:
            return unclear.look

    # Comparisons

    def _compare(self) -> Look:
        named = self._named("thing") or (self._who() if "who" in self._slots or "place" in self._slots else None)
        return self._compared(self._metric(), self._op(), self._amount("amount"), named)

    def _op(self) -> Op:
        slots = self._slots
        op = slots.get("op") or slots.get("tail") or slots.get("reach") or ">"
        return op if op in (">", ">=", "<", "<=") else ">"  # type: ignore[return-value]

    def _compared(self, metric: str, op: Op, amount: Amount, said: Named | None = None) -> Look:
        place, metric = self._place(metric, said if said is not None else self._named("thing"))
        value, taken = self._value(amount, metric)
        condition = Condition(parameter=metric, operator=op, value=value, place="" if place is None else place.id)
        if place is None:
            return self._without_place(condition)
        return Look(
            when=_when(place, metric, op, value),
            if_=_if(place, metric, op, value),
            said=condition,
            place=place,
            metric=metric,
            taken=taken,
        )

    def _without_place(self, condition: Condition) -> Look:
        having = [one for one in self._house.things if one.what == "asset" and condition.parameter in one.metrics]
        if not having:
            raise _asked(f"Nothing here measures {spoken(condition.parameter)}.")
        names = [one.name for one in having]
        where = f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else names[0]
        return Look(
            said=condition,
            metric=condition.parameter,
            missing=("place",),
            ask=f"{spoken(condition.parameter).capitalize()} where? There is {where}.",
            candidates=tuple(one.candidate for one in having),
        )

    def _between(self) -> Look:
        metric = self._metric()
        place, metric = self._place(metric, self._named("thing"))
        low, taken = self._value(self._amount("amount", self._amount("upper").unit), metric)
        high, _ = self._value(self._amount("upper"), metric)
        low, high = min(low, high), max(low, high)
        condition = Condition(parameter=metric, operator="between", value=(low, high), place=place.id if place else "")
        if place is None:
            return self._without_place(condition)
        between: If = _between(place, metric, low, high)
        if self._action == "outside":
            between = NotIf(of=between)
        return Look(if_=between, said=condition, place=place, metric=metric, taken=taken)

    def _band(self) -> Look:
        """`above 40 and below 60`."""
        first, second = self._slots.get("op", ">"), self._slots.get("second", "<")
        if first[0] == second[0]:
            raise _asked("Above or below? I heard the same twice.")
        metric = self._metric()
        place, metric = self._place(metric, self._named("thing"))
        one, taken = self._value(self._amount("amount", self._amount("upper").unit), metric)
        other, _ = self._value(self._amount("upper"), metric)
        low, high = (one, other) if first[0] == ">" else (other, one)
        if low >= high:
            raise _asked(f"Nothing is above {quantity(metric, low)} and below {quantity(metric, high)} at once.")
        condition = Condition(parameter=metric, operator="between", value=(low, high), place=place.id if place else "")
        if place is None:
            return self._without_place(condition)
        between = _between(place, metric, low, high)
        return Look(if_=between, said=condition, place=place, metric=metric, taken=taken)

    def _more(self) -> Look:
        """`warmer than 25 degrees`."""
        metric, op = self._slots["more"].split()
        who = self._who()
        if metric == "moisture":
            thing = who.things[0] if who is not None and who.things else None
            metric = "soil_moisture" if thing is not None and thing.kind == "plant" else "humidity"
        return self._compared(metric, ">" if op == ">" else "<", self._amount("amount"), who or _NOBODY)

    def _unit(self) -> Look:
        """`the bedroom is above 25 degrees`: the unit says what is meant."""
        amount, who = self._amount("amount"), self._who()
        if who is None and self._before is not None and not self._slots.get("who"):
            return self._compared(self._before.metric, self._op(), amount)
        return self._compared(self._metric_of(amount, who), self._op(), amount, who or _NOBODY)

    def _measured(self) -> Look:
        """`more than 80 % humid`."""
        return self._compared(self._slots["adjective"], self._op(), self._amount("amount"), self._who() or _NOBODY)

    def _metric_of(self, amount: Amount, who: Named | None) -> str:
        kinds = {thing.kind for thing in who.things} if who is not None else set()
        metrics = of_unit(amount.unit, kinds)
        if who is not None:
            metrics = tuple(one for one in metrics if any(one in thing.metrics for thing in who.things)) or metrics
        if len(metrics) != 1:
            raise _asked(f"{quantity('', amount.value)}{' ' + amount.unit if amount.unit else ''} of what?")
        return metrics[0]

    def _equals(self) -> Look:
        amount = self._amount("amount")
        said = f"{quantity('', amount.value)} {amount.unit}".strip()
        raise _asked(f"A measured value is hardly ever exactly {said}. Above it or below it?")

    def _changes(self) -> Look:
        metric = self._metric()
        place, metric = self._place(metric, self._named("thing"))
        by, taken = self._value(self._amount("amount"), metric)
        condition = Condition(parameter=metric, operator="changes", value=by, place="" if place is None else place.id)
        if place is None:
            return self._without_place(condition)
        if by <= 0:
            raise _asked("By how much must it change?")
        device, asset, zone = _source(place)
        when = ChangeWhen(device=device, asset=asset, zone=zone, metric=metric, by=by)
        return Look(when=when, said=condition, place=place, metric=metric, taken=taken)

    # Without a number

    def _vague(self) -> Look:
        metric = self._slots.get("adjective") or self._metric()
        place, metric = self._place(metric, self._who() or self._named("thing") or _NOBODY)
        where = f" in {place.name}" if place is not None else ""
        return Look(
            place=place,
            metric=metric,
            missing=("value",),
            ask=f"At which value? Say for example: {spoken(metric)}{where} is above {_EXAMPLES.get(metric, '…')}.",
        )

    def _adjective(self) -> Look:
        """A word for a metric alone: `it is raining`, `the window is open`, `it gets warm`."""
        metric = self._metric()
        who = self._who()
        if metric == "rain":
            return self._rain()
        if metric == "position" and who is not None:
            return self._stands(who, "open")
        return self._vague()

    def _rain(self) -> Look:
        having = [one for one in self._house.things if one.what == "asset" and "rain" in one.metrics]
        if len(having) != 1:
            raise _asked("Nothing here measures rain." if not having else "Rain where?", having)
        op: Op = "<=" if self._slots.get("op") == "<=" else ">"
        return Look(
            when=_when(having[0], "rain", op, 0),
            if_=_if(having[0], "rain", op, 0),
            said=Condition(parameter="rain", operator=op, value=0.0, place=having[0].id),
            place=having[0],
            metric="rain",
        )

    def _status(self) -> Look:
        status = self._slots["status"]
        thing = self._one(self._named("thing"), "")
        if len(thing.devices) != 1:
            raise _asked(f"Which device at {thing.name}?")
        device = thing.devices[0]
        said = Condition(parameter="status", operator="==", value=status, place=thing.id)
        literal: Literal["online", "offline", "error"] = "online" if status == "online" else "offline"
        literal = "error" if status == "error" else literal
        return Look(
            when=DeviceWhen(device=device, status=literal),
            if_=StateIf(device=device, is_=status),
            said=said,
            place=thing,
            metric="status",
        )

    def _stance(self) -> Look:
        named = self._named("thing")
        if named is None:
            raise _asked("What is?")
        return self._stands(named, self._slots["stance"])

    def _stands(self, named: Named, stance: str) -> Look:
        """Open, closed, on, off: as far as anything measured shows it."""
        if stance in ("open", "closed"):
            thing = self._one(named, "position")
            return self._level(thing, "position", stance == "open", OPEN_PCT, stance)
        thing = self._one(named, "")
        for metric, least in RUNS:
            if metric in thing.metrics:
                return self._level(thing, metric, stance == "on", least, stance)
        raise _asked(f"Nothing that {thing.name} measures shows whether it is {stance}.")

    def _level(self, thing: Thing, metric: str, above: bool, least: float, said: str) -> Look:
        op: Op = ">" if above else "<="
        return Look(
            when=_when(thing, metric, op, least),
            if_=_if(thing, metric, op, least),
            said=Condition(parameter=metric, operator=op, value=least, place=thing.id),
            place=thing,
            metric=metric,
            taken=f"{thing.name} is {said} when {spoken(metric)} is {'above' if above else 'at most'} "
            f"{quantity(metric, least)}.",
        )

    def _breach(self) -> Look:
        thing = self._one(self._named("thing"), "")
        if thing.what != "asset" or thing.kind != "plant":
            raise _asked("Only plants have limits of their own; say a value instead.")
        metric = self._slots.get("metric", "")
        metric = metric if metric in thing.metrics else ""
        said = Condition(parameter=metric or "alert", operator="==", value="breach", place=thing.id)
        return Look(
            when=AlertWhen(asset=thing.id, metric=metric),
            if_=AlertIf(asset=thing.id, metric=metric),
            said=said,
            place=thing,
            metric=metric,
        )

    def _anomaly(self) -> Look:
        named = self._named("thing")
        thing = None if named is None else self._one(named, "")
        device, asset, _ = ("", "", "") if thing is None else _source(thing)
        if thing is not None and thing.what == "zone":
            raise _asked("At which device or machine?")
        said = Condition(parameter="anomaly", operator="==", value="open", place="" if thing is None else thing.id)
        when = AnomalyWhen(asset=asset, device=device)
        return Look(when=when, if_=AnomalyIf(asset=asset, device=device), said=said, place=thing, metric="anomaly")

    # What the marks stand for

    def _metric(self) -> str:
        meaning = self._meaning("metric")
        if isinstance(meaning, Metric):
            return meaning.name
        literal = self._slots.get("metric", "")
        if meaning is None and len(literal) > 3:
            return literal  # the template says which: `vibrates more than`
        if isinstance(meaning, str):
            return meaning
        if self._before is not None and self._before.metric:
            return self._before.metric
        raise _asked("What must be so?")

    def _amount(self, slot: str, unit: str = "") -> Amount:
        meaning = self._meaning(slot)
        if not isinstance(meaning, Amount):
            raise _asked("How much?")
        return replace(meaning, unit=meaning.unit or unit)

    def _named(self, slot: str) -> Named | None:
        meaning = self._meaning(slot)
        return meaning if isinstance(meaning, Named) and not (meaning.pronoun and slot != "thing") else None

    def _who(self) -> Named | None:
        """What is spoken of: a place that was named, not the `it` of `it is warm`."""
        who = self._named("who")
        return who or self._named("place")

    def _meaning(self, slot: str) -> object:
        mark = self._slots.get(slot, "")
        tag = self._tagged.tags.get(mark)
        return None if tag is None else tag.meaning

    def _value(self, amount: Amount, metric: str) -> tuple[float, str]:
        try:
            return said_value(amount, metric)
        except NotSo as problem:
            raise _asked(str(problem)) from problem

    # Where

    def _place(self, metric: str, named: Named | None) -> tuple[Thing | None, str]:
        """The one place that is meant, and the metric as it is called there; None: nobody said where."""
        if named is None and self._before is not None and self._before.place is not None:
            place = self._before.place
            return (place, metric) if metric in place.metrics else (self._only(metric), metric)
        if named is None or named is _NOBODY or named.pronoun:
            return self._only(metric), metric
        if metric == "humidity" and all("soil_moisture" in one.metrics and one.kind == "plant" for one in named.things):
            dry = not any("humidity" in one.metrics for one in named.things)
            metric = "soil_moisture" if dry and named.things else metric
        return self._one(named, metric), metric

    def _only(self, metric: str) -> Thing | None:
        """The place of a metric nobody said the place of: what is moved, the one room it serves, or the only one."""
        for thing in self._acted:
            if metric in thing.metrics and thing.what == "asset":
                return thing
            served = [
                one
                for what, key in thing.around
                if what == "asset" and (one := self._house.thing("asset", key)) is not None
            ]
            measuring = [one for one in served if metric in one.metrics]
            if len(measuring) == 1:
                return measuring[0]
        having = [one for one in self._house.things if one.what == "asset" and metric in one.metrics]
        return having[0] if len(having) == 1 else None

    def _one(self, named: Named | None, metric: str) -> Thing:
        if named is None:
            raise _asked("Of what?")
        if named.pronoun and len(self._acted) == 1:
            return self._acted[0]
        found = self._finder.places(named, metric)
        things = found.things or tuple(
            thing for one in found.candidates if (thing := self._house.thing(one.what, one.id)) is not None
        )
        if len(things) > 1 and not named.plural:
            # `unless the window is open`: the one at what the sentence speaks of.
            near = {(thing.what, thing.id) for thing in self._acted}
            near |= {place for thing in self._acted for place in thing.around if place[0] != "zone"}
            close = [thing for thing in things if (thing.what, thing.id) in near or near & thing.around]
            things = tuple(close) if len(close) == 1 else things
        if len(things) != 1:
            raise _asked(found.reply or f"Which one is {named.said}?", things)
        if metric and metric not in things[0].metrics:
            raise _asked(f"Nothing measures {spoken(metric)} at {things[0].name}.")
        return things[0]


_NOBODY = Named(things=())
_EXAMPLES = {
    "temperature": "25 °C",
    "humidity": "70 %",
    "co2": "1200 ppm",
    "sound_level": "60 dB",
    "light_level": "500 lx",
    "wind": "10 m/s",
    "soil_moisture": "60 %",
}


def _asked(text: str, things: Sequence[Thing] = ()) -> _Unclear:
    return _Unclear(Look(ask=text, candidates=tuple(thing.candidate for thing in things)))


def _source(place: Thing) -> tuple[str, str, str]:
    """(device, asset, zone), one of them: as `sources.Measured` names it."""
    what = place.what
    return tuple(place.id if what == one else "" for one in ("device", "asset", "zone"))  # type: ignore[return-value]


def _when(place: Thing, metric: str, op: Op, value: float) -> ValueWhen:
    device, asset, zone = _source(place)
    return ValueWhen(device=device, asset=asset, zone=zone, metric=metric, operator=op, value=value)


def _if(place: Thing, metric: str, op: Op, value: float) -> CompareIf:
    device, asset, zone = _source(place)
    return CompareIf(device=device, asset=asset, zone=zone, metric=metric, operator=op, value=value)


def _between(place: Thing, metric: str, low: float, high: float) -> BetweenIf:
    device, asset, zone = _source(place)
    return BetweenIf(device=device, asset=asset, zone=zone, metric=metric, low=low, high=high)
