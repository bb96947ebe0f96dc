"""The life of a command as a value, and what is read and written of it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.commands import (
    CODES,
    MOST_OPEN,
    OPEN,
    REMEMBERED,
    Command,
    CommandStatus,
    Order,
    Step,
    check_order,
    may_follow,
    message,
    read_ack,
    read_order,
    with_step,
)
from gateway.core.errors import Refused, Unreadable

QUEUED, SENT, ACCEPTED, EXPIRED, FAILED, DONE = CommandStatus
T = 1_767_787_200_000


def lived(*statuses: CommandStatus) -> Command:
    command = Command("c1", "window-1", "set_position", {"position": 40}, T, T + 600_000, "anna")
    for offset_ms, status in enumerate((QUEUED, *statuses)):
        command = with_step(command, Step(status, T + offset_ms))
    return command


@pytest.mark.parametrize(
    ("said", "status", "steps"),
    [
        ((), QUEUED, 1),
        ((SENT,), SENT, 2),
        ((SENT, ACCEPTED, DONE), DONE, 4),
        ((ACCEPTED, SENT), ACCEPTED, 2),
        ((SENT, SENT, ACCEPTED, ACCEPTED), ACCEPTED, 3),
        ((SENT, DONE, FAILED), DONE, 3),
        ((SENT, FAILED, DONE), FAILED, 3),
        ((DONE, ACCEPTED), DONE, 2),
        ((EXPIRED, SENT), EXPIRED, 2),
        ((SENT, EXPIRED, ACCEPTED), EXPIRED, 4),
        ((SENT, EXPIRED, DONE, FAILED), DONE, 4),
        ((DONE, EXPIRED), DONE, 2),
    ],
)
def test_each_status_comes_once_and_the_first_end_counts(
    said: tuple[CommandStatus, ...], status: CommandStatus, steps: int
) -> None:
    command = lived(*said)
    assert (command.status, len(command.steps)) == (status, steps)
    assert command.open == (status in OPEN)


@given(st.lists(st.sampled_from(list(CommandStatus)), max_size=12))
def test_a_word_of_the_node_is_never_undone_and_nothing_is_sent_after_an_end(said: list[CommandStatus]) -> None:
    command = lived()
    ended = False
    for status in said:
        before = command
        command = with_step(command, Step(status, T))
        if ended:
            assert command.status is not SENT
            assert not command.open
            assert not may_follow(before, SENT)
        if before.status in (DONE, FAILED):
            assert command == before
        ended = ended or not command.open
    assert with_step(command, command.steps[-1]) is command


def test_what_the_node_says_after_it_expired_is_late() -> None:
    command = lived(SENT, ACCEPTED, EXPIRED, DONE)
    assert [command.late(step) for step in command.steps] == [False, False, False, False, True]
    assert lived(EXPIRED).late(Step(FAILED, T))
    assert not lived(SENT).late(Step(DONE, T))


def test_codes_rise_with_the_life() -> None:
    assert [CODES[status] for status in CommandStatus] == [0, 1, 2, 3, 4, 5]
    assert MOST_OPEN < REMEMBERED


def test_a_node_reads_how_long_it_has() -> None:
    command = lived()
    assert json.loads(message(command, T + 1000)) == {
        "id": "c1",
        "verb": "set_position",
        "args": {"position": 40},
        "expires_ms": T + 600_000,
        "ttl_ms": 599_000,
    }
    assert json.loads(message(command, T + 700_000))["ttl_ms"] == 0


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        (b'{"id":"","status":"done"}', "id"),
        (b'{"id":"a b","status":"done"}', "a b"),
        (b'{"status":"done"}', "id"),
        (b'{"id":"x","status":"sent"}', "sent"),
        (b'{"id":"x"}', "status"),
        (b"[]", "object"),
    ],
)
def test_an_ack_that_cannot_be_read_says_why(payload: bytes, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        read_ack(payload)


def test_the_detail_of_an_ack_may_be_anything_and_is_bounded() -> None:
    assert read_ack(b'{"id":"x","status":"failed","detail":{"code":5}}').detail == "{…}"
    assert read_ack(b'{"id":"x","status":"done","detail":null}').detail == ""
    assert len(read_ack(json.dumps({"id": "x", "status": "done", "detail": "y" * 900}).encode()).detail) == 200


def test_a_programs_order_is_read() -> None:
    assert read_order("fan-1", b'{"verb":"turn_on"}') == Order("fan-1", "turn_on")
    said = b'{"id":"n-1","verb":"run_for","args":{"seconds":5},"expires_ms":1767787200000,"more":1}'
    assert read_order("fan-1", said) == Order("fan-1", "run_for", {"seconds": 5}, T, "n-1")


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"on",
        b"{}",
        b'{"verb":"Turn On"}',
        b'{"verb":"turn_on","args":[1]}',
        b'{"verb":"turn_on","id":5}',
        b'{"verb":"turn_on","id":"../x"}',
        b'{"verb":"turn_on","expires_ms":"soon"}',
        b'{"verb":"turn_on","expires_ms":true}',
        b'{"verb":"turn_on","args":{"x":"' + b"y" * 9000 + b'"}}',
    ],
)
def test_a_programs_order_that_cannot_be_read_is_refused(payload: bytes) -> None:
    with pytest.raises(Unreadable):
        read_order("fan-1", payload)


@pytest.mark.parametrize(
    "order",
    [
        Order("fan-1", "turn_on", id="a/b"),
        Order("fan-1", "turn on"),
        Order("fan-1", "turn_on", {"x": {"a": {"b": {"c": {"d": 1}}}}}),
        Order("fan-1", "turn_on", {"x": "y" * 4096}),
    ],
)
def test_an_order_that_can_be_no_command_is_refused(order: Order) -> None:
    with pytest.raises(Refused):
        check_order(order)


def test_an_order_at_the_limits_is_none_too_many() -> None:
    check_order(Order("fan-1", "turn_on", {"a": {"b": {"c": {"d": 1}}}, "x": "y" * 4000}, id="x" * 64))
