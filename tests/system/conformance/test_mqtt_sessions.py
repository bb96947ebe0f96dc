"""Sessions that outlive their connection, wills, and taking over (MQTT 3.1.1, 3.1.2.4, 3.1.2.5, 4.1)."""

from __future__ import annotations

import pytest

from .rawmqtt import BYE, PUBLISH, Join, Will, publish, unsubscribe


@pytest.mark.parametrize("qos", [1, 2])
def test_a_hundred_messages_wait_for_an_absent_session_in_order(join: Join, name: str, qos: int) -> None:
    wire = join(name, clean=False)
    wire.want(f"{name}/#", qos)
    wire.bye()
    sender = join()
    for index in range(100):
        sender.put(f"{name}/a", str(index).encode(), qos, index + 1)
    wire = join(name, clean=False, present=True)
    sender.put(f"{name}/end", b"", qos, 200)
    assert [int(message.payload) for message in wire.before(f"{name}/end")] == list(range(100))


def test_a_queued_message_is_not_marked_as_duplicate_or_retained(join: Join, name: str) -> None:
    wire = join(name, clean=False)
    wire.want(name, 1)
    wire.bye()
    join().put(name, b"kept", retain=True)
    message = join(name, clean=False, present=True).expect(PUBLISH)
    assert (message.payload, message.dup, message.retain) == (b"kept", False, False)


def test_a_clean_connect_discards_subscriptions_and_queue(join: Join, name: str) -> None:
    wire = join(name, clean=False)
    wire.want(name, 1)
    wire.bye()
    join().put(name, b"never")
    join(name, clean=True, present=False).bye()
    join().put(name, b"never")
    join(name, clean=False, present=False).ping()


def test_a_clean_session_gets_nothing_of_what_it_missed(join: Join, name: str) -> None:
    wire = join(name)
    wire.want(name, 1)
    wire.bye()
    join().put(name, b"missed")
    join(name, present=False).ping()


def test_unsubscribing_is_remembered_by_the_session(join: Join, name: str) -> None:
    wire = join(name, clean=False)
    wire.want(f"{name}/a", 1)
    wire.want(f"{name}/end", 1)
    wire.send(unsubscribe(4, f"{name}/a"))
    wire.take()
    wire.bye()
    sender = join()
    sender.put(f"{name}/a")
    sender.put(f"{name}/end")
    assert join(name, clean=False, present=True).before(f"{name}/end") == []


def test_a_queued_message_keeps_the_qos_granted_when_it_was_sent(join: Join, name: str) -> None:
    wire = join(name, clean=False)
    wire.want(name, 1)
    wire.bye()
    join().put(name, b"x", 2)
    assert join(name, clean=False, present=True).expect(PUBLISH).qos == 1


def test_a_connection_under_the_same_id_closes_the_older(join: Join, name: str) -> None:
    older = join(name)
    newer = join(name)
    assert older.ends() == []
    newer.ping()


def test_the_newer_connection_takes_over_the_persistent_session(join: Join, name: str) -> None:
    older = join(name, clean=False)
    older.want(name, 1)
    newer = join(name, clean=False, present=True)
    assert older.ends() == []
    join().put(name, b"x")
    assert newer.expect(PUBLISH).payload == b"x"


def test_what_the_older_connection_had_not_acknowledged_goes_to_the_newer(join: Join, name: str) -> None:
    older = join(name, clean=False)
    older.want(name, 1)
    join().put(name, b"x")
    pid = older.expect(PUBLISH).pid
    again = join(name, clean=False, present=True).expect(PUBLISH, pid)
    assert (again.payload, again.dup) == (b"x", True)


def test_being_taken_over_fires_the_will(join: Join, name: str) -> None:
    watcher = join()
    watcher.want(f"{name}/will")
    older = join(name, will=Will(f"{name}/will", b"taken over"))
    newer = join(name)
    assert older.ends() == []
    assert watcher.expect(PUBLISH).payload == b"taken over"
    newer.ping()


