"""What is on its way to one client, with and without a connection."""

from hypothesis import given
from hypothesis import strategies as some

from gateway.backends.broker.session import Session
from gateway.backends.broker.settings import BrokerSettings, Counters
from gateway.core.mqtt import packets
from gateway.core.mqtt.framing import Framer
from gateway.core.ports.store import Delivered, Queued, Released, StoredMessage, StoredSession

LIMITS = BrokerSettings(window=3, service_window=4, queue_messages=5, high_water=4)


class Wire:
    """A connection that records what is written."""

    def __init__(self) -> None:
        self.clogged = False
        self.written = b""
        self.unblocked: list[object] = []

    def write(self, data: bytes) -> None:
        self.written += data

    def unblock(self, reason: object) -> None:
        self.unblocked.append(reason)

    def frames(self):
        data, self.written = self.written, b""
        return Framer(1 << 20).feed(data)


def open_session(persistent: bool = True) -> tuple[Session, Wire]:
    session, wire = Session("c", "u", persistent, LIMITS, Counters()), Wire()
    session.attach(wire)
    return session, wire


def offer(session: Session, payload: bytes, qos: int = 1):
    return session.offer("t", packets.topic_field("t"), payload, qos)


def payloads(wire: Wire) -> list[tuple[int, bytes]]:
    return [(header, packets.decode_publish(header, body)[2]) for header, body in wire.frames() if header >> 4 == 3]


def test_the_window_bounds_what_is_in_flight_and_acknowledgements_let_the_rest_follow_in_order():
    session, wire = open_session()
    for number in range(5):
        offer(session, b"%d" % number)
    assert [payload for _, payload in payloads(wire)] == [b"0", b"1", b"2"]
    first = next(iter(session.inflight))
    assert session.acknowledged(first, 1) == Delivered("c", 1)
    assert [payload for _, payload in payloads(wire)] == [b"3"]


def test_messages_for_an_absent_client_wait_only_if_its_session_is_persistent():
    kept, _ = open_session()
    kept.detach()
    assert isinstance(offer(kept, b"x"), Queued)
    assert offer(kept, b"y", 0) is None
    lost, _ = open_session(persistent=False)
    lost.detach()
    assert offer(lost, b"x") is None
    assert (len(kept.pending), len(lost.pending)) == (1, 0)


def test_what_was_in_flight_is_sent_again_with_dup_and_the_same_id():
    session, wire = open_session()
    offer(session, b"x")
    ((_, before),) = wire.frames()
    session.detach()
    session.attach(wire)
    session.resend()
    ((header, after),) = wire.frames()
    assert header & packets.DUP
    assert before == after


def test_a_restored_session_keeps_packet_ids_order_and_qos_2_state():
    queue = [StoredMessage(7, "t", b"", 2, False, True), StoredMessage(9, "t", b"b", 1, True, False)]
    session = Session.restore(StoredSession("c", "u", {"t": 1}, queue, {4}, 12), LIMITS, Counters())
    wire = Wire()
    session.attach(wire)
    session.pump()
    released, message = wire.frames()
    assert released == (0x62, (8).to_bytes(2, "big"))
    assert message[0] == 0x30 | packets.DUP | 2 | 1
    assert packets.decode_publish(*message)[1:] == (10, b"b")
    assert session.received == {4}
    change = offer(session, b"c")
    assert isinstance(change, Queued)
    assert change.serial == 12


def test_restored_messages_beyond_the_window_are_still_told_from_new_ones():
    queue = [StoredMessage(serial, "t", b"", 2, False, True) for serial in range(1, 6)]
    queue += [StoredMessage(6, "t", b"x", 1, False, False)]
    session, wire = Session.restore(StoredSession("c", "u", {}, queue, set(), 7), LIMITS, Counters()), Wire()
    session.attach(wire)
    session.pump()
    while session.inflight:
        packet_id, message = next(iter(session.inflight.items()))
        session.acknowledged(packet_id, message.qos)
    headers = [header for header, _ in wire.frames()]
    assert headers == [0x62] * 5 + [0x32]


def test_qos_2_is_delivered_only_after_release():
    session, wire = open_session()
    offer(session, b"x", 2)
    (packet_id,) = session.inflight
    assert session.acknowledged(packet_id, 2) is None
    assert session.acknowledged(packet_id, 1) is None
    assert session.released(packet_id) == Released("c", 1)
    wire.frames()
    session.resend()
    assert wire.frames()[0][0] == 0x62
    assert session.acknowledged(packet_id, 2) == Delivered("c", 1)


def test_a_full_queue_drops_the_newest_and_counts_it():
    session, _ = open_session()
    session.detach()
    for number in range(8):
        offer(session, b"%d" % number)
    assert [message.payload for message in session.pending] == [b"0", b"1", b"2", b"3", b"4"]
    assert session._counters.dropped == 3


def test_publishers_are_released_once_the_backlog_has_halved():
    session, _ = open_session()
    publisher = Wire()
    for number in range(8):
        offer(session, b"%d" % number)
    assert session.slow
    session.waiting.add(publisher)
    while session.slow:
        assert publisher.unblocked == []
        session.acknowledged(next(iter(session.inflight)), 1)
    assert publisher.unblocked == [session]
    assert len(session.pending) == LIMITS.high_water // 2


