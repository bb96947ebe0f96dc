"""Which devices speak for a place, and which of them count."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import msgspec

from ..core.home import Asset, AssetKind
from ..core.messages import DeviceStatus
from ..core.names import Named
from ..core.quality import Quality
from .assignments import Assignments
from .devices import Device
from .home import Home
from .latest import Latest

_SPEAKERS = (
    AssetKind.ROOM,
    AssetKind.OUTDOOR,
    AssetKind.PLANT,
    AssetKind.WATER_HEATER,
    AssetKind.FAN,
    AssetKind.PUMP,
)
_RANK = {kind: rank for rank, kind in enumerate(_SPEAKERS)}
"""Who speaks for a place first."""
MACHINES = frozenset({AssetKind.WATER_HEATER, AssetKind.FAN, AssetKind.PUMP})
_OF_THE_AIR = frozenset({"temperature", "humidity", "pressure"})
"""A machine's own are never those of the place it stands in, not even where there is no other."""
_WITH_AIR = frozenset({AssetKind.ROOM, AssetKind.OUTDOOR})
_NOTHING: frozenset[str] = frozenset()
_DOUBTFUL = ~int(Quality.TIME)


class Source(msgspec.Struct, frozen=True, gc=False):
    """One device's newest value; `asset` is what it measures."""

    device: str
    asset: str | None
    value: float
    time_ms: int
    quality: int
    simulated: bool
    correlation: str


Heard = list[tuple[int, bool, Source]]
"""Everybody who says a metric: rank of what they measure, whether they are to be doubted, what they say."""
Gathered = dict[str, Heard]


class Roll(Protocol):
    """Which devices there are; the registry."""

    def devices(self) -> list[Device]:
        """Every device."""

    def device(self, device_id: str) -> Device:
        """One device. Raises NotFound."""

    def known(self, device_id: str) -> bool:
        """Whether there is such a device."""


class Newest(Protocol):
    """What devices said last; the watch."""

    def newest(self, device: str) -> dict[str, Latest]:
        """The newest value of every metric, with its quality."""

    def status(self, device: str) -> DeviceStatus:
        """Whether it is there."""


class Sources:
    """Gathers what the devices of a place said last, by metric."""

    def __init__(self, home: Home, assignments: Assignments, roll: Roll, newest: Newest) -> None:
        self._home = home
        self._assignments = assignments
        self._roll = roll
        self._newest = newest

    def of(self, place: Named) -> Gathered:
        """Everything that is said of a place, which must be there."""
        gathered: Gathered = {}
        if place.what == "zone":
            self._hear_all(gathered, self._home.plan.in_zone(place.id), of_place=True)
        elif place.what == "device":
            self._hear(gathered, place.id, self._assignments.current(place.id), 0, since_ms=None)
        else:
            return self.of_asset(self._home.asset(place.id))
        return gathered

    def of_asset(self, asset: Asset) -> Gathered:
        """Of an asset by its own devices; what they do not measure is told by what is inside of it."""
        within: Gathered = {}
        self._hear_all(within, self._home.plan.inside(asset.id), of_place=asset.kind in _WITH_AIR)
        return within | self.own(asset)

    def own(self, asset: Asset) -> Gathered:
        """Of an asset by its own devices."""
        gathered: Gathered = {}
        self._hear_all(gathered, [asset], of_place=False)
        return gathered

    def unnamed(self, known: Iterable[str]) -> set[str]:
        """The metrics that devices measure besides those `known`."""
        return {metric for device in self._roll.devices() for metric in self._newest.newest(device.id)} - set(known)

    def _hear_all(self, gathered: Gathered, assets: Iterable[Asset], *, of_place: bool) -> None:
        """`of_place`: what is said counts for the place they are in, not for themselves."""
        for asset in assets:
            without = _OF_THE_AIR if of_place and asset.kind in MACHINES else _NOTHING
            for device in self._assignments.devices_at(asset.id):
                present = self._assignments.present(device)
                if present is not None and self._roll.known(device):
                    self._hear(gathered, device, asset.id, _RANK[asset.kind], present.from_ms, without)

    def _hear(
        self,
        gathered: Gathered,
        device: str,
        asset: str | None,
        rank: int,
        since_ms: int | None,
        without: frozenset[str] = _NOTHING,
    ) -> None:
        """What a device has said since then; what it measured elsewhere before says nothing of this place."""
        away = self._newest.status(device) is DeviceStatus.OFFLINE
        simulated = self._roll.device(device).simulated
        for metric, said in self._newest.newest(device).items():
            if metric not in without and (since_ms is None or said.time_ms >= since_ms):
                doubted = away or bool(said.quality & _DOUBTFUL)
                source = Source(device, asset, said.value, said.time_ms, said.quality, simulated, said.correlation)
                gathered.setdefault(metric, []).append((rank, doubted, source))


def chosen(heard: Heard) -> list[Source]:
    """Those that count: of what speaks for the place first, the fresh and sound ones; all of them if there are none."""
    first = min(rank for rank, _, _ in heard)
    sources = [(doubted, source) for rank, doubted, source in heard if rank == first]
    return [source for doubted, source in sources if not doubted] or [source for _, source in sources]
