"""What the broker restores: persistent sessions, queues, QoS 2 state and retained messages."""

from __future__ import annotations

import random
from pathlib import Path

from gateway.core.ports.store import (
    Change,
    Completed,
    Delivered,
    Queued,
    Received,
    Released,
    Retained,
    SessionDropped,
    SessionOpened,
    StoredMessage,
    StoredSession,
    Subscribed,
    Unsubscribed,
)
from tests.backends.store_kit import commit, running, settle


async def _restored(folder: Path, *submissions: tuple[Change, ...]) -> list[StoredSession]:
    """The sessions found after each submission was committed and the store started again."""
    async with running(folder) as store:
        for changes in submissions:
            assert await commit(store, *changes) is None
    async with running(folder) as store:
        return store.sessions()


def _queued(serial: int, client: str = "c", payload: bytes = b"x") -> Queued:
    return Queued(client, serial, "t", payload, 1)


async def test_a_session_comes_back_with_all_it_holds(tmp_path: Path) -> None:
    assert await _restored(
        tmp_path,
        (SessionOpened("c", "anna"), Subscribed("c", "a/#", 1), Subscribed("c", "b", 0), Subscribed("c", "b", 2)),
        (Queued("c", 1, "a/1", b"one", 1), Queued("c", 2, "a/2", b"two", 2, retain=True)),
        (Received("c", 65535), Received("c", 1), Unsubscribed("c", "a/#")),
    ) == [
        StoredSession(
            "c",
            "anna",
            {"b": 2},
            [
                StoredMessage(1, "a/1", b"one", 1, retain=False, released=False),
                StoredMessage(2, "a/2", b"two", 2, retain=True, released=False),
            ],
            {1, 65535},
            3,
        )
    ]


async def test_opening_again_keeps_the_session_and_takes_its_new_user(tmp_path: Path) -> None:
    (session,) = await _restored(
        tmp_path, (SessionOpened("c", "anna"), Subscribed("c", "a", 1), _queued(1)), (SessionOpened("c", "ben"),)
    )
    assert (session.user, session.subscriptions, len(session.queue)) == ("ben", {"a": 1}, 1)


async def test_a_dropped_session_leaves_nothing_even_when_it_is_opened_again(tmp_path: Path) -> None:
    full: tuple[Change, ...] = (SessionOpened("c", "anna"), Subscribed("c", "a", 1), _queued(7), Received("c", 3))
    neighbour: tuple[Change, ...] = (SessionOpened("d", "ben"), _queued(7, "d"), Received("d", 3))
    found = await _restored(tmp_path, neighbour, full, (SessionDropped("c"), SessionOpened("c", "carl")))
    assert [(one.client, one.user, len(one.queue), one.received) for one in found] == [
        ("d", "ben", 1, {3}),
        ("c", "carl", 0, set()),
    ]
    assert found[1].subscriptions == {}


async def test_dropping_counts_also_within_one_commit(tmp_path: Path) -> None:
    changes = (SessionOpened("c", "anna"), _queued(1), Received("c", 1), SessionDropped("c"))
    assert await _restored(tmp_path, changes) == []


async def test_delivered_messages_are_gone_whether_or_not_in_the_same_commit(tmp_path: Path) -> None:
    (session,) = await _restored(
        tmp_path,
        (SessionOpened("c", "anna"), _queued(1), _queued(2), _queued(3)),
        (Delivered("c", 2), _queued(4), Delivered("c", 4)),
    )
    assert [message.serial for message in session.queue] == [1, 3]


async def test_of_a_released_message_only_its_release_is_kept(tmp_path: Path) -> None:
    (session,) = await _restored(
        tmp_path,
        (SessionOpened("c", "anna"), Queued("c", 1, "t", b"long", 2), Queued("c", 2, "t", b"long", 2)),
        (Released("c", 1), Queued("c", 3, "t", b"long", 2), Released("c", 3)),
    )
    assert [(message.serial, message.released) for message in session.queue] == [(1, True), (2, False), (3, True)]
    assert [message.payload for message in session.queue] == [b"", b"long", b""]


async def test_a_journal_that_is_settled_once_more_keeps_what_was_released_and_delivered(tmp_path: Path) -> None:
    queued = [Queued("c", serial, "t", b"long", 2) for serial in (1, 2, 3)]
    first = await _restored(tmp_path, (SessionOpened("c", "anna"), *queued))
    assert len(first[0].queue) == 3
    (session,) = await _restored(tmp_path, (*queued, Released("c", 1), Delivered("c", 2)))
    assert [(message.serial, message.released) for message in session.queue] == [(1, True), (3, False)]


async def test_a_completed_packet_id_is_free_and_can_be_taken_again(tmp_path: Path) -> None:
    (session,) = await _restored(
        tmp_path,
        (SessionOpened("c", "anna"), Received("c", 1), Received("c", 2), Received("c", 3)),
        (Completed("c", 1), Completed("c", 2), Received("c", 2), Received("c", 4), Completed("c", 4)),
    )
    assert session.received == {2, 3}


async def test_the_next_serial_is_above_every_one_there_ever_was(tmp_path: Path) -> None:
    highest = 0
    chance = random.Random(5)
    async with running(tmp_path) as store:
        await commit(store, SessionOpened("c", "anna"))
    for _ in range(8):
        async with running(tmp_path) as store:
            (session,) = store.sessions()
            assert session.next_serial > highest
            serial = session.next_serial
            for _ in range(chance.choice([1, 5, 1500])):
                await commit(store, _queued(serial)) if chance.random() < 0.1 else store.submit((_queued(serial),))
                store.submit((Delivered("c", serial),))
                highest = serial
                serial += 1


async def test_changes_for_a_session_that_is_gone_are_ignored(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        assert await commit(store, _queued(1), Subscribed("c", "a", 1), Delivered("c", 1), Released("c", 1)) is None
        assert await commit(store, Received("c", 1), Completed("c", 1), Unsubscribed("c", "a")) is None
        assert await commit(store, SessionDropped("c")) is None
        assert store.sessions() == []
        await commit(store, SessionOpened("c", "anna"), _queued(1))
        await settle(store)
        assert len(store.sessions()[0].queue) == 1


async def test_many_queues_are_kept_apart_and_in_order(tmp_path: Path) -> None:
    clients = [f"c{n}" for n in range(30)]
    opened = tuple(SessionOpened(client, client) for client in clients)
    queued = tuple(_queued(serial, client, client.encode()) for serial in range(1, 101) for client in clients)
    delivered = tuple(Delivered(client, serial) for serial in range(1, 101, 2) for client in reversed(clients))
    found = await _restored(tmp_path, opened, queued, delivered)
    assert {session.client for session in found} == set(clients)
    for session in found:
        assert [message.serial for message in session.queue] == list(range(2, 101, 2))
        assert {message.payload for message in session.queue} == {session.client.encode()}


async def test_the_last_retained_message_of_a_topic_counts_and_an_empty_one_clears_it(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, Retained("a", b"1", 0), Retained("b", b"1", 1), Retained("c", b"1", 1))
        await commit(store, Retained("a", b"2", 1), Retained("b", b"", 0))
        await commit(
            store, Retained("c", b"", 1), Retained("c", b"3", 0), Retained("d", b"1", 0), Retained("d", b"", 0)
        )
    async with running(tmp_path) as store:
        assert store.retained() == [Retained("a", b"2", 1), Retained("c", b"3", 0)]
