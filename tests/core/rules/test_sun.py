"""Sunrise and sunset, against an independent program and against an almanac."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.rules.sun import Event, Sun

PLACES = {
    "Berlin": (52.52, 13.405),
    "Quito": (-0.1807, -78.4678),
    "Sydney": (-33.8688, 151.2093),
    "Tromso": (69.6492, 18.9553),
    "Reykjavik": (64.1466, -21.9426),
    "Urumqi": (43.8256, 87.6168),
    "Kiritimati": (1.8721, -157.4278),
    "London": (51.5074, -0.1278),
    "Pole": (90.0, 0.0),
}
# PyEphem 4.2.1 (VSOP87): centre of the disc at -0.833 degrees, no refraction besides; the first one of each UTC date.
EPHEMERIS: list[tuple[str, Event, str]] = [
    ("Berlin", "sunrise", "2026-03-20T05:09:15Z"),
    ("Berlin", "sunset", "2026-03-20T17:19:25Z"),
    ("Berlin", "sunrise", "2026-06-21T02:43:06Z"),
    ("Berlin", "sunset", "2026-06-21T19:33:16Z"),
    ("Berlin", "sunrise", "2026-10-25T05:49:41Z"),
    ("Berlin", "sunset", "2026-10-25T15:50:25Z"),
    ("Berlin", "sunrise", "2026-12-21T07:14:54Z"),
    ("Berlin", "sunset", "2026-12-21T14:53:55Z"),
    ("Quito", "sunrise", "2026-03-20T11:17:59Z"),
    ("Quito", "sunset", "2026-03-20T23:24:29Z"),
    ("Quito", "sunrise", "2026-06-21T11:12:22Z"),
    ("Quito", "sunset", "2026-06-21T23:19:05Z"),
    ("Quito", "sunrise", "2026-12-21T11:07:59Z"),
    ("Quito", "sunset", "2026-12-21T23:16:06Z"),
    ("Sydney", "sunrise", "2026-03-20T19:58:43Z"),
    ("Sydney", "sunset", "2026-03-20T08:06:56Z"),
    ("Sydney", "sunrise", "2026-06-21T21:00:10Z"),
    ("Sydney", "sunset", "2026-06-21T06:53:48Z"),
    ("Sydney", "sunrise", "2026-12-21T18:41:07Z"),
    ("Sydney", "sunset", "2026-12-21T09:05:24Z"),
    ("Tromso", "sunrise", "2026-03-20T04:43:55Z"),
    ("Tromso", "sunset", "2026-03-20T17:01:30Z"),
    ("Tromso", "sunrise", "2026-10-25T06:38:02Z"),
    ("Tromso", "sunset", "2026-10-25T14:17:01Z"),
    ("Reykjavik", "sunrise", "2026-03-20T07:28:38Z"),
    ("Reykjavik", "sunset", "2026-03-20T19:43:24Z"),
    ("Reykjavik", "sunrise", "2026-06-21T02:55:12Z"),
    ("Reykjavik", "sunset", "2026-06-21T00:03:45Z"),
    ("Reykjavik", "sunrise", "2026-10-25T08:48:47Z"),
    ("Reykjavik", "sunset", "2026-10-25T17:33:42Z"),
    ("Reykjavik", "sunrise", "2026-12-21T11:22:21Z"),
    ("Reykjavik", "sunset", "2026-12-21T15:29:21Z"),
    ("Urumqi", "sunrise", "2026-03-20T00:13:25Z"),
    ("Urumqi", "sunset", "2026-03-20T12:21:25Z"),
    ("Urumqi", "sunrise", "2026-06-21T22:27:32Z"),
    ("Urumqi", "sunset", "2026-06-21T13:55:16Z"),
    ("Urumqi", "sunrise", "2026-10-25T00:36:05Z"),
    ("Urumqi", "sunset", "2026-10-25T11:10:33Z"),
    ("Urumqi", "sunrise", "2026-12-21T01:40:14Z"),
    ("Urumqi", "sunset", "2026-12-21T10:34:42Z"),
    ("Kiritimati", "sunrise", "2026-03-20T16:33:45Z"),
    ("Kiritimati", "sunset", "2026-03-20T04:40:32Z"),
    ("Kiritimati", "sunrise", "2026-06-21T16:24:41Z"),
    ("Kiritimati", "sunset", "2026-06-21T04:38:19Z"),
    ("Kiritimati", "sunrise", "2026-10-25T16:11:59Z"),
    ("Kiritimati", "sunset", "2026-10-25T04:15:37Z"),
    ("Kiritimati", "sunrise", "2026-12-21T16:27:29Z"),
    ("Kiritimati", "sunset", "2026-12-21T04:27:59Z"),
]
# timeanddate.com, to the minute; wall clock of London in winter is UTC.
ALMANAC: list[tuple[Event, str]] = [
    ("sunrise", "2015-12-01T07:43:00Z"),
    ("sunset", "2015-12-01T15:55:00Z"),
    ("sunrise", "2015-12-12T07:56:00Z"),
    ("sunset", "2015-12-12T15:51:00Z"),
    ("sunrise", "2015-12-25T08:05:00Z"),
    ("sunset", "2015-12-25T15:55:00Z"),
]
FIRST_RISE, FIRST_FALL = "2027-01-15T10:35:14Z", "2026-07-25T22:37:00Z"  # Tromso, PyEphem
DAY_MS = 86_400_000
TIMES = st.integers(1_230_768_000_000, 2_000_000_000_000)


def at_ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def sun(place: str) -> Sun:
    return Sun(*PLACES[place])


def off_s(seen: Sun, event: Event, text: str) -> float:
    found_ms = seen.next(event, at_ms(text) - DAY_MS // 2)
    assert found_ms is not None
    return abs(found_ms - at_ms(text)) / 1000


@pytest.mark.parametrize(("place", "event", "text"), EPHEMERIS)
def test_it_rises_and_sets_when_an_ephemeris_says(place: str, event: Event, text: str) -> None:
    assert off_s(sun(place), event, text) < 20


@pytest.mark.parametrize(("event", "text"), ALMANAC)
def test_it_rises_and_sets_within_the_minute_of_an_almanac(event: Event, text: str) -> None:
    assert off_s(sun("London"), event, text) < 60


def test_in_a_polar_night_it_neither_rises_nor_is_up_and_in_a_polar_day_it_never_sets() -> None:
    seen = sun("Tromso")
    winter, summer = at_ms("2026-12-21T00:00:00Z"), at_ms("2026-06-21T00:00:00Z")
    assert not any(seen.up(winter + hour * 3_600_000) for hour in range(24))
    assert all(seen.up(summer + hour * 3_600_000) for hour in range(24))
    rise, fall = seen.next("sunrise", winter), seen.next("sunset", summer)
    assert rise is not None
    assert fall is not None
    assert abs(rise - at_ms(FIRST_RISE)) < 300_000  # it hardly leaves the horizon then
    assert abs(fall - at_ms(FIRST_FALL)) < 300_000


def test_at_the_pole_it_rises_once_a_year() -> None:
    seen = sun("Pole")
    rise = seen.next("sunrise", at_ms("2026-01-01T00:00:00Z"))
    assert rise is not None
    assert abs(rise - at_ms("2026-03-18T10:00:00Z")) < DAY_MS
    fall = seen.next("sunset", rise)
    assert fall is not None
    assert abs(fall - at_ms("2026-09-25T12:00:00Z")) < 2 * DAY_MS
    again = seen.next("sunrise", rise)
    assert again is not None
    assert 364 < (again - rise) / DAY_MS < 367


@given(st.sampled_from(sorted(PLACES)), TIMES)
def test_it_is_up_from_a_sunrise_to_the_next_sunset(place: str, time_ms: int) -> None:
    seen = sun(place)
    change = seen.next_change(time_ms)
    assert change is not None
    assert change > time_ms
    assert seen.up(change - 1) is seen.up(time_ms)
    assert seen.up(change) is not seen.up(time_ms)
    event: Event = "sunset" if seen.up(time_ms) else "sunrise"
    assert seen.next(event, time_ms) == change
