"""Control packets as bytes: fixed headers, lengths, and how they arrive (MQTT 3.1.1, section 2)."""

from __future__ import annotations

import time

import pytest

from .rawmqtt import (
    BYE,
    PING,
    PINGRESP,
    PUBACK,
    PUBLISH,
    SUBACK,
    Dial,
    Join,
    Packet,
    ack,
    connect,
    packet,
    publish,
    subscribe,
    text,
    unsubscribe,
)

KIB_256 = 256 * 1024
_LENIENT = pytest.mark.mosquitto_differs("does not look at these flags")
_CRASHES = pytest.mark.mosquitto_differs("crashes")


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(b"\x41\x02\0\1", marks=_LENIENT),
        pytest.param(b"\x51\x02\0\1", marks=_LENIENT),
        b"\x60\x02\0\1",
        b"\x63\x02\0\1",
        pytest.param(b"\x71\x02\0\1", marks=_LENIENT),
        b"\x80" + subscribe(1, ("a", 0))[1:],
        b"\x83" + subscribe(1, ("a", 0))[1:],
        b"\xa0" + unsubscribe(1, "a")[1:],
        b"\xaf" + unsubscribe(1, "a")[1:],
        pytest.param(b"\xc1\x00", marks=_LENIENT),
        b"\xe1\x00",
    ],
    ids=lambda raw: f"{raw[0]:02x}",
)
def test_wrong_reserved_flags_close(join: Join, wrong: bytes) -> None:
    wire = join()
    wire.send(wrong)
    assert wire.ends() == []


def test_connect_with_reserved_flags_closes(dial: Dial, name: str) -> None:
    wire = dial()
    wire.send(b"\x11" + connect(name)[1:])
    assert wire.ends() == []


@pytest.mark.parametrize(
    "first", [0x00, 0xF0, 0x20, 0x90, pytest.param(0xB0, marks=_CRASHES), pytest.param(0xD0, marks=_LENIENT)]
)
def test_packets_no_client_may_send_close(join: Join, first: int) -> None:
    wire = join()
    wire.send(packet(first, b"\0\1"))
    assert wire.ends() == []


def test_a_publish_of_qos_3_closes(join: Join, name: str) -> None:
    wire = join()
    wire.send(publish(name, b"x", 3, 1))
    assert wire.ends() == []


@_LENIENT
def test_a_qos_0_publish_marked_as_duplicate_closes(join: Join, name: str) -> None:
    wire = join()
    wire.send(publish(name, b"x", dup=True))
    assert wire.ends() == []


@pytest.mark.parametrize("qos", [1, 2])
def test_a_publish_with_packet_id_0_closes(join: Join, name: str, qos: int) -> None:
    wire = join()
    wire.send(publish(name, b"x", qos, 0))
    assert wire.ends() == []


@pytest.mark.parametrize("request_", [subscribe(0, ("a", 0)), unsubscribe(0, "a")], ids=["subscribe", "unsubscribe"])
def test_a_request_with_packet_id_0_closes(join: Join, request_: bytes) -> None:
    wire = join()
    wire.send(request_)
    assert wire.ends() == []


@pytest.mark.parametrize(
    "short",
    [
        packet(0x30, b""),
        packet(0x30, b"\0"),
        packet(0x30, b"\0\5abc"),
        packet(0x32, text("abc")),
        packet(0x32, text("abc") + b"\0"),
        packet(0x40, b"\0"),
        packet(0x40, b""),
        packet(0x62, b"\0"),
        packet(0x82, b"\0\1\0\5ab"),
        packet(0x82, b"\0\1" + text("ab")),
        packet(0xA2, b"\0\1\0\5ab"),
    ],
    ids=lambda raw: raw.hex(),
)
def test_a_packet_that_ends_inside_a_field_closes(join: Join, short: bytes) -> None:
    wire = join()
    wire.send(short)
    assert wire.ends() == []


