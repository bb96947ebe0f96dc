"""Moments and spans as rules name them, through what zones do to the clock."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import Refused
from gateway.core.rules.calendar import Calendar
from gateway.core.rules.rule import SunIf, SunWhen, TimeIf, TimeWhen
from gateway.core.spelling import WEEKDAYS, Weekday

BERLIN = Calendar(ZoneInfo("Europe/Berlin"), 52.52, 13.405)
LORD_HOWE = Calendar(ZoneInfo("Australia/Lord_Howe"))
ZONES = ["UTC", "Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu"]
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
WEEKDAYS_ONLY: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
TIMES = st.integers(1_230_768_000_000, 2_000_000_000_000)
OF_DAY = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
DAYS = st.lists(st.sampled_from(WEEKDAYS), unique=True).map(tuple)


def ms(text: str, zone: str = "Europe/Berlin", fold: int = 0) -> int:
    wall = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return round(wall.timestamp() * 1000)


def moments(calendar: Calendar, trigger: TimeWhen | SunWhen, after_ms: int, count: int) -> list[int]:
    found: list[int] = []
    for _ in range(count):
        moment = calendar.next_moment(trigger, found[-1] if found else after_ms)
        assert moment is not None
        found.append(moment)
    return found


def changes(calendar: Calendar, condition: TimeIf | SunIf, after_ms: int, count: int) -> list[int]:
    found: list[int] = []
    for _ in range(count):
        change = calendar.next_change(condition, found[-1] if found else after_ms)
        assert change is not None
        found.append(change)
    return found


def test_a_time_of_day_that_is_skipped_happens_at_the_first_moment_after_it() -> None:
    found = moments(BERLIN, TimeWhen(at="02:30"), ms("2026-03-28 12:00"), 2)
    assert found == [ms("2026-03-29 03:00"), ms("2026-03-30 02:30")]


def test_a_time_of_day_that_comes_twice_happens_once() -> None:
    found = moments(BERLIN, TimeWhen(at="02:30"), ms("2026-10-24 12:00"), 2)
    assert found == [ms("2026-10-25 02:30"), ms("2026-10-26 02:30")]


def test_a_time_of_day_keeps_to_its_weekdays() -> None:
    found = moments(BERLIN, TimeWhen(at="07:00", days=("mon", "fri")), ms("2026-10-23 07:00"), 3)
    assert found == [ms("2026-10-26 07:00"), ms("2026-10-30 07:00"), ms("2026-11-02 07:00")]


def test_every_so_many_seconds_is_counted_from_the_local_midnight() -> None:
    found = moments(BERLIN, TimeWhen(every_s=7 * 3600), ms("2026-10-24 20:30"), 6)
    assert found == [
        ms("2026-10-24 21:00"),
        ms("2026-10-25 00:00"),
        ms("2026-10-25 06:00"),  # 7 h later: the clock was set back
        ms("2026-10-25 13:00"),
        ms("2026-10-25 20:00"),
        ms("2026-10-26 00:00"),
    ]


def test_every_ten_minutes_does_not_drift_over_a_year() -> None:
    found = moments(BERLIN, TimeWhen(every_s=600), ms("2026-01-01 00:00") - 1, 365 * 144)
    assert found[0] == ms("2026-01-01 00:00")
    assert found[-1] == ms("2026-12-31 23:50")
    assert {later - earlier for earlier, later in pairwise(found)} == {600_000}


def test_a_trigger_that_names_neither_never_comes() -> None:
    assert BERLIN.next_moment(TimeWhen(), ms("2026-01-01 00:00")) is None


def test_the_night_is_an_hour_shorter_in_spring_and_longer_in_autumn() -> None:
    night = TimeIf(from_="22:00", to="06:00")
    spring = changes(BERLIN, night, ms("2026-03-28 12:00"), 2)
    autumn = changes(BERLIN, night, ms("2026-10-24 12:00"), 2)
    assert spring == [ms("2026-03-28 22:00"), ms("2026-03-29 06:00")]
    assert spring[1] - spring[0] == 7 * HOUR_MS
    assert autumn[1] - autumn[0] == 9 * HOUR_MS


def test_a_span_that_begins_within_the_skipped_hour_begins_when_the_clock_is_set() -> None:
    span = TimeIf(from_="02:30", to="05:00")
    assert changes(BERLIN, span, ms("2026-03-29 00:00"), 2) == [ms("2026-03-29 03:00"), ms("2026-03-29 05:00")]
    assert not BERLIN.holds(span, ms("2026-03-29 03:00") - 1)


def test_a_span_within_the_repeated_hour_counts_twice() -> None:
    span = TimeIf(from_="02:15", to="02:45")
    found = changes(BERLIN, span, ms("2026-10-25 00:00"), 4)
    assert found == [
        ms("2026-10-25 02:15"),
        ms("2026-10-25 02:45"),
        ms("2026-10-25 02:15", fold=1),
        ms("2026-10-25 02:45", fold=1),
    ]


def test_half_an_hour_of_daylight_saving_is_half_an_hour() -> None:
    span = TimeIf(from_="01:45", to="03:00")
    spring = changes(LORD_HOWE, span, ms("2026-10-03 12:00", "Australia/Lord_Howe"), 2)
    assert spring[1] - spring[0] == 45 * 60_000  # 01:45 to 02:00, which is 02:30 then, to 03:00
    autumn = changes(LORD_HOWE, span, ms("2026-04-05 00:00", "Australia/Lord_Howe"), 4)
    assert [later - earlier for earlier, later in pairwise(autumn)] == [15 * 60_000, 15 * 60_000, 75 * 60_000]


def test_over_midnight_a_span_belongs_to_the_day_on_which_it_began() -> None:
    night = TimeIf(from_="22:00", to="06:00", days=("fri",))
    assert not BERLIN.holds(night, ms("2026-01-02 05:00"))  # Friday: this night began on Thursday
    assert BERLIN.holds(night, ms("2026-01-02 22:00"))
    assert BERLIN.holds(night, ms("2026-01-03 05:59"))
    assert not BERLIN.holds(night, ms("2026-01-03 22:00"))
    assert changes(BERLIN, night, ms("2026-01-02 00:00"), 3) == [
        ms("2026-01-02 22:00"),
        ms("2026-01-03 06:00"),
        ms("2026-01-09 22:00"),
    ]


def test_a_span_that_is_the_whole_day_changes_with_its_weekdays_only() -> None:
    assert BERLIN.next_change(TimeIf(from_="08:00", to="08:00"), ms("2026-01-02 00:00")) is None
    working = TimeIf(from_="00:00", to="00:00", days=WEEKDAYS_ONLY)
    assert changes(BERLIN, working, ms("2026-01-02 12:00"), 2) == [ms("2026-01-03 00:00"), ms("2026-01-05 00:00")]


@given(st.sampled_from(ZONES), OF_DAY, OF_DAY, DAYS, TIMES)
def test_a_span_is_the_same_until_its_next_change_and_then_otherwise(
    zone: str, since: str, until: str, days: tuple[Weekday, ...], time_ms: int
) -> None:
    calendar, condition = Calendar(ZoneInfo(zone)), TimeIf(from_=since, to=until, days=days)
    before = calendar.holds(condition, time_ms)
    change = calendar.next_change(condition, time_ms)
    if change is None:
        assert since == until
        change = time_ms + 16 * DAY_MS
    else:
        assert calendar.holds(condition, change) is not before
    step = max((change - time_ms) // 97, 1)
    assert all(calendar.holds(condition, moment) is before for moment in range(time_ms, change, step))
    assert calendar.holds(condition, change - 1) is before


@given(st.sampled_from(ZONES), OF_DAY, DAYS, TIMES)
def test_the_newest_moment_is_the_one_after_which_there_is_none(
    zone: str, at: str, days: tuple[Weekday, ...], time_ms: int
) -> None:
    calendar, trigger = Calendar(ZoneInfo(zone)), TimeWhen(at=at, days=days)
    last = calendar.last_moment(trigger, time_ms, time_ms + 3 * DAY_MS)
    following = calendar.next_moment(trigger, time_ms if last is None else last)
    assert following is not None
    assert following > time_ms + 3 * DAY_MS
    assert last is None or time_ms < last <= time_ms + 3 * DAY_MS
    assert calendar.last_moment(TimeWhen(every_s=60), time_ms, time_ms + DAY_MS) is None


def test_the_sun_has_an_offset_and_weekdays_of_its_own() -> None:
    after = ms("2026-06-19 12:00")  # a Friday
    sunset, later = (moments(BERLIN, SunWhen(event="sunset", offset_s=s), after, 1)[0] for s in (0, 3 * 3600))
    assert later - sunset == 3 * HOUR_MS
    friday = moments(BERLIN, SunWhen(event="sunset", offset_s=3 * 3600, days=("fri",)), after, 2)
    assert friday[0] == later  # half past midnight on Saturday still belongs to Friday's sunset
    assert 6.9 < (friday[1] - friday[0]) / DAY_MS < 7.1


@pytest.mark.parametrize(
    ("zone", "latitude", "longitude"),
    [("Asia/Urumqi", 43.83, 87.62), ("Asia/Shanghai", 43.83, 87.62), ("Pacific/Kiritimati", 1.87, -157.43)],
)
def test_where_the_zone_is_far_from_the_sun_each_date_still_has_one_sunrise_and_one_sunset(
    zone: str, latitude: float, longitude: float
) -> None:
    calendar = Calendar(ZoneInfo(zone), latitude, longitude)
    for event in ("sunrise", "sunset"):
        found = moments(calendar, SunWhen(event=event), ms("2026-05-01 00:00", zone), 60)
        dates = [datetime.fromtimestamp(moment / 1000, ZoneInfo(zone)).date() for moment in found]
        assert len(set(dates)) == 60
        assert (dates[-1] - dates[0]).days == 59


def test_daylight_with_an_offset_begins_and_ends_later() -> None:
    up, later = SunIf(is_="up"), SunIf(is_="up", offset_s=1800)
    start = ms("2026-03-01 12:00")
    assert [b - a for a, b in zip(changes(BERLIN, up, start, 3), changes(BERLIN, later, start, 3), strict=True)] == [
        1_800_000
    ] * 3
    assert BERLIN.holds(SunIf(is_="down"), ms("2026-03-01 23:00"))


def test_in_a_polar_night_there_is_no_sunrise_for_weeks() -> None:
    calendar = Calendar(ZoneInfo("Europe/Oslo"), 69.6492, 18.9553)
    (rise,) = moments(calendar, SunWhen(event="sunrise"), ms("2026-12-01 12:00", "Europe/Oslo"), 1)
    assert datetime.fromtimestamp(rise / 1000, UTC).strftime("%m") == "01"
    assert calendar.last_moment(SunWhen(event="sunrise"), rise - 20 * DAY_MS, rise - 1) is None


def test_the_sun_of_an_unknown_place_is_refused_with_what_to_set() -> None:
    calendar = Calendar(ZoneInfo("Europe/Berlin"))
    with pytest.raises(Refused, match=r"set \[site\] latitude and longitude"):
        calendar.next_moment(SunWhen(event="sunset"), ms("2026-01-01 00:00"))
    with pytest.raises(Refused, match="latitude"):
        calendar.holds(SunIf(is_="up"), ms("2026-01-01 00:00"))
