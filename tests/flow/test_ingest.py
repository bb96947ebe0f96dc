"""Messages to changes and events."""

from __future__ import annotations

import json
import logging

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.core.errors import Unreadable
from gateway.core.messages import (
    DeviceChanged,
    DeviceStatus,
    Heartbeat,
    Message,
    MessageQuarantined,
    NodeSaid,
    Reading,
    StatusSaid,
    Vitals,
)
from gateway.core.ports.intake import NOTHING, Intake, Taken
from gateway.core.ports.orders import CommandStep
from gateway.core.ports.store import Anchor, BootAnchored, Quarantined, ReadingTaken
from gateway.core.topics import NODE_PUBLISHES
from gateway.flow.ingest import Hearer, Ingest
from tests.fakes import START_MS
from tests.flow.desk import Desk, Facts


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_it_is_what_the_broker_asks_for(desk: Desk) -> None:
    intake: Intake = desk.ingest
    assert intake.take(Message("x", "home/light", b"on", 0, False)) == NOTHING


def test_nothing_is_announced_before_it_is_on_the_disk(desk: Desk) -> None:
    taken = desk.lose("devices/node-1/telemetry", {"temperature": 1})
    assert not desk.events
    desk.ingest.committed(taken)
    assert len(desk.readings) == 1


def test_a_batch_is_one_commit_in_its_order(desk: Desk) -> None:
    readings = [{"seq": seq, "uptime_ms": seq * 60_000, "t": seq} for seq in (1, 2, 3)]
    taken = desk.tell({"boot": "b", "readings": readings})
    assert taken.changes[1:] == [
        ReadingTaken("node-1", "b", seq, seq * 60_000, {"t": float(seq)}, 0) for seq in (1, 2, 3)
    ]
    assert [reading.seq for reading in desk.readings] == [1, 2, 3]


def test_an_older_reading_is_late(desk: Desk) -> None:
    for offset_s in (-10, -5, -5, -7, -4):
        desk.tell({"timestamp": START_MS + offset_s * 1000, "t": 1})
    assert [reading.late for reading in desk.readings] == [False, False, False, True, False]


def test_a_repetition_is_handed_to_the_store_and_not_announced_again(desk: Desk) -> None:
    for seq in (1, 2, 2, 1, 3):
        taken = desk.tell({"boot": "b", "seq": seq, "t": seq})
        assert any(isinstance(change, ReadingTaken) and change.seq == seq for change in taken.changes)
    assert [(reading.seq, reading.late) for reading in desk.readings] == [(1, False), (2, False), (3, False)]


def test_a_reading_that_was_not_stored_is_not_late_when_it_comes_again(desk: Desk) -> None:
    desk.lose("devices/node-1/telemetry", {"boot": "b", "seq": 1, "t": 1})
    desk.tell({"boot": "b", "seq": 1, "t": 1})
    assert [reading.late for reading in desk.readings] == [False]


def test_two_of_one_seq_on_their_way_to_the_disk_count_once(desk: Desk) -> None:
    both = [desk.lose("devices/node-1/telemetry", {"boot": "b", "seq": 1, "t": 1}) for _ in range(2)]
    for taken in both:
        desk.ingest.committed(taken)
    assert [reading.late for reading in desk.readings] == [False]


def test_after_a_restart_repetitions_and_older_readings_are_late() -> None:
    known = Reading("node-1", START_MS - 1000, {"t": 1.0}, boot="b", seq=7)
    desk = Desk((Anchor("node-1", "b", START_MS - 9000, 7),), {"node-1": known})
    desk.tell({"boot": "b", "seq": 7, "uptime_ms": 8000, "t": 1})
    desk.tell({"timestamp": START_MS - 2000, "t": 1})
    desk.tell({"timestamp": START_MS - 1000, "t": 1})
    assert [reading.late for reading in desk.readings] == [True, True, False]


def test_devices_do_not_make_each_other_late(desk: Desk) -> None:
    desk.tell({"boot": "b", "seq": 9, "timestamp": START_MS, "t": 1})
    desk.tell({"boot": "b", "seq": 1, "timestamp": START_MS - 5000, "t": 1}, "node-2")
    assert [reading.late for reading in desk.readings] == [False, False]


def test_a_deleted_device_starts_anew(desk: Desk) -> None:
    desk.tell({"boot": "b", "seq": 9, "uptime_ms": 0, "t": 1})
    desk.bus.publish(DeviceChanged("node-1", DeviceStatus.ONLINE))
    assert len(desk.tell({"boot": "b", "seq": 10, "uptime_ms": 0, "t": 1}).changes) == 1
    desk.bus.publish(DeviceChanged("node-1", None))
    taken = desk.tell({"boot": "b", "seq": 9, "uptime_ms": 0, "t": 1})
    assert BootAnchored("node-1", "b", START_MS) in taken.changes
    assert [reading.late for reading in desk.readings] == [False, False, False]


def test_a_simulated_devices_readings_say_so(desk: Desk) -> None:
    desk.tell({"t": 1}, "sim-1")
    desk.tell({"t": 1}, "node-1")
    assert [reading.simulated for reading in desk.readings] == [True, False]


