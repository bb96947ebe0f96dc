"""Breaches of plants' thresholds, as episodes: told once when they begin, and once when they are over.

Only what is assigned to a plant is looked at (document 002). The event log is where open episodes outlive a restart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec

from ..core.home import Band, Breach, PlantTraits, breach
from ..core.messages import (
    AssignmentChanged,
    ClockSet,
    Happened,
    PlacesChanged,
    PlantBreached,
    PlantRecovered,
    Reading,
    ReadingStored,
)
from ..core.quality import IMPOSSIBLE, Quality
from .assignments import Assignments
from .bus import Bus
from .chronicle import Chronicle
from .home import Home

CLEAR_READINGS = 3
"""Readings inside the band in a row that end an episode: a value at the edge makes no flood of events."""

_BREACH, _RECOVERED = "plant.breach", "plant.recovered"
_NO_EVIDENCE = int(IMPOSSIBLE | Quality.GHOST | Quality.STUCK)
_TEXT = re.compile(r"(\w+) is (-?[0-9.]+), threshold (min|max) (-?[0-9.]+)")
_CHANGED = "its threshold was changed"
_TAKEN_AWAY = "its sensor was taken away"

_Key = tuple[str, str]
"""Device and metric."""


class Episode(Breach, frozen=True):
    """A breach that lasts, as it was when it began."""

    plant: str = ""
    device: str = ""
    since_ms: int = 0
    correlation: str = ""
    """The reading that showed it."""
    simulated: bool = False


class _Open(msgspec.Struct):
    """An episode and what has come since."""

    episode: Episode
    last: float
    inside: int = 0
    """Readings in a row within the band."""


class _Watched(msgspec.Struct, frozen=True, gc=False):
    """A device that stands for a plant with thresholds."""

    plant: str
    from_ms: int
    bands: tuple[tuple[str, Band], ...]


class Plants:
    """Looks at every reading of a device that is assigned to a plant. Listens to the bus by itself."""

    def __init__(self, home: Home, assignments: Assignments, bus: Bus, chronicle: Chronicle) -> None:
        self._home = home
        self._assignments = assignments
        self._bus = bus
        self._chronicle = chronicle
        self._watched: dict[str, _Watched] = {}
        self._open: dict[_Key, _Open] = {}
        bus.on(ReadingStored, self._stored, wants=self._watched.__contains__)
        bus.on(PlacesChanged, self._places_changed)
        bus.on(AssignmentChanged, self._assignment_changed)
        # After the assignments, which move their spans with it.
        bus.on(ClockSet, self._clock_set)

    def restore(self, events: Iterable[Happened]) -> None:
        """Start from the event log: `events` whose kind begins with `plant.`, newest first. After home and assignments.

        An episode whose plant, sensor or threshold has changed since is over, and that is told now.
        """
        # What was only counted in a flood is written down after what came later.
        told = [event for event in reversed([*events]) if event.kind in (_BREACH, _RECOVERED)]
        for event in sorted(told, key=lambda event: event.time_ms):
            key = event.device, event.metric
            self._open.pop(key, None)
            said = _TEXT.match(event.reason) if event.kind == _BREACH else None
            if said is not None:
                self._open[key] = _restored(event, said)
        self._watch_all()
        for key in list(self._open):
            self._review(key)

    # What is known

    def breaches(self, plant: str) -> dict[str, Episode]:
        """What is outside its limits now, by metric; of several sensors that which began first."""
        found: dict[str, Episode] = {}
        for episode in self.episodes(plant):
            found.setdefault(episode.metric, episode)
        return found

    def episodes(self, plant: str) -> list[Episode]:
        """Every breach that lasts, of every sensor, the oldest first."""
        found = [known.episode for known in self._open.values() if known.episode.plant == plant]
        return sorted(found, key=lambda episode: (episode.since_ms, episode.device, episode.metric))

    @property
    def breached(self) -> set[str]:
        """The plants of which anything is outside its limits."""
        return {known.episode.plant for known in self._open.values()}

    # What happens

    def _stored(self, event: ReadingStored) -> None:
        watched = self._watched.get(event.reading.device)
        if watched is None:
            return  # this is on the path of every reading
        reading = event.reading
        if reading.late or reading.time_ms < watched.from_ms:
            return
        for metric, band in watched.bands:
            value = reading.values.get(metric)
            if value is not None and not reading.quality.get(metric, 0) & _NO_EVIDENCE:
                self._look(reading, watched.plant, metric, value, band)

    def _look(self, reading: Reading, plant: str, metric: str, value: float, band: Band) -> None:
        known = self._open.get((reading.device, metric))
        outside = breach(metric, value, band)
        if known is not None:
            known.last = value
            if outside is None:
                known.inside += 1
                if known.inside >= CLEAR_READINGS:
                    self._end(known, f"{metric} is {value:.1f} again", reading.correlation)
                return
            known.inside = 0
            if outside.direction == known.episode.direction:
                return
        if outside is not None:
            self._begin(reading, plant, outside)

    def _begin(self, reading: Reading, plant: str, outside: Breach) -> None:
        device, metric, correlation = reading.device, outside.metric, reading.correlation
        event = self._chronicle.note(_BREACH, outside.text, device, metric, correlation, asset=plant)
        told = plant, device, event.time_ms, correlation, event.simulated
        episode = Episode(metric, outside.value, outside.direction, outside.threshold, *told)
        self._open[device, metric] = _Open(episode, outside.value)
        self._bus.publish(
            PlantBreached(
                plant,
                device,
                metric,
                outside.text,
                outside.value,
                outside.direction,
                outside.threshold,
                event.time_ms,
                correlation,
                event.simulated,
            )
        )

    def _end(self, known: _Open, reason: str, correlation: str = "") -> None:
        plant, device, metric = known.episode.plant, known.episode.device, known.episode.metric
        del self._open[device, metric]
        event = self._chronicle.note(_RECOVERED, reason, device, metric, correlation, asset=plant)
        simulated = known.episode.simulated or event.simulated
        self._bus.publish(PlantRecovered(plant, device, metric, reason, event.time_ms, event.correlation, simulated))

    # What is looked at

    def _places_changed(self, event: PlacesChanged) -> None:
        if event.what == "asset":
            self._review_devices({span.device for span in self._assignments.of_asset(event.id)})

    def _assignment_changed(self, event: AssignmentChanged) -> None:
        self._review_devices({event.device})

    def _clock_set(self, event: ClockSet) -> None:
        if not event.redates:
            return
        for known in self._open.values():
            since_ms = event.moved(known.episode.since_ms)
            known.episode = msgspec.structs.replace(known.episode, since_ms=since_ms)
        self._watch_all()

    def _review_devices(self, devices: set[str]) -> None:
        for device in devices:
            self._watch(device)
        for key in [key for key in self._open if key[0] in devices]:
            self._review(key)

    def _watch_all(self) -> None:
        self._watched.clear()
        for asset in self._home.assets():
            for device in self._assignments.devices_at(asset.id):
                self._watch(device)

    def _watch(self, device: str) -> None:
        self._bus.reconsider()
        present = self._assignments.present(device)
        bands = {} if present is None else self._bands(present.asset)
        if present is None or not bands:
            self._watched.pop(device, None)
        else:
            self._watched[device] = _Watched(present.asset, present.from_ms, tuple(bands.items()))

    def _bands(self, plant: str) -> Mapping[str, Band]:
        """The limits there are; empty for what is no plant."""
        asset = self._home.plan.asset(plant)
        thresholds = asset.traits.thresholds if asset is not None and isinstance(asset.traits, PlantTraits) else {}
        return {metric: band for metric, band in thresholds.items() if (band.min, band.max) != (None, None)}

    def _review(self, key: _Key) -> None:
        """Whether an episode goes on under the limits and assignments there are now."""
        known = self._open[key]
        device, metric = key
        if self._assignments.current(device) != known.episode.plant:
            self._end(known, _TAKEN_AWAY)
            return
        direction, threshold = known.episode.direction, known.episode.threshold
        band = self._bands(known.episode.plant).get(metric, Band())
        limit = band.min if direction == "min" else band.max
        if limit is not None and f"{limit:.1f}" == f"{threshold:.1f}":
            return  # the same; the event log has it, and the value, only as exact as this
        outside = breach(metric, known.last, band)
        if outside is None or outside.direction != direction:
            self._end(known, _CHANGED)


def _restored(event: Happened, said: re.Match[str]) -> _Open:
    metric, value, direction, threshold = said.groups()
    told = event.asset, event.device, event.time_ms, event.correlation, event.simulated
    episode = Episode(metric, float(value), "min" if direction == "min" else "max", float(threshold), *told)
    return _Open(episode, float(value))
