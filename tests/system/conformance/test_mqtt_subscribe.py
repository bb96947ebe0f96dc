"""SUBSCRIBE, UNSUBSCRIBE and what is then delivered (MQTT 3.1.1, 3.8 to 3.11)."""

from __future__ import annotations

import pytest

from .rawmqtt import (
    PUBACK,
    PUBCOMP,
    PUBLISH,
    PUBREC,
    PUBREL,
    SUBACK,
    UNSUBACK,
    Join,
    ack,
    packet,
    publish,
    subscribe,
    unsubscribe,
)


def test_suback_has_the_packet_id_and_one_code_a_filter_in_order(join: Join, name: str) -> None:
    wire = join()
    wire.send(subscribe(0x1234, (f"{name}/a", 2), (f"{name}/b", 0), (f"{name}/c", 1)))
    answer = wire.expect(SUBACK, 0x1234)
    assert answer.body[2:] == bytes((2, 0, 1))


def test_one_filter_twice_in_a_packet_counts_as_two_packets(join: Join, name: str) -> None:
    wire = join()
    wire.send(subscribe(1, (name, 0), (name, 1)))
    assert wire.expect(SUBACK).body[2:] == bytes((0, 1))
    join().put(name)
    assert wire.take().qos == 1


@pytest.mark.parametrize("body", [b"\0\1", b""], ids=["no filter", "nothing"])
def test_a_subscribe_without_a_filter_closes(join: Join, body: bytes) -> None:
    wire = join()
    wire.send(packet(0x82, body))
    assert wire.ends() == []


def test_an_unsubscribe_without_a_filter_closes(join: Join) -> None:
    wire = join()
    wire.send(packet(0xA2, b"\0\1"))
    assert wire.ends() == []


@pytest.mark.parametrize("qos", [3, 0x04, 0x80, 0xFF])
def test_an_impossible_requested_qos_closes(join: Join, name: str, qos: int) -> None:
    wire = join()
    wire.send(subscribe(1, (name, qos)))
    assert wire.ends() == []


@pytest.mark.parametrize("published", [0, 1, 2])
@pytest.mark.parametrize("granted", [0, 1, 2])
def test_a_message_arrives_once_at_the_lower_qos(join: Join, name: str, published: int, granted: int) -> None:
    wire = join()
    wire.want(f"{name}/#", granted)
    sender = join()
    sender.put(f"{name}/a", b"once", published, 1)
    sender.put(f"{name}/end", b"", published, 2)
    messages = wire.before(f"{name}/end")
    assert [(message.payload, message.qos) for message in messages] == [(b"once", min(published, granted))]


@pytest.mark.mosquitto_differs("takes the QoS of the first match")
def test_overlapping_subscriptions_deliver_at_the_highest_qos(join: Join, name: str) -> None:
    wire = join()
    for pid, (topic_filter, qos) in enumerate([("#", 0), ("a/+", 2), ("a/b", 1)], 1):
        wire.want(f"{name}/{topic_filter}", qos, pid)
    sender = join()
    sender.put(f"{name}/a/b", b"x", 2, 1)
    sender.put(f"{name}/end", b"", 0)
    assert max(message.qos for message in wire.before(f"{name}/end")) == 2


def test_a_resubscription_replaces_the_qos(join: Join, name: str) -> None:
    wire = join()
    wire.want(f"{name}/#", 2, 1)
    wire.want(f"{name}/#", 0, 2)
    sender = join()
    sender.put(f"{name}/a", b"x", 1)
    sender.put(f"{name}/end")
    assert [message.qos for message in wire.before(f"{name}/end")] == [0]


def test_a_resubscription_sends_the_retained_message_again(join: Join, name: str) -> None:
    join().put(name, b"kept", retain=True)
    wire = join()
    for pid in (1, 2):
        wire.want(name, 0, pid)
        assert wire.take().payload == b"kept"


