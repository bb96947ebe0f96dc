"""What is counted per device and per kind of event."""

from __future__ import annotations

import pytest

from gateway.core.messages import (
    DeviceChanged,
    DeviceStatus,
    Happened,
    MessageQuarantined,
    Reading,
    ReadingStored,
)
from gateway.core.quality import Quality
from gateway.flow.bus import Bus
from gateway.flow.tally import Tally


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
def tally(bus: Bus) -> Tally:
    return Tally(bus)


def test_readings_late_ones_and_flags_are_counted_by_device(bus: Bus, tally: Tally) -> None:
    bits = int(Quality.STUCK | Quality.TIME)
    bus.publish(ReadingStored(Reading("a", 1, {"t": 1.0, "u": 2.0}, quality={"t": bits, "u": int(Quality.STUCK)}), 1))
    bus.publish(ReadingStored(Reading("a", 0, {"t": 1.0}, late=True), 1))
    bus.publish(MessageQuarantined("b", "devices/b/telemetry", "why", 1))
    assert (tally.of("a").readings, tally.of("a").late, tally.of("a").quarantined) == (2, 1, 0)
    assert tally.of("a").flags == {Quality.STUCK: 2, Quality.TIME: 1}
    assert (tally.of("b").readings, tally.of("b").quarantined) == (0, 1)


def test_events_are_counted_by_kind(bus: Bus, tally: Tally) -> None:
    for kind in ("device.online", "device.offline", "device.online"):
        bus.publish(Happened(1, kind, "why", "a"))
    assert tally.events == {"device.online": 2, "device.offline": 1}


def test_a_deleted_device_is_forgotten_and_one_that_changed_is_not(bus: Bus, tally: Tally) -> None:
    for device in ("a", "b"):
        bus.publish(ReadingStored(Reading(device, 1, {"t": 1.0}), 1))
    bus.publish(DeviceChanged("a", None))
    bus.publish(DeviceChanged("b", DeviceStatus.OFFLINE))
    assert (tally.of("a").readings, tally.of("b").readings) == (0, 1)
