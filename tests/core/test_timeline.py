"""Timestamps, and the boots of nodes without a clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.boots import REDATE_MS
from gateway.core.messages import Sample
from gateway.core.timeline import KEPT_BOOTS, Timeline, Verdict, read_timestamp, write_timestamp

NOON_MS = 1_767_787_200_000
TIMES = st.integers(946_684_800_000, 4_102_444_799_999)


def sample(boot: str | None = None, uptime_ms: int | None = None, timestamp_ms: int | None = None) -> Sample:
    return Sample({"t": 1.0}, timestamp_ms, boot, None if boot is None else 1, uptime_ms)


@given(TIMES)
def test_a_time_that_is_written_and_read_again_is_the_same(time_ms: int) -> None:
    assert read_timestamp(write_timestamp(time_ms)) == time_ms


@given(TIMES)
def test_a_number_of_milliseconds_is_that_time(time_ms: int) -> None:
    assert read_timestamp(time_ms) == time_ms


@given(TIMES)
def test_seconds_with_a_fraction_are_the_nearest_millisecond(time_ms: int) -> None:
    assert read_timestamp(time_ms / 1000) == time_ms


@given(st.text(max_size=40) | st.floats(allow_nan=False, allow_infinity=False) | st.integers())
def test_whatever_is_no_time_is_a_value_error(value: str | float) -> None:
    try:
        time_ms = read_timestamp(value)
    except ValueError:
        return
    assert 946_684_800_000 <= time_ms < 4_102_444_800_000


@pytest.mark.parametrize("value", [10**400, -(10**400), 1.7e308, -1.7e308])
def test_a_number_beyond_all_years_is_a_value_error(value: float) -> None:
    with pytest.raises(ValueError, match="between the years"):
        read_timestamp(value)


def anchored(timeline: Timeline, one: Sample, arrival_ms: int) -> int | None:
    """The epoch that the store must be told."""
    boot = timeline.anchor(one, arrival_ms)
    return None if boot is None else boot.epoch_ms


def dated(timeline: Timeline, name: str, uptime_ms: int) -> int:
    time_ms, home = timeline.date(name, uptime_ms, 0)
    assert home == ""
    return time_ms


def test_a_boot_is_anchored_by_its_first_arrival() -> None:
    timeline = Timeline()
    assert anchored(timeline, sample("b", 5000), NOON_MS) == NOON_MS - 5000
    assert dated(timeline, "b", 7000) == NOON_MS + 2000


def test_an_anchor_is_said_until_it_is_kept() -> None:
    timeline = Timeline()
    first = anchored(timeline, sample("b", 0), NOON_MS)
    assert anchored(timeline, sample("b", 1000), NOON_MS + 1200) == first == NOON_MS
    timeline.keep("b", NOON_MS + 1)
    assert anchored(timeline, sample("b", 1000), NOON_MS + 1200) == NOON_MS
    timeline.keep("b", NOON_MS, "frame")
    assert anchored(timeline, sample("b", 1000), NOON_MS + 1200) == NOON_MS
    timeline.keep("b", NOON_MS)
    assert anchored(timeline, sample("b", 2000), NOON_MS + 2200) is None


def test_a_late_arrival_never_moves_an_anchor() -> None:
    timeline = Timeline()
    timeline.restore("b", NOON_MS, 5)
    assert anchored(timeline, sample("b", 1000), NOON_MS + 3_600_000) is None
    assert dated(timeline, "b", 1000) == NOON_MS + 1000


def test_a_prompter_arrival_re_dates_a_boot_that_was_anchored_by_a_backlog() -> None:
    timeline = Timeline()
    timeline.restore("b", NOON_MS, 5)
    assert anchored(timeline, sample("b", 3_600_000), NOON_MS + 60_000) == NOON_MS + 60_000 - 3_600_000


def test_the_network_does_not_re_date_a_boot() -> None:
    timeline = Timeline()
    timeline.restore("b", NOON_MS, 5)
    assert anchored(timeline, sample("b", 60_000), NOON_MS + 60_000 - REDATE_MS) is None


def test_a_nodes_own_clock_re_dates_its_boot_and_is_not_overruled_by_arrivals() -> None:
    timeline = Timeline()
    timeline.restore("b", NOON_MS, 5)
    told = NOON_MS + 500_000
    assert anchored(timeline, sample("b", 1000, told + 1000), NOON_MS) == told
    timeline.keep("b", told)
    for _ in range(2):
        assert anchored(timeline, sample("b", 900_000), NOON_MS) is None
    assert dated(timeline, "b", 2000) == told + 2000


def test_a_boot_that_nothing_anchored_is_dated_by_arrival() -> None:
    timeline = Timeline()
    assert timeline.anchor(sample(), NOON_MS) is None
    assert timeline.anchor(sample("b"), NOON_MS) is None
    assert timeline.date("b", 1000, NOON_MS) == (NOON_MS, "")


def test_a_boot_anchored_in_a_frame_says_so_until_it_moves() -> None:
    timeline = Timeline()
    boot = timeline.anchor(sample("b", 1000), NOON_MS, "f")
    assert boot is not None
    assert timeline.date("b", 2000, 0) == (NOON_MS + 1000, "f")
    assert [name for name, _ in timeline.moving("f")] == ["b"]
    boot.shift(500, "")
    assert timeline.date("b", 2000, 0) == (NOON_MS + 1500, "")
    assert timeline.moving("f") == []


def test_only_what_this_run_anchored_by_arrival_moves_with_a_wrong_clock() -> None:
    timeline = Timeline()
    timeline.restore("old", NOON_MS, 5)
    timeline.anchor(sample("told", 0, NOON_MS), NOON_MS)
    timeline.anchor(sample("here", 0), NOON_MS)
    assert [name for name, _ in timeline.moving(None)] == ["here"]


def test_a_heartbeat_links_a_boot_to_its_earlier_run_at_once() -> None:
    links: list[tuple[str, int, int]] = []
    timeline = Timeline(linked=lambda *link: links.append(link))
    timeline.restore("b", NOON_MS, 5, "earlier")
    assert timeline.anchor(sample("b", 1000), NOON_MS + 9000, "now", prompt=True) is None
    assert links == [("earlier", NOON_MS, NOON_MS + 8000)]


def test_a_backlog_links_nothing_and_a_steady_stream_does() -> None:
    links: list[tuple[str, int, int]] = []
    timeline = Timeline(linked=lambda *link: links.append(link))
    timeline.restore("b", NOON_MS, 5, "earlier")
    for uptime_s in range(0, 3600, 60):
        timeline.anchor(sample("b", uptime_s * 1000), NOON_MS + 3_600_000 + uptime_s, "")
    assert links == []
    for uptime_s in (3600, 3603, 3606):
        timeline.anchor(sample("b", uptime_s * 1000), NOON_MS + 100_000 + uptime_s * 1000, "")
    assert links == [("earlier", NOON_MS, NOON_MS + 100_000)]


def test_an_older_time_is_late_and_an_equal_one_is_not() -> None:
    timeline = Timeline()
    assert timeline.note("", 0, NOON_MS, NOON_MS) is Verdict.NEWS
    assert timeline.note("", 0, NOON_MS, NOON_MS + 1) is Verdict.NEWS
    assert timeline.note("", 0, NOON_MS - 1, NOON_MS + 2) is Verdict.LATE
    assert timeline.note("", 0, NOON_MS + 3, NOON_MS + 3) is Verdict.NEWS


def test_a_repeated_seq_is_known_and_a_missing_one_is_late() -> None:
    timeline = Timeline()
    assert timeline.note("b", 2, NOON_MS, NOON_MS) is Verdict.NEWS
    assert timeline.note("b", 4, NOON_MS, NOON_MS) is Verdict.NEWS
    assert timeline.missing == 1
    assert timeline.note("b", 4, NOON_MS + 5, NOON_MS + 5) is Verdict.AGAIN
    assert timeline.note("b", 3, NOON_MS + 5, NOON_MS + 5) is Verdict.LATE
    assert timeline.note("b", 3, NOON_MS + 5, NOON_MS + 5) is Verdict.AGAIN
    assert timeline.missing == 0
    assert timeline.note("c", 0, NOON_MS + 6, NOON_MS + 6) is Verdict.NEWS


def test_what_the_store_remembers_makes_a_repetition_late() -> None:
    timeline = Timeline(newest_ms=NOON_MS)
    timeline.restore("b", NOON_MS - 9000, 7)
    assert timeline.note("b", 7, NOON_MS, NOON_MS + 50) is Verdict.LATE
    assert timeline.note("", 0, NOON_MS - 1, NOON_MS + 50) is Verdict.LATE
    assert timeline.note("b", 8, NOON_MS + 10, NOON_MS + 50) is Verdict.NEWS


def test_a_node_whose_clock_is_ahead_does_not_make_all_that_follows_late() -> None:
    timeline = Timeline()
    assert timeline.note("", 0, NOON_MS + 10**10, NOON_MS) is Verdict.NEWS
    assert timeline.note("", 0, NOON_MS - 10, NOON_MS + 10) is Verdict.LATE
    assert timeline.note("", 0, NOON_MS + 10, NOON_MS + 10) is Verdict.NEWS


def test_a_gateway_whose_clock_was_set_back_does_not_call_all_that_follows_late() -> None:
    timeline = Timeline(newest_ms=NOON_MS)
    assert timeline.note("", 0, NOON_MS - 3_600_000, NOON_MS - 3_600_000) is Verdict.NEWS
    assert timeline.note("", 0, NOON_MS - 3_700_000, NOON_MS - 3_600_000) is Verdict.LATE


def test_what_the_gateway_dated_moves_with_its_clock_and_older_readings_stay_late() -> None:
    timeline = Timeline()
    timeline.note("", 0, NOON_MS, NOON_MS)
    timeline.set_clock(NOON_MS - 1000, NOON_MS + 1000, 10**9)
    assert timeline.note("", 0, NOON_MS + 10**9 - 1, NOON_MS + 10**9 + 2000) is Verdict.LATE


def test_only_the_last_boots_are_remembered() -> None:
    timeline = Timeline()
    for number in range(KEPT_BOOTS + 1):
        assert timeline.note(f"b{number}", 9, NOON_MS, NOON_MS) is Verdict.NEWS
    assert timeline.note(f"b{KEPT_BOOTS}", 9, NOON_MS, NOON_MS) is Verdict.AGAIN
    assert timeline.note("b1", 9, NOON_MS, NOON_MS) is Verdict.AGAIN
    assert timeline.note("b0", 9, NOON_MS, NOON_MS) is Verdict.NEWS