def test_several_subscribers_each_get_a_copy(join: Join, name: str) -> None:
    wires = [join() for _ in range(5)]
    for wire in wires:
        wire.want(name, 1)
    join().put(name, b"all")
    assert [wire.take().payload for wire in wires] == [b"all"] * 5


def test_a_client_gets_what_it_publishes_itself(join: Join, name: str) -> None:
    wire = join()
    wire.want(name)
    wire.send(publish(name, b"echo"))
    assert wire.take().payload == b"echo"


def test_unsuback_has_the_packet_id(join: Join, name: str) -> None:
    wire = join()
    wire.want(name)
    wire.send(unsubscribe(0xFFFF, name))
    assert wire.take().body == b"\xff\xff"


def test_unsubscribing_ends_delivery(join: Join, name: str) -> None:
    wire = join()
    wire.want(f"{name}/a")
    wire.want(f"{name}/end")
    wire.send(unsubscribe(3, f"{name}/a"))
    wire.expect(UNSUBACK, 3)
    wire.send(publish(f"{name}/a"), publish(f"{name}/end"))
    assert wire.before(f"{name}/end") == []


def test_unsubscribing_from_several_filters_ends_all(join: Join, name: str) -> None:
    wire = join()
    for letter in "abc":
        wire.want(f"{name}/{letter}")
    wire.send(unsubscribe(3, f"{name}/a", f"{name}/b"))
    wire.expect(UNSUBACK, 3)
    wire.send(*(publish(f"{name}/{letter}") for letter in "abc"))
    assert wire.before(f"{name}/c") == []


def test_unsubscribing_compares_filters_character_by_character(join: Join, name: str) -> None:
    wire = join()
    wire.want(f"{name}/a")
    wire.send(unsubscribe(3, f"{name}/+", f"{name}/#", f"{name}/A"))
    wire.expect(UNSUBACK, 3)
    wire.send(publish(f"{name}/a", b"still"))
    assert wire.take().payload == b"still"


def test_unsubscribing_from_an_unknown_filter_is_acknowledged(join: Join, name: str) -> None:
    wire = join()
    wire.send(unsubscribe(8, f"{name}/never"))
    wire.expect(UNSUBACK, 8)


def test_a_delivery_under_way_is_completed_after_unsubscribing(join: Join, name: str) -> None:
    wire = join()
    wire.want(name, 2)
    join().put(name, b"x", 2)
    message = wire.expect(PUBLISH)
    wire.send(unsubscribe(3, name))
    wire.expect(UNSUBACK, 3)
    wire.finish_qos2(message)
    wire.ping()


@pytest.mark.parametrize("qos", [1, 2])
def test_packet_ids_in_flight_are_distinct_and_not_zero(join: Join, name: str, qos: int) -> None:
    wire, sender = join(), join()
    wire.want(name, qos)
    for index in range(10):
        sender.put(name, str(index).encode(), qos, index + 1)
    messages = [wire.expect(PUBLISH) for _ in range(10)]
    assert len({message.pid for message in messages} - {0}) == 10
    assert not any(message.dup for message in messages)


def test_packet_ids_of_the_two_directions_are_independent(join: Join, name: str) -> None:
    wire = join()
    wire.want(name, 1)
    join().put(name, b"one", 1, 1)
    message = wire.expect(PUBLISH)
    wire.put(f"{name}/other", b"x", 1, message.pid)
    wire.send(ack(PUBACK, message.pid))
    wire.put(f"{name}/other", b"x", 2, message.pid)
    wire.ping()


def test_the_handshake_of_an_outgoing_qos_2_message_has_the_right_bytes(join: Join, name: str) -> None:
    wire = join()
    wire.want(name, 2)
    join().put(name, b"x", 2)
    message = wire.expect(PUBLISH)
    wire.send(ack(PUBREC, message.pid))
    release = wire.expect(PUBREL, message.pid)
    assert release.first == 0x62
    wire.send(ack(PUBCOMP, message.pid))
    wire.ping()
