"""Orders: what a template of switch, position or set point means to the things it names. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..capabilities import Setting, VerbKnown
from .finding import SETTERS, Finder, Found, place_of, verb_of
from .grammar import Match
from .house import House, Thing
from .intent import Intent
from .numbers import Amount
from .reply import done
from .tagged import Metric, Named, Tagged

_ALIKE = {"°C": ("", "°C", "°"), "%": ("", "%")}
_BY_METRIC = {
    "temperature": ("set_temperature",),
    "position": ("set_position",),
    "speed": ("set_speed",),
    "power": (),
}
_PARAMETER = {"set_position": "position", "set_temperature": "temperature", "set_speed": "speed"}
_SWITCH = {"on": ("turn_on",), "off": ("turn_off",)}
_HALF = 50.0
"""Whoever closes to more than this may mean how far closed."""
_FEW = 10
"""A number so small that stands alone may count something else."""
_NAMES = ("thing", "second", "third")


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An order, and why a person must be asked first."""

    intent: Intent
    likely: str = ""


class Orders:
    """Of one house and one conversation."""

    def __init__(self, house: House, finder: Finder) -> None:
        self._house = house
        self._finder = finder

    def of(self, match: Match, tagged: Tagged, near: Sequence[Thing] = ()) -> Order:
        """What is to be done; a question when that is not plain."""
        verbs = self._verbs(match, tagged)
        nouns = [tagged.tags[match.slots[name]].meaning for name in _NAMES if name in match.slots]
        room = tagged.tags[match.slots["room"]].meaning if "room" in match.slots else None
        found: list[tuple[Named, Thing]] = []
        likely = ["it was said in few words"] if match.slots.get("likely") else []
        if match.slots.get("bare") and (asked := _without_unit(self._amount(match, tagged), likely)) is not None:
            return _asked(asked)
        if not nouns and match.family == "steps":
            nouns = [Named(things=(), said="that", exact=False, pronoun="it")]  # `a bit more`: of what was spoken of
        if not nouns:
            return _asked(
                Intent(kind="question", action=verbs[0] if verbs else "", reply="Of what?", missing=("place",))
            )
        for noun in nouns:
            if not isinstance(noun, Named):
                return _asked(Intent(kind="question", reply="Of what?"))
            if room is not None:
                if not isinstance(room, Named) or not room.things or room.unknown or noun.where:
                    return _asked(Intent(kind="question", reply="Where is that?", missing=("place",)))
                noun = msgspec.structs.replace(noun, where=room.things)
            one = self._finder.doers(noun, verbs, near)
            if not one.things:
                return _asked(_unfound(verbs, one))
            likely += [] if one.sure else [one.why]
            found += [(noun, thing) for thing in one.things]
        intents = [self._one(match, tagged, noun, thing, verbs, likely) for noun, thing in found]
        questions = [intent for intent in intents if intent.kind != "command"]
        if questions:
            return _asked(questions[0])
        distinct = list({intent.device: intent for intent in intents}.values())
        if len(distinct) > 1 and len(nouns) == 1:
            likely.append("it is several at once")
        first = msgspec.structs.replace(distinct[0], also=tuple(distinct[1:]))
        names = {thing.actors[verb_of(thing, verbs)]: thing.name for _, thing in found}
        return Order(
            intent=msgspec.structs.replace(first, reply=done(first, names)), likely="; ".join(dict.fromkeys(likely))
        )

    def _verbs(self, match: Match, tagged: Tagged) -> tuple[str, ...]:
        if match.action == "switch":
            return _SWITCH[match.slots["onoff"]]
        if match.action in ("position", "how_much"):
            return ("set_position",)
        if match.action == "setting":
            metric = tagged.tags[match.slots["metric"]].meaning
            return _BY_METRIC.get(metric.name, ()) if isinstance(metric, Metric) else ()
        if match.action in ("identify", "restart"):
            return (match.action,)
        if match.action == "on_or_off":
            return ("turn_on", *SETTERS)
        if "full" in match.slots:
            return ("set_speed", "set_position")
        return SETTERS

    def _one(
        self, match: Match, tagged: Tagged, noun: Named, thing: Thing, verbs: Sequence[str], likely: list[str]
    ) -> Intent:
        verb = verb_of(thing, verbs)
        if "ajar" in match.slots and verb != "set_position":
            return Intent(kind="question", action=verb, reply=f"{thing.name} cannot be open. To what shall it be set?")
        draft = Intent(
            kind="command",
            action=verb,
            device=thing.actors[verb],
            place=noun.where[0].id if len(noun.where) == 1 else place_of(thing, self._house),
            parameter=_PARAMETER.get(verb, ""),
        )
        if not draft.parameter:
            return draft
        known = thing.verbs.get(verb, VerbKnown()).args.get(draft.parameter, Setting())
        amount = self._amount(match, tagged)
        if amount is None or match.action in ("how_much", "to_what"):
            return _question(draft, f"To what shall {thing.name} be set?", missing=("value",))
        if match.family == "position" and match.slots.get("way") == "down" and amount.value > _HALF:
            return _question(draft, f"How far open shall {thing.name} be then?", missing=("value",))
        return _fitted(draft, amount, known, thing, likely)

    def _amount(self, match: Match, tagged: Tagged) -> Amount | None:
        if "amount" in match.slots:
            said = tagged.tags[match.slots["amount"]].meaning
            return said if isinstance(said, Amount) else None
        share = match.slots.get("share") or match.slots.get("full")
        return Amount(value=float(share), unit="%") if share else None


