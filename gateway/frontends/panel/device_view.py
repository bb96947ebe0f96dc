"""A device as the API and the live feed show it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from ...core.errors import NotFound
from ...core.home import Asset
from ...core.messages import DeviceStatus, Vitals
from ...core.shadow import Sync, sync
from ...core.units import unit
from ...flow.devices import Device, Swap
from ...flow.latest import Latest
from ...flow.standing import Standing
from .insight_view import InsightView
from .parts import Parts
from .quality_names import quality_names
from .rule_view import RuleView
from .times import to_text

SLICE = 50
"""Devices shown in one go: a long list must not hold up the event loop."""


class LatestValue(msgspec.Struct, frozen=True, gc=False):
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


class VitalsShown(msgspec.Struct, frozen=True, gc=False):
    """What a node said of itself in its last heartbeat; null: it did not."""

    time: str
    time_ms: int
    uptime_s: float | None
    boot: str | None
    free_heap_bytes: int | None
    rssi_dbm: float | None
    firmware: str | None
    self_test: str | None


class SwapBrief(msgspec.Struct, frozen=True, gc=False):
    """Other hardware took the device's place."""

    time: str
    time_ms: int
    before_mac: str
    after_mac: str
    breaks: bool
    """Its values cannot be compared with those before."""


class WindowBrief(msgspec.Struct, frozen=True, gc=False):
    """A window as it was decided about last; null: it was not yet."""

    position: int | None
    confidence: float | None
    why: str
    time_ms: int | None
    held_until_ms: int | None
    """What somebody wants holds until then; null: nobody wants anything."""


class DeviceShown(msgspec.Struct, frozen=True, gc=False):
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
    """The id of what it is assigned to."""
    asset_name: str | None
    zone: str | None
    """The id of the zone that is in."""
    kind: str
    """As it declared, or as its metrics tell; empty: not known."""
    metrics: list[str]
    """What it declared and what it has sent."""
    sync: Sync
    """How far its configuration has reached it."""
    open_commands: int
    swaps: list[SwapBrief]
    """Oldest first."""
    capabilities: dict[str, Any]
    vitals: VitalsShown | None
    missing: int
    """Readings whose sequence numbers never came."""
    latest: dict[str, LatestValue]
    window: WindowBrief | None
    """null: it is no window, or nothing is decided about it."""


class _Instants(dict[int, str]):
    """Texts of instants, each made once in an answer: metrics and devices share many, and even more their minute."""

    def __init__(self) -> None:
        super().__init__()
        self._minutes: dict[int, str] = {}

    def __missing__(self, time_ms: int) -> str:
        minute, rest_ms = divmod(time_ms, 60_000)
        begin = self._minutes.get(minute)
        if begin is None:
            begin = self._minutes[minute] = to_text(minute * 60_000)[: -len("00.000Z")]
        text = self[time_ms] = f"{begin}{rest_ms // 1000:02}.{rest_ms % 1000:03}Z"
        return text

    def maybe(self, time_ms: int | None) -> str | None:
        """The same where there may be no instant."""
        return None if time_ms is None else self[time_ms]


