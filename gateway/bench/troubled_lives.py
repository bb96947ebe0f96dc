"""Lives through a house under watch, and from it through each trouble by itself: what was told, and how soon."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from time import thread_time

import msgspec

from ..simulator.site import ASSET_ILLS, Site
from .ailing_houses import Found, Plan, Trouble, hidden_ms, said, sick, troubles
from .households import DAY_MS, House, Recording, record, site_of
from .watched_house import Moved, Snapshot, WatchedHouse

_WEEK_MS = 7 * DAY_MS


class Outcome(msgspec.Struct, frozen=True):
    """What became of one house."""

    found: list[Found]
    false: list[str]
    """Each episode that was told in normal life, in words."""
    clouded: int
    """Troubles that were left out, because something was told at that place in normal life, too."""
    asset_weeks: float
    took_s: list[tuple[float, int]]
    """Of the processor, what judging one reading took on the last day, and how many values were judged by it."""
    state_bytes: int
    """The most that is kept of a series."""


def live(house: House, plan: Plan) -> Outcome:
    """All of it."""
    return asyncio.run(_live(house, plan))


async def _live(house: House, plan: Plan) -> Outcome:
    site, recordings = site_of(house.seed), record(house)
    ailments, ill = sick(house, plan)
    life = _Life(house, plan, site, recordings)
    await life.run(troubles(house, plan, recordings, ailments))
    well = {recording.device: recording for recording in recordings}
    sick_ones = {recording.device: recording for recording in ill}
    # Side by side: each begins by reading what it missed, which has its pauses.
    found = await asyncio.gather(
        *(
            _through(trouble, begin, life, well[trouble.device], sick_ones.get(trouble.device))
            for trouble, begin in life.begun
            if not life.clouded(trouble, begin)
        )
    )
    kept = (await life.house.snapshot()).learnt
    return Outcome(
        list(found),
        [_words(moved) for moved in life.openings(house.start_ms + plan.first_day * DAY_MS)],
        len(life.begun) - len(found),
        len(site.assets) * (house.days - plan.first_day) / 7.0,
        life.took_s,
        max(len(series.state) for device in kept.devices.values() for series in device.series.values()),
    )


class _Life:
    """Normal life, and what was known at the begin of each trouble."""

    def __init__(self, house: House, plan: Plan, site: Site, recordings: Sequence[Recording]) -> None:
        self.site = site
        self.seed = house.seed
        self.house = WatchedHouse(site, recordings, Snapshot(house.start_ms))
        self.begun: list[tuple[Trouble, Snapshot]] = []
        self.took_s: list[tuple[float, int]] = []
        self._recordings = recordings
        # Nodes do not speak in chorus.
        self._phases_ms = [number * house.interval_s * 1000 // len(recordings) for number in range(len(recordings))]
        self._since_ms = house.start_ms + DAY_MS
        self._hours = plan.commissioned_h
        self._last_day_ms = house.start_ms + (house.days - 1) * DAY_MS

    async def run(self, planned: Sequence[Trouble]) -> None:
        """From the first reading to the last."""
        await self.house.open()
        waiting = deque(planned)
        commission_ms = self._since_ms + self._hours * 3_600_000
        for at, time_ms in enumerate(self._recordings[0].times):
            while waiting and waiting[0].start_ms <= time_ms:
                trouble = waiting.popleft()
                self.begun.append((trouble, (await self.house.snapshot()).of(trouble.asset, [trouble.device])))
            for recording, phase_ms in zip(self._recordings, self._phases_ms, strict=True):
                self.house.say(recording.device, time_ms + phase_ms, recording.row(at))
                if time_ms >= self._last_day_ms:
                    self._timed_turn()
                else:
                    self.house.turn()
            if time_ms == commission_ms:
                await self._commission()

    def _timed_turn(self) -> None:
        steps, began = self.house.steps, thread_time()
        self.house.turn()
        took_s = thread_time() - began
        self.took_s.append((took_s, self.house.steps - steps))

    async def _commission(self) -> None:
        for asset in self.site.assets:
            if type(asset) in ASSET_ILLS:
                await self.house.commission(asset.id, self._hours, self._since_ms)

    def openings(self, from_ms: int, to_ms: int = 1 << 62, asset: str = "") -> list[Moved]:
        """Each time that an episode began, or began again."""
        going: set[str] = set()
        found: list[Moved] = []
        for moved in self.house.told:
            episode = moved.episode
            if episode.is_open and episode.id not in going and from_ms <= moved.time_ms < to_ms:
                found += [moved] * (asset in ("", episode.asset))
            (going.add if episode.is_open else going.discard)(episode.id)
        return found

    def clouded(self, trouble: Trouble, begin: Snapshot) -> bool:
        """Whether something is told at this place meanwhile though nothing is wrong: an episode would prove nothing."""
        going = any(kept.closed_ms is None for kept in begin.episodes.values())
        return going or bool(self.openings(trouble.start_ms, trouble.end_ms, trouble.asset))


async def _through(trouble: Trouble, begin: Snapshot, life: _Life, well: Recording, ill: Recording | None) -> Found:
    """Go on from the begin of a trouble, as after a restart, with what that place says under it."""
    house = WatchedHouse(life.site, [well], begin)
    await house.open()
    for time_ms, values in said(trouble, well, ill, life.seed):
        if values:
            house.say(trouble.device, time_ms, values)
        house.turn()
    told = [moved for moved in house.told if moved.episode.asset == trouble.asset]
    opened = [moved for moved in told if moved.episode.is_open]
    first = opened[0] if opened else None
    last = None if first is None else [moved for moved in told if moved.episode.id == first.episode.id][-1]
    return Found(
        trouble,
        None if first is None else first.time_ms - trouble.start_ms,
        hidden_ms(trouble, well, ill),
        len({moved.episode.id for moved in opened}),
        "" if last is None else last.episode.nature.value,
        "" if last is None else last.episode.reason,
        bool(life.openings(trouble.start_ms - _WEEK_MS, trouble.start_ms, trouble.asset)),
    )


def _words(moved: Moved) -> str:
    one = moved.episode
    of = f"{one.asset} {one.device} {one.metric}"
    return f"{of} {one.nature.value} {one.score:.2f} of {one.need:.2f}: {one.reason}"
