"""One incident, one episode: opened, joined, turned, closed, and what people say of it."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from msgspec.structs import replace

from ...core.errors import Conflict, NotFound, Refused, StoreError
from ...core.insight import Episode, Nature, Verdict
from ...core.messages import Audited, EpisodeMoved
from ...core.ports.insight import InsightArchive
from ..trail import Trail
from ..words import duration
from .demands import Demands
from .episode_book import CLOSED, EpisodeBook
from .flags import is_consequence
from .folds import RECENT_MS, Place, place_of
from .incident import Heard, Incident, merged, opened, turned
from .ledger import Ledger, comes_back, re_dated
from .places import Places

TIDY_MS = 3_600_000
SILENT_MS = 2 * 3_600_000
"""A place of which nothing comes any more says nothing of its episode, either."""


class Episodes:
    """All episodes; those that are open are at hand.

    `raised`: the flags of a series as of the reading looked at. `series_at`: how many series of a place are
    judged. `watched`: whether a machine's baseline judges an asset. Times are the readings', but for silence.
    """

    def __init__(
        self,
        book: EpisodeBook,
        archive: InsightArchive,
        trail: Trail,
        clock: Callable[[], int],
        places: Places,
        interval_s: int,
        *,
        raised: Callable[[str, str], int] = lambda device, metric: 0,
        series_at: Callable[[Place], int] = lambda place: 1,
        watched: Callable[[str], bool] = lambda asset: False,
    ) -> None:
        self._book = book
        self._archive = archive
        self._trail = trail
        self._clock = clock
        self._places = places
        self._interval_s = interval_s
        self._raised = raised
        self._ledger = Ledger(clock)
        self._demands = Demands(interval_s, series_at, watched, self._ledger.same)
        self._folds = self._demands.folds
        self._muted: dict[Place, int] = {}
        self._tidied_ms = 0

    async def load(self) -> None:
        """What earlier runs have told, and what people said of it. Raises StoreError."""
        now_ms = self._clock()
        for episode in await self._archive.judged(now_ms - RECENT_MS):
            self._restore(episode)

    # What is known

    def open(self) -> list[Episode]:
        """Those that go on, newest first."""
        return sorted((one.episode for one in self._ledger.open.values()), key=lambda one: -one.opened_ms)

    @property
    def any_open(self) -> bool:
        """Whether any goes on."""
        return bool(self._ledger.open)

    async def get(self, episode_id: str) -> Episode:
        """One. Raises NotFound, StoreError."""
        found = self._now(episode_id)
        if found is None:
            found = await self._archive.episode(episode_id)
            found = self._now(episode_id) or found  # it may have come back meanwhile
        if found is None:
            raise NotFound(f"there is no episode {episode_id}")
        return found

    async def history(
        self,
        *,
        asset: str = "",
        device: str = "",
        from_ms: int | None = None,
        to_ms: int | None = None,
        open_only: bool = False,
        limit: int = 100,
        before: str = "",
        correlation: str = "",
    ) -> list[Episode]:
        """As `InsightArchive.episodes`, each as it is now. Raises StoreError."""
        found = await self._archive.episodes(
            asset=asset,
            device=device,
            from_ms=from_ms,
            to_ms=to_ms,
            open_only=open_only,
            limit=limit,
            before=before,
            correlation=correlation,
        )
        now = [self._now(episode.id) or episode for episode in found]
        return [episode for episode in now if episode.is_open or not open_only]

    def needs(self, asset: str, device: str, metric: str, now_ms: int) -> float:
        """The score from which a series opens an episode."""
        return self._demands.of_series(asset, device, metric, now_ms)

    # What is heard

    def hear(self, heard: Heard) -> None:
        """Another signal, in order of time within its place."""
        signal = heard.signal
        place = place_of(heard.asset, signal.device)
        time_ms = signal.time_ms
        self._pass(place, time_ms)
        if signal.nature is not Nature.SENSOR and time_ms < self._muted.get(place, 0):
            return
        heard = self._demands.put_to(heard)
        reached = self._demands.met(heard)
        incident = self._incident(place, heard, reached)
        if incident is not None:
            incident.see(heard)
            incident.heard_ms = self._clock()
            self._grown(incident, time_ms)
        elif reached:
            self._begin(place, heard)

    def mute(self, asset: str, device: str, until_ms: int) -> None:
        """Somebody did something there: what follows is no wonder."""
        place = place_of(asset, device)
        self._muted[place] = until_ms
        self._demands.begin_anew(asset)

    def unsettle(self, asset: str, device: str, until_ms: int) -> None:
        """A window moved there."""
        self._demands.unsettle(place_of(asset, device), until_ms)

    def covers(self, asset: str, device: str, metric: str) -> bool:
        """Whether an open episode has this series."""
        place = place_of(asset, device)
        return any(known == place and one.has((device, metric)) for (known, _), one in self._ledger.open.items())

    def turn(self, newest_ms: Callable[[str], int | None]) -> None:
        """Close what is over, also where nothing comes any more. `newest_ms`: when a device's last was measured."""
        now_ms = self._clock()
        for place, nature in list(self._ledger.open):
            incident = self._ledger.open.get((place, nature))
            if incident is None:
                continue
            devices = self._places.devices_at(place[0]) if place[0] else [place[1]]
            newest = max((time_ms for one in devices if (time_ms := newest_ms(one)) is not None), default=0)
            if newest > incident.episode.seen_ms:
                self._pass(place, newest)
            self._grown(incident, max(newest, incident.episode.seen_ms))
        for (place, _), incident in list(self._ledger.open.items()):
            if now_ms - incident.heard_ms >= SILENT_MS and now_ms - incident.episode.seen_ms >= SILENT_MS:
                self._end(place, incident, "nothing came any more")
        self._book.again(now_ms)
        if not 0 <= now_ms - self._tidied_ms < TIDY_MS:
            self._tidied_ms = now_ms
            self._folds.tidy(now_ms)

    def passed(self, asset: str, device: str, time_ms: int) -> None:
        """It is so late there, by the readings."""
        self._pass(place_of(asset, device), time_ms)

    def alive(self, asset: str, device: str) -> None:
        """Something came of it."""
        place = place_of(asset, device)
        for nature in Nature:
            if (incident := self._ledger.open.get((place, nature))) is not None:
                incident.heard_ms = self._clock()

    def leave(self, text: str, *, device: str = "", asset: str = "") -> None:
        """What they were told of is gone: its episodes are over."""
        for (place, _), incident in list(self._ledger.open.items()):
            if (device and incident.episode.device == device) or (asset and incident.episode.asset == asset):
                self._end(place, incident, text)
        if asset:
            # Another one may be called so.
            self._ledger.closed = {key: one for key, one in self._ledger.closed.items() if one.asset != asset}

    def erase(self, device: str, text: str) -> None:
        """It was deleted, and what was told of it with it: nothing of it is written any more."""
        for episode in self._ledger.forget(device):
            over = replace(episode, closed_ms=episode.seen_ms)
            self._book.tell(CLOSED, over, text)
            self._book.announce(EpisodeMoved(over))
        self._folds.forget(device)
        self._book.forget(device)

    def move(self, moved: Callable[[int], int]) -> None:
        """The clock was wrong: what this run has told moves with what is written down."""
        self._ledger.move(moved)
        for episode in list(self._folds.all()):
            self._folds.put(re_dated(episode, moved))
        self._muted.clear()
        self._demands.re_date()

    # What people say

    async def judge(self, episode_id: str, verdict: Verdict, who: str) -> Episode:
        """Somebody's word on it, durable. Raises NotFound, Refused (no verdict), StoreError."""
        if verdict is Verdict.NONE:
            raise Refused("say whether it is normal or right")
        before = await self.get(episode_id)
        said = replace(before, verdict=verdict, judged_by=who, judged_ms=self._clock())
        entry = self._trail.entry("anomaly.judged", who, f"{episode_id} {verdict}: {before.reason}")
        return await self._say(before, said, entry, ends=before.is_open and verdict is Verdict.NORMAL)

    async def undo(self, episode_id: str, who: str) -> Episode:
        """Take that word back. Raises NotFound, Conflict (there is none), StoreError."""
        before = await self.get(episode_id)
        if not before.verdict:
            raise Conflict("nobody has judged this episode")
        after = replace(before, verdict=Verdict.NONE, judged_by="", judged_ms=None)
        entry = self._trail.entry("anomaly.undone", who, f"{episode_id} {before.verdict}: {before.reason}")
        return await self._say(before, after, entry)

    async def _say(self, before: Episode, said: Episode, entry: Audited | None, *, ends: bool = False) -> Episode:
        """It counts at once and goes on growing; it ends when the word is on the disk, or is as it was without it."""
        self._put(said)
        written = replace(said, closed_ms=said.seen_ms) if ends else said
        try:
            await self._book.commit(written, [] if entry is None else [entry])
        except StoreError:
            now = self._now(said.id)
            if now is not None:
                verdict = before.verdict, before.judged_by, before.judged_ms
                taken_back = replace(now, verdict=verdict[0], judged_by=verdict[1], judged_ms=verdict[2])
                self._put(taken_back)
                self._book.save(taken_back)
            raise
        if entry is not None:
            self._book.announce(entry)
        after = self._now(said.id) or written
        if ends and after.is_open:
            after = replace(after, closed_ms=after.seen_ms)
            self._put(after)
            self._book.tell(CLOSED, after, f"called normal by {said.judged_by}")
        if after == written:
            self._book.announce(EpisodeMoved(after))
        else:
            self._book.save(after)
        return after

    def _now(self, episode_id: str) -> Episode | None:
        """As it is, where it is at hand."""
        return self._ledger.now(episode_id) or self._folds.find(episode_id)

    def _put(self, episode: Episode) -> None:
        """As it is now, wherever it is at hand."""
        self._folds.put(episode)
        self._ledger.put(episode)

    # How one grows

    def _incident(self, place: Place, heard: Heard, reached: bool) -> Incident | None:
        """The one that a signal belongs to, turned into what it now is."""
        signal = heard.signal
        own = self._ledger.open.get((place, signal.nature))
        if signal.nature is Nature.SENSOR:
            machine = self._ledger.open.get((place, Nature.MACHINE))
            if machine is not None and machine.together and heard.consequence:
                return machine
            led = [one for one in self._ledger.at(place) if one is not own and one.leads(signal.device, signal.metric)]
            if led and reached and not led[0].together:
                return self._turned(place, led[0], Nature.SENSOR, f"it is the sensor: {signal.text}")
            return own
        sensor = self._ledger.open.get((place, Nature.SENSOR))
        if sensor is None:
            return own
        mine = sensor.has(heard.series)
        if heard.baseline and signal.others and reached and (mine or self._doubted(sensor)):
            return self._turned(place, sensor, Nature.MACHINE, f"it is not the sensor alone: {signal.text}")
        return sensor if mine else own

    def _doubted(self, sensor: Incident) -> bool:
        """Whether its flag is one that a machine raises, too, when it really changes."""
        return is_consequence(self._raised(sensor.episode.device, sensor.episode.metric))

    def _turned(self, place: Place, incident: Incident, nature: Nature, text: str) -> Incident:
        del self._ledger.open[place, incident.nature]
        other = self._ledger.open.get((place, nature))
        if other is not None:
            return self._united(place, incident, other, nature)
        incident.episode = incident.saved = turned(incident.episode, nature)
        self._ledger.open[place, nature] = incident
        self._folds.put(incident.episode)
        self._book.turn(incident.episode, text)
        return incident

    def _united(self, place: Place, one: Incident, other: Incident, nature: Nature) -> Incident:
        """Both are the same: the younger is closed into the older."""
        older, younger = sorted((one, other), key=lambda each: each.episode.opened_ms)
        older.episode = turned(older.episode, nature)
        self._ledger.open[place, nature] = older
        self._unite(older, younger.episode)
        return older

    def _unite(self, older: Incident, younger: Episode) -> None:
        older.episode = older.saved = merged(older.episode, younger)
        self._folds.put(older.episode)
        self._book.save(older.episode)
        apart = duration(younger.opened_ms - older.episode.opened_ms)
        closed = replace(younger, closed_ms=max(younger.seen_ms, younger.opened_ms))
        self._folds.put(closed)
        self._book.end(closed, f"part of the episode that began {apart} before it")

    def _restore(self, episode: Episode) -> None:
        """Of an earlier run. Two that went on there as one are made one again: a kill fell between their writes."""
        key = place_of(episode.asset, episode.device), episode.nature
        older = self._ledger.open.get(key)
        if older is not None and episode.is_open:
            self._unite(older, episode)
            return
        self._folds.put(episode)
        self._ledger.put(episode)
        if episode.is_open:
            self._ledger.open[key].waits = True

    def _grown(self, incident: Incident, time_ms: int) -> None:
        if incident.worth_saving(time_ms):
            incident.saved, incident.saved_ms = incident.episode, time_ms
            self._folds.put(incident.episode)
            self._book.save(incident.episode)

    def _begin(self, place: Place, heard: Heard) -> None:
        signal = heard.signal
        key = place, signal.nature
        if self._folds.told(place, signal.nature, heard.series, signal.time_ms, self._interval_s * 1000):
            return  # what was learnt is older than what was told: this is heard again
        before = self._ledger.closed.pop(key, None)
        if before is not None and comes_back(before, signal.time_ms):
            incident = Incident(replace(before, closed_ms=None), before, signal.time_ms, self._clock())
            incident.see(heard)
            incident.saved, text = incident.episode, f"again: {signal.text}"
        else:
            episode = opened(heard, secrets.token_hex(8))
            incident = Incident(episode, episode, signal.time_ms, self._clock(), heard.every_ms)
            text = signal.text
        self._ledger.open[key] = incident
        self._folds.put(incident.episode)
        self._book.begin(incident.episode, text, heard.correlation)

    def _pass(self, place: Place, time_ms: int) -> None:
        """It is so late at this place: what nothing has kept open since is over."""
        for incident in self._ledger.at(place):
            episode = incident.episode
            if any(self._raised(one.device, one.metric) for one in episode.signals if one.device):
                incident.episode = replace(episode, seen_ms=max(episode.seen_ms, time_ms))
            elif incident.is_over(time_ms, self._interval_s * 1000):
                lasted = duration(episode.seen_ms - episode.opened_ms)
                quiet = duration(incident.over_ms(self._interval_s * 1000))
                self._end(place, incident, f"nothing unusual for {quiet} any more; it lasted {lasted}")

    def _end(self, place: Place, incident: Incident, text: str) -> None:
        episode = replace(incident.episode, closed_ms=max(incident.episode.seen_ms, incident.episode.opened_ms))
        del self._ledger.open[place, incident.nature]
        self._ledger.closed[place, incident.nature] = episode
        self._folds.put(episode)
        self._book.end(episode, text)