def test_a_packet_id_still_in_flight_is_never_given_to_another_message():
    session, wire = open_session()
    offer(session, b"old")
    session.serial += 65_534
    offer(session, b"new")
    assert len(session.inflight) == 1
    assert [message.payload for message in session.pending] == [b"new"]
    session.acknowledged(next(iter(session.inflight)), 1)
    assert [payload for _, payload in payloads(wire)] == [b"old", b"new"]


FIELD = packets.topic_field("t")


def test_what_is_handed_over_is_neither_committed_nor_kept_after_the_connection():
    session, wire = open_session()
    assert session.hand(FIELD, b"at most once", 0)
    assert session.hand(FIELD, b"handed", 2)
    assert isinstance(offer(session, b"offered"), Queued)
    assert payloads(wire) == [(0x30, b"at most once"), (0x32, b"handed"), (0x32, b"offered")]
    session.detach()
    assert not session.hand(FIELD, b"nobody is there", 1)
    assert not session.hand(FIELD, b"nobody is there", 0)
    session.attach(wire)
    session.resend()
    session.pump()
    assert payloads(wire) == [(0x3A, b"offered")]
    assert session.acknowledged(next(iter(session.inflight)), 1) == Delivered("c", 2)


def test_what_is_handed_over_is_repeated_until_it_is_acknowledged_without_a_change():
    session, wire = open_session()
    assert session.hand(FIELD, b"x", 1)
    ((_, first),) = wire.frames()
    session.resend()
    ((header, again),) = wire.frames()
    assert (header, again) == (0x3A, first)
    (packet_id,) = session.inflight
    assert session.acknowledged(packet_id, 1) is None
    assert session.inflight == {}
    assert session.progress == 1


def test_what_is_handed_over_takes_its_turn_behind_what_waits_and_goes_with_the_connection():
    session, wire = open_session()
    for number in range(4):
        offer(session, b"offered %d" % number)
    assert session.hand(FIELD, b"handed", 1)
    offer(session, b"offered 4")
    session.acknowledged(next(iter(session.inflight)), 1)
    session.acknowledged(next(iter(session.inflight)), 1)
    assert [payload for _, payload in payloads(wire)][-2:] == [b"offered 3", b"handed"]
    session.hand(FIELD, b"handed, too", 1)
    assert [message.payload for message in session.pending] == [b"offered 4", b"handed, too"]
    session.detach()
    assert [message.payload for message in session.inflight.values()] == [b"offered 2", b"offered 3"]
    assert [message.payload for message in session.pending] == [b"offered 4"]
    assert session.pending_bytes == len(b"offered 4") + len(FIELD)


def test_a_client_whose_queue_is_full_is_handed_nothing():
    session, _ = open_session()
    for number in range(8):
        offer(session, b"%d" % number)
    assert session.full
    before = session.serial
    assert not session.hand(FIELD, b"x", 1)
    assert (session.serial, session._counters.dropped) == (before, 0)


def test_a_session_that_is_not_persistent_is_handed_messages_like_any_other():
    session, wire = open_session(persistent=False)
    assert session.hand(FIELD, b"x", 1)
    assert payloads(wire) == [(0x32, b"x")]
    session.detach()
    assert (session.inflight, session.pending_bytes) == ({}, 0)


@given(some.lists(some.sampled_from(["offer", "hand", "acknowledge", "reconnect", "clog", "unclog"]), max_size=60))
def test_whatever_happens_each_offered_message_arrives_in_order_and_no_handed_one_on_a_later_connection(
    actions: list[str],
):
    session, wire = open_session()
    offered, arrived = [], []
    connection = 0
    for number, action in enumerate(actions):
        if action == "offer":
            if isinstance(offer(session, b"offered %d" % number), Queued):
                offered.append(b"offered %d" % number)
        elif action == "hand":
            session.hand(FIELD, b"handed %d %d" % (connection, number), 1)
        elif action == "acknowledge" and session.inflight:
            session.acknowledged(next(iter(session.inflight)), 1)
        elif action == "reconnect":
            connection += 1
            session.detach()
            wire.clogged = False
            session.attach(wire)
            session.resend()
            session.pump()
        elif action in ("clog", "unclog"):
            wire.clogged = action == "clog"
            if not wire.clogged:
                session.pump()
        for header, payload in payloads(wire):
            assert not payload.startswith(b"handed") or payload.split()[1] == b"%d" % connection
            if not header & packets.DUP and payload.startswith(b"offered"):
                arrived.append(payload)
        waiting = sum(len(message.payload) + len(message.field) for message in session.pending)
        assert session.pending_bytes == waiting
    wire.clogged = False
    session.pump()
    while session.inflight:
        session.acknowledged(next(iter(session.inflight)), 1)
    arrived += [payload for header, payload in payloads(wire) if payload.startswith(b"offered")]
    assert list(dict.fromkeys(arrived)) == offered
