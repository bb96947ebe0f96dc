"""What is wrong with a device, and how it ends."""

from __future__ import annotations

import pytest

from gateway.core.messages import Vitals
from gateway.flow.trouble import FAULT_WINDOW_MS, FAULTS, FirmwareState, Trouble
from tests.fakes import START_MS


def quarantine(trouble: Trouble, times: int = FAULTS, every_ms: int = 1000) -> list[tuple[str, str]]:
    said = []
    for number in range(times):
        said += trouble.quarantined(START_MS + number * every_ms, f"humidity {number} is not a number")
    return [(one.kind, one.reason) for one in said]


def test_repeated_unreadable_messages_are_told_once_with_the_last_reason() -> None:
    trouble = Trouble()
    reason = "5 unreadable messages within 4 s; the last: humidity 4 is not a number"
    assert quarantine(trouble, 3 * FAULTS) == [("device.error.messages", reason)]
    assert trouble.reason.endswith("humidity 14 is not a number")


def test_a_reading_ends_it() -> None:
    trouble = Trouble()
    quarantine(trouble)
    assert [(said.kind, said.reason) for said in trouble.read()] == [("device.recovered.messages", "a reading arrived")]
    assert trouble.reason == ""


def test_time_ends_it() -> None:
    trouble = Trouble()
    quarantine(trouble)
    assert trouble.sweep(START_MS + FAULT_WINDOW_MS) == []
    assert [said.kind for said in trouble.sweep(START_MS + FAULT_WINDOW_MS + 5000)] == ["device.recovered.messages"]


def test_a_failed_self_test_lasts_until_it_passes() -> None:
    trouble = Trouble()
    failed = Vitals(self_test="sht31 does not answer")
    assert [said.reason for said in trouble.beat(failed)] == ["self-test failed: sht31 does not answer"]
    assert trouble.beat(failed) == []
    assert trouble.beat(Vitals()) == []
    assert trouble.reason == "self-test failed: sht31 does not answer"
    assert [said.kind for said in trouble.beat(Vitals(self_test="ok"))] == ["device.recovered.self_test"]
    assert trouble.beat(Vitals(self_test="ok")) == []
    assert trouble.reason == ""


def test_firmware_that_was_rolled_back_lasts_until_one_is_confirmed() -> None:
    trouble = Trouble()
    rolled_back = trouble.firmware(FirmwareState("rolled_back", "1.5.0", "no Wi-Fi within 5 min"))
    assert [said.reason for said in rolled_back] == ["firmware 1.5.0 was rolled back: no Wi-Fi within 5 min"]
    assert trouble.firmware(FirmwareState("downloading", "1.5.1")) == []
    assert trouble.reason == "firmware 1.5.0 was rolled back: no Wi-Fi within 5 min"
    assert [said.reason for said in trouble.firmware(FirmwareState("confirmed", "1.5.1"))] == [
        "firmware 1.5.1 is confirmed"
    ]
    assert trouble.reason == ""


def test_a_download_that_failed_is_told_but_no_error() -> None:
    trouble = Trouble()
    assert [said.kind for said in trouble.firmware(FirmwareState("failed", "1.5.0"))] == ["device.firmware"]
    assert trouble.reason == ""


def test_what_a_node_says_of_itself_cannot_paint_a_terminal() -> None:
    trouble = Trouble()
    trouble.firmware(FirmwareState("rolled_back", "1.5.0", "\x1b[2Jgone"))
    assert trouble.reason.isprintable()


def test_all_that_is_wrong_is_in_the_reason() -> None:
    trouble = Trouble()
    trouble.beat(Vitals(self_test="no sensor"))
    trouble.firmware(FirmwareState("rolled_back"))
    assert trouble.reason == "self-test failed: no sensor; firmware of unknown version was rolled back"


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        ([("device.error.firmware", "rolled back")], "rolled back"),
        ([("device.error.firmware", "rolled back"), ("device.recovered.firmware", "confirmed")], ""),
        ([("device.error.messages", "unreadable")], ""),
        ([("device.online", "back"), ("device.error", "?")], ""),
    ],
)
def test_what_lasts_is_remembered_across_a_restart(events: list[tuple[str, str]], reason: str) -> None:
    trouble = Trouble()
    for kind, said in events:
        trouble.restore(kind, said)
    assert trouble.reason == reason


def test_with_new_hardware_everything_that_was_wrong_is_over_and_told_so() -> None:
    trouble = Trouble()
    quarantine(trouble)
    trouble.beat(Vitals(self_test="no sensor"))
    over = "its hardware was replaced"
    assert [(said.kind, said.reason) for said in trouble.replaced()] == [
        ("device.recovered.messages", over),
        ("device.recovered.self_test", over),
    ]
    assert (trouble.reason, bool(trouble.faults), trouble.replaced()) == ("", False, [])
