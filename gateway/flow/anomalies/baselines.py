"""Commissioning: what a machine is like when it runs well, taken from its history because somebody said so."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Collection
from functools import partial
from hashlib import sha256

from msgspec.structs import replace

from ...core.anomaly import machine
from ...core.anomaly.points import UNWATCHED
from ...core.errors import Conflict, NotFound, Refused, StoreError
from ...core.insight import MOST_CHANNELS, Baseline, BaselineState
from ...core.messages import (
    AssignmentChanged,
    ClockSet,
    DeviceChanged,
    DeviceSwapped,
    PlacesChanged,
)
from ...core.ports.insight import InsightArchive
from ...core.ports.store import History, Writer
from ..bus import Bus
from ..chronicle import Chronicle
from ..trail import Trail
from ..words import duration
from .baseline_shelf import BaselineShelf
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
        self._shelf = BaselineShelf(writer, archive, bus, trail)
        self._resting: dict[str, str] = {}
        self._busy: set[str] = set()
        bus.on(DeviceSwapped, lambda event: self._lose(event.device, "other hardware has its place"))
        bus.on(AssignmentChanged, lambda event: self._lose(event.device, "it measures something else"))
        bus.on(DeviceChanged, self._device_changed)
        bus.on(PlacesChanged, self._places_changed)
        bus.on(ClockSet, self._clock_set)

    async def load(self) -> None:
        """What is known from earlier runs. Raises StoreError."""
        await self._shelf.load()
        for asset in self._shelf.assets:
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
            await self._shelf.commit([baseline], "baseline.commission", who, said)
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
        await self._shelf.commit([after], "baseline.cancel", who, self._places.name(asset))
        self._tell("baseline.cancelled", after, f"by {who}")
        return after

    def of(self, asset: str) -> Baseline | None:
        """The one that counts."""
        return next((one for one in self._shelf.of(asset) if one.state is BaselineState.FROZEN), None)

    def collecting(self, asset: str) -> Baseline | None:
        """The one that is being made."""
        return next((one for one in self._shelf.of(asset) if one.state is BaselineState.COLLECTING), None)

    def history(self, asset: str) -> list[Baseline]:
        """All of them, newest asked for first."""
        return self._shelf.of(asset)

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
        self._shelf.write_again()
        # Its last minutes are on their way to the history a little longer.
        now_ms = self._clock() - 2 * self._interval_s * 1000
        for baseline in self._shelf.collecting():
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
            await self._shelf.commit([after])
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
        await self._shelf.commit([*replaced, after])
        self._settle(asset)
        took = duration(baseline.to_ms - baseline.from_ms)
        self._tell("baseline.frozen", after, f"by {after.who}: {took}, {len(channels)} channels, {found.rows} rows")
        return after

    def _ended(self, baseline: Baseline) -> Baseline | None:
        """As it is now when it has been ended meanwhile: its asset is gone."""
        now = self._shelf.now(baseline)
        return None if now.state is BaselineState.COLLECTING else now

    # What ends its word

    def _device_changed(self, event: DeviceChanged) -> None:
        if event.status is None:
            self._lose(event.device, "it was deleted")

    def _lose(self, device: str, why: str) -> None:
        """What it measured is not measured by the same any more, wherever a baseline is made of it."""
        for asset in self._shelf.assets:
            self._lose_at(asset, device, why)

    def _lose_at(self, asset: str, device: str, why: str) -> None:
        baseline = self.of(asset)
        mine = [] if baseline is None else [one for one in baseline.channels if one.rpartition("/")[0] == device]
        if baseline is not None and mine and not set(mine) <= set(baseline.lost):
            after = replace(baseline, lost=tuple(sorted({*baseline.lost, *mine})))
            self._shelf.write([after])
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
        self._shelf.write([replace(one, state=ends[one.state]) for one in self._shelf.of(asset) if one.state in ends])
        self._machines.rest(asset)
        self._resting.pop(asset, None)

    def _clock_set(self, event: ClockSet) -> None:
        if event.redates:
            self._shelf.redate(event)

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

    def _tell(self, kind: str, baseline: Baseline, text: str) -> None:
        asset = baseline.asset
        said = f"{self._places.name(asset)}: {text}"
        self._chronicle.note(kind, said, asset=asset, simulated=is_simulated(self._places, asset))
