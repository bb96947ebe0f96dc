"""A device as the API and the live feed show it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from ...core.messages import DeviceStatus, Vitals
from ...core.units import unit
from ...flow.devices import Device
from ...flow.latest import Latest
from ...flow.registry import Registry
from ...flow.standing import Standing
from ...flow.watch import Watch
from .quality_names import quality_names
from .times import maybe_text, to_text


class LatestValue(msgspec.Struct, frozen=True):
    """The newest value of one metric, under the time it was measured."""

    value: float
    time: str
    time_ms: int
    age_s: float
    """When this was asked; below zero: a node's clock is ahead."""
    unit: str | None
    quality: tuple[str, ...]
    """What is wrong with it, or with its series; empty: nothing known."""
    correlation: str


class VitalsShown(msgspec.Struct, frozen=True):
    """What a node said of itself in its last heartbeat; null: it did not."""

    time: str
    time_ms: int
    uptime_s: float | None
    boot: str | None
    free_heap_bytes: int | None
    rssi_dbm: float | None
    firmware: str | None
    self_test: str | None


class DeviceShown(msgspec.Struct, frozen=True):
    """A device in JSON."""

    id: str
    name: str
    mac_address: str
    firmware_version: str
    status: DeviceStatus
    status_reason: str
    """Why, in words; empty when there is nothing to say."""
    status_since: str | None
    status_since_ms: int | None
    flapping: bool
    """It goes and comes so often that its status is damped to `online`."""
    simulated: bool
    created_at: str
    last_seen_at: str | None
    approved: bool
    pending: bool
    """It asks for credentials and an operator has to approve; also a known one that asks again."""
    revoked: bool
    asset: str | None
    capabilities: dict[str, Any]
    vitals: VitalsShown | None
    missing: int
    """Readings whose sequence numbers never came."""
    latest: dict[str, LatestValue]


class DeviceView:
    """Puts together what the registry and the watch know of a device.

    `missing` tells how many of its readings never came.
    """

    def __init__(
        self,
        registry: Registry,
        watch: Watch,
        now_ms: Callable[[], int],
        missing: Callable[[str], int] = lambda device: 0,
    ) -> None:
        self._registry = registry
        self._watch = watch
        self._now_ms = now_ms
        self._missing = missing

    def all(self) -> list[DeviceShown]:
        """Every device."""
        waiting = set(self._registry.pending())
        return [self._shown(device, device.id in waiting) for device in self._registry.devices()]

    def one(self, device_id: str) -> DeviceShown:
        """One device; NotFound."""
        return self._shown(self._registry.device(device_id), device_id in self._registry.pending())

    def _shown(self, device: Device, waiting: bool) -> DeviceShown:
        now_ms = self._now_ms()
        standing = self._standing(device, waiting)
        heard = self._watch.vitals(device.id)
        return DeviceShown(
            id=device.id,
            name=device.name,
            mac_address=device.mac,
            firmware_version=(heard[0].firmware if heard else None) or device.firmware,
            status=standing.status,
            status_reason=standing.reason,
            status_since=maybe_text(standing.since_ms),
            status_since_ms=standing.since_ms,
            flapping=standing.flapping,
            simulated=device.simulated,
            created_at=to_text(device.created_ms),
            last_seen_at=maybe_text(self._watch.last_seen_ms(device.id)),
            approved=device.approved_ms is not None,
            pending=waiting,
            revoked=device.revoked,
            asset=device.asset,
            capabilities=dict(device.capabilities),
            vitals=_vitals(*heard) if heard else None,
            missing=self._missing(device.id),
            latest={
                metric: _latest(known, now_ms, unit(metric, device.capabilities))
                for metric, known in self._watch.newest(device.id).items()
            },
        )

    def _standing(self, device: Device, waiting: bool) -> Standing:
        seen = self._watch.standing(device.id)
        if device.approved_ms is None or (waiting and seen.status is not DeviceStatus.ONLINE):
            return Standing(DeviceStatus.PROVISIONING, "waits for approval" if waiting else "not approved yet")
        if device.revoked:
            return Standing(DeviceStatus.OFFLINE, "its access was revoked")
        return seen


def _latest(known: Latest, now_ms: int, unit_name: str | None) -> LatestValue:
    return LatestValue(
        known.value,
        to_text(known.time_ms),
        known.time_ms,
        (now_ms - known.time_ms) / 1000,
        unit_name,
        quality_names(known.quality),
        known.correlation,
    )


def _vitals(vitals: Vitals, time_ms: int) -> VitalsShown:
    return VitalsShown(
        to_text(time_ms),
        time_ms,
        None if vitals.uptime_ms is None else vitals.uptime_ms / 1000,
        vitals.boot,
        vitals.free_heap_bytes,
        vitals.rssi_dbm,
        vitals.firmware,
        vitals.self_test,
    )
