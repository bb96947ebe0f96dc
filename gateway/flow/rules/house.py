"""What rules need to know of the house: who measures what and where, who can do what, and what people call it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, tzinfo
from typing import Protocol

from ...core.capabilities import Capabilities
from ...core.errors import Refused
from ...core.home import Asset, Zone
from ...core.messages import DeviceStatus
from ...core.rules.actuators import doers, windows_at
from ..assignments import Assignments
from ..devices import Device
from ..home import Home

WINDOW_VERB = "set_position"


class Roll(Protocol):
    """The devices there are; the registry fulfils it."""

    def device(self, device_id: str) -> Device:
        """One device. Raises NotFound."""

    def known(self, device_id: str) -> bool:
        """Whether there is such a device, in whatever state."""

    def simulated(self, device_id: str) -> bool:
        """Whether everything this device says must be marked SIMULATED."""

    def abilities(self, device_id: str) -> Capabilities:
        """What a device can do. Raises NotFound."""


class House:
    """Fulfils `check.Known`. `scenes` is filled by the book of scenes."""

    def __init__(
        self,
        home: Home,
        assignments: Assignments,
        roll: Roll,
        status: Callable[[str], DeviceStatus],
        place: tuple[float, float] | None = None,
    ) -> None:
        self.scenes: Mapping[str, object] = {}
        self.place = place
        self.simulated = roll.simulated
        self.devices_at = assignments.devices_at
        self._home = home
        self._roll = roll
        self._status = status

    def asset(self, asset_id: str) -> Asset | None:
        """None: there is none."""
        return self._home.plan.asset(asset_id)

    def zone(self, zone_id: str) -> Zone | None:
        """None: there is none."""
        return self._home.plan.zone(zone_id)

    def device(self, device_id: str) -> Capabilities | None:
        """What a device can do, its metrics completed by what it has sent; None: there is no such device."""
        return self._roll.abilities(device_id) if self._roll.known(device_id) else None

    def assets_in(self, zone_id: str) -> Collection[str]:
        """The assets of a zone and of the zones inside it."""
        return [asset.id for asset in self._home.plan.in_zone(zone_id)]

    def heard(self, device_id: str) -> bool:
        """Whether somebody would hear a command now."""
        return self._status(device_id) in (DeviceStatus.ONLINE, DeviceStatus.ERROR)

    def around(self, asset_id: str) -> Collection[str]:
        """The zones an asset is in, from the inside out."""
        zone = self._home.plan.zone_of(asset_id)
        return () if zone is None else self._home.plan.lineage(zone)

    def measuring(self, asset_id: str, metric: str) -> list[str]:
        """The devices that measure this of an asset now."""
        return [device for device in self.devices_at(asset_id) if self._measures(device, metric)]

    def measuring_in(self, zone_id: str, metric: str) -> list[str]:
        """The same of everything in a zone, each once, in the order of their ids."""
        found = {device for asset in self.assets_in(zone_id) for device in self.measuring(asset, metric)}
        return sorted(found)

    def who_does(self, device: str, asset: str, verb: str) -> str:
        """The one device that a command is for. Raises Refused with the reason."""
        if device:
            if not self._roll.known(device):
                raise Refused(f"There is no device {device} any more.")
            return device
        if self.asset(asset) is None:
            raise Refused(f"There is no asset {asset} any more.")
        able = doers(self, asset, verb)
        if len(able) == 1:
            return able[0]
        if not able:
            raise Refused(f"No device at {asset} can {verb}.")
        raise Refused(f"Several devices at {asset} can {verb}: {', '.join(sorted(able))}.")

    def windows(self, device: str, asset: str) -> list[str]:
        """The windows that a position is for. Raises Refused with the reason."""
        if device or self.asset(asset) is None:
            return [self.who_does(device, asset, WINDOW_VERB)]
        able = windows_at(self, asset)
        if not able:
            raise Refused(f"There is no window at {asset}.")
        return able

    def _measures(self, device: str, metric: str) -> bool:
        known = self.device(device)
        return known is not None and metric in known.metrics


class HouseNames:
    """Fulfils `words.Names`: what people call things; an id that nobody knows is its own name."""

    def __init__(self, home: Home, roll: Roll, scene: Callable[[str], str], site_zone: tzinfo = UTC) -> None:
        self.site_zone = site_zone
        self._home = home
        self._roll = roll
        self.scene = scene

    def asset(self, asset_id: str) -> str:
        """Of an asset."""
        found = self._home.plan.asset(asset_id)
        return asset_id if found is None else found.name

    def device(self, device_id: str) -> str:
        """Of a device."""
        return self._roll.device(device_id).name if self._roll.known(device_id) else device_id

    def zone(self, zone_id: str) -> str:
        """Of a zone."""
        found = self._home.plan.zone(zone_id)
        return zone_id if found is None else found.name
