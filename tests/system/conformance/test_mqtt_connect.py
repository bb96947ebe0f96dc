"""CONNECT and CONNACK (MQTT 3.1.1, 3.1 and 3.2)."""

from __future__ import annotations

import string
import time

import pytest

from .rawmqtt import (
    BYE,
    CONNACK,
    PING,
    Closed,
    Dial,
    Join,
    Packet,
    Will,
    Wire,
    ack,
    connect,
    packet,
    publish,
    subscribe,
    text,
    unsubscribe,
)

ACCEPTED = Packet(0x20, b"\0\0")


def refused_silently(wire: Wire) -> None:
    """Closed without an accepting CONNACK."""
    answers = wire.ends()
    assert all(answer.kind == CONNACK and answer.body[1] != 0 and answer.body[0] == 0 for answer in answers), answers


def test_connack_is_the_first_packet_and_accepts(dial: Dial, name: str) -> None:
    wire = dial()
    wire.send(connect(name))
    assert wire.take() == ACCEPTED


_ANOTHER = pytest.mark.mosquitto_differs("speaks this level itself")


@pytest.mark.parametrize("level", [pytest.param(5, marks=_ANOTHER), 6, 0, pytest.param(132, marks=_ANOTHER)])
def test_an_unknown_protocol_level_is_answered_with_code_1_and_closed(dial: Dial, name: str, level: int) -> None:
    wire = dial()
    wire.send(connect(name, level=level))
    assert wire.ends() == [Packet(0x20, b"\0\1")]


@pytest.mark.parametrize("wrong", [b"MQTT4", b"mqtt", b"HTTP", b"", b"MQT"])
def test_a_wrong_protocol_name_closes(dial: Dial, name: str, wrong: bytes) -> None:
    wire = dial()
    wire.send(connect(name, name=wrong))
    refused_silently(wire)


def test_the_reserved_connect_flag_closes(dial: Dial, name: str) -> None:
    wire = dial()
    wire.send(connect(name, flags=0x03))
    refused_silently(wire)


def test_a_second_connect_closes(join: Join, name: str) -> None:
    wire = join(name)
    wire.send(connect(name))
    assert wire.ends() == []


@pytest.mark.parametrize(
    "first",
    [
        publish("a", b"x"),
        publish("a", b"x", 1, 1),
        subscribe(1, ("a", 0)),
        unsubscribe(1, "a"),
        PING,
        BYE,
        ack(4, 1),
        ack(6, 1),
        packet(0x20, b"\0\0"),
        packet(0x00),
        packet(0xF0),
    ],
    ids=[
        "publish",
        "publish1",
        "subscribe",
        "unsubscribe",
        "ping",
        "disconnect",
        "puback",
        "pubrel",
        "connack",
        "0",
        "15",
    ],
)
def test_a_first_packet_other_than_connect_closes(dial: Dial, first: bytes) -> None:
    wire = dial()
    wire.send(first)
    assert wire.ends() == []


@pytest.mark.parametrize("flags", [0x0A, 0x12, 0x22, 0x3A], ids=["qos1", "qos2", "retain", "all"])
def test_will_qos_or_retain_without_a_will_closes(dial: Dial, name: str, flags: int) -> None:
    wire = dial()
    wire.send(connect(name, flags=flags))
    refused_silently(wire)


def test_a_will_of_qos_3_closes(dial: Dial, name: str) -> None:
    wire = dial()
    wire.send(connect(name, will=Will(name, qos=3)))
    refused_silently(wire)


def test_a_password_without_a_user_name_closes(dial: Dial, name: str) -> None:
    wire = dial()
    wire.send(connect(name, password=b"secret"))
    refused_silently(wire)


@pytest.mark.parametrize("flags", [0x82, 0xC2, 0x06], ids=["user", "user and password", "will"])
def test_a_flagged_field_that_is_missing_closes(dial: Dial, name: str, flags: int) -> None:
    wire = dial()
    wire.send(connect(name, flags=flags))
    refused_silently(wire)


def test_a_field_longer_than_its_packet_closes(dial: Dial, name: str) -> None:
    wire = dial()
    wire.send(packet(0x10, text("MQTT") + b"\4\2\0\x3c" + b"\0\xff" + name.encode()))
    refused_silently(wire)


