"""Who may what; the table of single cases is in tests/vectors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.access import (
    GATEWAY,
    Kind,
    Principal,
    Scope,
    may_connect,
    may_publish,
    may_receive,
    may_subscribe,
)
from gateway.core.mqtt.filters import matches
from gateway.core.topics import NODE_PUBLISHES, NODE_READS


def widened(topic: str) -> list[str]:
    """Filters that take `topic` in, or nearly do."""
    above, _, _ = topic.rpartition("/")
    below = topic.partition("/")[2]
    own, other = topic.replace("node-1", "+"), topic.replace("node-2", "+")
    return [topic, f"{topic}/#", f"{above}/#", f"{above}/+", f"+/{below}", own, other, "#", "+/#"]


NODE = Principal(Kind.DEVICE, "node-1")
ROOTS = st.sampled_from(["devices", "sensor", "window", "ml/inference/request", "ml", "gateway", "home", "$SYS", ""])
IDS = st.sampled_from(["node-1", "node-2"])
RESTS = st.sampled_from(
    sorted(NODE_PUBLISHES) + sorted({rest for _, rest in NODE_READS}) + ["temperature", "audio", "A", "a/b", ""]
)
TOPICS = st.builds("{}/{}/{}".format, ROOTS, IDS, RESTS) | st.builds("{}/{}".format, ROOTS, IDS)
FILTERS = TOPICS.flatmap(lambda topic: st.sampled_from(widened(topic)))


@given(TOPICS)
def test_a_device_publishes_only_below_its_own_id(topic: str) -> None:
    if may_publish(NODE, topic):
        assert topic.startswith(("devices/node-1/", "sensor/node-1/"))


@given(TOPICS)
def test_a_device_receives_only_what_is_addressed_to_it(topic: str) -> None:
    if may_receive(NODE, topic):
        assert "node-1" in topic.split("/")
        assert "node-2" not in topic.split("/")


@given(TOPICS)
def test_a_device_never_receives_what_it_publishes(topic: str) -> None:
    assert not (may_publish(NODE, topic) and may_receive(NODE, topic))


@given(FILTERS, TOPICS)
def test_a_granted_filter_delivers_nothing_of_another_device(topic_filter: str, topic: str) -> None:
    if may_subscribe(NODE, topic_filter) and matches(topic_filter, topic) and may_receive(NODE, topic):
        assert "node-2" not in topic.split("/")


@given(TOPICS)
def test_what_a_device_may_receive_it_may_also_subscribe_to(topic: str) -> None:
    if may_receive(NODE, topic):
        assert may_subscribe(NODE, topic)


@given(TOPICS)
def test_nobody_but_the_gateway_publishes_below_a_dollar(topic: str) -> None:
    for kind in (Kind.DEVICE, Kind.SERVICE):
        assert not may_publish(Principal(kind, "node-1", Scope.ADMIN), "$" + topic)
    assert may_publish(GATEWAY, "$" + topic)


@given(TOPICS)
def test_a_program_never_speaks_as_a_device(topic: str) -> None:
    if may_publish(NODE, topic):
        assert not may_publish(Principal(Kind.SERVICE, "node-1", Scope.ADMIN), topic)


@given(TOPICS)
def test_a_program_that_may_only_read_publishes_nothing(topic: str) -> None:
    assert not may_publish(Principal(Kind.SERVICE, "panel", Scope.READ), topic)


@given(TOPICS)
def test_the_gateway_publishes_and_receives_everything(topic: str) -> None:
    assert may_publish(GATEWAY, topic)
    assert may_receive(GATEWAY, topic)
    assert may_subscribe(GATEWAY, topic)


@given(st.text(max_size=12))
def test_a_device_connects_under_no_other_client_id(client_id: str) -> None:
    assert may_connect(NODE, client_id) == (client_id == "node-1")


@pytest.mark.parametrize(
    ("scope", "enough_for"),
    [
        (Scope.READ, {Scope.READ}),
        (Scope.OPERATE, {Scope.READ, Scope.OPERATE}),
        (Scope.ADMIN, {Scope.READ, Scope.OPERATE, Scope.ADMIN}),
    ],
)
def test_a_scope_includes_those_before_it(scope: Scope, enough_for: set[Scope]) -> None:
    assert {other for other in Scope if scope.includes(other)} == enough_for


def test_rights_are_remembered_per_caller() -> None:
    topic = "devices/node-1/command"
    assert may_receive(NODE, topic)
    assert not may_receive(Principal(Kind.DEVICE, "node-2"), topic)
    assert may_receive(Principal(Kind.SERVICE, "node-2"), topic)
