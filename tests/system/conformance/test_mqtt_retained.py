"""Retained messages (MQTT 3.1.1, 3.3.1.3)."""

from __future__ import annotations

import pytest

from .rawmqtt import PUBLISH, Join, publish


def test_a_retained_message_reaches_a_new_subscription_marked(join: Join, name: str) -> None:
    join().put(name, b"kept", retain=True)
    wire = join()
    wire.want(name)
    message = wire.expect(PUBLISH)
    assert (message.payload, message.retain) == (b"kept", True)


def test_a_standing_subscription_gets_it_unmarked(join: Join, name: str) -> None:
    wire = join()
    wire.want(name)
    join().put(name, b"kept", retain=True)
    message = wire.expect(PUBLISH)
    assert (message.payload, message.retain) == (b"kept", False)


def test_only_the_last_one_is_kept(join: Join, name: str) -> None:
    sender, wire = join(), join()
    for payload in (b"first", b"second", b"last"):
        sender.put(name, payload, retain=True)
    wire.want(name)
    wire.want(f"{name}/end")
    wire.send(publish(f"{name}/end"))
    assert [message.payload for message in wire.before(f"{name}/end")] == [b"last"]


def test_a_message_without_the_flag_leaves_it_alone(join: Join, name: str) -> None:
    sender, wire = join(), join()
    sender.put(name, b"kept", retain=True)
    sender.put(name, b"passing")
    wire.want(name)
    assert wire.take().payload == b"kept"


def test_an_empty_payload_removes_it(join: Join, name: str) -> None:
    sender, wire = join(), join()
    sender.put(name, b"kept", retain=True)
    sender.put(name, b"", retain=True)
    wire.want(name)
    wire.want(f"{name}/end")
    wire.send(publish(f"{name}/end"))
    assert wire.before(f"{name}/end") == []


def test_an_empty_payload_without_the_flag_removes_nothing(join: Join, name: str) -> None:
    sender, wire = join(), join()
    sender.put(name, b"kept", retain=True)
    sender.put(name, b"")
    wire.want(name)
    assert wire.take().payload == b"kept"


def test_the_removal_is_itself_delivered(join: Join, name: str) -> None:
    sender, wire = join(), join()
    sender.put(name, b"kept", retain=True)
    wire.want(name)
    wire.take()
    sender.put(name, b"", retain=True)
    message = wire.take()
    assert (message.payload, message.retain) == (b"", False)


def test_a_qos_0_message_replaces_a_qos_1_one(join: Join, name: str) -> None:
    sender, wire = join(), join()
    sender.put(name, b"kept", 1, retain=True)
    sender.put(name, b"newer", 0, retain=True)
    sender.ping()
    wire.want(name, 1)
    message = wire.take()
    assert (message.payload, message.qos) == (b"newer", 0)


@pytest.mark.parametrize("published", [0, 1, 2])
@pytest.mark.parametrize("granted", [0, 1, 2])
def test_it_is_delivered_at_the_lower_qos(join: Join, name: str, published: int, granted: int) -> None:
    sender, wire = join(), join()
    sender.put(name, b"kept", published, retain=True)
    sender.ping()
    wire.want(name, granted)
    assert wire.take().qos == min(published, granted)


def test_a_wildcard_gets_every_retained_message_below_it(join: Join, name: str) -> None:
    sender, wire = join(), join()
    for level in ("a", "a/b", "c", "c//d"):
        sender.put(f"{name}/{level}", level.encode(), retain=True)
    sender.put(f"{name}2/a", b"other", retain=True)
    wire.want(f"{name}/#")
    wire.want(f"{name}.end")
    wire.send(publish(f"{name}.end"))
    assert sorted(message.payload for message in wire.before(f"{name}.end")) == [b"a", b"a/b", b"c", b"c//d"]


def test_a_resumed_session_does_not_get_it_again(join: Join, name: str) -> None:
    join().put(f"{name}/a", b"kept", retain=True)
    wire = join(name, clean=False)
    wire.want(f"{name}/#", 1)
    wire.before(f"{name}/a")
    wire.ping()
    wire.bye()
    wire = join(name, clean=False, present=True)
    join().put(f"{name}/end")
    assert wire.before(f"{name}/end") == []


def test_it_outlives_the_session_that_sent_it(join: Join, name: str) -> None:
    sender = join(f"{name}-s")
    sender.put(name, b"kept", retain=True)
    sender.bye()
    wire = join()
    wire.want(name)
    assert wire.take().payload == b"kept"
