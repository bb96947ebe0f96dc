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
AGAIN_MS = 10_000
"""Between two tries to write what the disk refused."""
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
        self._last: dict[str, Episode] = {}
        """On their way: what was submitted last of each."""
        self._tried_ms = 0

    @property
    def owed(self) -> int:
        """How many are not on the disk because it refused them."""
        return len(self._owed)

    def save(self, episode: Episode) -> None:
        """Write it down, and tell that it has moved."""
        self._submit(episode)
        self._bus.publish(EpisodeMoved(episode))

    async def commit(self, after: Episode, changes: list[Change]) -> None:
        """Write `after` with what belongs to it, durable when this returns. Raises StoreError: save what it is then."""
        self._owed.pop(after.id, None)
        self._last[after.id] = after
        promise = Promise(lambda error: None)
        try:
            self._writer.submit([episode_kept(after), *changes], promise)
            await promise.kept()
        except StoreError:
            # Whatever else was refused of it meanwhile is made good with what is saved now.
            self._settled(after, None)
            raise
        self._settled(after, None)

    def again(self, now_ms: int) -> None:
        """Try once more what the disk refused, now and then."""
        if self._owed and not 0 <= now_ms - self._tried_ms < AGAIN_MS:
            self._tried_ms = now_ms
            for episode in list(self._owed.values()):
                self._submit(episode)

    def forget(self, device: str) -> None:
        """Nothing of it is owed."""
        for kept in (self._owed, self._last):
            for name in [name for name, episode in kept.items() if episode.device == device]:
                del kept[name]

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

    def _submit(self, episode: Episode) -> None:
        self._owed.pop(episode.id, None)
        self._last[episode.id] = episode
        try:
            self._writer.submit([episode_kept(episode)], _Written(episode, self._settled))
        except StoreError as error:
            self._settled(episode, error)

    def _settled(self, episode: Episode, error: StoreError | None) -> None:
        # A newer one that is on its way, or on the disk, has all of it.
        if self._last.get(episode.id) is episode:
            del self._last[episode.id]
            if error is not None:
                self._owed[episode.id] = episode
