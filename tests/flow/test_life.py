"""The gateway's own start and end, and what a start says of the run before."""

from __future__ import annotations

import asyncio

import pytest

from gateway.core.messages import Happened
from gateway.flow.bus import Bus
from gateway.flow.chronicle import Chronicle
from gateway.flow.life import Life
from tests.fakes import FixedClock, MemoryWriter

BOOT = "0a1b2c3d-0000"


class Runs:
    """Several runs on one log."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.writer = MemoryWriter()

    @property
    def events(self) -> list[Happened]:
        return [change for change in reversed(self.writer.changes) if isinstance(change, Happened)]

    def start(self, boot: str = BOOT) -> Life:
        life = Life(Chronicle(self.writer, Bus(), self.clock), self.clock, boot)
        life.started(self.events[:1])
        return life


@pytest.fixture
def runs() -> Runs:
    return Runs()


def test_the_first_start_says_so(runs: Runs) -> None:
    runs.start()
    assert [(event.kind, event.reason) for event in runs.events] == [("gateway.started", "for the first time")]


def test_after_a_stop_it_says_when_and_why(runs: Runs) -> None:
    runs.start().stopped(None)
    runs.clock.advance(minutes=5)
    runs.start()
    assert [event.reason for event in runs.events][:2] == ["stopped 5 min ago (asked to stop)", "asked to stop"]


def test_a_start_without_a_stop_was_killed(runs: Runs) -> None:
    runs.start()
    runs.start()
    assert runs.events[0].reason == "the last run was killed"


def test_another_boot_of_the_machine_was_a_power_cut(runs: Runs) -> None:
    runs.start()
    runs.start("ffffffff-0000")
    assert runs.events[0].reason == "the machine lost its power or was reset while the gateway ran"
    runs.start("")
    assert runs.events[0].reason == "the last run was killed"


def test_a_clock_that_was_behind_makes_no_negative_time(runs: Runs) -> None:
    runs.start().stopped(None)
    runs.clock.advance(days=-1)
    runs.start()
    assert runs.events[0].reason == "stopped (asked to stop)"


@pytest.mark.parametrize(
    ("error", "reason"),
    [(asyncio.CancelledError(), "asked to stop"), (RuntimeError("no loop"), "failed: RuntimeError('no loop')")],
)
def test_why_it_ended_is_told(runs: Runs, error: BaseException, reason: str) -> None:
    runs.start().stopped(error)
    assert runs.events[0].reason == reason
