"""Control packets; single cases, also all that must be refused, are in tests/vectors."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import ProtocolError
from gateway.core.mqtt import packets
from gateway.core.mqtt.filters import check_filter, check_topic
from gateway.core.mqtt.framing import Frame, Framer
from gateway.core.mqtt.packets import Connect, Will

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
NAMES = st.text(st.characters(exclude_characters="\0+#", exclude_categories=["Cs"]), min_size=1, max_size=30)
IDS = st.integers(1, 65535)
QOS = st.integers(0, 2)
FILTERS = NAMES | st.just("#") | NAMES.map(lambda name: f"+/{name}/#")
WILLS = st.builds(Will, NAMES, st.binary(max_size=60), QOS, st.booleans())
CONNECTS = st.one_of(
    st.builds(Connect, TEXT, st.booleans(), st.integers(0, 65535), st.none() | TEXT, st.none(), st.none() | WILLS),
    st.builds(Connect, TEXT, st.booleans(), st.integers(0, 65535), TEXT, st.binary(max_size=40), st.none() | WILLS),
)
DECODERS: list[Callable[[int, bytes], object]] = [
    packets.decode_connect,
    packets.decode_publish,
    packets.decode_ack,
    packets.decode_subscribe,
    packets.decode_unsubscribe,
    lambda _header, body: packets.decode_connack(body),
    lambda _header, body: packets.decode_suback(body),
]


def frame(packet: bytes) -> Frame:
    (only,) = Framer(300_000).feed(packet)
    return only


@given(CONNECTS)
def test_a_connect_is_read_as_it_was_written(connect: Connect) -> None:
    assert packets.decode_connect(*frame(packets.encode_connect(connect))) == connect


@given(NAMES, st.binary(max_size=300), QOS, IDS, st.booleans(), st.booleans())
def test_a_publish_is_read_as_it_was_written(
    topic: str, payload: bytes, qos: int, packet_id: int, dup: bool, retain: bool
) -> None:
    flags = packets.DUP * (dup and qos > 0) | retain
    header, body = frame(packets.encode_publish(packets.topic_field(topic), payload, qos, packet_id, flags))
    assert packets.decode_publish(header, body) == (topic.encode(), packet_id if qos else 0, payload)
    assert header == 0x30 | qos << 1 | flags


@pytest.mark.parametrize("size", [0, 120, 121, 122, 123, 124, 16_377, 16_378, 16_379, 16_380, 70_000, 262_000])
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_publish_of_any_length_is_read_as_it_was_written(size: int, qos: int) -> None:
    packet = packets.encode_publish(packets.topic_field("a/b"), b"x" * size, qos, 7)
    assert packets.decode_publish(*frame(packet)) == (b"a/b", 7 if qos else 0, b"x" * size)


@given(IDS, st.lists(st.tuples(FILTERS, QOS), min_size=1, max_size=5))
def test_a_subscribe_is_read_as_it_was_written(packet_id: int, wanted: list[tuple[str, int]]) -> None:
    assert packets.decode_subscribe(*frame(packets.encode_subscribe(packet_id, wanted))) == (packet_id, wanted)


@given(IDS, st.lists(FILTERS, min_size=1, max_size=5))
def test_an_unsubscribe_is_read_as_it_was_written(packet_id: int, filters: list[str]) -> None:
    assert packets.decode_unsubscribe(*frame(packets.encode_unsubscribe(packet_id, filters))) == (packet_id, filters)


@given(IDS, st.lists(st.sampled_from([0, 1, 2, 128]), min_size=1, max_size=200))
def test_a_suback_is_read_as_it_was_written(packet_id: int, codes: list[int]) -> None:
    assert packets.decode_suback(frame(packets.encode_suback(packet_id, codes))[1]) == (packet_id, codes)


@given(IDS)
def test_acknowledgements_are_read_as_they_were_written(packet_id: int) -> None:
    for head in (packets.PUBACK_HEAD, packets.PUBREC_HEAD, packets.PUBREL_HEAD, packets.PUBCOMP_HEAD):
        assert packets.decode_ack(*frame(packets.encode_ack(head, packet_id))) == packet_id
    assert packets.decode_ack(*frame(packets.encode_unsuback(packet_id))) == packet_id


@pytest.mark.parametrize(("code", "present"), [(0, False), (0, True), (1, False), (5, False)])
def test_a_connack_is_read_as_it_was_written(code: int, present: bool) -> None:
    assert packets.decode_connack(frame(packets.encode_connack(code, present))[1]) == (present, code)


@given(st.integers(0, 255), st.binary(max_size=80))
def test_random_bytes_are_read_or_refused_and_never_anything_else(header: int, body: bytes) -> None:
    for decode in DECODERS:
        try:
            decode(header, body)
        except ProtocolError as error:
            refused = error
        else:
            continue
        assert str(refused)


@given(CONNECTS, st.integers(0, 500), st.integers(0, 255))
def test_a_connect_with_one_byte_changed_is_read_or_refused(connect: Connect, place: int, byte: int) -> None:
    header, body = frame(packets.encode_connect(connect))
    place %= len(body)
    try:
        found = packets.decode_connect(header, body[:place] + bytes((byte,)) + body[place + 1 :])
    except ProtocolError:
        return
    assert found.will is None or found.will.qos <= 2
    assert found.password is None or found.username is not None


@given(CONNECTS, st.integers(0, 500))
def test_a_connect_that_is_cut_off_is_refused(connect: Connect, place: int) -> None:
    header, body = frame(packets.encode_connect(connect))
    with pytest.raises(ProtocolError):
        packets.decode_connect(header, body[: place % len(body)])


@given(st.integers(0, 15), st.binary(min_size=2, max_size=40))
def test_what_a_subscribe_yields_may_be_subscribed_to(flags: int, body: bytes) -> None:
    try:
        packet_id, wanted = packets.decode_subscribe(0x80 | flags, body)
    except ProtocolError:
        return
    assert packet_id
    assert wanted
    for topic_filter, qos in wanted:
        check_filter(topic_filter)
        assert qos <= 2


@given(st.binary(max_size=20) | st.text(st.sampled_from("aü€😀\0"), max_size=4).map(str.encode))
def test_text_is_what_utf_8_without_u_0000_says(raw: bytes) -> None:
    valid = raw.decode(errors="replace").encode() == raw and b"\0" not in raw
    if valid:
        assert packets.decode_text(raw).encode() == raw
    else:
        with pytest.raises(ProtocolError):
            packets.decode_text(raw)


@given(WILLS)
def test_a_wills_topic_may_be_published_to(will: Will) -> None:
    found = packets.decode_connect(*frame(packets.encode_connect(Connect("a", will=will)))).will
    assert found is not None
    check_topic(found.topic)


def test_a_field_that_does_not_fit_is_not_written() -> None:
    with pytest.raises(ValueError, match="65536 bytes"):
        packets.topic_field("x" * 65536)
    with pytest.raises(ValueError, match="65536 bytes"):
        packets.encode_connect(Connect("a", username="u", password=b"x" * 65536))
    assert packets.topic_field("x" * 65535)[:2] == b"\xff\xff"