@pytest.mark.mosquitto_differs("takes acknowledgements and pings with bytes to spare")
@pytest.mark.parametrize("long", [packet(0xC0, b"x"), packet(0x40, b"\0\1\0")], ids=["ping", "puback"])
def test_a_packet_with_bytes_to_spare_closes(join: Join, long: bytes) -> None:
    wire = join()
    wire.send(long)
    assert wire.ends() == []


def test_a_remaining_length_of_five_bytes_closes(join: Join) -> None:
    wire = join()
    wire.send(b"\x30\xff\xff\xff\xff\x01")
    assert wire.ends() == []


def test_four_unfinished_length_bytes_close_or_wait_but_never_crash(join: Join) -> None:
    join().send(b"\x30\xff\xff\xff\xff")
    join().ping()


def test_packets_arrive_byte_by_byte(join: Join, name: str) -> None:
    wire = join()
    for byte in subscribe(1, (name, 1)) + publish(name, b"slowly", 1, 7) + PING:
        wire.send(bytes((byte,)))
        time.sleep(0.0005)
    kinds = sorted(wire.take().kind for _ in range(4))
    assert kinds == [PUBLISH, PUBACK, SUBACK, PINGRESP]


def test_two_hundred_packets_in_one_write_are_all_taken_in_order(join: Join, name: str) -> None:
    wire = join()
    wire.want(name, 0)
    wire.send(*(publish(name, str(index).encode()) for index in range(200)))
    assert [wire.take().payload for _ in range(200)] == [str(index).encode() for index in range(200)]


def test_a_packet_split_across_its_length_bytes_is_taken(join: Join, name: str) -> None:
    wire = join()
    wire.want(name, 0)
    raw = publish(name, b"y" * 20_000)
    for part in (raw[:1], raw[1:2], raw[2:3], raw[3:5000], raw[5000:]):
        wire.send(part)
        time.sleep(0.01)
    assert wire.take().payload == b"y" * 20_000


@pytest.mark.parametrize("remaining", [126, 127, 128, 129, 16_382, 16_383, 16_384, 16_385])
def test_every_size_of_length_field_works_both_ways(join: Join, name: str, remaining: int) -> None:
    wire = join()
    wire.want(name, 0)
    payload = b"z" * (remaining - 2 - len(name))
    wire.send(publish(name, payload))
    assert wire.take().payload == payload


def test_a_packet_of_256_kib_is_taken_and_delivered(join: Join, name: str) -> None:
    wire = join()
    wire.want(name, 1)
    payload = bytes(range(256)) * 1024
    payload = payload[: KIB_256 - len(publish(name, b"", 1, 1)) - 3]
    wire.send(publish(name, payload, 1, 1))
    found = {got.kind: got for got in (wire.take(), wire.take())}
    assert found[PUBACK].pid == 1
    assert found[PUBLISH].payload == payload


def test_a_packet_of_more_than_256_kib_closes(join: Join, name: str) -> None:
    wire = join()
    wire.send(publish(name, b"q" * (KIB_256 + 4096), 1, 1))
    assert wire.ends() == []


def test_an_oversized_length_alone_closes(join: Join) -> None:
    wire = join()
    wire.send(b"\x30\xff\xff\xff\x7f")
    assert wire.ends() == []


def test_a_ping_is_answered(join: Join) -> None:
    wire = join()
    wire.send(PING)
    assert wire.take() == Packet(0xD0, b"")


def test_an_empty_payload_is_a_message(join: Join, name: str) -> None:
    wire = join()
    wire.want(name, 0)
    wire.send(publish(name, b""))
    assert wire.take() == Packet(0x30, text(name))


def test_disconnect_closes_and_nothing_after_it_is_taken(join: Join, name: str) -> None:
    watcher = join()
    watcher.want(f"{name}/#")
    wire = join()
    wire.send(publish(f"{name}/before", b""), BYE, publish(f"{name}/after", b""))
    assert wire.ends() == []
    join().put(f"{name}/end")
    assert [message.topic for message in watcher.before(f"{name}/end")] == [f"{name}/before"]


def test_an_acknowledgement_nobody_asked_for_is_harmless(join: Join) -> None:
    wire = join()
    wire.send(ack(PUBACK, 4711))
    wire.ping()
