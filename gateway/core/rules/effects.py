"""What an actuator does to what is measured: a table of directions, for finding rules that feed themselves. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from ..home import Asset, AssetKind
from .actuators import POSITION, POWER, SETPOINT, SPEED, Target, is_window
from .check import Known
from .wants import Ordered

_Moves = Mapping[str, int]
"""1: more of it makes more, -1: less, 0: either, as it is outside."""
_OWN: Mapping[str, _Moves] = {
    POWER: {"power": 1, "energy": 1, "vibration": 1, "speed": 1, "flow": 1, "current": 1},
    SPEED: {"speed": 1, "power": 1, "vibration": 1, "current": 1},
    POSITION: {"position": 1},
}
"""Of the device itself, by what of it is moved."""
_AROUND: Mapping[str, _Moves] = {
    AssetKind.FAN: {"humidity": -1, "co2": -1, "temperature": 0, "sound_level": 1},
    AssetKind.WATER_HEATER: {"temperature": 1},
    AssetKind.PUMP: {"soil_moisture": 1, "flow": 1, "pressure": 1},
    "window": {"co2": -1, "humidity": 0, "temperature": 0, "sound_level": 1},
}
"""Of where it stands, and of what it serves or feeds, by what it is."""
ENOUGH: Mapping[str, float] = {
    "temperature": 0.5,
    "humidity": 3.0,
    "co2": 50.0,
    "soil_moisture": 3.0,
    "sound_level": 5.0,
    "pressure": 2.0,
}
"""A hysteresis with which an actuator does not switch to and fro by what it does itself, in the metric's unit."""


class Moved(msgspec.Struct, frozen=True):
    """A device's metric that an order moves; `way` 1 up, -1 down, 0 either."""

    device: str
    metric: str
    way: int


def effects(order: Ordered, known: Known) -> Iterator[Moved]:
    """What it moves. Around a device that is named without its asset nothing is known but itself."""
    for actuator, target in order.wants():
        channel = actuator.partition("/")[2]
        way = _way(target)
        if order.device:
            for metric, sign in _OWN.get(channel, {}).items():
                yield from _of([order.device], metric, sign * way, known)
        asset = known.asset(order.asset) if order.asset else None
        if asset is None or channel not in (POWER, SPEED, SETPOINT, POSITION):
            continue
        window = channel == POSITION and is_window(known.device(order.device))
        for metric, sign in _AROUND.get("window" if window else asset.kind, {}).items():
            for place in _reached(asset):
                yield from _of(sorted(known.devices_at(place)), metric, sign * way, known)


def _way(target: Target) -> int:
    """Whether that is more of it; a number may be either."""
    if isinstance(target, bool):
        return 1 if target else -1
    return 1 if isinstance(target, float) and target > 0 else -1 if target == 0 else 0


def _reached(asset: Asset) -> list[str]:
    return [asset.id, *(one.asset for one in asset.relations)]


def _of(devices: list[str], metric: str, way: int, known: Known) -> Iterator[Moved]:
    for device in devices:
        found = known.device(device)
        if found is not None and metric in found.metrics:
            yield Moved(device, metric, way)