def test_twenty_take_overs_in_a_row_leave_one_usable_connection(join: Join, name: str) -> None:
    wires = [join(name, clean=False) for _ in range(20)]
    assert all(wire.ends() == [] for wire in wires[:-1])
    wires[-1].want(name, 1)
    join().put(name, b"x")
    assert wires[-1].expect(PUBLISH).payload == b"x"


def test_vanishing_fires_the_will(join: Join, name: str) -> None:
    watcher = join()
    watcher.want(f"{name}/#")
    join(will=Will(f"{name}/will", b"gone")).drop()
    message = watcher.expect(PUBLISH)
    assert (message.topic, message.payload, message.retain) == (f"{name}/will", b"gone", False)


def test_a_protocol_error_fires_the_will(join: Join, name: str) -> None:
    watcher = join()
    watcher.want(f"{name}/will")
    wire = join(will=Will(f"{name}/will", b"broke it"))
    wire.send(b"\xf0\x00")
    assert wire.ends() == []
    assert watcher.expect(PUBLISH).payload == b"broke it"


def test_a_proper_farewell_discards_the_will(join: Join, name: str) -> None:
    watcher = join()
    watcher.want(f"{name}/#")
    wire = join(will=Will(f"{name}/will"))
    wire.send(BYE)
    assert wire.ends() == []
    watcher.send(publish(f"{name}/end"))
    assert watcher.before(f"{name}/end") == []


def test_a_farewell_discards_the_will_for_good(join: Join, name: str) -> None:
    watcher = join()
    watcher.want(f"{name}/#")
    join(name, clean=False, will=Will(f"{name}/will")).bye()
    join(name, clean=False).drop()
    join(name, clean=False).bye()
    watcher.send(publish(f"{name}/end"))
    assert watcher.before(f"{name}/end") == []


def test_a_will_fires_once(join: Join, name: str) -> None:
    watcher = join()
    watcher.want(f"{name}/#")
    join(name, clean=False, will=Will(f"{name}/will")).drop()
    assert watcher.expect(PUBLISH).topic == f"{name}/will"
    join(name, clean=False).drop()
    join(name, clean=False).bye()
    watcher.send(publish(f"{name}/end"))
    assert watcher.before(f"{name}/end") == []


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_will_has_the_qos_it_was_given(join: Join, name: str, qos: int) -> None:
    watcher = join()
    watcher.want(f"{name}/will", 2)
    join(will=Will(f"{name}/will", qos=qos)).drop()
    assert watcher.expect(PUBLISH).qos == qos


def test_a_retained_will_is_kept(join: Join, name: str) -> None:
    watcher = join()
    watcher.want(f"{name}/will")
    join(will=Will(f"{name}/will", b"offline", 1, retain=True)).drop()
    assert not watcher.expect(PUBLISH).retain
    late = join()
    late.want(f"{name}/will")
    message = late.expect(PUBLISH)
    assert (message.payload, message.retain) == (b"offline", True)


def test_a_will_that_is_not_retained_is_not_kept(join: Join, name: str) -> None:
    watcher = join()
    watcher.want(f"{name}/will")
    join(will=Will(f"{name}/will", b"offline", 1)).drop()
    watcher.expect(PUBLISH)
    late = join()
    late.want(f"{name}/will")
    late.ping()


def test_a_will_may_be_empty(join: Join, name: str) -> None:
    watcher = join()
    watcher.want(f"{name}/will")
    join(will=Will(f"{name}/will", b"")).drop()
    assert watcher.expect(PUBLISH).payload == b""


def test_a_will_waits_for_an_absent_session(join: Join, name: str) -> None:
    absent = join(f"{name}-absent", clean=False)
    absent.want(f"{name}/will", 1)
    absent.bye()
    watcher = join()
    watcher.want(f"{name}/will")
    join(will=Will(f"{name}/will", b"gone", 1)).drop()
    watcher.expect(PUBLISH)
    assert join(f"{name}-absent", clean=False, present=True).expect(PUBLISH).payload == b"gone"
