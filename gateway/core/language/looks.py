"""What a rule looks at, from the words for it: a trigger, a condition, and what is said back. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..rules.rule import ChangeWhen, If, NotIf
from ..rules.terms import quantity, spoken
from .house import House, Thing
from .intent import Condition
from .look_marks import NOBODY, Finder, Look, Op, Unclear, asked, level_between, level_if, level_when, source
from .look_states import States
from .numbers import Amount
from .said_amounts import of_unit
from .tagged import Named, Tagged

if TYPE_CHECKING:
    from .clause_parts import Looked

_HYSTERESIS = {"humidity": 3.0, "soil_moisture": 2.0, "temperature": 0.5, "co2": 50.0, "sound_level": 2.0}


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


def _as_warm(kind: str, value: float) -> bool:
    """Whether a number without a unit, said of this kind of thing, is how warm it is."""
    low, high = {"room": (5, 40), "outdoor": (-25, 40), "heater": (30, 90), "water_heater": (30, 90)}.get(kind, (1, 0))
    return low <= value <= high


def _hardly(kind: str, value: float) -> bool:
    """Whether people hardly mean degrees Celsius by it."""
    return kind in ("room", "outdoor", "plant") and not -50 <= value <= 50


class _Looking(States):
    """One condition."""

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
        except Unclear as unclear:
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
        if (
            metric == "temperature"
            and amount.unit in ("", "°")
            and place is not None
            and _hardly(place.kind, amount.value)
        ):
            raise asked(f"{quantity('', amount.value)} °C or °F?")
        value, taken = self._value(amount, metric)
        condition = Condition(parameter=metric, operator=op, value=value, place="" if place is None else place.id)
        if place is None:
            return self._without_place(condition)
        return Look(
            when=level_when(place, metric, op, value),
            if_=level_if(place, metric, op, value),
            said=condition,
            place=place,
            metric=metric,
            taken=taken,
        )

    def _without_place(self, condition: Condition) -> Look:
        having = [one for one in self._house.things if one.what == "asset" and condition.parameter in one.metrics]
        if not having:
            raise asked(f"Nothing here measures {spoken(condition.parameter)}.")
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
        if "metric" in self._slots:
            metric, named = self._metric(), self._named("thing")
        else:
            who = self._who()
            metric, named = self._metric_of(self._amount("amount", self._amount("upper").unit), who), who or NOBODY
        place, metric = self._place(metric, named)
        low, taken = self._value(self._amount("amount", self._amount("upper").unit), metric)
        high, _ = self._value(self._amount("upper"), metric)
        low, high = min(low, high), max(low, high)
        condition = Condition(parameter=metric, operator="between", value=(low, high), place=place.id if place else "")
        if place is None:
            return self._without_place(condition)
        between: If = level_between(place, metric, low, high)
        if self._action == "outside":
            between = NotIf(of=between)
        return Look(if_=between, said=condition, place=place, metric=metric, taken=taken)

    def _band(self) -> Look:
        """`above 40 and below 60`."""
        first, second = self._slots.get("op", ">"), self._slots.get("second", "<")
        if first[0] == second[0]:
            raise asked("Above or below? I heard the same twice.")
        metric = self._metric()
        place, metric = self._place(metric, self._named("thing"))
        one, taken = self._value(self._amount("amount", self._amount("upper").unit), metric)
        other, _ = self._value(self._amount("upper"), metric)
        low, high = (one, other) if first[0] == ">" else (other, one)
        if low >= high:
            raise asked(f"Nothing is above {quantity(metric, low)} and below {quantity(metric, high)} at once.")
        condition = Condition(parameter=metric, operator="between", value=(low, high), place=place.id if place else "")
        if place is None:
            return self._without_place(condition)
        between = level_between(place, metric, low, high)
        return Look(if_=between, said=condition, place=place, metric=metric, taken=taken)

    def _more(self) -> Look:
        """`warmer than 25 degrees`."""
        metric, op = self._slots["more"].split()
        who = self._who()
        if metric == "moisture":
            thing = who.things[0] if who is not None and who.things else None
            metric = "soil_moisture" if thing is not None and thing.kind == "plant" else "humidity"
        return self._compared(metric, ">" if op == ">" else "<", self._amount("amount"), who or NOBODY)

    def _unit(self) -> Look:
        """`the bedroom is above 25 degrees`: the unit says what is meant."""
        amount, who = self._amount("amount"), self._who()
        if who is None and self._before is not None:
            return self._compared(self._before.metric, self._op(), amount)
        return self._compared(self._metric_of(amount, who), self._op(), amount, who or NOBODY)

    def _measured(self) -> Look:
        """`more than 80 % humid`."""
        return self._compared(self._slots["adjective"], self._op(), self._amount("amount"), self._who() or NOBODY)

    def _metric_of(self, amount: Amount, who: Named | None) -> str:
        kinds = {thing.kind for thing in who.things} if who is not None else set()
        if not amount.unit and any(_as_warm(kind, amount.value) for kind in kinds):
            return "temperature"  # the read-back says so
        metrics = of_unit(amount.unit, kinds)
        if who is not None:
            metrics = tuple(one for one in metrics if any(one in thing.metrics for thing in who.things)) or metrics
        if len(metrics) != 1:
            raise asked(f"{quantity('', amount.value)}{' ' + amount.unit if amount.unit else ''} of what?")
        return metrics[0]

    def _equals(self) -> Look:
        amount = self._amount("amount")
        said = f"{quantity('', amount.value)} {amount.unit}".strip()
        raise asked(f"A measured value is hardly ever exactly {said}. Above it or below it?")

    def _changes(self) -> Look:
        metric = self._metric()
        place, metric = self._place(metric, self._named("thing"))
        by, taken = self._value(self._amount("amount"), metric)
        condition = Condition(parameter=metric, operator="changes", value=by, place="" if place is None else place.id)
        if place is None:
            return self._without_place(condition)
        if by <= 0:
            raise asked("By how much must it change?")
        device, asset, zone = source(place)
        when = ChangeWhen(device=device, asset=asset, zone=zone, metric=metric, by=by)
        return Look(when=when, said=condition, place=place, metric=metric, taken=taken)
