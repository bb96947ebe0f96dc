"""Questions: what a template of values, states or histories asks of the places it names. Pure.

A place or a metric that is not known keeps the question a question for values: what is missing is told with it.
"""

from __future__ import annotations

import msgspec

from .finding import Finder, Found, place_of
from .grammar import Match
from .house import House, Thing
from .intent import Condition, Intent, Operator, Schedule
from .numbers import Amount
from .tagged import Lasting, Metric, Named, Tagged, When

_PLACES = ("thing", "place", "room", "unknown")
_METRICS = ("metric", "other", "third")
_SWITCHED = ("turn_on", "set_position", "set_temperature")
_BY_UNIT = {
    "°C": "temperature",
    "°F": "temperature",
    "°": "temperature",
    "ppm": "co2",
    "lx": "light_level",
    "dB": "sound_level",
}
_DRY = "dryness"


class Queries:
    """Of one house and one conversation."""

    def __init__(self, house: House, finder: Finder) -> None:
        self._house = house
        self._finder = finder

    def of(self, match: Match, tagged: Tagged) -> Intent:
        """What is asked."""
        if match.action == "state":
            return self._state(match, tagged)
        if match.action == "history":
            return self._history(match, tagged)
        if match.action == "superlative":
            return self._superlative(match, tagged)
        if match.action == "compare":
            return self._compare(match, tagged)
        if match.action == "what_about":
            return self._what_about(match, tagged)
        return self._value(match, tagged)

    # Values

    def _value(self, match: Match, tagged: Tagged) -> Intent:
        when = tagged.tags[match.slots["clock"]].meaning if "clock" in match.slots else None
        if isinstance(when, When) and when != When(in_days=0):
            return self._history(match, tagged)
        metrics = self._metrics(match, tagged)
        nouns = [tagged.tags[match.slots[name]].meaning for name in ("thing", "second") if name in match.slots]
        if match.slots.get("weather"):
            return self._weather(match, tagged)
        if "out" in match.slots:
            return self._outdoors(Intent(kind="query", action="value"), metrics[0])
        if match.action == "unknown_metric":
            draft = self._placed(Intent(kind="query", action="value"), nouns[0] if nouns else None, "")
            said = tagged.tags[match.slots["unknown"]].meaning
            return _missing(draft, "parameter", f'Nothing called "{said}" is measured here.')
        asked: list[Intent] = []
        for noun in nouns or [tagged.tags[match.slots["unknown"]].meaning if "unknown" in match.slots else None]:
            for metric in metrics:
                asked += self._each(Intent(kind="query", action="value"), noun, metric)
        return msgspec.structs.replace(asked[0], also=tuple(asked[1:]))

    def _each(self, draft: Intent, noun: object, metric: str) -> list[Intent]:
        """One question, or one for each place of several that were asked for."""
        if isinstance(noun, Named) and noun.plural:
            found = self._finder.places(noun, metric)
            return [self._at(draft, thing, metric) for thing in found.things] or [_unfound(draft, found, metric)]
        return [self._placed(draft, noun, metric)]

    def _placed(self, draft: Intent, noun: object, metric: str) -> Intent:
        if noun is None:
            return self._anywhere(draft, metric)
        if isinstance(noun, str):
            return _missing(
                msgspec.structs.replace(draft, parameter=_plain(metric)), "place", f'There is no place called "{noun}".'
            )
        if not isinstance(noun, Named):
            return draft
        found = self._finder.places(noun, _plain(metric))
        if len(found.things) != 1:
            return _unfound(draft, found, metric)
        return self._at(draft, found.things[0], metric)

    def _at(self, draft: Intent, thing: Thing, metric: str) -> Intent:
        named = metric if metric != _DRY else ("soil_moisture" if "soil_moisture" in thing.metrics else "humidity")
        return msgspec.structs.replace(
            draft,
            parameter=named,
            place=place_of(thing, self._house),
            device=thing.id if thing.what == "device" else "",
        )

    def _anywhere(self, draft: Intent, metric: str) -> Intent:
        """Without a place: the only one that measures it, or the outdoors for what is only measured there."""
        draft = msgspec.structs.replace(draft, parameter=_plain(metric))
        having = [thing for thing in self._house.things if thing.what == "asset" and _plain(metric) in thing.metrics]
        if len(having) == 1:
            return self._at(draft, having[0], metric)
        draft = _missing(draft, "place", "Where?" if having else "Nothing measures that here.")
        return msgspec.structs.replace(draft, candidates=tuple(thing.candidate for thing in having[:12]))

    def _outdoors(self, draft: Intent, metric: str) -> Intent:
        """Of `it` without a place: the outdoors, where there is one."""
        outdoors = [thing for thing in self._house.things if thing.what == "asset" and thing.kind == "outdoor"]
        if len(outdoors) == 1 and _plain(metric) in outdoors[0].metrics:
            return self._at(draft, outdoors[0], metric)
        return self._anywhere(draft, metric)

    def _weather(self, match: Match, tagged: Tagged) -> Intent:
        metric = match.slots.get("weather", "")
        outdoors = [thing for thing in self._house.things if thing.what == "asset" and thing.kind == "outdoor"]
        draft = Intent(kind="query", action="value", parameter="" if metric == "all" else metric)
        if "thing" in match.slots or "unknown" in match.slots:
            noun = tagged.tags[match.slots.get("thing") or match.slots["unknown"]].meaning
            return self._placed(draft, noun, draft.parameter)
        if len(outdoors) == 1:
            return self._at(draft, outdoors[0], draft.parameter)
        return self._anywhere(draft, draft.parameter or "temperature")

    def _compare(self, match: Match, tagged: Tagged) -> Intent:
        metric, operator = self._metrics(match, tagged)[0], match.slots.get("condition_word", "")
        if "comparative" in match.slots:
            metric, _, operator = match.slots["comparative"].partition(" ")
        noun = tagged.tags[match.slots[name]].meaning if (name := _place_slot(match)) else None
        amount = tagged.tags[match.slots["amount"]].meaning
        if not metric and isinstance(amount, Amount):
            metric = _BY_UNIT.get(amount.unit, "")
        draft = self._placed(Intent(kind="query", action="value"), noun, metric)
        if not isinstance(amount, Amount):
            return draft
        value = round((amount.value - 32) / 1.8, 1) if amount.unit == "°F" else amount.value
        known = msgspec.convert(operator, Operator)
        said = Condition(parameter=draft.parameter, operator=known, value=value, place=draft.place)
        return msgspec.structs.replace(draft, condition=said)

    def _superlative(self, match: Match, tagged: Tagged) -> Intent:
        metric, _, value = match.slots["superlative"].partition(" ")
        noun = tagged.tags[match.slots["among"]].meaning if "among" in match.slots else None
        kind = noun.kind if isinstance(noun, Named) and noun.kind else "room"
        metric = _plain(metric) if metric != _DRY else ("soil_moisture" if kind == "plant" else "humidity")
        asked = Named(
            things=(), exact=False, kind=kind, plural=True, where=noun.where if isinstance(noun, Named) else ()
        )
        found = self._finder.places(asked, metric)
        return Intent(
            kind="query",
            action="value",
            parameter=metric,
            value=value,
            candidates=tuple(thing.candidate for thing in found.things),
        )

    def _what_about(self, match: Match, tagged: Tagged) -> Intent:
        noun = tagged.tags[match.slots["thing"]].meaning
        return self.about(noun) if isinstance(noun, Named) else Intent(kind="query", action="value")

    def about(self, noun: Named) -> Intent:
        """A thing alone: how a plant is, whether something is on, or what there is to ask for."""
        draft = Intent(kind="query", action="value")
        if noun.kind == "plant" and not (noun.things or noun.article or noun.where or noun.unknown):
            return Intent(kind="query", action="plants")  # `plant status`
        found = self._finder.places(noun)
        if len(found.things) > 1 and all(thing.kind == "plant" for thing in found.things):
            return Intent(kind="query", action="plants")
        if len(found.things) != 1:
            return _unfound(draft, found, "")
        thing = found.things[0]
        if thing.kind == "plant":
            return Intent(kind="query", action="plants", place=place_of(thing, self._house))
        if any(verb in thing.actors for verb in _SWITCHED) and thing.kind != "room":
            return self._standing(Intent(kind="query", action="state"), thing)
        asked = self._at(draft, thing, next(iter(thing.metrics)) if len(thing.metrics) == 1 else "")
        return asked if asked.parameter else _missing(asked, "parameter", f"What of {thing.name}?")

    # States

    def _state(self, match: Match, tagged: Tagged) -> Intent:
        state = match.slots.get("state", "")
        draft = Intent(kind="query", action="state", value=state or None)
        if match.slots.get("since"):
            draft = msgspec.structs.replace(draft, parameter="since")
        name = "thing" if "thing" in match.slots else ""
        noun = tagged.tags[match.slots[name]].meaning if name else None
        if not isinstance(noun, Named):
            return draft
        if "room" in match.slots and isinstance(room := tagged.tags[match.slots["room"]].meaning, Named):
            noun = msgspec.structs.replace(noun, where=room.things)
        found = self._finder.doers(noun, ("set_position",)) if state in ("open", "closed", "position") else Found()
        if not found.things:
            verbs = ("turn_on",) if state in ("on", "off") else _SWITCHED
            found = self._finder.doers(noun, verbs) if state != "online" and state != "offline" else Found()
        if not found.things:
            found = self._finder.places(noun)
        plants = found.things and all(thing.kind == "plant" for thing in found.things)
        if (plants or noun.kind == "plant") and not state:
            return self.about(noun)
        if len(found.things) == 1:
            return self._standing(draft, found.things[0])
        candidates = found.candidates or tuple(thing.candidate for thing in found.things)
        if candidates and (noun.plural or match.slots.get("which") or noun.article in ("a", "an")):
            return msgspec.structs.replace(draft, candidates=candidates)
        return msgspec.structs.replace(draft, missing=("place",), candidates=candidates, reply=found.reply)

    def _standing(self, draft: Intent, thing: Thing) -> Intent:
        verb = next((verb for verb in ("set_position", "turn_on", "set_temperature") if verb in thing.actors), "")
        device = thing.actors.get(verb) or (
            thing.id if thing.what == "device" else thing.devices[0] if thing.devices else ""
        )
        parameter = draft.parameter or ("position" if verb == "set_position" else "")
        return msgspec.structs.replace(draft, device=device, place=place_of(thing, self._house), parameter=parameter)

    # Histories

    def _history(self, match: Match, tagged: Tagged) -> Intent:
        figure = match.slots.get("figure") or match.slots.get("course") or "trend"
        if "superlative" in match.slots:
            figure = match.slots["superlative"].partition(" ")[2]
        if figure == "most":
            figure = match.slots.get("adjective", "").partition(" ")[2] or "max"
        draft = Intent(kind="query", action="history", value=figure, schedule=_period(match, tagged))
        metric = self._metrics(match, tagged)[0]
        noun = tagged.tags[match.slots[name]].meaning if (name := _place_slot(match)) else None
        if "superlative" in match.slots:
            metric = match.slots["superlative"].partition(" ")[0]
        if "condition_word" in match.slots and "against" not in match.slots and "course" not in match.slots:
            draft = msgspec.structs.replace(draft, value="min" if "<" in match.slots["condition_word"] else "max")
            metric = metric or "temperature"
        metric = "temperature" if metric == "it" else metric
        asked = self._outdoors(draft, metric) if "outdoors" in match.slots else self._placed(draft, noun, metric)
        if "against" in match.slots:
            return _against(asked)
        if "second_figure" in match.slots:
            other = msgspec.structs.replace(asked, value=match.slots["second_figure"])
            return msgspec.structs.replace(asked, also=(other,))
        return asked

    def _metrics(self, match: Match, tagged: Tagged) -> list[str]:
        for name in ("unit_word", "doing", "more"):  # `moisture in percent` is no humidity
            if name in match.slots and "metric" not in match.slots:
                return [match.slots[name]]
        if "adjective" in match.slots:
            return [match.slots["adjective"].partition(" ")[0]]
        found = []
        for name in _METRICS:
            said = match.slots.get(name, "")
            tag = tagged.tags.get(said)
            if tag is not None and isinstance(tag.meaning, Metric):
                found.append(tag.meaning.name)
            elif said:
                found.append(said)
        return found or [""]


