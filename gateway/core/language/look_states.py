"""Conditions without a number: open, running, offline, raining, too dry, something wrong. Pure."""

from __future__ import annotations

from typing import Literal

from ..rules.rule import AlertIf, AlertWhen, AnomalyIf, AnomalyWhen, DeviceWhen, StateIf
from ..rules.terms import quantity, spoken
from .house import Thing
from .intent import Condition
from .look_marks import NOBODY, Look, Marks, Op, asked, level_if, level_when, source
from .running import OPEN_PCT, RUNS
from .tagged import Named

_EXAMPLES = {
    "temperature": "25 °C",
    "humidity": "70 %",
    "co2": "1200 ppm",
    "sound_level": "60 dB",
    "light_level": "500 lx",
    "wind": "10 m/s",
    "soil_moisture": "60 %",
}


class States(Marks):
    """How the things are that a condition names."""

    def _vague(self) -> Look:
        metric = self._slots.get("adjective") or self._metric()
        place, metric = self._place(metric, self._who() or self._named("thing") or NOBODY)
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
            raise asked("Nothing here measures rain." if not having else "Rain where?", having)
        op: Op = "<=" if self._slots.get("op") == "<=" else ">"
        return Look(
            when=level_when(having[0], "rain", op, 0),
            if_=level_if(having[0], "rain", op, 0),
            said=Condition(parameter="rain", operator=op, value=0.0, place=having[0].id),
            place=having[0],
            metric="rain",
        )

    def _status(self) -> Look:
        status = self._slots["status"]
        thing = self._one(self._named("thing"), "")
        if len(thing.devices) != 1:
            raise asked(f"Which device at {thing.name}?")
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
            raise asked("What is?")
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
        raise asked(f"Nothing that {thing.name} measures shows whether it is {stance}.")

    def _level(self, thing: Thing, metric: str, above: bool, least: float, said: str) -> Look:
        op: Op = ">" if above else "<="
        return Look(
            when=level_when(thing, metric, op, least),
            if_=level_if(thing, metric, op, least),
            said=Condition(parameter=metric, operator=op, value=least, place=thing.id),
            place=thing,
            metric=metric,
            taken=f"{thing.name} is {said} when {spoken(metric)} is {'above' if above else 'at most'} "
            f"{quantity(metric, least)}.",
        )

    def _breach(self) -> Look:
        thing = self._one(self._named("thing"), "")
        if thing.what != "asset" or thing.kind != "plant":
            raise asked("Only plants have limits of their own; say a value instead.")
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
        device, asset, _ = ("", "", "") if thing is None else source(thing)
        if thing is not None and thing.what == "zone":
            raise asked("At which device or machine?")
        said = Condition(parameter="anomaly", operator="==", value="open", place="" if thing is None else thing.id)
        when = AnomalyWhen(asset=asset, device=device)
        return Look(when=when, if_=AnomalyIf(asset=asset, device=device), said=said, place=thing, metric="anomaly")