def _fitted(draft: Intent, amount: Amount, known: Setting, thing: Thing, likely: list[str]) -> Intent:
    """The value in the unit it is set in and within its limits, or a question."""
    unit = known.unit or ""
    value = amount.value
    if amount.unit == "°F" and unit == "°C":
        value = round((value - 32) / 1.8, 1)
        likely.append(f"{amount.value:g} °F is {value:g} °C")
    elif amount.unit not in _ALIKE.get(unit, ("", unit)):
        return _question(draft, f"{thing.name} is set in {_unit(unit)}, not in {_unit(amount.unit)}. To how much?")
    choices = [one for one in (value, amount.other) if one is not None and _within(one, known)]
    if not choices:
        return _question(draft, f"{thing.name} can be set to {known.min:g} to {known.max:g} {unit}. To how much?")
    if len(choices) > 1:
        return _question(draft, f"Is that {choices[0]:g} or {choices[1]:g}?")
    if amount.unsure:
        return _question(draft, f"Is that {choices[0]:g}?")
    if amount.other is not None:
        likely.append(f"the number is taken to be {choices[0]:g}")
    if unit == "%" and amount.fraction and 0 < choices[0] <= 1:
        return _question(draft, f"Is that {choices[0]:g} % or {100 * choices[0]:g} %?")
    return msgspec.structs.replace(draft, value=choices[0], unit=unit)


def _without_unit(amount: Amount | None, likely: list[str]) -> Intent | None:
    """`open the window six` is no order; `open the window 40` is asked about first."""
    if amount is None or amount.unit:
        return None
    likely.append("no unit was said")
    return Intent(kind="question", reply=f"Is that {amount.value:g} percent?") if amount.value <= _FEW else None


def _within(value: float, known: Setting) -> bool:
    return (known.min is None or value >= known.min) and (known.max is None or value <= known.max)


def _unit(unit: str) -> str:
    return {"%": "percent", "": "plain numbers", "°": "degrees"}.get(unit, unit)


def _question(draft: Intent, reply: str, missing: tuple[str, ...] = ()) -> Intent:
    return msgspec.structs.replace(draft, kind="question", reply=reply, missing=missing, value=None)


def _unfound(verbs: Sequence[str], found: Found) -> Intent:
    return Intent(
        kind="question",
        action=verbs[0] if len(verbs) == 1 else "",
        reply=found.reply,
        candidates=found.candidates,
        missing=("place",),
    )


def _asked(intent: Intent) -> Order:
    return Order(intent=intent)
