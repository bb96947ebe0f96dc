"""Which place people mean, also when they say where it is: `the fern in the living room`."""

from __future__ import annotations

from collections.abc import Iterator

from ..core.names import Named, Words
from .assignments import Assignments
from .home import Home

_MOST_WORDS = 8
"""Of two names said together; more is no place."""

_Place = tuple[str, str]
"""What it is, and its id."""


class Whereabouts:
    """Finds places by name, one within another as well."""

    def __init__(self, home: Home, assignments: Assignments) -> None:
        self._home = home
        self._assignments = assignments

    def find(self, place: Words) -> list[Named]:
        """What is called so; else what is called by some of these words and lies within what the others name."""
        found = self._home.names().find(place)
        return found or list(dict.fromkeys(inner for inner, outer in self._pairs(place) if self._within(inner, outer)))

    def near(self, place: Words) -> list[Named]:
        """What may have been meant: names that are said in it, else those spelled almost so."""
        said = list(dict.fromkeys(named for pair in self._pairs(place) for named in pair))
        return said or self._home.names().near(place)

    def _pairs(self, place: Words) -> Iterator[tuple[Named, Named]]:
        """Two names that are said one after the other, in both orders."""
        find = self._home.names().find
        for cut in range(1, len(place)) if len(place) <= _MOST_WORDS else ():
            first, second = find(place[:cut]), find(place[cut:])
            for one in first:
                for other in second:
                    yield one, other
                    yield other, one

    def _within(self, inner: Named, outer: Named) -> bool:
        return (outer.what, outer.id) in self._around(inner)

    def _around(self, place: Named) -> set[_Place]:
        plan = self._home.plan
        if place.what == "zone":
            return {("zone", zone) for zone in plan.lineage(place.id)[1:]}
        asset = place.id if place.what == "asset" else self._assignments.current(place.id)
        if asset is None:
            return set()
        assets = plan.surroundings(asset)[1 if place.what == "asset" else 0 :]
        zone = plan.zone_of(asset)
        zones = [] if zone is None else plan.lineage(zone)
        return {("asset", around) for around in assets} | {("zone", around) for around in zones}
