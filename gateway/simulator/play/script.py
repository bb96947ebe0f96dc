"""A scenario as its file says it: who is there, what happens, and what is asked in the end."""

from __future__ import annotations

from typing import Literal

import msgspec

from ...core.errors import ConfigError
from ..faults import SensorFault
from ..site import ASSET_ILLS, Device, Site, check_happenings
from ..world.ailments import Ailment, Ill
from ..world.happenings import Happening
from .checks import Check
from .events import EVERYBODY, Event, MachineFails

WORLD_START_MS = 1_768_467_600_000
"""2026-01-15 09:00 UTC: every scenario meets the same weather, whenever it is played."""


class Crew(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[fleet]`: which nodes, and what they are like."""

    devices: tuple[str, ...] = ()
    """Ids of the site; none: all of them."""
    nodes: int | None = None
    """That many: the site's first, then more climate sensors."""
    interval_s: float | None = None
    """Between readings; None: what each device of the site says."""
    clock: Literal["own", "none"] = "own"
    """Nodes without a clock send boot, seq and uptime."""
    batch: int = 100
    """Readings in one message when more than one waits."""
    keep_alive_s: int = 60


class Script(msgspec.Struct, frozen=True):
    """A whole scenario, checked. `endless` ones have neither a duration nor a verdict."""

    name: str
    description: str
    duration_s: float = 0.0
    """Simulated; afterwards the nodes deliver what they still hold, and the checks are asked."""
    speed: float = 1.0
    """Simulated seconds in one real second. The simulated time meets the real one at the end of the duration."""
    endless: bool = False
    fleet: Crew = Crew()
    sensors: tuple[tuple[str, SensorFault], ...] = ()
    """(device or *, fault) with times in ms since the begin."""
    machines: tuple[tuple[Ill, MachineFails], ...] = ()
    events: tuple[Event, ...] = ()
    checks: tuple[tuple[str, Check], ...] = ()
    """(kind, check)"""
    happenings: tuple[Happening, ...] = ()
    """Beside those of the site, where these count."""


def concerns(device: str, asked: str) -> bool:
    """Whether an event or a check for `asked` is about this device."""
    return asked in (EVERYBODY, device)


def lived_in(script: Script, site: Site) -> Site:
    """The site with what happens in its rooms while this scenario is played. Raises ConfigError."""
    usual = site.happenings if script.endless else ()
    site = msgspec.structs.replace(site, happenings=(*usual, *script.happenings))
    try:
        check_happenings(site)
    except ConfigError as error:
        raise ConfigError(f"{script.name}: {error}") from error
    return site


def sensor_faults(script: Script, device: Device) -> tuple[SensorFault, ...]:
    """The faults of this device's sensors, in ms since the begin."""
    return tuple(
        fault for asked, fault in script.sensors if concerns(device.id, asked) and fault.metric in device.metrics
    )


def ailments(script: Script, site: Site, begin_ms: int) -> tuple[Ailment, ...]:
    """What the machines of this site fall ill with when the scenario begins then. Raises ConfigError."""
    return tuple(_ailment(kind, event, site, script.name, begin_ms) for kind, event in script.machines)


def _ailment(kind: Ill, event: MachineFails, site: Site, name: str, begin_ms: int) -> Ailment:
    asset = next((device.asset for device in site.devices if device.id == event.device), None)
    if asset is None or kind not in ASSET_ILLS.get(type(site.asset(asset)), ()):
        able = [one.id for one in site.devices if kind in ASSET_ILLS.get(type(site.asset(one.asset)), ())]
        raise ConfigError(f"{name}: {event.device!r} cannot have {kind.value}; on this site {able} can")
    start_ms = begin_ms + round(event.at_s * 1000)
    end_ms = start_ms + round(event.for_s * 1000) if event.for_s else None
    return Ailment(kind, asset, start_ms, end_ms, event.over_s / 3600.0, event.size)