@pytest.mark.parametrize("length", [0, 2, 6, 8, 9, 10, 11])
def test_a_connect_that_ends_too_soon_closes(dial: Dial, name: str, length: int) -> None:
    wire = dial()
    wire.send(packet(0x10, connect(name)[2 : 2 + length]))
    refused_silently(wire)


def test_two_clients_without_an_id_are_both_welcome(dial: Dial) -> None:
    first, second = dial(), dial()
    for wire in (first, second):
        wire.send(connect(""))
        assert wire.take() == ACCEPTED
    first.ping()
    second.ping()


def test_no_id_with_a_persistent_session_is_answered_with_code_2_and_closed(dial: Dial) -> None:
    wire = dial()
    wire.send(connect("", clean=False))
    assert wire.ends() == [Packet(0x20, b"\0\2")]


@pytest.mark.parametrize("characters", [string.ascii_lowercase[:23], string.ascii_uppercase[:23], string.digits, "z"])
def test_ids_of_23_letters_and_digits_are_accepted(dial: Dial, characters: str) -> None:
    wire = dial()
    wire.send(connect(characters))
    assert wire.take() == ACCEPTED


@pytest.mark.parametrize("raw", [b"a\0b", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xe2\x82"])
def test_a_client_id_that_is_not_utf8_closes(dial: Dial, raw: bytes) -> None:
    wire = dial()
    wire.send(connect(raw))
    refused_silently(wire)


@pytest.mark.parametrize("raw", [b"a\0b", b"\xff", b"\xed\xa0\x80"])
def test_a_user_name_that_is_not_utf8_closes(dial: Dial, name: str, raw: bytes) -> None:
    wire = dial()
    wire.send(connect(name, user=raw))
    refused_silently(wire)


@pytest.mark.parametrize("raw", [b"a\0b", b"\xff", b"\xed\xa0\x80", b"a/+", b"#", b""])
def test_an_impossible_will_topic_closes(dial: Dial, name: str, raw: bytes) -> None:
    wire = dial()
    wire.send(connect(name, will=Will(raw)))
    refused_silently(wire)


def test_a_user_name_and_a_binary_password_are_accepted(dial: Dial, name: str) -> None:
    wire = dial()
    wire.send(connect(name, user="somebody", password=bytes(range(256))))
    assert wire.take() == ACCEPTED


def test_packets_sent_before_connack_are_taken(dial: Dial, name: str) -> None:
    wire = dial()
    wire.send(connect(name), subscribe(1, (name, 0)), publish(name, b"early"))
    assert wire.take() == ACCEPTED
    assert wire.take() == Packet(0x90, b"\0\1\0")
    assert wire.take().payload == b"early"


def test_a_new_session_is_not_present(join: Join, name: str) -> None:
    join(name, clean=False, present=False)


def test_a_kept_session_is_present(join: Join, name: str) -> None:
    join(name, clean=False).bye()
    join(name, clean=False, present=True)


def test_a_clean_connect_finds_no_session_and_leaves_none(join: Join, name: str) -> None:
    join(name, clean=False).bye()
    join(name, clean=True, present=False).bye()
    join(name, clean=False, present=False)


def test_a_clean_session_ends_with_its_connection(join: Join, name: str) -> None:
    join(name, clean=True).bye()
    join(name, clean=False, present=False)


class Silence:
    """What became of connections of which the first fell silent for more than 1.5 times its keep alive."""

    def __init__(self, join: Join, name: str) -> None:
        silent = join(keep_alive=1, will=Will(f"{name}/will"))
        self.pinging, self.unlimited, watcher = join(keep_alive=1), join(keep_alive=0), join()
        watcher.want(f"{name}/will")
        self.closed = False
        silent._socket.settimeout(0.4)
        deadline = time.monotonic() + 15
        while not self.closed and time.monotonic() < deadline:
            self.pinging.ping()
            try:
                silent.take()
            except TimeoutError:
                continue
            except Closed:
                self.closed = True
        self.will = watcher.take()


def test_silence_closes_after_the_keep_alive_and_fires_the_will_while_pings_and_0_do_not(join: Join, name: str) -> None:
    silence = Silence(join, name)
    assert silence.closed
    assert silence.will.payload == b"gone"
    silence.pinging.ping()
    silence.unlimited.ping()
