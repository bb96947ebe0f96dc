"""At least once (MQTT 3.1.1, 4.3.2, 4.4, 4.6)."""

from __future__ import annotations

from .rawmqtt import PUBACK, PUBLISH, Join, ack, publish


def test_a_publish_is_acknowledged_under_its_id(join: Join, name: str) -> None:
    wire = join()
    wire.send(publish(name, b"x", 1, 0xBEEF))
    assert wire.take().body == b"\xbe\xef"


def test_acknowledgements_come_in_the_order_of_the_messages(join: Join, name: str) -> None:
    wire = join()
    wire.send(*(publish(name, b"x", 1, pid) for pid in range(500, 0, -1)))
    assert [wire.expect(PUBACK).pid for _ in range(500)] == list(range(500, 0, -1))


def test_an_acknowledged_id_may_be_used_again(join: Join, name: str) -> None:
    watcher, wire = join(), join()
    watcher.want(name, 1)
    for payload in (b"one", b"two"):
        wire.put(name, payload, 1, 7)
        message = watcher.take()
        watcher.send(ack(PUBACK, message.pid))
        assert message.payload == payload


def test_the_duplicate_flag_of_a_sender_is_not_passed_on(join: Join, name: str) -> None:
    watcher, wire = join(), join()
    watcher.want(name, 1)
    wire.send(publish(name, b"x", 1, 3, dup=True))
    wire.expect(PUBACK, 3)
    assert not watcher.expect(PUBLISH).dup


def test_messages_arrive_in_the_order_they_were_sent(join: Join, name: str) -> None:
    watcher, wire = join(), join()
    watcher.want(f"{name}/#", 1)
    wire.send(*(publish(f"{name}/a", str(index).encode(), 1, index + 1) for index in range(300)))
    wire.send(publish(f"{name}/end", b"", 1, 301))
    assert [int(message.payload) for message in watcher.before(f"{name}/end")] == list(range(300))


def test_what_was_not_acknowledged_comes_again_marked_under_its_id_and_in_order(join: Join, name: str) -> None:
    wire = join(name, clean=False)
    wire.want(name, 1)
    sender = join()
    for index in range(5):
        sender.put(name, str(index).encode(), 1, index + 1)
    first = [wire.expect(PUBLISH) for _ in range(5)]
    wire.drop()
    wire = join(name, clean=False, present=True)
    again = [wire.expect(PUBLISH) for _ in range(5)]
    assert [(message.pid, message.payload) for message in again] == [
        (message.pid, message.payload) for message in first
    ]
    assert all(message.dup for message in again)


def test_what_was_acknowledged_does_not_come_again(join: Join, name: str) -> None:
    wire = join(name, clean=False)
    wire.want(f"{name}/#", 1)
    sender = join()
    for index in range(4):
        sender.put(f"{name}/a", str(index).encode(), 1, index + 1)
    messages = [wire.expect(PUBLISH) for _ in range(4)]
    wire.send(ack(PUBACK, messages[0].pid), ack(PUBACK, messages[2].pid))
    wire.ping()
    wire.drop()
    wire = join(name, clean=False, present=True)
    assert [wire.expect(PUBLISH).payload for _ in range(2)] == [b"1", b"3"]
    wire.ping()


def test_new_ids_avoid_those_still_in_flight_after_a_reconnection(join: Join, name: str) -> None:
    wire = join(name, clean=False)
    wire.want(name, 1)
    sender = join()
    sender.put(name, b"old", 1, 1)
    wire.expect(PUBLISH)
    wire.drop()
    wire = join(name, clean=False, present=True)
    old = wire.expect(PUBLISH)
    sender.put(name, b"new", 1, 2)
    new = wire.expect(PUBLISH)
    assert (old.payload, new.payload, new.dup) == (b"old", b"new", False)
    assert old.pid != new.pid


def test_nothing_is_sent_twice_to_a_connection_that_stays(join: Join, name: str) -> None:
    wire = join()
    wire.want(name, 1)
    join().put(name, b"x")
    wire.expect(PUBLISH)
    wire._socket.settimeout(1.5)
    wire.ping()
