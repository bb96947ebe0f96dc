"""What a template that fits means in a house: orders, questions, things to explain. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from . import talk_making
from .asides import Asides
from .finding import Finder, Found
from .grammar import Match
from .house import House, Thing
from .intent import NOTHING, Intent, Talk
from .kinds import of_kind
from .orders import Orders
from .queries import Queries
from .reading import Reading
from .tagged import Named, Tagged

_ORDERS = frozenset(("switch", "position", "set_to", "setting", "identify", "restart"))
_UNSAID = frozenset(("on_or_off", "how_much", "to_what"))


class Meaning:
    """Of one house and one conversation."""

    def __init__(self, house: House, talk: Talk = NOTHING) -> None:
        self.house = house
        self.talk = talk
        self.finder = Finder(house, talk)
        self.orders = Orders(house, self.finder)
        self._queries = Queries(house, self.finder)
        self._asides = Asides(house, self.finder, self._queries)

    def find(self, named: Named, verb: str = "", metric: str = "", near: Sequence[Thing] = ()) -> Found:
        """Which things are meant, for something they are to do or for what they measure."""
        return self.finder.doers(named, (verb,), near) if verb else self.finder.places(named, metric)

    def of(self, match: Match, tagged: Tagged, near: Sequence[Thing] = ()) -> Intent:
        """What it means; an intent of kind question when that is not plain."""
        return self.reading(match, tagged, near).intent

    def reading(self, match: Match, tagged: Tagged, near: Sequence[Thing] = ()) -> Reading:
        """The same, with what it is good for."""
        intent, likely = self._meant(match, tagged, near)
        nouns = [tag for mark, tag in tagged.tags.items() if mark in match.slots.values()]
        exact = [tag.span for tag in nouns if isinstance(tag.meaning, Named) and tag.meaning.exact]
        return Reading(
            intent=intent,
            license=match.license,
            likely=likely,
            weight=10 * len(intent.missing) + tagged.rank,
            covers=tuple(exact),
            names=sum(end - start for start, end in exact),
        )

    def _meant(self, match: Match, tagged: Tagged, near: Sequence[Thing]) -> tuple[Intent, str]:
        if match.action in _ORDERS:
            order = self.orders.of(match, tagged, near)
            return order.intent, order.likely
        if match.action in _UNSAID:
            return self._unsaid(match, tagged, near), ""
        if match.family in ("value", "state", "history") and match.action != "forecast":
            return self._queries.of(match, tagged), ""
        if match.slots.get("nth") == "named" and (picked := self._picked(match, tagged)) is not None:
            return picked, ""
        if match.family in ("rules", "alerts", "undo", "talk"):
            return talk_making.intent(match, tagged, self.talk), ""
        order = self._asides.of(match, tagged)
        return order.intent, order.likely

    def _picked(self, match: Match, tagged: Tagged) -> Intent | None:
        """The only one of those that were offered that is called so, is of that kind, or is in that place."""
        noun = tagged.tags[match.slots["thing"]].meaning
        if not isinstance(noun, Named):
            return None
        places = {(thing.what, thing.id) for thing in (*noun.things, *noun.where)}
        fitting = []
        for number, one in enumerate(self.talk.offered):
            thing = self.house.thing(one.what, one.id)
            named = (one.what, one.id) in places or (thing is not None and bool(places & thing.around))
            alike = thing is not None and bool(noun.kind) and of_kind(thing, noun.kind)
            if named or (alike and not places):
                fitting.append(number)
        if len(fitting) != 1:
            return None
        at = fitting[0]
        return Intent(kind="question", action="pick", value=float(at), candidates=(self.talk.offered[at],))

    def _unsaid(self, match: Match, tagged: Tagged, near: Sequence[Thing]) -> Intent:
        """An order that lacks a word: which one is asked for, of the thing that was named."""
        asked = self.orders.of(match, tagged, near).intent
        if match.action == "on_or_off" and asked.device:
            return msgspec.structs.replace(
                asked, kind="question", action="", parameter="", missing=("action",), reply="On or off?"
            )
        return asked if asked.kind == "question" else msgspec.structs.replace(asked, kind="question", also=())
