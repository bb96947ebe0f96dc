"""Episodes on their way to the disk, the event log and whoever listens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import msgspec

from ...core.errors import StoreError
from ...core.insight import Episode, Nature
from ...core.messages import Audited, EpisodeMoved
from ...core.ports.insight import episode_kept
from ...core.ports.store import Change, Writer
from ..bus import Bus
from ..chronicle import Chronicle
from ..promise import Promise
from ..words import duration

OPENED, TURNED, CLOSED = "anomaly.opened", "anomaly.turned", "anomaly.closed"
_LATE_MS = 30 * 60_000
"""What was measured longer ago is told as such: it is no alarm of now."""


class _Written(msgspec.Struct):
    """A receipt."""

    episode: Episode
    then: Callable[[Episode, StoreError | None], None]

    def settled(self, error: StoreError | None) -> None:
        """It is on the disk, or not."""
        self.then(self.episode, error)


class EpisodeBook:
    """Writes whole episodes; what the disk refuses is written again later, as it is then."""

    def __init__(self, writer: Writer, bus: Bus, chronicle: Chronicle, clock: Callable[[], int]) -> None:
        self.opened: Counter[Nature] = Counter()
        """Since the gateway runs."""
        self._writer = writer
        self._bus = bus
        self._chronicle = chronicle
        self._clock = clock
        self._owed: dict[str, Episode] = {}

    @property
    def owed(self) -> int:
        """How many are not on the disk because it refused them."""
        return len(self._owed)

    def save(self, episode: Episode) -> None:
        """Write it down, and tell that it has moved."""
        self._owed.pop(episode.id, None)
        try:
            self._writer.submit([episode_kept(episode)], _Written(episode, self._settled))
        except StoreError as error:
            self._settled(episode, error)
        self._bus.publish(EpisodeMoved(episode))

    async def commit(self, episode: Episode, changes: list[Change]) -> None:
        """The same with what belongs to it, durable when this returns. Raises StoreError."""
        promise = Promise(lambda error: None)
        self._writer.submit([episode_kept(episode), *changes], promise)
        await promise.kept()
        self._owed.pop(episode.id, None)

    def again(self) -> None:
        """Try once more what the disk refused."""
        for episode in list(self._owed.values()):
            self.save(episode)

    def forget(self, device: str) -> None:
        """Nothing of it is owed."""
        self._owed = {name: episode for name, episode in self._owed.items() if episode.device != device}

    def begin(self, episode: Episode, text: str, correlation: str) -> None:
        """It is open; the reading of this name showed it."""
        self.opened[episode.nature] += 1
        self.tell(OPENED, episode, f"{text}{self._ago(episode.seen_ms)}", correlation)
        self.save(episode)

    def turn(self, episode: Episode, text: str) -> None:
        """It is about something else than it seemed."""
        self.tell(TURNED, episode, text)
        self.save(episode)

    def end(self, episode: Episode, text: str) -> None:
        """It is over."""
        self.tell(CLOSED, episode, text)
        self.save(episode)

    def tell(self, kind: str, episode: Episode, text: str, correlation: str = "") -> None:
        """Put it into the event log."""
        told = episode.device, episode.metric, correlation or episode.correlation
        self._chronicle.note(kind, text, *told, asset=episode.asset)

    def announce(self, event: Audited | EpisodeMoved) -> None:
        """What is on the disk."""
        self._bus.publish(event)

    def _ago(self, time_ms: int) -> str:
        ago_ms = self._clock() - time_ms
        return f" (measured {duration(ago_ms)} ago)" if ago_ms > _LATE_MS else ""

    def _settled(self, episode: Episode, error: StoreError | None) -> None:
        if error is not None:
            self._owed[episode.id] = episode
