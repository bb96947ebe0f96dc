"""Exactly once, both ways and through every kind of interruption (MQTT 3.1.1, 4.3.3)."""

from __future__ import annotations

import pytest

from .rawmqtt import PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL, Join, Wire, ack, publish


@pytest.fixture
def watcher(join: Join, name: str) -> Wire:
    wire = join()
    wire.want(f"{name}/#", 2)
    return wire


def seen(watcher: Wire, join: Join, name: str) -> list[bytes]:
    """What the watcher was delivered up to now."""
    join().put(f"{name}/end", b"", 2)
    return [message.payload for message in watcher.before(f"{name}/end")]


def test_the_handshake_is_publish_pubrec_pubrel_pubcomp(join: Join, name: str) -> None:
    wire = join()
    wire.send(publish(name, b"x", 2, 0x0102))
    assert wire.take().body == b"\1\2"
    wire.send(ack(PUBREL, 0x0102))
    assert wire.expect(PUBCOMP).body == b"\1\2"


@pytest.mark.mosquitto_differs("closes on it while the connection lasts")
def test_a_publish_sent_twice_before_its_release_is_delivered_once(join: Join, name: str, watcher: Wire) -> None:
    wire = join()
    for dup in (False, True, True):
        wire.send(publish(f"{name}/a", b"x", 2, 5, dup=dup))
        wire.expect(PUBREC, 5)
    wire.send(ack(PUBREL, 5))
    wire.expect(PUBCOMP, 5)
    assert seen(watcher, join, name) == [b"x"]


def test_after_its_completion_the_id_carries_a_new_message(join: Join, name: str, watcher: Wire) -> None:
    wire = join()
    for payload in (b"one", b"two"):
        wire.put(f"{name}/a", payload, 2, 5)
    assert seen(watcher, join, name) == [b"one", b"two"]


def test_a_publish_resent_after_a_reconnection_is_delivered_once(join: Join, name: str, watcher: Wire) -> None:
    wire = join(name, clean=False)
    wire.send(publish(f"{name}/a", b"x", 2, 5))
    wire.expect(PUBREC, 5)
    wire.drop()
    wire = join(name, clean=False, present=True)
    wire.send(publish(f"{name}/a", b"x", 2, 5, dup=True))
    wire.expect(PUBREC, 5)
    wire.send(ack(PUBREL, 5))
    wire.expect(PUBCOMP, 5)
    assert seen(watcher, join, name) == [b"x"]


def test_a_release_after_a_reconnection_completes(join: Join, name: str, watcher: Wire) -> None:
    wire = join(name, clean=False)
    wire.send(publish(f"{name}/a", b"x", 2, 5))
    wire.expect(PUBREC, 5)
    wire.drop()
    wire = join(name, clean=False, present=True)
    wire.send(ack(PUBREL, 5))
    wire.expect(PUBCOMP, 5)
    assert seen(watcher, join, name) == [b"x"]


def test_a_release_sent_again_is_completed_again(join: Join, name: str, watcher: Wire) -> None:
    wire = join(name, clean=False)
    wire.put(f"{name}/a", b"x", 2, 5)
    wire.drop()
    wire = join(name, clean=False, present=True)
    wire.send(ack(PUBREL, 5))
    wire.expect(PUBCOMP, 5)
    assert seen(watcher, join, name) == [b"x"]


def test_a_clean_session_forgets_the_unreleased(join: Join, name: str, watcher: Wire) -> None:
    wire = join(name, clean=False)
    wire.send(publish(f"{name}/a", b"one", 2, 5))
    wire.expect(PUBREC, 5)
    wire.send(ack(PUBREL, 5))
    wire.expect(PUBCOMP, 5)
    wire.send(publish(f"{name}/a", b"two", 2, 6))
    wire.expect(PUBREC, 6)
    wire.drop()
    wire = join(name, clean=True, present=False)
    wire.put(f"{name}/a", b"three", 2, 6)
    assert seen(watcher, join, name)[-1] == b"three"


def test_different_ids_in_flight_do_not_disturb_each_other(join: Join, name: str, watcher: Wire) -> None:
    wire = join()
    wire.send(*(publish(f"{name}/a", str(pid).encode(), 2, pid) for pid in (3, 1, 2)))
    assert [wire.expect(PUBREC).pid for _ in range(3)] == [3, 1, 2]
    wire.send(*(ack(PUBREL, pid) for pid in (3, 1, 2)))
    assert [wire.expect(PUBCOMP).pid for _ in range(3)] == [3, 1, 2]
    assert sorted(seen(watcher, join, name)) == [b"1", b"2", b"3"]


def test_ids_of_qos_1_and_2_share_one_space_but_complete_apart(join: Join, name: str, watcher: Wire) -> None:
    wire = join()
    wire.send(publish(f"{name}/a", b"two", 2, 1), publish(f"{name}/a", b"one", 1, 2))
    assert {wire.take().kind, wire.take().kind} == {PUBREC, PUBACK}
    wire.send(ack(PUBREL, 1))
    wire.expect(PUBCOMP, 1)
    assert sorted(seen(watcher, join, name)) == [b"one", b"two"]


def waiting(join: Join, name: str) -> tuple[Wire, int]:
    """A persistent subscriber that was just sent one QoS 2 message, and its packet id."""
    wire = join(name, clean=False)
    wire.want(name, 2)
    join().put(name, b"x", 2)
    return wire, wire.expect(PUBLISH).pid


def test_an_unanswered_message_comes_again_marked_under_its_id(join: Join, name: str) -> None:
    wire, pid = waiting(join, name)
    wire.drop()
    wire = join(name, clean=False, present=True)
    again = wire.expect(PUBLISH, pid)
    assert (again.dup, again.payload, again.qos) == (True, b"x", 2)
    wire.finish_qos2(again)
    wire.ping()


def test_after_pubrec_only_the_release_comes_again(join: Join, name: str) -> None:
    wire, pid = waiting(join, name)
    wire.send(ack(PUBREC, pid))
    wire.expect(PUBREL, pid)
    wire.drop()
    wire = join(name, clean=False, present=True)
    assert wire.expect(PUBREL, pid).first == 0x62
    wire.send(ack(PUBCOMP, pid))
    wire.ping()


def test_after_pubcomp_nothing_comes_again(join: Join, name: str) -> None:
    wire, pid = waiting(join, name)
    wire.send(ack(PUBREC, pid))
    wire.expect(PUBREL, pid)
    wire.send(ack(PUBCOMP, pid))
    wire.ping()
    wire.drop()
    join(name, clean=False, present=True).ping()


def test_a_pubrec_sent_twice_is_released_twice(join: Join, name: str) -> None:
    wire, pid = waiting(join, name)
    for _ in range(2):
        wire.send(ack(PUBREC, pid))
        wire.expect(PUBREL, pid)
    wire.send(ack(PUBCOMP, pid))
    wire.ping()


def test_releases_come_in_the_order_of_the_receipts(join: Join, name: str) -> None:
    wire, sender = join(), join()
    wire.want(name, 2)
    for pid in range(1, 9):
        sender.put(name, b"x", 2, pid)
    ids = [wire.expect(PUBLISH).pid for _ in range(8)]
    wire.send(*(ack(PUBREC, pid) for pid in reversed(ids)))
    assert [wire.expect(PUBREL).pid for _ in range(8)] == list(reversed(ids))


def test_a_clean_reconnection_gets_nothing_of_the_old_session(join: Join, name: str) -> None:
    wire, _pid = waiting(join, name)
    wire.drop()
    join(name, clean=True, present=False).ping()
