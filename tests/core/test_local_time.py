"""Days and hours on the wall, against what the zones of the world do to them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.local_time import LocalTime

HOUR_MS = 3_600_000
ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",  # used to skip midnight
    "America/Havana",  # repeats midnight's hour
    "Asia/Beirut",
    "Asia/Kathmandu",  # +05:45
    "Asia/Kolkata",
    "Australia/Lord_Howe",  # half an hour of daylight saving
    "Pacific/Apia",  # left out a whole day
    "Pacific/Chatham",  # +12:45, +13:45
    "Africa/Casablanca",
    "America/St_Johns",
]
LOCAL = {name: LocalTime(ZoneInfo(name)) for name in ZONES}
TIMES = st.integers(1_230_768_000_000, 2_000_000_000_000)


def utc_ms(*parts: int) -> int:
    return round(datetime(*parts, tzinfo=UTC).timestamp() * 1000)  # type: ignore[arg-type,misc]


@given(st.sampled_from(ZONES), TIMES)
def test_a_moment_lies_in_its_day_and_its_hour(zone: str, time_ms: int) -> None:
    local = LOCAL[zone]
    for span in (local.day(time_ms), local.hour(time_ms)):
        assert span.start_ms <= time_ms < span.end_ms
    assert local.date_of(local.day(time_ms).start_ms) == local.date_of(time_ms)
    assert local.wall(local.hour(time_ms).start_ms).hour == local.wall(time_ms).hour


@given(st.sampled_from(ZONES), TIMES)
def test_days_and_hours_lie_one_behind_the_other(zone: str, time_ms: int) -> None:
    local = LOCAL[zone]
    for span_of in (local.day, local.hour):
        span = span_of(time_ms)
        assert span_of(span.end_ms).start_ms == span.end_ms
        assert span_of(span.start_ms - 1).end_ms == span.start_ms
        assert span_of(span.end_ms - 1) == span == span_of(span.start_ms)


@given(st.sampled_from(ZONES), TIMES)
def test_a_year_of_days_misses_and_repeats_none(zone: str, time_ms: int) -> None:
    local = LOCAL[zone]
    days = local.days(time_ms, time_ms + 366 * 24 * HOUR_MS)
    assert 365 <= len(days) <= 368
    for one, other in pairwise(days):
        assert one.end_ms == other.start_ms
        assert 22 * HOUR_MS <= one.length_ms <= 26 * HOUR_MS
    assert len({local.date_of(day.start_ms) for day in days}) == len(days)


@given(st.sampled_from(ZONES), TIMES, st.integers(0, 1439))
def test_the_next_time_of_day_is_on_the_wall_or_just_after_what_was_skipped(
    zone: str, time_ms: int, minute: int
) -> None:
    local = LOCAL[zone]
    found_ms = local.next_moment(time_ms, minute)
    assert time_ms < found_ms <= time_ms + 50 * HOUR_MS
    if local.minute(found_ms) != minute:
        assert local.minute(found_ms - 1) < minute or local.date_of(found_ms - 1) != local.date_of(found_ms)
        assert local.wall(found_ms) - local.wall(found_ms - 1) > timedelta(minutes=1)


@pytest.mark.parametrize(
    ("zone", "noon_ms", "hours"),
    [
        ("Europe/Berlin", utc_ms(2026, 3, 29, 12), 23),
        ("Europe/Berlin", utc_ms(2026, 10, 25, 12), 25),
        ("Europe/Berlin", utc_ms(2026, 7, 1, 12), 24),
        ("Australia/Lord_Howe", utc_ms(2026, 4, 4, 20), 24.5),
        ("America/Sao_Paulo", utc_ms(2018, 11, 4, 15), 23),
        ("Pacific/Apia", utc_ms(2011, 12, 30, 9), 24),
        ("Pacific/Apia", utc_ms(2011, 12, 30, 11), 24),
    ],
)
def test_a_day_has_the_hours_it_has(zone: str, noon_ms: int, hours: float) -> None:
    assert LOCAL[zone].day(noon_ms).length_ms == hours * HOUR_MS


def test_a_time_that_does_not_exist_is_the_first_moment_after_the_gap() -> None:
    berlin = LOCAL["Europe/Berlin"]
    for minute in (120, 150, 179):
        assert berlin.moment(date(2026, 3, 29), minute) == utc_ms(2026, 3, 29, 1)
    assert berlin.moment(date(2026, 3, 29), 180) == utc_ms(2026, 3, 29, 1)


def test_of_a_time_that_comes_twice_the_first_counts() -> None:
    berlin = LOCAL["Europe/Berlin"]
    first = utc_ms(2026, 10, 25, 0, 30)
    assert berlin.moment(date(2026, 10, 25), 150) == first
    assert berlin.next_moment(first, 150) == utc_ms(2026, 10, 26, 1, 30)
    assert berlin.minute(first + HOUR_MS) == 150


def test_the_skipped_midnight_of_a_day_is_its_first_moment() -> None:
    start_ms = LOCAL["America/Sao_Paulo"].day(utc_ms(2018, 11, 4, 15)).start_ms
    assert LOCAL["America/Sao_Paulo"].wall(start_ms).isoformat() == "2018-11-04T01:00:00"


def test_quiet_hours_go_over_midnight_and_follow_the_wall_clock() -> None:
    berlin = LOCAL["Europe/Berlin"]
    assert berlin.within(utc_ms(2026, 1, 1, 21), 22 * 60, 7 * 60)
    assert berlin.within(utc_ms(2026, 1, 1, 5, 59), 22 * 60, 7 * 60)
    assert not berlin.within(utc_ms(2026, 1, 1, 6), 22 * 60, 7 * 60)
    assert not berlin.within(utc_ms(2026, 7, 1, 5), 22 * 60, 7 * 60)
    assert berlin.within(utc_ms(2026, 7, 1, 20), 22 * 60, 7 * 60)
    assert berlin.within(utc_ms(2026, 7, 1, 12), 60, 60)


def test_hours_of_a_zone_with_quarters_begin_on_its_own_clock() -> None:
    assert LOCAL["Asia/Kathmandu"].hour(utc_ms(2026, 1, 1, 0, 20)).start_ms == utc_ms(2026, 1, 1, 0, 15)
