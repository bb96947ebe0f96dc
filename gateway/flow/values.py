"""Newest values by place: one answer to a question in people's words. Asked by people, never by readings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

import msgspec

from ..core.home import AssetKind
from ..core.names import METRIC_WORDS, Named, Words, metric_of, readings, words
from ..core.quality import Quality
from ..core.units import unit
from .assignments import Assignments
from .home import Home
from .sources import MACHINES, Gathered, Heard, Newest, Roll, Sources, chosen
from .sources import Source as Source
from .whereabouts import Whereabouts
from .words import duration, line

_KNOWN_METRICS = frozenset(METRIC_WORDS.values())
_MOST_NAMED = 3
"""Assets that a text names as where a mean comes from."""

_MOST_MEANT = 12
"""Places that a text names as what may have been meant; the candidates are all of them."""


class Found(msgspec.Struct, frozen=True):
    """The answer: of several sources the mean, the time of the oldest, and everything that is wrong with any."""

    place: Named
    metric: str
    unit: str | None
    value: float
    time_ms: int
    quality: int
    simulated: bool
    sources: tuple[Source, ...]
    text: str


class Unclear(msgspec.Struct, frozen=True):
    """No answer, and why; `candidates` are the places that may have been meant."""

    reason: Literal["no_such_place", "no_such_metric", "several_places", "no_value"]
    text: str
    candidates: tuple[Named, ...] = ()


class Values:
    """Answers what is measured at a place now.

    A zone speaks through the assets in it, the best ranked kind that has the metric: a boiler's 60 °C are never those
    of the cellar. Only what was measured since a device is where it is counts.
    """

    def __init__(
        self, home: Home, assignments: Assignments, registry: Roll, watch: Newest, clock: Callable[[], int]
    ) -> None:
        self._home = home
        self._registry = registry
        self._clock = clock
        self._places = Whereabouts(home, assignments)
        self._sources = Sources(home, assignments, registry, watch)

    # In people's words

    def ask(self, text: str) -> Found | Unclear:
        """One answer to `What's the temp in Zone B?`, `bathroom humidity`, `wie warm ist es im Bad?`, …"""
        ways = list(readings(text, self._sources.unnamed(_KNOWN_METRICS)))
        for place, metric in ways:
            named = self._places.find(place)
            if named and metric is not None:
                return self._of_named(named, metric, _shown(place))
            if named and ways[0][1] is None:
                return self._without_metric(place, named)
        place, metric = ways[0]
        return self._without_metric(place, []) if metric is None else self._without_place(place, metric)

    def find(self, place: str, metric: str) -> Found | Unclear:
        """The same for a place by its id, name or synonym, and a metric however it is called."""
        standard = metric_of(metric) or metric
        named = self._places.find(words(place))
        if named:
            return self._of_named(named, standard, line(place, 80))
        return self._without_place(words(place), standard)

    # By id

    def of_zone(self, zone_id: str) -> dict[str, Found]:
        """Every metric that is measured in a zone. Raises NotFound."""
        zone = self._home.zone(zone_id)
        return self._answers(Named("zone", zone.id, zone.name))

    def of_asset(self, asset_id: str) -> dict[str, Found]:
        """Every metric of an asset. Raises NotFound."""
        asset = self._home.asset(asset_id)
        return self._answers(Named("asset", asset.id, asset.name))

    def _answers(self, place: Named) -> dict[str, Found]:
        gathered = self._sources.of(place)
        return {metric: self._answer(place, metric, heard) for metric, heard in sorted(gathered.items())}

    # Which place

    def _of_named(self, named: list[Named], metric: str, said: str) -> Found | Unclear:
        """Of the zone that is called so, else of the asset, else of the device: the first that has a value."""
        unclear: Unclear | None = None
        for places in _by_kind(named):
            answer = self._of_place(places[0], metric) if len(places) == 1 else self._several(places, said)
            if isinstance(answer, Found):
                return answer
            # That two are called so is worth more than that one has nothing to say.
            if unclear is None or (unclear.reason == "no_value" and answer.reason != "no_value"):
                unclear = answer
        return unclear or self._without_place((), metric)

    def _of_place(self, place: Named, metric: str) -> Found | Unclear:
        gathered = self._sources.of(place)
        heard = gathered.get(metric)
        return self._no_value(place, metric, gathered) if heard is None else self._answer(place, metric, heard)

    def _without_place(self, place: Words, metric: str) -> Found | Unclear:
        """No name was understood. When none was said: the only place that has the metric."""
        if place:
            near = tuple(self._places.near(place))
            guess = f" Did you mean {self._listed(near)}?" if near else ""
            return Unclear("no_such_place", f'There is no place called "{_shown(place)}".{guess}', near)
        spoken = _spoken(metric)
        having = tuple(
            Named("asset", asset.id, asset.name) for asset in self._home.assets() if metric in self._sources.own(asset)
        )
        if len(having) == 1:
            return self._of_place(having[0], metric)
        if having:
            return Unclear("several_places", f"Where? There is {spoken} of {self._listed(having)}.", having)
        return Unclear("no_value", f"Nothing that is assigned to a place measures {spoken}.")

    def _without_metric(self, place: Words, named: list[Named]) -> Found | Unclear:
        """A place alone is a question only where a single metric is measured."""
        if not place:
            return Unclear("no_such_metric", "Ask for what is measured and where, such as: humidity in the bathroom.")
        if not named:
            return Unclear("no_such_metric", f'"{_shown(place)}" names nothing that is measured here.')
        places = next(_by_kind(named))
        if len(places) > 1:
            return self._several(places, _shown(place))
        gathered = self._sources.of(places[0])
        if len(gathered) == 1:
            metric, heard = next(iter(gathered.items()))
            return self._answer(places[0], metric, heard)
        there = ", ".join(_spoken(metric) for metric in sorted(gathered)) or "nothing yet"
        return Unclear("no_such_metric", f"What of {places[0].name}? There is {there}.", (places[0],))

    def _several(self, places: list[Named], said: str) -> Unclear:
        return Unclear("several_places", f'"{said}" may be {self._listed(places)}.', tuple(places))

    def _no_value(self, place: Named, metric: str, gathered: Gathered) -> Unclear:
        spoken = _spoken(metric)
        inside = self._home.plan.in_zone(place.id) if place.what == "zone" else self._home.plan.inside(place.id)
        machines = [asset for asset in inside if asset.kind in MACHINES and metric in self._sources.own(asset)]
        if machines:
            having = tuple(Named("asset", asset.id, asset.name) for asset in machines)
            return Unclear("no_value", f"At {place.name} there is only {spoken} of {self._listed(having)}.", having)
        what = f"measures {spoken}" if gathered else "is measured yet"
        return Unclear("no_value", f"Nothing {what} at {place.name}.", (place,))

    def _listed(self, places: Iterable[Named]) -> str:
        """`Fern (fern, Ground floor) or Fern (fern-2, Cellar)`: with where they are when their names are the same."""
        known = list(places)
        names = [place.name for place in known]
        told = [
            f"{place.name} ({self._where(place)})" if names.count(place.name) > 1 else place.name for place in known
        ]
        if len(told) > _MOST_MEANT:
            return f"{', '.join(told[:_MOST_MEANT])} or {len(told) - _MOST_MEANT} more"
        return " or ".join([", ".join(told[:-1]), told[-1]] if len(told) > 1 else told)

    def _where(self, place: Named) -> str:
        zone_id = self._home.plan.zone_of(place.id) if place.what == "asset" else None
        zone = None if zone_id is None else self._home.plan.zone(zone_id)
        return place.id if zone is None else f"{place.id}, {zone.name}"

    # The answer

    def _answer(self, place: Named, metric: str, heard: Heard) -> Found:
        sources = chosen(heard)
        said_unit = self._unit(sources[0], metric)
        if metric not in _KNOWN_METRICS:
            # Of what devices name by themselves, only what they count alike has a mean.
            sources = [source for source in sources if self._unit(source, metric) == said_unit]
        quality = 0
        for source in sources:
            quality |= source.quality
        found = Found(
            place,
            metric,
            said_unit,
            sum(source.value for source in sources) / len(sources),
            min(source.time_ms for source in sources),
            quality,
            any(source.simulated for source in sources),
            tuple(sources),
            "",
        )
        return msgspec.structs.replace(found, text=self._text(found))

    def _text(self, found: Found) -> str:
        """`21.4 °C in Zone B (Living room), 12 s ago, SIMULATED`."""
        mean = " on average" if len(found.sources) > 1 else ""
        said = f"{_number(found.value)} {found.unit or _spoken(found.metric)}"
        text = f"{said}{mean} {self._preposition(found.place)} {found.place.name}{self._told_by(found)}"
        text += f", {duration(self._clock() - found.time_ms)} ago"
        doubts = [bit.name.lower().replace("_", " ") for bit in Quality if found.quality & bit and bit.name]
        if doubts:
            text += f", doubtful: {', '.join(doubts)}"
        return text + (", SIMULATED" if found.simulated else "")

    def _told_by(self, found: Found) -> str:
        """` (Living room, Bedroom)`: the assets behind an answer for something larger."""
        assets = dict.fromkeys(source.asset for source in found.sources if source.asset is not None)
        if found.place.what == "device" or list(assets) == [found.place.id]:
            return ""
        known = [self._home.plan.asset(asset) for asset in assets]
        names = sorted(asset.name for asset in known if asset is not None)
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        return f" ({', '.join(names[:_MOST_NAMED])}{more})" if names else ""

    def _preposition(self, place: Named) -> str:
        asset = self._home.plan.asset(place.id) if place.what == "asset" else None
        return "in" if place.what == "zone" or (asset is not None and asset.kind is AssetKind.ROOM) else "at"

    def _unit(self, source: Source, metric: str) -> str | None:
        return unit(metric, self._registry.device(source.device).capabilities)


def _by_kind(named: list[Named]) -> Iterator[list[Named]]:
    for what in ("zone", "asset", "device"):
        places = [place for place in named if place.what == what]
        if places:
            yield places


def _shown(place: Words) -> str:
    return line(" ".join(place), 80)


def _spoken(metric: str) -> str:
    return metric.replace("_", " ")


def _number(value: float) -> str:
    """As exact as a person needs it."""
    size = abs(value)
    return f"{value:.0f}" if size >= 100 else f"{value:.1f}" if size >= 1 or value == 0 else f"{value:.2f}"
