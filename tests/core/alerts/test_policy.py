"""When which message is due: tables, and any course of events against a slow reference."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

from gateway.core.alerts.alert import Alert, AlertKind, Due, Plan
from gateway.core.alerts.policy import due, hushed, told_last

MIN = 60_000
NOON = 1_767_787_200_000
"""2026-01-07T12:00:00Z."""
PLAN = Plan(zone=UTC)
NIGHT = Plan(zone=UTC, quiet=("22:00", "07:00"))


def alert(**more: Any) -> Alert:
    base = Alert(id="a", key="k", kind=AlertKind.BREACH, level="warning", title="Fern", text="dry", opened_ms=NOON)
    return replace(base, **more)


def told(**more: Any) -> Alert:
    return alert(told=("open",), told_ms=NOON, **more)


def test_what_begins_is_told_at_once() -> None:
    assert due(alert(), PLAN, NOON) == Due(("open",))


def test_what_was_told_is_not_told_again() -> None:
    assert due(told(), PLAN, NOON + 300 * MIN) == Due()


def test_its_end_is_told_when_it_has_lasted() -> None:
    over = told(over_ms=NOON + 10 * MIN)
    assert due(over, PLAN, NOON + 11 * MIN) == Due((), NOON + 12 * MIN)
    assert due(over, PLAN, NOON + 12 * MIN) == Due(("over",))
    assert due(replace(over, told=("open", "over")), PLAN, NOON + 13 * MIN) == Due()


def test_without_settling_the_end_is_told_at_once() -> None:
    assert due(told(over_ms=NOON), replace(PLAN, settle_s=0), NOON) == Due(("over",))


def test_in_quiet_hours_only_alarms_come() -> None:
    eleven = NOON + 11 * 60 * MIN
    seven = NOON + 19 * 60 * MIN
    for level in ("info", "warning"):
        assert due(alert(level=level, opened_ms=eleven), NIGHT, eleven) == Due((), seven)
    assert due(alert(level="alarm", opened_ms=eleven), NIGHT, eleven) == Due(("open",))
    assert due(alert(opened_ms=eleven), NIGHT, seven) == Due(("open",))


def test_what_is_over_by_the_end_of_quiet_hours_is_one_message() -> None:
    eleven, seven = NOON + 11 * 60 * MIN, NOON + 19 * 60 * MIN
    over = alert(opened_ms=eleven, over_ms=eleven + 30 * MIN)
    assert due(over, NIGHT, eleven + 60 * MIN) == Due((), seven)
    assert due(over, NIGHT, seven) == Due(("both",))


def test_an_end_in_quiet_hours_waits_too() -> None:
    eleven, seven = NOON + 11 * 60 * MIN, NOON + 19 * 60 * MIN
    assert due(told(over_ms=eleven), NIGHT, eleven + 10 * MIN) == Due((), seven)
    assert due(told(over_ms=eleven), NIGHT, seven) == Due(("over",))


def test_without_a_known_time_there_are_no_quiet_hours() -> None:
    eleven = NOON + 11 * 60 * MIN
    assert due(alert(opened_ms=eleven), replace(NIGHT, known=False), eleven) == Due(("open",))


def test_a_mute_holds_everything_but_alarms() -> None:
    muted = replace(PLAN, muted_until_ms=NOON + 60 * MIN)
    assert due(alert(), muted, NOON) == Due((), NOON + 60 * MIN)
    assert due(alert(), muted, NOON + 60 * MIN) == Due(("open",))
    assert due(alert(level="alarm"), muted, NOON) == Due(("open",))


def test_a_mute_that_ends_in_quiet_hours_goes_on_until_their_end() -> None:
    ten, seven = NOON + 10 * 60 * MIN - MIN, NOON + 19 * 60 * MIN
    assert due(alert(), replace(NIGHT, muted_until_ms=ten + 10 * MIN), ten) == Due((), seven)


def test_the_same_again_waits_for_the_end_of_the_cooldown() -> None:
    before = told(over_ms=NOON)
    again = alert(opened_ms=NOON + 5 * MIN)
    assert due(again, PLAN, NOON + 5 * MIN, before) == Due((), NOON + 15 * MIN)
    assert due(again, PLAN, NOON + 15 * MIN, before) == Due(("open",))


def test_what_is_over_before_the_cooldown_is_never_told() -> None:
    before = told(over_ms=NOON)
    short = alert(opened_ms=NOON + 5 * MIN, over_ms=NOON + 6 * MIN)
    assert due(short, PLAN, NOON + 10 * MIN, before) == Due((), NOON + 15 * MIN)
    assert due(short, PLAN, NOON + 15 * MIN, before) == Due()
    just = alert(opened_ms=NOON + 5 * MIN, over_ms=NOON + 14 * MIN)
    assert due(just, PLAN, NOON + 15 * MIN, before) == Due((), NOON + 16 * MIN), "it may come back within two minutes"


def test_what_is_worse_than_before_does_not_wait() -> None:
    before = told(over_ms=NOON)
    assert due(alert(level="alarm", opened_ms=NOON + MIN), PLAN, NOON + MIN, before) == Due(("open",))


def test_a_cooldown_that_began_in_the_future_is_none() -> None:
    before = told(over_ms=NOON + 600 * MIN)
    assert due(alert(), PLAN, NOON, before) == Due(("open",))


def test_an_alarm_nobody_acknowledges_is_said_again_twice() -> None:
    alarm = told(level="alarm")
    assert due(alarm, PLAN, NOON) == Due((), NOON + 30 * MIN)
    assert due(alarm, PLAN, NOON + 30 * MIN) == Due(("again-1",))
    once = replace(alarm, told=("open", "again-1"))
    assert due(once, PLAN, NOON + 31 * MIN) == Due((), NOON + 60 * MIN)
    assert due(once, PLAN, NOON + 60 * MIN) == Due(("again-2",))
    assert due(replace(once, told=("open", "again-1", "again-2")), PLAN, NOON + 90 * MIN) == Due()


def test_an_acknowledged_alarm_is_not_said_again_and_its_end_is() -> None:
    acked = told(level="alarm", acked_ms=NOON + MIN)
    assert due(acked, PLAN, NOON + 60 * MIN) == Due()
    assert due(replace(acked, over_ms=NOON + 60 * MIN), PLAN, NOON + 62 * MIN) == Due(("over",))


def test_repeats_that_were_missed_do_not_pile_up() -> None:
    assert due(told(level="alarm"), PLAN, NOON + 300 * MIN) == Due(("again-2",))


def test_repeats_begin_when_people_were_told_and_not_when_it_began() -> None:
    late = alert(level="alarm", opened_ms=NOON - 300 * MIN, told=("open",), told_ms=NOON)
    assert due(late, PLAN, NOON + MIN) == Due((), NOON + 30 * MIN)


def test_the_end_of_an_alarm_comes_at_night() -> None:
    eleven = NOON + 11 * 60 * MIN
    assert due(told(level="alarm", over_ms=eleven), NIGHT, eleven + 2 * MIN) == Due(("over",))


def test_a_notice_is_told_once_and_has_no_end() -> None:
    notice = alert(kind=AlertKind.NOTICE, over_ms=NOON)
    assert due(notice, PLAN, NOON) == Due(("open",))
    assert due(replace(notice, told=("open",), told_ms=NOON), PLAN, NOON + 60 * MIN) == Due()
    eleven = NOON + 11 * 60 * MIN
    assert due(replace(notice, opened_ms=eleven, over_ms=eleven), NIGHT, eleven) == Due((), NOON + 19 * 60 * MIN)


def test_what_is_hushed_says_nothing_more() -> None:
    assert due(hushed(told(over_ms=NOON)), PLAN, NOON + 60 * MIN) == Due()
    assert due(hushed(alert(over_ms=NOON)), PLAN, NOON + 60 * MIN) == Due()
    assert told_last(hushed(hushed(alert())))


# Any course, minute by minute

SPANS = some.lists(some.tuples(some.booleans(), some.integers(1, 90)), max_size=12)
"""Whether it holds, for so many minutes."""
LEVELS = some.sampled_from(["info", "warning", "alarm"])
ZONES = some.sampled_from([UTC, ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kathmandu")])
TIMES = some.sampled_from(["00:00", "02:30", "06:45", "12:00", "21:00", "23:59"])
PLANS = some.builds(
    Plan,
    settle_s=some.sampled_from([0, 60, 120]),
    cooldown_s=some.sampled_from([0, 300, 900]),
    quiet=some.none() | some.tuples(TIMES, TIMES),
    zone=ZONES,
    muted_until_ms=some.sampled_from([0, NOON + 45 * MIN, NOON + 600 * MIN]),
    escalate_s=some.sampled_from([600, 1800]),
    escalations=some.integers(0, 3),
    known=some.booleans(),
)


def spoken(plan: Plan, level: str, course: list[bool], acked: int) -> list[tuple[int, str, int]]:
    """(minute, part, episode) of what is told of one key that holds as `course` says, as AlertBook goes about it."""
    said: list[tuple[int, str, int]] = []
    live: Alert | None = None
    before: Alert | None = None
    for minute, holds in enumerate(course):
        now_ms = NOON + minute * MIN
        if holds and live is None:
            live = alert(level=level, opened_ms=now_ms, id=str(minute))
        elif holds and live is not None and live.over_ms is not None:
            live = replace(live, over_ms=None)
        elif not holds and live is not None and live.over_ms is None:
            live = replace(live, over_ms=now_ms)
        if live is None:
            continue
        if minute >= acked and live.acked_ms is None:
            live = replace(live, acked_ms=now_ms)
        found = due(live, plan, now_ms, before)
        assert found.look_ms is None or found.look_ms > now_ms, "a moment that has passed is no moment to look at"
        assert found.look_ms is None or not found.parts
        for part in found.parts:
            said.append((minute, part, int(live.id)))
            live = replace(live, told=(*live.told, part), told_ms=live.told_ms or now_ms)
        if live.over_ms is not None and (told_last(live) or found.look_ms is None):
            before = live if live.told_ms is not None else before
            live = None
    return said


def quiet(plan: Plan, minute: int) -> bool:
    """By the clock on the wall, without any arithmetic over it."""
    now_ms = NOON + minute * MIN
    if now_ms < plan.muted_until_ms:
        return True
    if plan.quiet is None or not plan.known or plan.quiet[0] == plan.quiet[1]:
        return False
    wall = f"{datetime.fromtimestamp(now_ms / 1000, plan.zone):%H:%M}"
    begin, end = plan.quiet
    return begin <= wall < end if begin < end else wall >= begin or wall < end


@given(
    PLANS, LEVELS, some.lists(some.tuples(some.booleans(), some.integers(1, 90)), max_size=12), some.integers(0, 900)
)
def test_any_course_is_told_as_beginning_and_end_in_turn_and_never_when_people_want_quiet(
    plan: Plan, level: str, spans: list[tuple[bool, int]], acked: int
) -> None:
    course = [holds for holds, minutes in spans for _ in range(minutes)] + [False] * 1600
    said = spoken(plan, level, course, acked)
    ends = [one for one in said if not one[1].startswith("again-")]
    pairs = [part for _, part, _ in ends if part != "both"]
    assert pairs == ["open", "over"] * (len(pairs) // 2), "in turn, and everything that began is over in the end"
    for minute, part, _ in said:
        if level != "alarm":
            assert not quiet(plan, minute), f"{part} in quiet hours"
        if part == "open" or part.startswith("again-"):
            assert course[minute], "it is said to hold when it holds"
        else:
            settled = course[max(0, minute - plan.settle_s // 60) : minute + 1]
            assert not any(settled[1:] if plan.settle_s else settled), "it is over for as long as it has to be"
    repeats = [(minute, episode) for minute, part, episode in said if part.startswith("again-")]
    for minute, episode in repeats:
        assert level == "alarm"
        assert minute < acked
        assert sum(one == episode for _, one in repeats) <= plan.escalations


@given(PLANS, LEVELS, SPANS)
def test_people_know_how_it_is_whenever_they_may_be_told(plan: Plan, level: str, spans: list[tuple[bool, int]]) -> None:
    """At each minute, by nothing but the course until then: whether the last word must be that it holds, or is over."""
    course = [holds for holds, minutes in spans for _ in range(minutes)] + [False] * 60
    said = {minute: part for minute, part, _ in spoken(plan, level, course, 0)}
    known, cooled = False, 0
    for minute, holds in enumerate(course):
        part = said.get(minute, "")
        if part in ("over", "both"):
            cooled = _end(course, 0, minute) + plan.cooldown_s // 60
        known = part == "open" or (known and part == "")
        if level != "alarm" and quiet(plan, minute):
            assert not part
        elif holds and minute >= cooled:
            assert known, f"it holds in minute {minute}, and nobody was told"
        elif not any(course[max(0, minute - plan.settle_s // 60) : minute + 1]):
            assert not known, f"it is over in minute {minute}, and nobody was told"


@given(PLANS, LEVELS, SPANS)
def test_within_a_cooldown_people_hear_of_one_beginning(plan: Plan, level: str, spans: list[tuple[bool, int]]) -> None:
    course = [holds for holds, minutes in spans for _ in range(minutes)] + [False] * 1600
    said = spoken(plan, level, course, 10_000)
    overs = {episode: minute for minute, part, episode in said if part in ("over", "both")}
    ended = {episode: _end(course, episode, minute) for episode, minute in overs.items()}
    for minute, part, episode in said:
        if part in ("open", "both"):
            earlier = [end for other, end in ended.items() if other < episode]
            assert not earlier or minute >= max(earlier) + plan.cooldown_s // 60


def _end(course: list[bool], episode: int, told: int) -> int:
    """The minute in which it was over, of which was told then."""
    last = max(minute for minute in range(episode, told + 1) if course[minute])
    return last + 1


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Lord_Howe"])
def test_what_is_due_is_found_by_the_moment_it_names(zone: str) -> None:
    plan = replace(NIGHT, zone=ZoneInfo(zone), quiet=("22:15", "02:30"))
    begin = 1_774_000_000_000  # March 2026, with both zones' changes of the clock within three weeks
    for hour in range(24 * 21):
        now_ms = begin + hour * 60 * MIN
        found = due(alert(opened_ms=now_ms), plan, now_ms)
        if found.look_ms is not None:
            assert due(alert(opened_ms=now_ms), plan, found.look_ms - MIN).parts == ()
            assert due(alert(opened_ms=now_ms), plan, found.look_ms).parts == ("open",)
