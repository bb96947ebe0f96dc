"""Commissioning: what a machine is like when it runs well, taken from its history because somebody said so."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from functools import partial
from hashlib import sha256

import msgspec
from msgspec.structs import replace

from ...core.anomaly import machine
from ...core.anomaly.points import UNWATCHED
from ...core.errors import Conflict, NotFound, Refused, StoreError
from ...core.insight import MOST_CHANNELS, Baseline, BaselineState
from ...core.messages import (
    AssignmentChanged,
    BaselineMoved,
    ClockSet,
    DeviceChanged,
    DeviceSwapped,
    PlacesChanged,
)
from ...core.ports.insight import InsightArchive, baseline_kept
from ...core.ports.store import Change, History, Writer
from ..bus import Bus
from ..chronicle import Chronicle
from ..promise import Promise
from ..trail import Trail
from ..words import duration
from .channel_rows import ChannelRows
from .machines import Machines
from .places import MACHINES, Places, is_simulated

_log = logging.getLogger(__name__)

OLDEST_MS = 400 * 86_400_000
"""What began longer ago is no word on the machine of today."""
_OFF = "the gateway does not notice anything: [anomaly] enabled is false"
_LOOK_S = 15.0
_RETRY_S = 60.0
_HOUR_MS = 3_600_000
_KEPT = 5
"""Of one machine, as the store does: the one that counts and the one being made are never among those that go."""
_COUNT = (BaselineState.COLLECTING, BaselineState.FROZEN)


class _Written(msgspec.Struct, frozen=True):
    """A receipt."""

    baseline: str
    then: Callable[[str, StoreError | None], None]

    def settled(self, error: StoreError | None) -> None:
        """It is on the disk, or not."""
        self.then(self.baseline, error)


class Baselines:
    """The baselines of all machines. `metrics`: what a device measures; `since` (device, asset): from when on what it
    measured is the asset's, by the hardware that it is now.
    """

    def __init__(
        self,
        writer: Writer,
        archive: InsightArchive,
        history: History,
        bus: Bus,
        trail: Trail,
        chronicle: Chronicle,
        clock: Callable[[], int],
        places: Places,
        machines: Machines,
        metrics: Callable[[str], Collection[str]],
        interval_s: int,
        known: Callable[[], bool] = lambda: True,
        since: Callable[[str, str], int] = lambda device, asset: 0,
        enabled: bool = True,
    ) -> None:
        self.failure = ""
        """Why a commissioning waits; empty: none does."""
        self._writer = writer
        self._archive = archive
        self._bus = bus
        self._trail = trail
        self._chronicle = chronicle
        self._clock = clock
        self._places = places
        self._machines = machines
        self._metrics = metrics
        self._interval_s = interval_s
        self._known = known
        self._since = since
        self._enabled = enabled
        self._rows = ChannelRows(history, interval_s)
        self._of: defaultdict[str, list[Baseline]] = defaultdict(list)
        self._resting: dict[str, str] = {}
        self._busy: set[str] = set()
        self._unwritten: set[str] = set()
        """Ids of those that the disk refused as they are now."""
        bus.on(DeviceSwapped, lambda event: self._lose(event.device, "other hardware has its place"))
        bus.on(AssignmentChanged, lambda event: self._lose(event.device, "it measures something else"))
        bus.on(DeviceChanged, self._device_changed)
        bus.on(PlacesChanged, self._places_changed)
        bus.on(ClockSet, self._clock_set)

    async def load(self) -> None:
        """What is known from earlier runs. Raises StoreError."""
        for baseline in await self._archive.baselines():
            self._of[baseline.asset].append(baseline)
        for asset in list(self._of):
            self._settle(asset)

    # What people ask

    async def commission(self, asset: str, who: str, hours: int, since_ms: int | None = None) -> Baseline:
        """Begin; of time that has been, it is frozen at once. Raises NotFound, Refused, Conflict, StoreError."""
        kind, now_ms = self._places.kind(asset), self._clock()
        if kind is None:
            raise NotFound(f"there is no asset {asset}")
        if kind not in MACHINES:
            what = kind.value.replace("_", " ")
            raise Conflict(f"{self._places.name(asset)} is a {what}: only machines are commissioned")
        if not self._enabled:
            raise Conflict(_OFF)
        if not self._known():
            raise Conflict("the gateway does not know what time it is; commission it when it does")
        if not self._channels(asset):
            raise Conflict(f"nothing that can be judged measures {self._places.name(asset)}: assign a device to it")
        from_ms = now_ms if since_ms is None else since_ms
        if from_ms > now_ms:
            raise Conflict("a commissioning cannot begin in the future")
        if now_ms - from_ms > OLDEST_MS:
            raise Conflict(f"a commissioning cannot begin longer than {duration(OLDEST_MS)} ago")
        if self.collecting(asset) is not None or asset in self._busy:
            raise Conflict(f"{self._places.name(asset)} is being commissioned; cancel that first")
        baseline = Baseline(
            id=secrets.token_hex(8),
            asset=asset,
            state=BaselineState.COLLECTING,
            from_ms=from_ms,
            to_ms=from_ms + hours * _HOUR_MS,
            who=who,
            asked_ms=now_ms,
        )
        self._busy.add(asset)
        try:
            said = f"{self._places.name(asset)}: {hours} h"
            await self._commit([baseline], "baseline.commission", who, said)
            began = "now" if from_ms == now_ms else f"{duration(now_ms - from_ms)} ago"
            self._tell("baseline.started", baseline, f"by {who}: {hours} h from {began}")
            if baseline.to_ms > now_ms:
                return baseline
            after = await self._freeze(baseline)
        finally:
            self._busy.discard(asset)
        if after.state is not BaselineState.FROZEN:
            raise Conflict(after.detail or f"{self._places.name(asset)} was deleted")
        return after

    async def cancel(self, asset: str, who: str) -> Baseline:
        """End what is being collected. Raises NotFound, Conflict (nothing is), StoreError."""
        if self._places.kind(asset) is None:
            raise NotFound(f"there is no asset {asset}")
        collecting = self.collecting(asset)
        if asset in self._busy:
            raise Conflict(f"what {self._places.name(asset)} has measured is being looked at; ask again in a minute")
        if collecting is None:
            raise Conflict(f"{self._places.name(asset)} is not being commissioned")
        after = replace(collecting, state=BaselineState.CANCELLED, detail=f"by {who}")
        await self._commit([after], "baseline.cancel", who, self._places.name(asset))
        self._tell("baseline.cancelled", after, f"by {who}")
        return after

    def of(self, asset: str) -> Baseline | None:
        """The one that counts."""
        return next((one for one in self._of.get(asset, ()) if one.state is BaselineState.FROZEN), None)

    def collecting(self, asset: str) -> Baseline | None:
        """The one that is being made."""
        return next((one for one in self._of.get(asset, ()) if one.state is BaselineState.COLLECTING), None)

    def history(self, asset: str) -> list[Baseline]:
        """All of them, newest asked for first."""
        return list(self._of.get(asset, ()))

    def resting(self, asset: str) -> str:
        """Why the one that counts judges nothing at the moment; empty: it judges."""
        return self._resting.get(asset, "") if self._enabled else _OFF

    # What goes on by itself

    async def run(self) -> None:
        """Freeze what is due, until cancelled."""
        while True:
            try:
                await self.look()
                self.failure, pause_s = "", _LOOK_S
            except StoreError as error:
                self.failure, pause_s = f"a commissioning waits: {error}", _RETRY_S
                _log.warning("%s", self.failure)
            await asyncio.sleep(pause_s)

    async def look(self) -> None:
        """Freeze what is due, and write what the disk refused. Raises StoreError."""
        self._submit(one for known in self._of.values() for one in known if one.id in self._unwritten)
        # Its last minutes are on their way to the history a little longer.
        now_ms = self._clock() - 2 * self._interval_s * 1000
        due = [one for known in self._of.values() for one in known if one.state is BaselineState.COLLECTING]
        for baseline in due:
            if baseline.to_ms <= now_ms and self._known() and baseline.asset not in self._busy:
                self._busy.add(baseline.asset)
                try:
                    await self._freeze(baseline)
                finally:
                    self._busy.discard(baseline.asset)

    async def _freeze(self, baseline: Baseline) -> Baseline:
        asset = baseline.asset
        channels = self._channels(asset)[:MOST_CHANNELS]
        since = partial(self._begin, asset)
        channels, rows = await self._rows.of(channels, baseline.from_ms, baseline.to_ms, since)
        try:
            if not channels:
                raise Refused("nothing that can be believed was measured in that time")
            # Seconds for a week: not on the loop.
            found = await asyncio.to_thread(machine.commission, channels, rows, float(self._interval_s))
        except Refused as error:
            if (ended := self._ended(baseline)) is not None:
                return ended
            after = replace(baseline, state=BaselineState.FAILED, detail=str(error))
            await self._commit([after])
            self._tell("baseline.failed", after, str(error))
            return after
        if (ended := self._ended(baseline)) is not None:
            return ended
        frozen = found.kept()
        after = replace(
            baseline,
            state=BaselineState.FROZEN,
            frozen_ms=self._clock(),
            channels=found.channels,
            rows=found.rows,
            digest=sha256(frozen).hexdigest(),
            frozen=frozen,
        )
        before = self.of(asset)
        replaced = [] if before is None else [replace(before, state=BaselineState.REPLACED)]
        await self._commit([*replaced, after])
        self._settle(asset)
        took = duration(baseline.to_ms - baseline.from_ms)
        self._tell("baseline.frozen", after, f"by {after.who}: {took}, {len(channels)} channels, {found.rows} rows")
        return after

    def _ended(self, baseline: Baseline) -> Baseline | None:
        """As it is now when it has been ended meanwhile: its asset is gone."""
        now = next((one for one in self._of[baseline.asset] if one.id == baseline.id), baseline)
        return None if now.state is BaselineState.COLLECTING else now

    # What ends its word

    def _device_changed(self, event: DeviceChanged) -> None:
        if event.status is None:
            self._lose(event.device, "it was deleted")

    def _lose(self, device: str, why: str) -> None:
        """What it measured is not measured by the same any more, wherever a baseline is made of it."""
        for asset in list(self._of):
            self._lose_at(asset, device, why)

    def _lose_at(self, asset: str, device: str, why: str) -> None:
        baseline = self.of(asset)
        mine = [] if baseline is None else [one for one in baseline.channels if one.rpartition("/")[0] == device]
        if baseline is not None and mine and not set(mine) <= set(baseline.lost):
            after = replace(baseline, lost=tuple(sorted({*baseline.lost, *mine})))
            self._write([after])
            self._follow(asset)
            rest = self.resting(asset)
            text = f"{len(mine)} of its channels do not count any more: {device}: {why}"
            self._tell("baseline.lost", after, f"{text}; {rest}: commission it anew" if rest else text)

    def _settle(self, asset: str) -> None:
        """What has happened while nobody listened, or while it was made."""
        if self._places.kind(asset) is None:
            self._end(asset)
            return
        self._follow(asset)
        baseline = self.of(asset)
        if baseline is not None:
            there = self._places.devices_at(asset)
            for device in sorted({channel.rpartition("/")[0] for channel in baseline.channels}):
                if device not in there or self._since(device, asset) > baseline.to_ms:
                    self._lose_at(asset, device, "it measures something else, or is another one")

    def _places_changed(self, event: PlacesChanged) -> None:
        if event.what == "asset" and event.gone:
            self._end(event.id)

    def _end(self, asset: str) -> None:
        """It is gone; another one may be called so."""
        ends = {BaselineState.COLLECTING: BaselineState.CANCELLED, BaselineState.FROZEN: BaselineState.REPLACED}
        self._write([replace(one, state=ends[one.state]) for one in self._of.get(asset, ()) if one.state in ends])
        self._machines.rest(asset)
        self._resting.pop(asset, None)

    def _clock_set(self, event: ClockSet) -> None:
        if event.redates:
            # The store has moved its rows in the same way.
            for known in self._of.values():
                known[:] = [_moved(one, event) for one in known]

    # How it is done

    def _begin(self, asset: str, device: str) -> int:
        return self._since(device, asset)

    def _channels(self, asset: str) -> list[str]:
        return [
            f"{device}/{metric}"
            for device in sorted(self._places.devices_at(asset))
            for metric in sorted(self._metrics(device))
            if metric not in UNWATCHED
        ]

    def _follow(self, asset: str) -> None:
        baseline = self.of(asset)
        if baseline is None:
            return
        why = self._machines.follow(asset, baseline)
        if why:
            self._resting[asset] = why
        else:
            self._resting.pop(asset, None)

    async def _commit(self, changed: list[Baseline], kind: str = "", who: str = "", said: str = "") -> None:
        entry = self._trail.entry(kind, who, said) if kind else None
        promise = Promise(lambda error: None)
        noted: list[Change] = [] if entry is None else [entry]
        self._writer.submit([*(baseline_kept(one) for one in changed), *noted], promise)
        await promise.kept()
        self._put(changed)
        if entry is not None:
            self._bus.publish(entry)

    def _write(self, changed: list[Baseline]) -> None:
        """Without waiting: it follows from what is on the disk already. What is refused is written again later."""
        self._put(changed)
        self._submit(changed)

    def _submit(self, changed: Iterable[Baseline]) -> None:
        for baseline in list(changed):
            try:
                self._writer.submit([baseline_kept(baseline)], _Written(baseline.id, self._written))
            except StoreError as error:
                self._written(baseline.id, error)

    def _written(self, baseline_id: str, error: StoreError | None) -> None:
        if error is None:
            self._unwritten.discard(baseline_id)
        elif baseline_id not in self._unwritten:
            self._unwritten.add(baseline_id)
            _log.warning("a baseline could not be written, and will be again: %s", error)

    def _put(self, changed: Iterable[Baseline]) -> None:
        for baseline in changed:
            known = self._of[baseline.asset]
            at = next((at for at, one in enumerate(known) if one.id == baseline.id), None)
            if at is None:
                known.insert(0, baseline)
            else:
                known[at] = baseline
            over = sorted(known, key=lambda one: one.state not in _COUNT)[_KEPT:]
            known[:] = [one for one in known if one not in over]
        for baseline in changed:
            self._bus.publish(BaselineMoved(baseline))

    def _tell(self, kind: str, baseline: Baseline, text: str) -> None:
        asset = baseline.asset
        said = f"{self._places.name(asset)}: {text}"
        self._chronicle.note(kind, said, asset=asset, simulated=is_simulated(self._places, asset))


def _moved(baseline: Baseline, event: ClockSet) -> Baseline:
    from_ms = event.moved(baseline.from_ms)
    frozen_ms = None if baseline.frozen_ms is None else event.moved(baseline.frozen_ms)
    to_ms = baseline.to_ms + from_ms - baseline.from_ms
    return replace(baseline, asked_ms=event.moved(baseline.asked_ms), frozen_ms=frozen_ms, from_ms=from_ms, to_ms=to_ms)