def _place_slot(match: Match) -> str:
    return next((name for name in _PLACES if name in match.slots), "")


def _against(asked: Intent) -> Intent:
    """What it is today, and what it was then."""
    said = asked.schedule
    then = said if said is not None and said.from_ != "today" else Schedule(from_="yesterday")
    before = msgspec.structs.replace(asked, value="mean", schedule=then)
    return msgspec.structs.replace(asked, value="mean", schedule=Schedule(from_="today"), also=(before,))


def _period(match: Match, tagged: Tagged) -> Schedule | None:
    said = tagged.tags[match.slots["duration"]].meaning if "duration" in match.slots else None
    if isinstance(said, Lasting):
        return Schedule(for_s=said.seconds)
    if "span" in match.slots:
        return Schedule(for_s=int(match.slots["span"]))
    if "ago" in match.slots:
        return Schedule(from_=match.slots["ago"])
    when = tagged.tags[match.slots["clock"]].meaning if "clock" in match.slots else None
    if not isinstance(when, When):
        return None
    if when.from_ or when.to:
        return Schedule(from_=when.from_, to=when.to, days=when.days)
    return Schedule(from_=when.at or ("last night" if when.part == "night" else "today"), days=when.days)


def _plain(metric: str) -> str:
    return "humidity" if metric == _DRY else metric


def _missing(draft: Intent, what: str, reply: str) -> Intent:
    return msgspec.structs.replace(draft, missing=(*draft.missing, what), reply=reply)


def _unfound(draft: Intent, found: Found, metric: str) -> Intent:
    candidates = found.candidates or tuple(thing.candidate for thing in found.things)
    draft = msgspec.structs.replace(draft, parameter=_plain(metric), candidates=candidates)
    return _missing(draft, "place", found.reply or "Which one?")
