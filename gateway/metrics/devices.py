"""What Prometheus is told of devices. Only so many are listed one by one: each costs a dozen series."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from ..core.messages import DeviceStatus
from ..core.metrics import MetricTable
from ..core.quality import Quality
from ..flow.devices import Device
from ..flow.tally import Tally
from ..flow.watch import Watch

MOST_LISTED = 500
_Figure = Callable[[str], float | None]


def table(devices: list[Device], watch: Watch, tally: Tally, missing: Callable[[str], int]) -> MetricTable:
    """All devices by status, and each of the first `MOST_LISTED`."""
    statuses = Counter(watch.status(device.id) for device in devices)
    by_status = [({"status": status.value}, float(statuses[status])) for status in DeviceStatus]
    unlisted = float(max(0, len(devices) - MOST_LISTED))
    listed = devices[:MOST_LISTED]
    return {
        "gateway_devices": ("gauge", "Devices by status", by_status),
        "gateway_devices_unlisted": ("gauge", "Devices too many to be listed one by one", [({}, unlisted)]),
        **{
            f"gateway_device_{name}": (kind, text, _samples(listed, figure))
            for name, (kind, text, figure) in _figures(watch, tally, missing).items()
        },
        "gateway_device_flagged_values_total": ("counter", "Values by what is wrong with them", _flags(listed, tally)),
    }


def _figures(watch: Watch, tally: Tally, missing: Callable[[str], int]) -> dict[str, tuple[str, str, _Figure]]:
    counted = tally.of
    return {
        "online": ("gauge", "Whether it is there, well or not", lambda device: _is_there(watch, device)),
        "flapping": ("gauge", "Whether it goes and comes all the time", lambda device: watch.standing(device).flapping),
        "last_seen_timestamp_seconds": ("gauge", "When it was heard last", lambda device: _last_seen_s(watch, device)),
        "readings_total": ("counter", "Reading sets stored since the start", lambda device: counted(device).readings),
        "late_readings_total": ("counter", "Of those, late or repeated ones", lambda device: counted(device).late),
        "missing_readings": ("gauge", "Numbers of readings that were passed over", missing),
        "quarantined_messages_total": (
            "counter", "Messages that could not be read", lambda device: counted(device).quarantined,
        ),
        "rssi_dbm": ("gauge", "How strong it receives its access point", lambda device: _rssi(watch, device)),
        "free_heap_bytes": ("gauge", "Memory it has left", lambda device: _free_heap(watch, device)),
        "uptime_seconds": ("gauge", "How long it ran at its last heartbeat", lambda device: _uptime_s(watch, device)),
        "battery_volts": ("gauge", "Its battery", lambda device: _battery_v(watch, device)),
    }  # fmt: skip


def _samples(devices: list[Device], figure: _Figure) -> Iterator[tuple[dict[str, str], float]]:
    told = ((device, figure(device.id)) for device in devices)
    return ((_labels(device), float(value)) for device, value in told if value is not None)


def _labels(device: Device) -> dict[str, str]:
    # Simulated is always visible, also in alerts made from these.
    return {"device": device.id, "simulated": str(device.simulated).lower()}


def _flags(devices: list[Device], tally: Tally) -> Iterator[tuple[dict[str, str], float]]:
    return (
        ({**_labels(device), "flag": (flag.name or "").lower()}, float(count))
        for device in devices
        for flag in Quality
        if (count := tally.of(device.id).flags.get(flag, 0))
    )


def _is_there(watch: Watch, device: str) -> float:
    return watch.status(device) in (DeviceStatus.ONLINE, DeviceStatus.ERROR)


def _last_seen_s(watch: Watch, device: str) -> float | None:
    seen_ms = watch.last_seen_ms(device)
    return None if seen_ms is None else seen_ms / 1000


def _rssi(watch: Watch, device: str) -> float | None:
    vitals = watch.vitals(device)
    return vitals and vitals[0].rssi_dbm


def _free_heap(watch: Watch, device: str) -> float | None:
    vitals = watch.vitals(device)
    return vitals and vitals[0].free_heap_bytes


def _uptime_s(watch: Watch, device: str) -> float | None:
    vitals = watch.vitals(device)
    return None if vitals is None or vitals[0].uptime_ms is None else vitals[0].uptime_ms / 1000


def _battery_v(watch: Watch, device: str) -> float | None:
    newest = watch.values(device).get("battery")
    return newest and newest[0]
