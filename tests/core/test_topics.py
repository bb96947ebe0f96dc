"""Names and topics; the table of what is a node's topic is in tests/vectors."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.core import topics
from gateway.core.access import Kind, Principal, may_publish, may_receive
from gateway.core.topics import DEVICE_ID, METRIC, NODE_PUBLISHES, NODE_READS, parse

DEVICES = st.from_regex(DEVICE_ID, fullmatch=True)


@given(DEVICES, st.sampled_from(sorted(NODE_PUBLISHES)))
def test_every_topic_a_node_publishes_is_taken_apart(device: str, what: str) -> None:
    found = parse(f"devices/{device}/{what}")
    assert found is not None
    assert (found.device, found.what, found.metric) == (device, what, "")


@given(DEVICES, st.from_regex(METRIC, fullmatch=True))
def test_a_bare_value_keeps_its_metric(device: str, metric: str) -> None:
    found = parse(f"sensor/{device}/{metric}")
    assert found is not None
    expected = (device, "audio", "") if metric == "audio" else (device, "sensor", metric)
    assert (found.device, found.what, found.metric) == expected


@given(st.text(max_size=60) | st.lists(st.sampled_from(["devices", "sensor", "abc", "status", "", "a"])).map("/".join))
def test_what_is_taken_apart_is_what_that_device_may_publish(topic: str) -> None:
    found = parse(topic)
    if found is not None:
        assert DEVICE_ID.fullmatch(found.device)
        assert may_publish(Principal(Kind.DEVICE, found.device), topic)


def test_the_topics_a_node_writes_are_its_to_publish_and_nobody_elses() -> None:
    mine, other = Principal(Kind.DEVICE, "node-1"), Principal(Kind.DEVICE, "node-2")
    for build in (
        topics.telemetry,
        topics.heartbeat,
        topics.status,
        topics.command_ack,
        topics.shadow_reported,
    ):
        topic = build("node-1")
        assert parse(topic) is not None
        assert may_publish(mine, topic)
        assert not may_publish(other, topic)
        assert not may_receive(mine, topic)


def test_the_topics_a_node_reads_reach_it_and_nobody_else() -> None:
    mine, other = Principal(Kind.DEVICE, "node-1"), Principal(Kind.DEVICE, "node-2")
    for build in (topics.command, topics.shadow_desired, topics.window_control):
        topic = build("node-1")
        assert parse(topic) is None
        assert may_receive(mine, topic)
        assert not may_receive(other, topic)
        assert not may_publish(mine, topic)


def test_nothing_is_both_written_and_read_by_a_node() -> None:
    assert not NODE_PUBLISHES & {rest for root, rest in NODE_READS if root == "devices"}


def test_remembered_topics_are_bounded() -> None:
    for number in range(5000):
        parse(f"devices/node-{number}/log")
    assert parse.cache_info().currsize <= 4096
