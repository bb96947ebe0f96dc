"""Months of normal life in simulated houses, recorded at high speed: what each node would have sent."""

from __future__ import annotations

import random
from array import array
from collections.abc import Collection, Iterable
from typing import TypeAlias

import msgspec

from ..simulator.site import Asset, FanAsset, RoomAsset, Site, demo_site
from ..simulator.world.ailments import Ailment
from ..simulator.world.world import World

DAY_MS = 86_400_000
_MINUTE_MS = 60_000
Series: TypeAlias = "array[float]"


class House(msgspec.Struct, frozen=True):
    """One house to record; the same values give the same readings."""

    seed: int
    interval_s: int
    start_ms: int
    days: int


class Recording(msgspec.Struct, frozen=True):
    """What one node said: every series has a value at every time."""

    device: str
    times: array[int]
    series: dict[str, Series]
    outdoor: bool

    def row(self, index: int) -> dict[str, float]:
        """All values of one time."""
        return {metric: values[index] for metric, values in self.series.items()}


class _People:
    """Somebody opens a window now and then, more often in the morning and evening, and shuts it again."""

    def __init__(self, world: World, rooms: tuple[str, ...], seed: int) -> None:
        self._world = world
        self._rng = random.Random(seed)
        self._open_until_ms = dict.fromkeys(rooms, 0)

    def live(self, time_ms: int) -> None:
        """One minute."""
        hour = time_ms // 3_600_000 % 24
        likely = 1 / 240 if 6 <= hour < 9 or 17 <= hour < 21 else 1 / 3000
        for room, until_ms in self._open_until_ms.items():
            if until_ms > time_ms:
                continue
            if until_ms:
                self._world.set_window(room, 0.0)
                self._open_until_ms[room] = 0
            if self._rng.random() < likely:
                self._world.set_window(room, self._rng.choice((20.0, 40.0, 60.0, 100.0)))
                self._open_until_ms[room] = time_ms + self._rng.randint(3, 60) * _MINUTE_MS


def record(house: House, ailments: Iterable[Ailment] = (), only: Collection[str] | None = None) -> list[Recording]:
    """All nodes of the house, from its first day to its last; `only` those at these assets, which look at no others."""
    site = site_of(house.seed)
    if only is not None:
        assets = tuple(asset for asset in site.assets if asset.id in only)
        devices = tuple(device for device in site.devices if device.asset in only)
        site = msgspec.structs.replace(site, assets=assets, devices=devices)
    world = World(site, house.seed, house.start_ms, (), ailments)
    windows = tuple(device.asset for device in site.devices if device.kind == "window")
    people = _People(world, windows, house.seed)
    recordings = [
        Recording(device.id, array("q"), {metric: array("d") for metric in device.metrics}, device.asset == "outdoors")
        for device in site.devices
    ]
    for time_ms in range(house.start_ms, house.start_ms + house.days * DAY_MS, house.interval_s * 1000):
        if time_ms % _MINUTE_MS == 0:
            people.live(time_ms)
        for device, recording in zip(site.devices, recordings, strict=True):
            recording.times.append(time_ms)
            for metric, value in world.measure(device, time_ms).items():
                recording.series[metric].append(value)
    return recordings


def site_of(seed: int) -> Site:
    """The demonstration site, with other rooms and people for every seed.

    Without the fan that waits for orders: nobody gives any here, and the houses stay the ones they were.
    """
    rng = random.Random(f"house {seed}")
    site = demo_site()
    idle = {asset.id for asset in site.assets if isinstance(asset, FanAsset) and asset.serves}
    devices = tuple(device for device in site.devices if device.asset not in idle)
    assets: list[Asset] = []
    for asset in site.assets:
        if asset.id in idle:
            continue
        if isinstance(asset, RoomAsset):
            shape = msgspec.structs.replace(
                asset.shape,
                volume_m3=asset.shape.volume_m3 * rng.uniform(0.6, 1.5),
                set_point_c=asset.shape.set_point_c + rng.uniform(-2.0, 2.0),
                occupants=rng.randint(1, 4),
            )
            assets.append(msgspec.structs.replace(asset, shape=shape))
        else:
            assets.append(asset)
    return msgspec.structs.replace(site, assets=tuple(assets), devices=devices)
