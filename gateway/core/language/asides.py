"""Questions about how things are and why, lists, and orders that are no switch and no value. Pure."""

from __future__ import annotations

import msgspec

from .finding import SETTERS, Finder, place_of
from .grammar import Match
from .house import House, Thing
from .intent import Candidate, Intent
from .kinds import of_kind
from .orders import Order
from .queries import Queries
from .reply import done
from .tagged import Metric, Named, Tagged
from .talk_making import HELP

_LISTED = {"plant": "plants", "room": "zones", "zone": "zones"}
_MACHINES = frozenset(("fan", "pump", "heater", "water_heater"))
_MOVERS = ("set_position", "turn_on", "set_temperature")


class Asides:
    """Of one house and one conversation."""

    def __init__(self, house: House, finder: Finder, queries: Queries) -> None:
        self._house = house
        self._finder = finder
        self._queries = queries

    def of(self, match: Match, tagged: Tagged) -> Order:
        """What it means."""
        if match.family == "explain":
            return Order(intent=self._explained(match, tagged))
        if match.family == "lists":
            return Order(intent=self._listed(match, tagged))
        if match.action == "forecast":
            return Order(intent=Intent(kind="none", reply="I know what is measured, not what the weather will be."))
        if match.action == "resume":
            return self._resumed(tagged, match)
        if match.action == "run_scene":
            return _scene(tagged, match)
        if match.action == "everything":
            return Order(
                intent=Intent(kind="question", reply="Everything at once I leave to you. Say what, one by one.")
            )
        if match.action == "wished":
            return Order(
                intent=Intent(kind="question", reply="Is that an order? Then say what to do, such as: turn it on.")
            )
        if match.action == "unknown_order":
            said = next((str(tag.meaning) for mark, tag in tagged.tags.items() if mark[0] == "u"), "that")
            return Order(intent=Intent(kind="question", reply=f'I know nothing called "{said}".', missing=("place",)))
        if match.action == "too_much":
            return Order(intent=self._too_much(match, tagged))
        return Order(intent=self._how_is(match, tagged))

    # How things are

    def _how_is(self, match: Match, tagged: Tagged) -> Intent:
        noun = _noun(match, tagged)
        draft = Intent(kind="query", action=match.action, parameter="soil_moisture" if match.slots.get("which") else "")
        if noun is None:
            return draft
        found = self._finder.places(noun)
        thing = found.things[0] if len(found.things) == 1 else None
        about = thing.kind if thing is not None else noun.kind
        action = "plants" if about == "plant" else "health" if match.action == "health" or about in _MACHINES else ""
        if thing is None and found.things and noun.plural and action:
            return msgspec.structs.replace(draft, action=action)
        if thing is None:
            missing = Intent(kind="query", action=action or "value", reply=found.reply, missing=("place",))
            return msgspec.structs.replace(missing, candidates=found.candidates)
        if action:
            return msgspec.structs.replace(draft, action=action, place=place_of(thing, self._house), device=_own(thing))
        return self._queries.about(noun)

    # Why

    def _explained(self, match: Match, tagged: Tagged) -> Intent:
        draft = Intent(kind="explain", action=match.action)
        rule = tagged.tags[match.slots["rule"]].meaning if "rule" in match.slots else None
        if isinstance(rule, Candidate):
            return msgspec.structs.replace(draft, candidates=(rule,))
        if match.slots.get("alerts"):
            draft = msgspec.structs.replace(draft, parameter="alerts")
        if match.slots.get("value"):
            return self._reason_of_value(draft, match, tagged)
        noun = _noun(match, tagged)
        if noun is None:
            return draft
        found = self._finder.doers(noun, _MOVERS)
        if not found.things:
            found = self._finder.places(noun)
        if len(found.things) == 1:
            thing = found.things[0]
            return msgspec.structs.replace(draft, device=_mover(thing), place=place_of(thing, self._house))
        candidates = found.candidates or tuple(thing.candidate for thing in found.things)
        return msgspec.structs.replace(draft, missing=("place",), candidates=candidates, reply=found.reply)

    def _reason_of_value(self, draft: Intent, match: Match, tagged: Tagged) -> Intent:
        metric = match.slots.get("adjective", "").partition(" ")[0]
        mark = tagged.tags.get(match.slots.get("metric", ""))
        if mark is not None and isinstance(mark.meaning, Metric):
            metric = mark.meaning.name
        noun = _noun(match, tagged)
        found = self._finder.places(noun, metric) if noun is not None else None
        if found is None or len(found.things) != 1:
            return msgspec.structs.replace(draft, parameter=metric, missing=("place",))
        dry = "soil_moisture" if found.things[0].kind == "plant" else "humidity"
        return msgspec.structs.replace(
            draft, parameter=dry if metric == "dryness" else metric, place=place_of(found.things[0], self._house)
        )

    # Lists

    def _listed(self, match: Match, tagged: Tagged) -> Intent:
        if match.action == "status":
            return Intent(kind="query", action="status")
        if match.action == "help":
            return Intent(kind="query", action="help", reply=HELP)
        if match.action == "about_rule":
            rule = tagged.tags[match.slots["rule"]].meaning
            known = (rule,) if isinstance(rule, Candidate) else ()
            return Intent(kind="query", action="list", parameter="rules", candidates=known)
        if match.action == "list":
            place = tagged.tags[match.slots["of_place"]].meaning if "of_place" in match.slots else None
            found = self._finder.places(place).things if isinstance(place, Named) else ()
            at = place_of(found[0], self._house) if len(found) == 1 else ""
            return Intent(kind="query", action="list", parameter=match.slots.get("listed", "commands"), place=at)
        noun = tagged.tags[match.slots["listing"]].meaning
        if isinstance(noun, Named) and noun.things and not noun.plural:
            return self._queries.about(noun)
        kind = noun.kind if isinstance(noun, Named) else ""
        place = noun.where[0].id if isinstance(noun, Named) and noun.where else ""
        draft = Intent(kind="query", action="list", parameter=_LISTED.get(kind, "devices"), place=place)
        if kind and kind not in ("plant", "room", "zone", "device"):
            things = [thing for thing in self._house.things if thing.what == "device" and of_kind(thing, kind)]
            draft = msgspec.structs.replace(draft, candidates=tuple(thing.candidate for thing in things))
        return msgspec.structs.replace(draft, value=match.slots.get("state"))

    # Orders

    def _resumed(self, tagged: Tagged, match: Match) -> Order:
        noun = _noun(match, tagged)
        if noun is None:
            return Order(intent=Intent(kind="question", action="resume", reply="Of what?", missing=("place",)))
        found = self._finder.doers(noun, ("set_position",))
        if not found.things:
            return Order(
                intent=Intent(
                    kind="question",
                    action="resume",
                    reply=found.reply,
                    candidates=found.candidates,
                    missing=("place",),
                )
            )
        intents = [
            Intent(kind="command", action="resume", device=_mover(thing), place=place_of(thing, self._house))
            for thing in found.things
        ]
        first = msgspec.structs.replace(intents[0], also=tuple(intents[1:]))
        names = {_mover(thing): thing.name for thing in found.things}
        return Order(
            intent=msgspec.structs.replace(first, reply=done(first, names)), likely="" if found.sure else found.why
        )

    def _too_much(self, match: Match, tagged: Tagged) -> Intent:
        noun = tagged.tags[match.slots["place"]].meaning if "place" in match.slots else None
        place = ""
        if isinstance(noun, Named):
            found = self._finder.places(noun)
            place = found.things[0].id if len(found.things) == 1 else ""
        return Intent(kind="question", place=place, reply="What shall I do about it, and how much?")


def _scene(tagged: Tagged, match: Match) -> Order:
    scene = tagged.tags[match.slots["scene"]].meaning
    if not isinstance(scene, Candidate):
        return Order(intent=Intent(kind="question", action="run_scene", reply="Which scene?"))
    intent = Intent(
        kind="command", action="run_scene", value=scene.id, candidates=(scene,), reply=f"Run the scene {scene.name}."
    )
    return Order(intent=intent, likely="only its name was said" if match.slots.get("likely") else "")


def _noun(match: Match, tagged: Tagged) -> Named | None:
    tag = tagged.tags.get(match.slots.get("thing", ""))
    return tag.meaning if tag is not None and isinstance(tag.meaning, Named) else None


def _mover(thing: Thing) -> str:
    """The device that moves for it."""
    verb = next((verb for verb in (*_MOVERS, *SETTERS) if verb in thing.actors), "")
    return thing.actors.get(verb) or _own(thing)


def _own(thing: Thing) -> str:
    return thing.id if thing.what == "device" else ""
