"""Labelled series without any network: what a device of a site would have sent in some days, and what was wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from .faults import FaultKind, FaultySensors, SensorFault, typical
from .site import Asset, Device, PlantAsset, Site
from .world.noise import chance
from .world.weather import DAY_MS, HOUR_MS
from .world.world import World

START_MS = 1_768_435_200_000
"""2026-01-15 00:00 UTC."""

_LASTING_H = {
    FaultKind.STUCK: 6.0,
    FaultKind.SPIKE: 0.0,
    FaultKind.DRIFT: 24.0,
    FaultKind.LEVEL_SHIFT: 8.0,
    FaultKind.OUT_OF_RANGE: 0.5,
    FaultKind.NOISE: 6.0,
    FaultKind.DROPOUT: 4.0,
}


def readings(
    site: Site,
    device: Device,
    seed: int,
    days: float,
    interval_s: float = 10.0,
    faults: Iterable[SensorFault] = (),
    start_ms: int = START_MS,
) -> Iterator[tuple[int, dict[str, float]]]:
    """(UTC ms, {metric: value}) of one device of the site, in order, as its sensors under `faults` say it.

    Without faults it is the same device in the same world: the clean twin. A time at which nothing is said is left out.
    """
    world = World(_around(site, device), seed, start_ms)
    sensors = FaultySensors(faults, seed)
    step_ms = round(interval_s * 1000)
    for time_ms in range(start_ms, start_ms + round(days * DAY_MS), step_ms):
        values = sensors.read(time_ms, world.measure(device, time_ms))
        if values:
            yield time_ms, values


def one_fault(
    kind: FaultKind, metric: str, seed: int, days: float, interval_s: float = 10.0, start_ms: int = START_MS
) -> SensorFault:
    """One fault of typical size and length, which begins somewhere in the middle half of the days.

    A spike is one reading. The same arguments give the same fault.
    """
    begins = 0.25 + 0.5 * chance(seed, "begins", kind.value, metric)
    # On the grid of the readings, so that the label begins with the first reading it touches.
    step_ms = round(interval_s * 1000)
    at_ms = start_ms + int(days * DAY_MS * begins) // step_ms * step_ms
    length_ms = max(step_ms, round(_LASTING_H[kind] * HOUR_MS))
    return SensorFault(kind, metric, at_ms, at_ms + length_ms, typical(kind, metric, seed))


def _around(site: Site, device: Device) -> Site:
    """Only what this device sees: a month of it is stepped in seconds."""
    asset = site.asset(device.asset)
    seen: tuple[Asset, ...] = (asset,)
    if isinstance(asset, PlantAsset) and asset.room:
        seen = (site.asset(asset.room), asset)
    return msgspec.structs.replace(site, assets=seen, devices=(device,))
