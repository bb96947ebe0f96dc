"""Quiet hours over midnight and over changes of the clock, against a reference that goes minute by minute."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from gateway.core.alerts.alert import Plan
from gateway.core.alerts.quiet import free_ms

MIN = 60_000
BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("quiet", "now", "free"),
    [
        (("22:00", "07:00"), "2026-01-07T23:00+01:00", "2026-01-08T07:00+01:00"),
        (("22:00", "07:00"), "2026-01-07T06:59+01:00", "2026-01-07T07:00+01:00"),
        (("22:00", "07:00"), "2026-01-07T07:00+01:00", "2026-01-07T07:00+01:00"),
        (("22:00", "07:00"), "2026-01-07T21:59+01:00", "2026-01-07T21:59+01:00"),
        (("13:00", "14:00"), "2026-01-07T13:30+01:00", "2026-01-07T14:00+01:00"),
        (("08:00", "08:00"), "2026-01-07T08:00+01:00", "2026-01-07T08:00+01:00"),
        # the hour from two to three is left out, and later comes twice
        (("22:00", "02:30"), "2026-03-29T01:30+01:00", "2026-03-29T03:00+02:00"),
        (("02:00", "02:45"), "2026-10-25T02:15+02:00", "2026-10-25T02:45+02:00"),
        (("02:00", "02:45"), "2026-10-25T02:15+01:00", "2026-10-25T02:45+01:00"),
    ],
)
def test_quiet_hours_end_when_the_clock_on_the_wall_says_so(quiet: tuple[str, str], now: str, free: str) -> None:
    assert free_ms(Plan(zone=BERLIN, quiet=quiet), at(now)) == at(free)


def test_quiet_hours_of_nearly_a_day_end_although_the_clock_is_set_in_their_gap() -> None:
    """From two to three the clock goes on by an hour: the half hour that is not quiet does not come that day."""
    plan = Plan(zone=BERLIN, quiet=("03:00", "02:30"))
    assert free_ms(plan, at("2026-03-29T01:30+01:00")) == at("2026-03-30T02:30+02:00")


def test_a_mute_is_quiet_without_a_clock() -> None:
    assert free_ms(Plan(zone=UTC, muted_until_ms=9_000, known=False, quiet=("00:00", "23:00")), 5_000) == 9_000


HOURS = some.builds(lambda hour, minute: f"{hour:02}:{minute:02}", some.integers(0, 23), some.sampled_from([0, 15, 59]))


@given(
    some.sampled_from(["2026-03-28T12:00+01:00", "2026-10-24T12:00+02:00", "2026-04-04T00:00+11:00"]),
    some.sampled_from(["Europe/Berlin", "Australia/Lord_Howe", "UTC"]),
    some.tuples(HOURS, HOURS),
    some.integers(0, 40 * 60),
)
def test_the_end_is_the_first_minute_that_is_not_quiet(
    begin: str, zone: str, quiet: tuple[str, str], minute: int
) -> None:
    site, (first, last) = ZoneInfo(zone), quiet
    now_ms = at(begin) + minute * MIN

    def is_quiet(time_ms: int) -> bool:
        wall = f"{datetime.fromtimestamp(time_ms / 1000, site):%H:%M}"
        if first == last:
            return False
        return first <= wall < last if first < last else wall >= first or wall < last

    slow_ms = now_ms
    while is_quiet(slow_ms):
        slow_ms += MIN
    assert free_ms(Plan(zone=site, quiet=quiet), now_ms) == slow_ms