def test_a_bare_value_is_a_reading(desk: Desk) -> None:
    desk.send("sensor/node-1/temperature", b"23.4")
    desk.send("sensor/node-1/sound_volume", {"value": -30, "timestamp": START_MS - 5})
    assert [(reading.time_ms, reading.values) for reading in desk.readings] == [
        (START_MS, {"temperature": 23.4}),
        (START_MS - 5, {"sound_level": -30.0}),
    ]


def test_what_cannot_be_read_is_quarantined_with_the_reason(desk: Desk) -> None:
    taken = desk.tell(b'{"temperature":"warm"}')
    reason = 'temperature is not a number: "warm"'
    topic = "devices/node-1/telemetry"
    (change,) = taken.changes
    assert isinstance(change, Quarantined)
    name = change.correlation
    assert change == Quarantined("node-1", topic, b'{"temperature":"warm"}', reason, START_MS, name)
    assert desk.events == [MessageQuarantined("node-1", topic, reason, START_MS, name)]
    assert name.startswith("m-")


def test_a_quarantined_message_that_is_taken_again_has_the_same_fate(desk: Desk) -> None:
    (change,) = desk.tell(b'{"temperature":"warm"}').changes
    assert isinstance(change, Quarantined)
    again = desk.send(change.topic, change.payload)
    (second,) = again.changes
    assert isinstance(second, Quarantined)
    assert (second.topic, second.payload, second.reason) == (change.topic, change.payload, change.reason)
    assert second.correlation != change.correlation


def test_one_bad_message_does_not_touch_the_next(desk: Desk) -> None:
    for payload in (b"\xff", b"", b"[" * 10_000, b'{"boot":"b","readings":[{"seq":1,"t":"x"}]}'):
        desk.tell(payload)
        desk.tell({"temperature": 1})
    assert len(desk.readings) == len(desk.reasons) == 4


def test_a_bad_reading_in_a_batch_leaves_no_trace_of_the_batch(desk: Desk) -> None:
    bad: dict[str, object] = {"boot": "b", "readings": [{"seq": 1, "uptime_ms": 1, "t": 1}, {"seq": 2, "t": "x"}]}
    assert [type(change) for change in desk.tell(bad).changes] == [Quarantined]
    desk.tell({"boot": "b", "seq": 1, "uptime_ms": 1, "t": 1})
    assert [reading.late for reading in desk.readings] == [False]


@pytest.mark.parametrize(
    "topic",
    [
        "devices/node-1/command",
        "devices/node-1/shadow/desired",
        "window/node-1/control",
        "ml/inference/request/node-1",
        "home/light",
        "$SYS/x",
        "devices/Bad Id/telemetry",
        "x/y",
    ],
)
def test_what_is_not_a_nodes_changes_nothing(desk: Desk, topic: str) -> None:
    assert desk.send(topic, b"anything") is NOTHING
    assert not desk.events


def test_a_heartbeat_and_a_status_are_announced(desk: Desk) -> None:
    desk.send("devices/node-1/heartbeat", {"uptime_ms": 60_000, "rssi": -61, "firmware": "1.2"})
    desk.send("devices/node-1/status", b"online")
    desk.send("devices/node-1/status", b"offline")
    assert desk.events == [
        Heartbeat("node-1", Vitals(60_000, rssi_dbm=-61.0, firmware="1.2"), START_MS),
        StatusSaid("node-1", True, START_MS),
        StatusSaid("node-1", False, START_MS),
    ]


@pytest.mark.parametrize(
    ("topic", "payload", "what"),
    [
        ("devices/node-1/log", b"it rains", "log"),
        ("devices/node-1/audio", bytes(64_000), "audio"),
        ("sensor/node-1/audio", b"RIFF....WAVEodd", "audio"),
        ("devices/node-1/audio", b'{"format":"pcm_s16le","rate":16000,"data":"AAAA"}', "audio"),
        ("devices/node-1/audio", b'{"' + bytes(4), "audio"),
        ("devices/node-1/shadow/reported", b'{"version":7,"state":{}}', "shadow/reported"),
        ("devices/node-1/command/ack", b'{"id":"x","status":"done","detail":""}', "command/ack"),
        ("devices/node-1/ota/state", b'{"version":"2","state":"trial"}', "ota/state"),
    ],
)
def test_what_else_a_node_says_is_passed_on(desk: Desk, topic: str, payload: bytes, what: str) -> None:
    assert desk.send(topic, payload).changes == ()
    assert desk.events == [NodeSaid("node-1", what, payload, START_MS)]


@pytest.mark.parametrize("what", sorted(NODE_PUBLISHES - {"audio", "log"}))
def test_whatever_a_node_says_unreadably_is_quarantined(desk: Desk, what: str) -> None:
    desk.send(f"devices/node-1/{what}", b"{[")
    assert [type(event) for event in desk.events] == [MessageQuarantined]


