"""Topic names, topic filters and how they match (MQTT 3.1.1, 1.5.3 and 4.7)."""

from __future__ import annotations

import pytest

from .rawmqtt import PUBACK, PUBLISH, SUBACK, Join, ack, publish, subscribe, unsubscribe

MATCHES = [
    ("sport/tennis/player1/#", "sport/tennis/player1"),
    ("sport/tennis/player1/#", "sport/tennis/player1/ranking"),
    ("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon"),
    ("sport/tennis/+", "sport/tennis/player1"),
    ("sport/+", "sport/"),
    ("+/tennis/#", "sport/tennis/x"),
    ("a//b", "a//b"),
    ("a/+/b", "a//b"),
    ("a/#", "a/"),
    ("a/#", "a//"),
    ("+/+/+", "a/b/c"),
    ("a b/ü", "a b/ü"),
]
DIFFERS = [
    ("sport/tennis/+", "sport/tennis/player1/ranking"),
    ("sport/+", "sport"),
    ("sport/tennis", "sport/tennis/"),
    ("sport/tennis/", "sport/tennis"),
    ("ACCOUNTS", "Accounts"),
    ("a/+/b", "a/b"),
    ("a/#", "ab"),
    ("a/b", "a/b/c"),
    ("+", "a/b"),
]


@pytest.mark.parametrize(("topic_filter", "topic"), MATCHES)
def test_a_filter_takes_in(join: Join, name: str, topic_filter: str, topic: str) -> None:
    wire = join()
    wire.want(f"{name}/{topic_filter}")
    wire.send(publish(f"{name}/{topic}", b"here"))
    assert wire.take().topic == f"{name}/{topic}"


@pytest.mark.parametrize(("topic_filter", "topic"), DIFFERS)
def test_a_filter_leaves_out(join: Join, name: str, topic_filter: str, topic: str) -> None:
    wire = join()
    wire.want(f"{name}/{topic_filter}")
    wire.want(f"{name}.end")
    wire.send(publish(f"{name}/{topic}", b"there"), publish(f"{name}.end"))
    assert wire.before(f"{name}.end") == []


@pytest.mark.parametrize(
    ("topic_filter", "topic"), [("#", "{}"), ("+", "{}"), ("+/+", "/{}"), ("/+", "/{}"), ("/#", "/{}/x"), ("#", "/{}")]
)
def test_a_leading_wildcard_takes_in(join: Join, name: str, topic_filter: str, topic: str) -> None:
    wire = join()
    wire.want(topic_filter)
    wire.send(publish(topic.format(name), b"here"))
    assert topic.format(name) in [wire.take().topic]


def test_a_single_level_wildcard_does_not_take_in_a_leading_slash(join: Join, name: str) -> None:
    wire = join()
    wire.want("+")
    wire.send(publish(f"/{name}"), publish(name))
    assert wire.before(name) == []


@pytest.mark.parametrize("topic_filter", ["#", "+/{}", "+/#"])
def test_a_leading_wildcard_hides_dollar_topics(join: Join, name: str, topic_filter: str) -> None:
    wire, other = join(), join()
    wire.want(topic_filter.format(name))
    wire.want(f"{name}/end", pid=10)
    other.send(publish(f"$x/{name}", b"hidden"))
    join().put(f"{name}/end")
    assert [message.topic for message in wire.before(f"{name}/end") if message.topic.startswith("$")] == []


def test_a_leading_wildcard_hides_retained_dollar_topics(join: Join, name: str) -> None:
    join().send(publish(f"$x/{name}", b"hidden", retain=True))
    wire = join()
    wire.want(f"+/{name}")
    wire.want(f"{name}/end", pid=10)
    wire.send(publish(f"{name}/end"))
    assert wire.before(f"{name}/end") == []


@pytest.mark.parametrize(
    "topic",
    [
        b"#",
        b"+",
        b"a/+/b",
        b"a/#",
        b"a+",
        b"a#b",
        b"",
        b"a\0b",
        b"\0",
        b"\xff",
        b"a/\xc0\x80",
        b"\xed\xa0\x80",
        b"\xe2\x82",
    ],
)
@pytest.mark.parametrize("qos", [0, 1])
def test_a_publish_to_an_impossible_topic_closes(join: Join, topic: bytes, qos: int) -> None:
    wire = join()
    wire.send(publish(topic, b"\xc0\x00", qos, 5))
    assert wire.ends() == []


@pytest.mark.parametrize(
    "topic_filter",
    ["a#", "a/#/b", "a+", "+a/b", "a/b+", "#/a", "##", "++", "a/##", b"", b"a\0b", b"\xff", b"\xed\xa0\x80"],
)
def test_a_subscription_to_an_impossible_filter_closes(join: Join, topic_filter: str | bytes) -> None:
    wire = join()
    wire.send(subscribe(1, (topic_filter, 0)))
    assert wire.ends() == []


def test_an_unsubscription_from_nothing_closes(join: Join) -> None:
    wire = join()
    wire.send(unsubscribe(1, ""))
    assert wire.ends() == []


def test_a_byte_order_mark_is_part_of_the_topic(join: Join, name: str) -> None:
    wire = join()
    wire.want(f"\ufeff{name}")
    wire.want(f"{name}.end")
    wire.send(publish(name, b"without"), publish(f"\ufeff{name}", b"with"), publish(f"{name}.end"))
    assert [message.payload for message in wire.before(f"{name}.end")] == [b"with"]


def test_a_long_topic_works(join: Join, name: str) -> None:
    topic = name + "x" * (60_000 - len(name))
    wire = join()
    wire.want(topic, 1)
    wire.send(publish(topic, b"long", 1, 3))
    found = {got.kind: got for got in (wire.take(), wire.take())}
    assert found[PUBLISH].topic == topic
    assert found[PUBACK].pid == 3
    wire.send(ack(PUBACK, found[PUBLISH].pid))


def test_characters_outside_the_basic_plane_work(join: Join, name: str) -> None:
    wire = join()
    wire.send(subscribe(1, (f"{name}/🌡/温度", 0)))
    wire.expect(SUBACK)
    wire.send(publish(f"{name}/🌡/温度", b"x"))
    assert wire.take().topic == f"{name}/🌡/温度"
