"""What the marks in a condition stand for, and where it is measured. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, Protocol

import msgspec
from msgspec.structs import replace

from ..rules.rule import BetweenIf, CompareIf, If, OneWhen, ValueWhen
from ..rules.terms import spoken
from .house import House, Thing
from .intent import Candidate, Condition
from .numbers import Amount
from .said_amounts import NotSo, said_value
from .tagged import Metric, Named, Tagged

if TYPE_CHECKING:
    from .clause_parts import Looked
    from .finding import Found

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


class Unclear(Exception):
    """It cannot be told what is meant."""

    def __init__(self, look: Look) -> None:
        super().__init__(look.ask)
        self.look = look


class Marks:
    """Of one condition."""

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
        raise asked("What must be so?")

    def _amount(self, slot: str, unit: str = "") -> Amount:
        meaning = self._meaning(slot)
        if not isinstance(meaning, Amount):
            raise asked("How much?")
        return replace(meaning, unit=meaning.unit or unit)

    def _named(self, slot: str) -> Named | None:
        meaning = self._meaning(slot)
        return meaning if isinstance(meaning, Named) and not (meaning.pronoun and slot != "thing") else None

    def _who(self) -> Named | None:
        """What is spoken of: a place that was named, not the `it` of `it is warm`."""
        who, place = self._named("who"), self._named("place")
        if who is not None and place is not None and not _at_one(who, place):
            raise asked(f"Is {who.said} at {place.said}? Which of them?", (*who.things, *place.things))
        return who or place

    def _meaning(self, slot: str) -> object:
        mark = self._slots.get(slot, "")
        tag = self._tagged.tags.get(mark)
        return None if tag is None else tag.meaning

    def _value(self, amount: Amount, metric: str) -> tuple[float, str]:
        try:
            return said_value(amount, metric)
        except NotSo as problem:
            raise asked(str(problem)) from problem

    # Where

    def _place(self, metric: str, named: Named | None) -> tuple[Thing | None, str]:
        """The one place that is meant, and the metric as it is called there; None: nobody said where."""
        if named is None and self._before is not None and self._before.place is not None:
            place = self._before.place
            return (place, metric) if metric in place.metrics else (self._only(metric), metric)
        if named is None or named is NOBODY or named.pronoun:
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
            raise asked("Of what?")
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
            raise asked(found.reply or f"Which one is {named.said}?", things)
        if metric and metric not in things[0].metrics:
            raise asked(f"Nothing measures {spoken(metric)} at {things[0].name}.")
        return things[0]


NOBODY = Named(things=())


def _at_one(who: Named, place: Named) -> bool:
    """Whether what is named may stand where it is said to be."""
    places = {(thing.what, thing.id) for thing in place.things}
    return (
        not who.things
        or not places
        or any((thing.what, thing.id) in places or places & thing.around for thing in who.things)
    )


def asked(text: str, things: Sequence[Thing] = ()) -> Unclear:
    """To be raised: this must be asked."""
    return Unclear(Look(ask=text, candidates=tuple(thing.candidate for thing in things)))


def source(place: Thing) -> tuple[str, str, str]:
    """(device, asset, zone), one of them: as `sources.Measured` names it."""
    what = place.what
    return tuple(place.id if what == one else "" for one in ("device", "asset", "zone"))  # type: ignore[return-value]


def level_when(place: Thing, metric: str, op: Op, value: float) -> ValueWhen:
    """A comparison as a trigger."""
    device, asset, zone = source(place)
    return ValueWhen(device=device, asset=asset, zone=zone, metric=metric, operator=op, value=value)


def level_if(place: Thing, metric: str, op: Op, value: float) -> CompareIf:
    """The same as a condition."""
    device, asset, zone = source(place)
    return CompareIf(device=device, asset=asset, zone=zone, metric=metric, operator=op, value=value)


def level_between(place: Thing, metric: str, low: float, high: float) -> BetweenIf:
    """From low to high."""
    device, asset, zone = source(place)
    return BetweenIf(device=device, asset=asset, zone=zone, metric=metric, low=low, high=high)