def test_a_mistake_of_the_gateway_is_logged_and_the_message_kept(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        desk.tell({"temperature": 1}, "unknown-to-facts")
    assert desk.reasons == ["the gateway failed to read this; its log says why"]
    assert caplog.records[0].exc_info is not None
    desk.tell({"temperature": 1})
    assert len(desk.readings) == 1


def test_a_late_reading_dated_by_arrival_is_not_newer_than_what_is_known(desk: Desk) -> None:
    for seq in (1, 3, 2):
        desk.clock.advance(s=10)
        desk.tell({"boot": "b", "seq": seq, "t": seq})
    assert [(reading.seq, reading.late) for reading in desk.readings] == [(1, False), (3, False), (2, True)]
    assert desk.readings[2].time_ms == desk.readings[1].time_ms


def test_missing_numbers_are_counted_per_device(desk: Desk) -> None:
    for seq in (1, 2, 5, 6):
        desk.tell({"boot": "b", "seq": seq, "t": 1})
    assert desk.ingest.boots.missing("node-1") == 2
    assert desk.ingest.boots.missing("node-2") == 0
    desk.tell({"boot": "b", "seq": 3, "t": 1})
    assert desk.ingest.boots.missing("node-1") == 1


# The first text of a fresh clone takes a second: Hypothesis looks at all of Unicode and keeps what it found.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(sorted(NODE_PUBLISHES)).map(lambda what: f"devices/node-1/{what}")
    | st.sampled_from(["sensor/node-1/t", "sensor/node-1/seq", "x", "home/y/z"]),
    st.binary(max_size=120)
    | st.dictionaries(
        st.sampled_from(["boot", "seq", "uptime_ms", "timestamp", "t", "readings", "value", "id", "state"]),
        st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text() | st.just([{"t": 1}]),
    ).map(lambda raw: json.dumps(raw).encode()),
)
def test_nothing_a_node_sends_raises_or_is_called_our_mistake(topic: str, payload: bytes) -> None:
    desk = Desk()
    taken = desk.send(topic, payload)
    assert not any("gateway failed" in reason for reason in desk.reasons)
    assert len(desk.events) == len(taken.events)


def heard(desk: Desk, what: str, hearer: Hearer) -> None:
    """The same desk with somebody who understands what nodes say."""
    desk.ingest = Ingest(desk.bus, Facts(), desk.clock, hearers={what: hearer})


def test_what_a_node_says_changes_what_its_hearer_says_and_is_always_told(desk: Desk) -> None:
    change, payload = CommandStep("c1", 5, START_MS), b'{"id":"c1","status":"done"}'
    asked: list[tuple[str, bytes, int]] = []

    def hearer(*said: object) -> Taken:
        asked.append(said)  # type: ignore[arg-type]
        return Taken((change,), (MessageQuarantined("node-1", "", "", 0),))

    heard(desk, "command/ack", hearer)
    taken = desk.lose("devices/node-1/command/ack", payload)
    said = NodeSaid("node-1", "command/ack", payload, START_MS)
    assert asked == [("node-1", payload, START_MS)]
    assert (taken.changes, taken.events) == ((change,), (MessageQuarantined("node-1", "", "", 0), said))
    assert desk.lose("devices/node-1/log", b"hello").events == (NodeSaid("node-1", "log", b"hello", START_MS),)


def test_a_hearers_refusal_and_its_mistake_set_the_message_aside(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    def refusing(*_: object) -> Taken:
        raise Unreadable("bad_text", "no such id")

    def wrong(*_: object) -> Taken:
        raise ZeroDivisionError

    for hearer in (refusing, wrong):
        heard(desk, "command/ack", hearer)
        desk.send("devices/node-1/command/ack", {"id": "c1", "status": "done"})
    assert desk.reasons == ["no such id", "the gateway failed to read this; its log says why"]
    assert "ZeroDivisionError" in caplog.text


def test_a_shape_that_is_wrong_reaches_no_hearer(desk: Desk) -> None:
    def hearer(*_: object) -> Taken:
        raise AssertionError("asked")

    heard(desk, "command/ack", hearer)
    desk.send("devices/node-1/command/ack", {"id": "c1"})
    assert desk.reasons == ["status is missing"]


def test_an_order_of_a_program_is_somebody_elses(desk: Desk) -> None:
    asked: list[str] = []

    def orders(message: Message) -> Taken:
        asked.append(message.topic)
        return Taken((CommandStep("c1", 0, 0),))

    desk.ingest = Ingest(desk.bus, Facts(), desk.clock, orders=orders)
    assert desk.lose("devices/node-1/command", b"{}").changes == (CommandStep("c1", 0, 0),)
    for topic in ("devices/node-1/telemetry", "devices/node-1/command/ack", "home/light"):
        desk.lose(topic, b"{}")
    assert asked == ["devices/node-1/command"]


def test_what_was_said_after_the_clock_was_set_is_not_moved_again(desk: Desk) -> None:
    desk.ingest.boots.clock_set(START_MS, START_MS, 5000)
    desk.clock.advance(s=5)
    desk.send("devices/node-1/log", b"hello")
    desk.send("devices/node-1/status", b"online")
    assert desk.events == [
        NodeSaid("node-1", "log", b"hello", START_MS + 5000),
        StatusSaid("node-1", True, START_MS + 5000),
    ]
