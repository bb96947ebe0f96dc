"""Subscriptions, routes and retained messages."""

import pytest

from gateway.backends.broker.router import Router
from gateway.backends.broker.session import Session
from gateway.backends.broker.settings import BrokerSettings, Counters
from gateway.core.mqtt.filters import matches


def session(client: str = "c") -> Session:
    return Session(client, "", False, BrokerSettings(), Counters())


@pytest.mark.parametrize(
    ("topic_filter", "topic"),
    [
        ("a/b", "a/b"),
        ("a/+", "a/b"),
        ("a/+", "a/"),
        ("+/+", "/a"),
        ("#", "a/b/c"),
        ("a/#", "a"),
        ("a/#", "a/b/c"),
        ("+", "a"),
        ("+", "a/b"),
        ("a/+/c", "a/b/c"),
        ("#", "$SYS/x"),
        ("+/x", "$SYS/x"),
        ("$SYS/#", "$SYS/x"),
        ("a//b", "a//b"),
        ("/", "/"),
        ("+/+/#", "/"),
    ],
)
def test_the_tree_agrees_with_the_definition_of_a_match(topic_filter, topic):
    router, one = Router(10), session()
    router.subscribe(one, topic_filter, 1)
    assert (one in router.subscribers(topic)) is matches(topic_filter, topic)


def test_overlapping_subscriptions_deliver_once_at_the_highest_qos():
    router, one = Router(10), session()
    router.subscribe(one, "a/#", 2)
    router.subscribe(one, "a/b", 0)
    router.subscribe(one, "+/b", 1)
    assert router.subscribers("a/b") == {one: 2}


def test_unsubscribing_leaves_no_trace_in_the_tree():
    router, one, two = Router(10), session(), session("d")
    router.subscribe(one, "a/b/c", 1)
    router.subscribe(two, "a/b", 1)
    assert router.unsubscribe(one, "a/b/c")
    assert not router.unsubscribe(one, "a/b/c")
    assert router.filters() == {"a/b": [(two, 1)]}
    router.remove(two)
    assert router.filters() == {}
    assert not router._root.children


def test_a_new_exact_subscription_empties_the_route_that_connections_hold():
    router, one = Router(10), session()
    route = router.route("a/b")
    route.targets = ()
    epoch = router.epoch
    router.subscribe(one, "a/b", 1)
    assert route.targets is None
    assert router.epoch is epoch
    assert router.route("a/b") is route


def test_a_new_wildcard_subscription_makes_every_held_route_stale():
    router, one = Router(10), session()
    epoch = router.epoch
    router.subscribe(one, "a/+", 1)
    assert router.epoch is not epoch


def test_retained_messages_are_bounded_and_an_empty_payload_clears():
    router = Router(2)
    assert router.retain("a", b"1", 1)
    assert router.retain("b", b"2", 0)
    assert router.retain("c", b"3", 0) is None
    assert router.retain("a", b"4", 1)
    assert [kept.payload for kept in router.retained_for("#")] == [b"4", b"2"]
    cleared = router.retain("a", b"", 0)
    assert cleared is not None
    assert not cleared.payload
    assert router.retain("a", b"", 0) is None
    assert router.retained_for("a") == []
