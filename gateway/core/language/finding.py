"""Which thing is meant: by its name, by its kind and where it is, by what was spoken of before. Pure.

Something that would move is never guessed: two that fit are a question.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from .house import House, Thing
from .intent import Candidate, Talk
from .kinds import of_kind, spoken
from .tagged import Named

MOST_AT_ONCE = 12
SETTERS = ("set_position", "set_temperature", "set_speed")
_ROOMS = frozenset(("room", "outdoor", "zone", "plant"))
_PLACES = frozenset(("room", "outdoor", "zone"))
_ORDER = {"zone": 0, "asset": 1, "device": 2}


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What was meant, or why that is not known."""

    things: tuple[Thing, ...] = ()
    sure: bool = True
    """False: a person must say yes first."""
    why: str = ""
    """Why it is not sure."""
    reply: str = ""
    """When there is nothing: what to ask."""
    candidates: tuple[Candidate, ...] = ()


class Finder:
    """Of one house and one conversation."""

    def __init__(self, house: House, talk: Talk) -> None:
        self._house = house
        self._talk = talk

    def doers(self, named: Named, verbs: Sequence[str], near: Sequence[Thing] = ()) -> Found:
        """What can do one of the verbs. `near`: places the rest of the sentence speaks of."""
        if named.unknown:
            return Found(reply=f'I know nothing called "{named.said}".')
        if named.pronoun:
            return self._spoken_of(named, verbs)
        if named.kind == "device" and not named.things and (named.plural or verbs[0] not in ("identify", "restart")):
            return Found(reply="Everything at once I leave to you. Say what, one by one.")
        never = _PLACES if verbs and verbs[0] in ("identify", "restart") else _ROOMS
        pool = [thing for thing in named.things if _can(thing, verbs) and thing.kind not in never]
        kin = [
            thing
            for thing in self._house.things
            if of_kind(thing, named.kind) and _can(thing, verbs) and thing.kind not in never
        ]
        alike = len(_different(kin, verbs))
        places = named.where
        if places:
            bare = [place for place in places if not _inside([*pool, *kin], (place,))] if named.plural else []
            if bare and len(bare) < len(places):
                return Found(reply=f"There is no such {spoken(named.kind)} at {bare[0].name}.")
            pool = _inside([*pool, *kin], places)
        elif named.kind and near and (inside := _inside(kin, near)):
            pool = inside
        elif not pool or named.plural:
            pool = pool if pool and not named.kind else kin or pool
        different = _different(pool, verbs)
        if not different:
            return self._nothing(named, verbs, places)
        if len(different) > 1 and not named.plural:
            return Found(reply=_which(different), candidates=tuple(thing.candidate for thing in different))
        if len(different) > MOST_AT_ONCE:
            return Found(reply=f"These are {len(different)} at once. Say which ones.")
        if named.plural and len(different) > 1:
            return Found(things=tuple(different), sure=False, why="it is several at once")
        if named.kind and alike > 1 and not places and not (near and _inside(different, near)):
            return Found(things=tuple(different), sure=False, why=f"there is more than one {spoken(named.kind)}")
        return Found(things=tuple(different))

    def places(self, named: Named, metric: str = "") -> Found:
        """What a question is about; where several fit, those that have the metric."""
        if named.unknown:
            return Found(reply=f'There is no place called "{named.unknown}".')
        if named.pronoun:
            return self._last(named)
        where = named.where
        kin = [thing for thing in self._house.things if of_kind(thing, named.kind)]
        pool = list(named.things)
        if where:
            pool = _inside([*pool, *kin], where) or pool
        elif not pool or (named.plural and named.kind):
            pool = kin
        if not pool:
            return self._nothing(named, (), where)
        having = [thing for thing in pool if metric in thing.metrics] if metric else pool
        best = having or pool
        first = min(_ORDER[thing.what] for thing in best)
        best = [thing for thing in best if _ORDER[thing.what] == first]
        if len(best) == 1 or named.plural:
            return Found(things=tuple(best[:MOST_AT_ONCE]))
        return Found(reply=_which(best), candidates=tuple(thing.candidate for thing in best[:MOST_AT_ONCE]))

    def near_of(self, named: Named) -> tuple[Thing, ...]:
        """The places a phrase speaks of, for finding things near to it."""
        return (*named.things, *named.where)

    def _last(self, named: Named) -> Found:
        last = self._talk.last
        thing = None if last is None else self._house.thing(last.what, last.id)
        if thing is None:
            return Found(reply=f'What do you mean by "{named.said}"?')
        return Found(things=(thing,), sure=False, why=f'"{named.said}" is taken to be {thing.name}')

    def _spoken_of(self, named: Named, verbs: Sequence[str]) -> Found:
        if named.pronoun in ("there", "they", "both"):
            return Found(reply="Which one do you mean?")
        found = self._last(named)
        able = [thing for thing in found.things if _can(thing, verbs)]
        if able or not found.things:
            return found
        named_ = found.things[0]
        near = [thing for thing in self._house.things if _can(thing, verbs) and _inside([thing], [named_])]
        different = _different([thing for thing in near if thing.kind not in _ROOMS], verbs)
        if len(different) == 1:
            return Found(things=tuple(different), sure=False, why=f'"{named.said}" is taken to be {different[0].name}')
        return Found(reply=f"{named_.name} cannot do that.", candidates=tuple(thing.candidate for thing in different))

    def _nothing(self, named: Named, verbs: Sequence[str], places: Sequence[Thing]) -> Found:
        if places and named.kind:
            return Found(reply=f"There is no such {spoken(named.kind)} at {places[0].name}.")
        if named.things:
            near = [
                thing
                for thing in self._house.things
                if _can(thing, verbs) and thing.kind not in _ROOMS and _inside([thing], named.things)
            ]
            found = _different(near, verbs) if verbs else []
            offered = f" Do you mean {_listed(found)}?" if found else ""
            return Found(
                reply=f"{named.things[0].name} cannot do that.{offered}",
                candidates=tuple(thing.candidate for thing in found[:MOST_AT_ONCE]),
            )
        return Found(reply=f'I know nothing called "{named.said}" that can do that.')


def place_of(thing: Thing, house: House) -> str:
    """The asset or zone that a thing is or stands at."""
    if thing.what != "device":
        return thing.id
    at = [other.id for other in house.things if other.what == "asset" and thing.id in other.devices]
    return at[0] if at else next((where for what, where in sorted(thing.around) if what == "asset"), "")


def verb_of(thing: Thing, verbs: Sequence[str]) -> str:
    """The first of the verbs it can do."""
    return next((verb for verb in verbs if verb in thing.actors), "")


def _can(thing: Thing, verbs: Sequence[str]) -> bool:
    return bool(verb_of(thing, verbs))


def _inside(things: Iterable[Thing], places: Iterable[Thing]) -> list[Thing]:
    known = {(place.what, place.id) for place in places}
    return [thing for thing in things if known & thing.around or (thing.what, thing.id) in known]


def _different(things: Iterable[Thing], verbs: Sequence[str]) -> list[Thing]:
    """One for each device that would do it; the asset before the device, as people speak of the pump, not its node."""
    found: dict[str, Thing] = {}
    for thing in sorted(things, key=lambda thing: _ORDER[thing.what]):
        found.setdefault(thing.actors.get(verb_of(thing, verbs), thing.id), thing)
    return list(found.values())


def _listed(things: Sequence[Thing]) -> str:
    names = [thing.name for thing in things[:MOST_AT_ONCE]]
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _which(things: Sequence[Thing]) -> str:
    return f"Which one: {_listed(things)}?"