class DeviceView:
    """Puts together what all parts know of a device."""

    def __init__(self, parts: Parts) -> None:
        self._registry = parts.registry
        self._watch = parts.watch
        self.now_ms = self._now_ms = parts.now_ms
        self._missing = parts.missing
        self._home = parts.home.home
        self._assignments = parts.home.assignments
        self._shadows = parts.home.shadows
        self._commands = parts.home.commands
        self._automation = parts.automation
        insight = parts.automation.insight
        self.insight = None if insight is None else InsightView(insight, parts.home.home)
        rules = parts.automation.rules
        self.rules = None if rules is None else RuleView(parts, rules)
        """How what is noticed is shown; None: nothing is."""

    def slices(self, devices: Sequence[Device] | None = None) -> Iterator[list[DeviceShown]]:
        """These devices, or all of them, a few at a time: who asks lets others go between."""
        devices = self._registry.devices() if devices is None else devices
        waiting, instants = set(self._registry.pending()), _Instants()
        for start in range(0, len(devices), SLICE):
            yield [self._shown(device, device.id in waiting, instants) for device in devices[start : start + SLICE]]

    def one(self, device_id: str) -> DeviceShown:
        """One device; NotFound."""
        return self._shown(self._registry.device(device_id), self._registry.waits(device_id), _Instants())

    def at(self, asset: str) -> list[str]:
        """The ids of the devices assigned to an asset, or to anything inside of it."""
        places = [asset]
        for place in places:
            places += [inner.id for inner in self._home.plan.inside(place) if inner.id not in places]
        found = [device for place in places for device in self._assignments.devices_at(place)]
        return [device for device in found if self._registry.known(device)]

    def simulated(self, device_id: str) -> bool:
        """Whether everything about it must be marked SIMULATED."""
        return self._registry.simulated(device_id)

    def sends(self, command_id: str) -> int:
        """How often a command was handed to its node in this run."""
        return self._commands.sends(command_id)

    def _shown(self, device: Device, waiting: bool, instants: _Instants) -> DeviceShown:
        now_ms = self._now_ms()
        standing = self._standing(device, waiting)
        heard = self._watch.vitals(device.id)
        asset = self._asset(device.id)
        known, newest = self._registry.abilities(device.id), self._watch.newest(device.id)
        return DeviceShown(
            id=device.id,
            name=device.name,
            mac_address=device.mac,
            firmware_version=(heard[0].firmware if heard else None) or device.firmware,
            status=standing.status,
            status_reason=standing.reason,
            status_since=instants.maybe(standing.since_ms),
            status_since_ms=standing.since_ms,
            flapping=standing.flapping,
            simulated=device.simulated,
            created_at=instants[device.created_ms],
            last_seen_at=instants.maybe(self._watch.last_seen_ms(device.id)),
            approved=device.approved_ms is not None,
            pending=waiting,
            revoked=device.revoked,
            asset=None if asset is None else asset.id,
            asset_name=None if asset is None else asset.name,
            zone=None if asset is None else self._home.plan.zone_of(asset.id),
            kind=known.kind,
            metrics=sorted({*known.metrics, *newest}),
            sync=sync(self._shadows.get(device.id)),
            open_commands=sum(command.open for command in self._commands.of(device.id)),
            swaps=[_swap(swap, instants) for swap in device.swaps],
            capabilities=dict(device.capabilities),
            vitals=_vitals(*heard, instants) if heard else None,
            missing=self._missing(device.id),
            latest={
                metric: _latest(latest, now_ms, unit(metric, device.capabilities), instants)
                for metric, latest in newest.items()
            },
            window=self._window(device.id),
        )

    def _window(self, device: str) -> WindowBrief | None:
        if not self._automation.decide.is_window(device):
            return None
        newest, held = self._automation.decide.newest(device), self._automation.overrides.held(device)
        until_ms = None if held is None else held.until_ms
        if newest is None:
            return WindowBrief(None, None, "", None, until_ms)
        return WindowBrief(newest.position, newest.confidence, newest.why, newest.time_ms, until_ms)

    def _asset(self, device_id: str) -> Asset | None:
        asset_id = self._assignments.current(device_id)
        try:
            return None if asset_id is None else self._home.asset(asset_id)
        except NotFound:  # its document is unreadable
            return None

    def _standing(self, device: Device, waiting: bool) -> Standing:
        seen = self._watch.standing(device.id)
        if device.approved_ms is None or (waiting and seen.status is not DeviceStatus.ONLINE):
            return Standing(DeviceStatus.PROVISIONING, "waits for approval" if waiting else "not approved yet")
        if device.revoked:
            return Standing(DeviceStatus.OFFLINE, "its access was revoked")
        return seen


def _latest(known: Latest, now_ms: int, unit_name: str | None, instants: _Instants) -> LatestValue:
    return LatestValue(
        known.value,
        instants[known.time_ms],
        known.time_ms,
        (now_ms - known.time_ms) / 1000,
        unit_name,
        quality_names(known.quality),
        known.correlation,
    )


def _vitals(vitals: Vitals, time_ms: int, instants: _Instants) -> VitalsShown:
    return VitalsShown(
        instants[time_ms],
        time_ms,
        None if vitals.uptime_ms is None else vitals.uptime_ms / 1000,
        vitals.boot,
        vitals.free_heap_bytes,
        vitals.rssi_dbm,
        vitals.firmware,
        vitals.self_test,
    )


def _swap(swap: Swap, instants: _Instants) -> SwapBrief:
    return SwapBrief(instants[swap.time_ms], swap.time_ms, swap.before_mac, swap.after_mac, swap.breaks)
