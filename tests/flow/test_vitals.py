"""What heartbeats tell about a node."""

from __future__ import annotations

from gateway.core.messages import Vitals
from gateway.flow.vitals import KeptVitals
from tests.fakes import START_MS


def told(*beats: Vitals) -> list[tuple[str, str]]:
    kept = KeptVitals()
    said = [one for number, vitals in enumerate(beats) for one in kept.take(vitals, START_MS + number * 60_000)]
    return [(one.kind, one.reason) for one in said]


def test_another_boot_is_a_restart_and_says_how_long_it_ran() -> None:
    assert told(Vitals(11_100_000, "b1"), Vitals(1000, "b2")) == [
        ("device.rebooted", "it started again; before that it ran for 3 h 5 min or longer")
    ]


def test_an_uptime_that_falls_is_a_restart_where_no_boot_is_told() -> None:
    assert [kind for kind, _ in told(Vitals(60_000), Vitals(120_000), Vitals(1000))] == ["device.rebooted"]


def test_the_first_heartbeat_and_a_running_node_tell_nothing() -> None:
    assert told(Vitals(5000, "b1", firmware="1.0"), Vitals(65_000, "b1", firmware="1.0"), Vitals()) == []


def test_other_firmware_is_told() -> None:
    changed = told(Vitals(firmware="1.4.0"), Vitals(rssi_dbm=-60.0), Vitals(firmware="1.5.0"))
    assert changed == [("device.firmware", "firmware 1.4.0 became 1.5.0")]


def test_what_a_heartbeat_leaves_out_stays_known() -> None:
    kept = KeptVitals()
    kept.take(Vitals(1000, "b1", 150_000, -61.0, "1.4"), START_MS)
    kept.take(Vitals(61_000, rssi_dbm=-70.0), START_MS + 60_000)
    assert kept.known == (Vitals(61_000, "b1", 150_000, -70.0, "1.4"), START_MS + 60_000)
