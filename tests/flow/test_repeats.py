"""Values without a name that come again."""

from __future__ import annotations

import pytest

from gateway.core.messages import (
    ClientConnected,
    Message,
)
from gateway.core.ports.intake import NOTHING, Taken
from gateway.core.ports.store import Retained
from gateway.flow.ingest import Ingest
from tests.fakes import START_MS
from tests.flow.desk import Desk, Facts


@pytest.fixture
def desk() -> Desk:
    return Desk()


def bare(packet_id: int = 0, *, payload: bytes = b"21.5", dup: bool = False, retain: bool = False) -> Message:
    return Message("node-1", "sensor/node-1/temperature", payload, 1 if packet_id else 0, retain, packet_id, dup)


def arrive(desk: Desk, message: Message) -> Taken:
    desk.clock.advance(s=10)
    taken = desk.ingest.take(message)
    desk.ingest.committed(taken)
    return taken


def test_a_bare_value_that_is_sent_again_keeps_its_name_and_its_first_time(desk: Desk) -> None:
    first = arrive(desk, bare(7))
    again = arrive(desk, bare(7, dup=True))
    assert again.changes == first.changes
    assert [(r.time_ms, r.late) for r in desk.readings] == [(START_MS + 10_000, False), (START_MS + 10_000, True)]
    for other in (bare(7), bare(8, dup=True), bare(7, dup=True, payload=b"22")):
        (change,) = arrive(desk, other).changes
        assert change.at_ms == desk.clock.now_ms  # type: ignore[union-attr]


def test_what_the_disk_refused_is_stored_under_the_time_of_its_first_try(desk: Desk) -> None:
    lost = desk.ingest.take(bare(7))
    assert arrive(desk, bare(7, dup=True)).changes == lost.changes


def test_a_retained_value_said_again_after_a_reconnection_is_not_measured_again(desk: Desk) -> None:
    first = arrive(desk, bare(1, retain=True))
    desk.bus.publish(ClientConnected("node-1", "node-1", "127.0.0.1"))
    assert arrive(desk, bare(9, retain=True)).changes == first.changes
    desk.bus.publish(ClientConnected("node-1", "node-1", "127.0.0.1"))
    (changed,) = arrive(desk, bare(9, retain=True, payload=b"22")).changes
    assert changed.at_ms == desk.clock.now_ms  # type: ignore[union-attr]


def test_a_retained_value_of_an_earlier_run_is_not_measured_again(desk: Desk) -> None:
    kept = [Retained("sensor/node-1/temperature", b"21.5", 1), Retained("devices/node-1/status", b"online", 1)]
    desk.ingest = Ingest(desk.bus, Facts(), desk.clock, retained=kept)
    assert arrive(desk, bare(1, retain=True)) == NOTHING
    assert len(arrive(desk, bare(2, retain=True)).changes) == 1
    assert len(desk.readings) == 1


def test_a_node_that_retains_what_it_measures_is_believed_while_it_stays_connected(desk: Desk) -> None:
    for packet_id in range(1, 6):
        (change,) = arrive(desk, bare(packet_id, retain=True)).changes
        assert change.at_ms == desk.clock.now_ms  # type: ignore[union-attr]
    assert [reading.late for reading in desk.readings] == [False] * 5
