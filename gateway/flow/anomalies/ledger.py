"""Episodes at hand: those that go on, and the last that is over, by place and nature."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from ...core.insight import Episode, Nature, Verdict
from .folds import Place, place_of
from .incident import Incident

REOPEN_MS = 12 * 3_600_000
"""What comes back within this time is the same episode."""

Key = tuple[Place, Nature]


class Ledger:
    """At most one of a place and nature goes on."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self.open: dict[Key, Incident] = {}
        self.closed: dict[Key, Episode] = {}
        self._clock = clock

    def at(self, place: Place) -> list[Incident]:
        """Those that go on there."""
        return [one for (known, _), one in self.open.items() if known == place]

    def now(self, episode_id: str) -> Episode | None:
        """One that goes on, as it is now."""
        return next((one.episode for one in self.open.values() if one.episode.id == episode_id), None)

    def same(self, place: Place, now_ms: int) -> set[str]:
        """Ids of what goes on there, or would be opened again."""
        closed = [self.closed.get((place, nature)) for nature in Nature]
        again = {one.id for one in closed if one is not None and comes_back(one, now_ms)}
        return again | {one.episode.id for one in self.at(place)}

    def put(self, episode: Episode) -> None:
        """As it is now, if it is one of them or newer."""
        key = place_of(episode.asset, episode.device), episode.nature
        incident, known = self.open.get(key), self.closed.get(key)
        mine = incident is not None and incident.episode.id == episode.id
        if episode.is_open:
            if incident is not None and mine:
                incident.episode = incident.saved = episode
            else:
                self.open[key] = Incident(episode, episode, episode.seen_ms, self._clock())
                self.closed.pop(key, None)
            return
        if mine:
            del self.open[key]
        if mine or known is None or known.id == episode.id or known.opened_ms < episode.opened_ms:
            self.closed[key] = episode

    def forget(self, device: str) -> list[Episode]:
        """Its episodes are gone; those that went on."""
        gone = {key: one.episode for key, one in self.open.items() if one.episode.device == device}
        for key in gone:
            del self.open[key]
        self.closed = {key: episode for key, episode in self.closed.items() if episode.device != device}
        return list(gone.values())

    def move(self, moved: Callable[[int], int]) -> None:
        """The clock was wrong."""
        for incident in self.open.values():
            incident.episode = re_dated(incident.episode, moved)
            incident.saved = re_dated(incident.saved, moved)
            incident.saved_ms = moved(incident.saved_ms)
            incident.heard_ms = self._clock()
        self.closed = {key: re_dated(episode, moved) for key, episode in self.closed.items()}


def comes_back(closed: Episode, time_ms: int) -> bool:
    """Whether the like at this time is the same incident."""
    # Devices of one place may have clocks that differ.
    return closed.verdict is not Verdict.NORMAL and abs(time_ms - (closed.closed_ms or 0)) <= REOPEN_MS


def re_dated(episode: Episode, moved: Callable[[int], int]) -> Episode:
    """With all of its times by the clock as it is now."""
    return replace(
        episode,
        opened_ms=moved(episode.opened_ms),
        seen_ms=moved(episode.seen_ms),
        closed_ms=None if episode.closed_ms is None else moved(episode.closed_ms),
        judged_ms=None if episode.judged_ms is None else moved(episode.judged_ms),
    )
