"""Which part of a device a verb moves, and who of an asset's devices can do it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from ..capabilities import Capabilities

POSITION = "position"
POWER = "power"
SETPOINT = "setpoint"
SPEED = "speed"
_CHANNELS: Mapping[str, tuple[str, ...]] = {
    "set_position": (POSITION,),
    "turn_on": (POWER,),
    "turn_off": (POWER,),
    "run_for": (POWER,),
    "set_temperature": (SETPOINT,),
    "set_speed": (SPEED, POWER),
}
_PASSING = frozenset({"identify", "restart"})
"""Verbs that leave everything where it is."""
Target = str | float | bool


class Devices(Protocol):
    """What can be asked of the house; `check.Known` fulfils it."""

    def device(self, device_id: str) -> Capabilities | None:
        """None: there is no such device."""

    def devices_at(self, asset_id: str) -> Collection[str]:
        """The devices that measure an asset now."""


def channels(verb: str) -> tuple[str, ...]:
    """What it moves: `power`, `position`. A verb that no kind of device has moves what is called like it."""
    return () if verb in _PASSING else _CHANNELS.get(verb, (verb,))


def actuators(device: str, verb: str) -> tuple[str, ...]:
    """The same with the device: `bath-fan/power`."""
    return tuple(f"{device}/{channel}" for channel in channels(verb))


def wanted(verb: str, args: Mapping[str, object], channel: str) -> Target:
    """What is asked of a channel: on or off, or a number; of what is not known, the verb with its arguments."""
    if verb in ("turn_on", "run_for"):
        return True
    if verb == "turn_off":
        return False
    value = args.get({POSITION: "position", SETPOINT: "temperature", SPEED: "speed", POWER: "speed"}.get(channel, ""))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value > 0 if channel == POWER else float(value)
    return f"{verb} {dict(sorted(args.items()))}" if args else verb


def doers(known: Devices, asset: str, verb: str) -> list[str]:
    """The devices of an asset that say they can do it; where none says so, those that say nothing of verbs."""
    said: list[str] = []
    silent: list[str] = []
    for device in sorted(known.devices_at(asset)):
        found = known.device(device)
        if found is None:
            continue
        if found.verbs is None:
            silent.append(device)
        elif verb in found.verbs:
            said.append(device)
    return said or silent


def windows_at(known: Devices, asset: str) -> list[str]:
    """The windows of an asset."""
    return [device for device in sorted(known.devices_at(asset)) if is_window(known.device(device))]


def is_window(found: Capabilities | None) -> bool:
    """Whether a device has a position that can be ordered."""
    return found is not None and (found.kind == "window" or "set_position" in (found.verbs or {}))
