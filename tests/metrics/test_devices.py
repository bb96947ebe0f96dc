"""What Prometheus is told of devices, and of how many."""

from __future__ import annotations

import pytest

from gateway.core.messages import Heartbeat, Reading, ReadingStored, Vitals
from gateway.core.metrics import MetricTable
from gateway.flow.bus import Bus
from gateway.flow.chronicle import Chronicle
from gateway.flow.devices import Device
from gateway.flow.tally import Tally
from gateway.flow.watch import Watch
from gateway.metrics import devices
from tests.fakes import START_MS, FixedClock, MemoryWriter


def device(name: str) -> Device:
    return Device(name, name, name, "1.0", {}, name.startswith("sim"), START_MS, START_MS)


class Desk:
    def __init__(self) -> None:
        self.bus, self.clock = Bus(), FixedClock()
        self.watch = Watch(self.bus, self.clock, Chronicle(MemoryWriter(), self.bus, self.clock))
        self.tally = Tally(self.bus)

    def table(self, *ids: str) -> MetricTable:
        return devices.table([device(name) for name in ids], self.watch, self.tally, lambda device: 3)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def values(table: MetricTable, name: str) -> dict[str, object]:
    return {labels.get("device", ""): value for labels, value in table[name][2]}


def test_what_is_not_known_of_a_device_is_left_out(desk: Desk) -> None:
    desk.bus.publish(ReadingStored(Reading("a", START_MS, {"battery": 3.7}), START_MS))
    desk.bus.publish(Heartbeat("b", Vitals(rssi_dbm=-60.0), START_MS))
    table = desk.table("a", "b", "c")
    assert values(table, "gateway_device_battery_volts") == {"a": 3.7}
    assert values(table, "gateway_device_rssi_dbm") == {"b": -60.0}
    assert values(table, "gateway_device_last_seen_timestamp_seconds") == {"a": START_MS / 1000, "b": START_MS / 1000}
    assert values(table, "gateway_device_readings_total") == {"a": 1.0, "b": 0.0, "c": 0.0}
    assert values(table, "gateway_device_missing_readings") == {"a": 3.0, "b": 3.0, "c": 3.0}


def test_simulated_is_visible_on_every_series_of_a_device(desk: Desk) -> None:
    table = desk.table("sim-1", "a")
    for name, (_, _, samples) in table.items():
        if name.startswith("gateway_device_"):
            assert {labels["device"]: labels["simulated"] for labels, _ in samples} in (
                {"sim-1": "true", "a": "false"},
                {},
            )


def test_only_so_many_are_listed_and_the_rest_is_counted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "MOST_LISTED", 2)
    table = desk.table("a", "b", "c", "d", "e")
    assert set(values(table, "gateway_device_online")) == {"a", "b"}
    assert table["gateway_devices_unlisted"][2] == [({}, 3.0)]
    by_status = {labels["status"]: value for labels, value in table["gateway_devices"][2]}
    assert by_status == {"provisioning": 5.0, "online": 0.0, "offline": 0.0, "error": 0.0}
