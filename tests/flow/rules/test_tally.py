"""Figures of a rehearsal."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from gateway.core.local_time import LocalTime
from gateway.core.rules.actions import CommandThen, NotifyThen
from gateway.core.rules.rule import Rule, ValueWhen
from gateway.flow.rules.report import WouldFire
from gateway.flow.rules.tally import flapping, most_a_day, on_s

WHEN = ValueWhen(device="wet", metric="humidity", operator=">", value=70)
TELL = Rule(name="Tell", when=WHEN, then=(NotifyThen(text="damp"),))
FAN = Rule(name="Fan", when=WHEN, then=(CommandThen(device="fan", verb="turn_on", for_s=1200),))
MINUTE_MS = 60_000


def fired(*minutes: tuple[int, int | None], part: str = "then") -> list[WouldFire]:
    return [
        WouldFire(since * MINUTE_MS, None if until is None else until * MINUTE_MS, part, "")  # type: ignore[arg-type]
        for since, until in minutes
    ]


def test_what_runs_for_a_time_runs_so_long_and_overlapping_runs_count_once() -> None:
    assert on_s(FAN, fired((0, 5), (60, 61)), 100 * MINUTE_MS) == 2400
    assert on_s(FAN, fired((0, 5), (10, 11)), 100 * MINUTE_MS) == 1800
    assert on_s(FAN, fired((90, 95)), 100 * MINUTE_MS) == 600  # the end comes first


def test_what_lasts_while_the_rule_holds_lasts_until_it_ends() -> None:
    assert on_s(TELL, fired((0, 5), (10, None)), 20 * MINUTE_MS) == 900
    assert on_s(TELL, [*fired((0, 5)), *fired((5, None), part="else")], 20 * MINUTE_MS) == 300


def test_flapping_is_less_than_ten_minutes_after_the_one_before_had_ended() -> None:
    assert flapping(fired((0, 5), (14, 20), (30, 31))) == 1
    assert flapping([]) == 0


def test_the_day_with_most_firings_is_a_local_one() -> None:
    late = fired((21 * 60, 21 * 60 + 1), (22 * 60 + 30, None), (23 * 60, None))
    assert most_a_day(late, LocalTime(ZoneInfo("Europe/Berlin"))) == 2  # in January: 22:00, 23:30 and midnight
    assert most_a_day(late, LocalTime(ZoneInfo("UTC"))) == 3
    assert most_a_day([], LocalTime(ZoneInfo("UTC"))) == 0
