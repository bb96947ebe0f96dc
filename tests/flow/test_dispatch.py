"""Which command goes out when."""

from __future__ import annotations

import pytest

from gateway.core.commands import Command, CommandStatus, Step, with_step
from gateway.flow.dispatch import CommandSettings, Dispatch

from .orders_site import Time

T = 1_767_787_200_000
MINUTES_MS = 60_000


def asked(boot: str = "m1", name: str = "c1") -> Command:
    steps = (Step(CommandStatus.QUEUED, T),)
    return Command(name, "node-1", "identify", {}, T, T + 10 * MINUTES_MS, "anna", boot=boot, steps=steps)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def dispatch(time: Time) -> Dispatch:
    found = Dispatch(time, CommandSettings().retry_s)
    found.connected("node-1")
    return found


def test_only_an_open_one_before_its_end_is_ready(dispatch: Dispatch) -> None:
    command = asked()
    assert dispatch.ready(command, T + 10 * MINUTES_MS - 1)
    assert not dispatch.ready(command, T + 10 * MINUTES_MS)
    assert not dispatch.ready(with_step(command, Step(CommandStatus.FAILED, T)), T)


@pytest.mark.parametrize(
    ("known", "boot", "ready"), [(True, "m0", True), (False, "m1", True), (False, "m0", False), (False, "", False)]
)
def test_one_of_an_earlier_boot_waits_until_the_time_is_known(
    dispatch: Dispatch, time: Time, known: bool, boot: str, ready: bool
) -> None:
    time.known = known
    assert dispatch.ready(asked(boot), T) is ready
    assert dispatch.due(asked(boot), T) is ready


def test_nobody_is_sent_to_who_is_not_there(dispatch: Dispatch) -> None:
    dispatch.disconnected("node-1")
    assert not dispatch.due(asked(), T)
    dispatch.disconnected("node-1")


def test_a_connection_is_sent_to_once_and_then_after_pauses(dispatch: Dispatch) -> None:
    command = asked()
    assert dispatch.due(command, T)
    dispatch.tried(command, True, T)
    assert not dispatch.due(command, T + 4999)
    assert dispatch.due(command, T + 5000)
    dispatch.tried(command, True, T + 5000)
    assert not dispatch.due(command, T + 14_999)
    dispatch.connected("node-1")
    assert dispatch.due(command, T + 5001)
    dispatch.tried(command, True, T + 5001)
    assert dispatch.due(command, T + 10_001)
    assert dispatch.sends("c1") == 3


def test_what_did_not_reach_it_is_tried_when_it_listens_and_is_not_counted(dispatch: Dispatch) -> None:
    command, other = asked(), asked(name="c2")
    dispatch.tried(command, False, T)
    dispatch.tried(other, True, T)
    assert not dispatch.due(command, T + 1)
    dispatch.subscribed([command, other])
    assert dispatch.due(command, T + 1)
    assert not dispatch.due(other, T + 1)
    assert (dispatch.sends("c1"), dispatch.sends("c2"), dispatch.sends("c3")) == (0, 1, 0)


def test_an_accepted_one_waits_for_the_next_connection(dispatch: Dispatch) -> None:
    command = asked()
    dispatch.tried(command, True, T)
    command = with_step(command, Step(CommandStatus.ACCEPTED, T + 1))
    assert not dispatch.due(command, T + 9 * MINUTES_MS)
    dispatch.connected("node-1")
    assert dispatch.due(command, T + 9 * MINUTES_MS)


def test_a_pause_is_as_long_as_it_was_when_the_clock_is_set(dispatch: Dispatch) -> None:
    command = asked()
    dispatch.tried(command, True, T)
    dispatch.shift(-MINUTES_MS)
    assert dispatch.due(command, T + 5000 - MINUTES_MS)
    assert not dispatch.due(command, T + 4999 - MINUTES_MS)


def test_it_says_when_to_look_again(dispatch: Dispatch) -> None:
    command = asked()
    assert dispatch.next_ms([], T) is None
    assert dispatch.next_ms([command], T) == command.expires_ms
    dispatch.tried(command, True, T)
    assert dispatch.next_ms([command, asked(name="c2")], T) == T + 5000
    assert dispatch.next_ms([command], command.expires_ms) is None
    dispatch.forget(["c1", "c9"])
    assert dispatch.next_ms([command], T) == command.expires_ms
