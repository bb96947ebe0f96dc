"""The gateway's own time, on machines that know it, that do not, and that are told."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.own_clock import DRIFT_PPM, FOLLOW_MS, SET_MS, OwnClock, Step
from gateway.core.ports.clock import BUILT_MS, Said, Trust

NOON_MS = 1_790_000_000_000
DAY_MS = 86_400_000


def said(monotonic_ms: int, wall_ms: int, trust: Trust = Trust.NONE) -> Said:
    return Said(monotonic_ms, wall_ms, trust)


def now(clock: OwnClock, monotonic_ms: int) -> int:
    return clock.epoch_ms + monotonic_ms


def learnt(step: Step | None) -> Step:
    assert step is not None
    assert step.learnt
    return step


def test_a_machine_that_knows_the_time_is_believed_at_once() -> None:
    for trust in (Trust.KEPT, Trust.SYNCHRONISED):
        clock = OwnClock("m", said(5000, NOON_MS, trust), NOON_MS - 1)
        assert not clock.provisional
        assert now(clock, 6000) == NOON_MS + 1000
        assert clock.look(said(6000, NOON_MS + 1000, trust)) is None


def test_a_machine_in_1970_goes_on_from_the_last_time_known() -> None:
    assert now(OwnClock("m", said(5000, 12_000), NOON_MS), 5000) == NOON_MS
    assert now(OwnClock("m", said(5000, 12_000), 0), 5000) == BUILT_MS


def test_a_restored_clock_is_no_reason_to_go_back_and_a_later_one_to_go_on() -> None:
    assert now(OwnClock("m", said(5000, NOON_MS - DAY_MS), NOON_MS), 5000) == NOON_MS
    assert now(OwnClock("m", said(5000, NOON_MS + DAY_MS), NOON_MS), 5000) == NOON_MS + DAY_MS


def test_a_battery_clock_behind_the_last_time_known_is_not_believed_but_a_time_server_is() -> None:
    assert OwnClock("m", said(5000, NOON_MS - DAY_MS, Trust.KEPT), NOON_MS).provisional
    assert not OwnClock("m", said(5000, NOON_MS - DAY_MS, Trust.SYNCHRONISED), NOON_MS).provisional


def test_nothing_before_it_was_built_is_believed_whoever_says_so() -> None:
    clock = OwnClock("m", said(5000, 12_000, Trust.SYNCHRONISED), NOON_MS)
    assert clock.provisional
    assert clock.look(said(6000, BUILT_MS - 1, Trust.SYNCHRONISED)) is None
    known = OwnClock("m", said(5000, NOON_MS, Trust.SYNCHRONISED), 0)
    assert known.look(said(6000, 13_000)) is None
    assert now(known, 7000) == NOON_MS + 2000


def test_synchronisation_teaches_the_time() -> None:
    clock = OwnClock("m", said(5000, 12_000), 0)
    step = learnt(clock.look(said(10_000, NOON_MS, Trust.SYNCHRONISED)))
    assert (step.before_ms, step.after_ms, step.redates, step.frame) == (BUILT_MS + 5000, NOON_MS, True, "m")
    assert clock.look(said(11_000, NOON_MS + 1000, Trust.SYNCHRONISED)) is None


def test_somebody_who_sets_the_clock_is_believed() -> None:
    clock = OwnClock("m", said(5000, 12_000), 0)
    assert clock.look(said(6000, 13_000)) is None
    assert "somebody" in learnt(clock.look(said(7000, NOON_MS))).reason


def test_a_clock_that_passes_at_its_own_pace_was_set_by_nobody() -> None:
    clock = OwnClock("m", said(5000, BUILT_MS + 7), 0)
    for minute in range(1, 3000):
        assert clock.look(said(5000 + 60_000 * minute, BUILT_MS + 7 + 60_003 * minute)) is None
    assert clock.provisional


def test_a_wrong_clock_that_is_set_right_re_dates() -> None:
    clock = OwnClock("m", said(5000, NOON_MS, Trust.KEPT), 0)
    step = clock.look(said(65_000, NOON_MS + 3_660_000, Trust.SYNCHRONISED))
    assert step is not None
    assert (step.shift_ms, step.redates, step.learnt, step.frame) == (3_600_000, True, False, "")


def test_what_a_crystal_may_have_wandered_does_not_re_date() -> None:
    clock = OwnClock("m", said(0, NOON_MS, Trust.SYNCHRONISED), 0)
    month_ms = 30 * DAY_MS
    wandered_ms = month_ms * DRIFT_PPM // 1_000_000 - 1
    step = clock.look(said(month_ms, NOON_MS + month_ms + wandered_ms, Trust.SYNCHRONISED))
    assert step is not None
    assert (step.shift_ms, step.redates) == (wandered_ms, False)
    minute_later = month_ms + 60_000
    again = clock.look(said(minute_later, NOON_MS + minute_later + wandered_ms + SET_MS, Trust.SYNCHRONISED))
    assert again is not None
    assert again.redates


def test_reading_two_clocks_takes_time_and_is_no_step() -> None:
    clock = OwnClock("m", said(0, NOON_MS, Trust.SYNCHRONISED), 0)
    for jitter_ms in (FOLLOW_MS - 1, 1 - FOLLOW_MS):
        assert clock.look(said(1000, NOON_MS + 1000 + jitter_ms, Trust.SYNCHRONISED)) is None


def test_a_node_may_move_it_forward_as_often_as_it_knows_more_and_each_time_in_a_new_frame() -> None:
    clock = OwnClock("m", said(0, 0), NOON_MS)
    frames = [clock.frame]
    for _ in range(3):
        step = clock.tell(said(1000, 1000), 60_000)
        assert step is not None
        assert step.frame == frames[-1]
        frames.append(clock.frame)
    assert len(set(frames)) == 4
    assert now(clock, 1000) == NOON_MS + 181_000
    assert clock.tell(said(1000, 1000), -60_000) is None
    assert clock.tell(said(1000, 1000), 10**14) is None


def test_a_node_does_not_move_a_time_that_is_known() -> None:
    clock = OwnClock("m", said(0, NOON_MS, Trust.KEPT), 0)
    assert clock.tell(said(1000, NOON_MS + 1000), 60_000) is None


def test_a_new_process_goes_on_in_the_frame_of_the_last_one() -> None:
    first = OwnClock("m", said(0, 0), NOON_MS)
    first.tell(said(1000, 1000), 60_000)
    kept = first.remember(said(2000, 2000))
    second = OwnClock("m", said(3000, 3000), 0, kept, (first.epoch_ms, first.frame))
    assert (second.epoch_ms, second.frame, second.provisional) == (first.epoch_ms, first.frame, True)
    other_boot = OwnClock("n", said(3000, 3000), kept.known_ms, kept, None)
    assert (other_boot.frame, now(other_boot, 3000)) == ("n", kept.known_ms)


def test_a_clock_that_was_set_while_no_process_ran_is_believed() -> None:
    first = OwnClock("m", said(0, 0), NOON_MS)
    second = OwnClock("m", said(5000, NOON_MS + DAY_MS), 0, first.remember(said(1000, 1000)), (first.epoch_ms, "m"))
    step = learnt(second.look(said(6000, NOON_MS + DAY_MS + 1000)))
    assert step.after_ms == NOON_MS + DAY_MS + 1000


def test_what_was_learnt_stays_known_to_the_next_process() -> None:
    first = OwnClock("m", said(0, 0), 0)
    learnt(first.look(said(1000, NOON_MS)))
    kept = first.remember(said(2000, NOON_MS + 1000))
    dated = OwnClock("m", said(3000, NOON_MS + 2000), 0, kept, (first.epoch_ms, ""))
    assert not dated.provisional
    # The power went between the file and the database: it is learnt again, so that what was dated moves, too.
    undated = OwnClock("m", said(3000, NOON_MS + 2000), 0, kept, (BUILT_MS, "m"))
    assert undated.provisional
    assert learnt(undated.look(said(4000, NOON_MS + 3000))).frame == "m"


SAYING = st.tuples(st.integers(0, 40 * DAY_MS), st.integers(-DAY_MS, 4_000_000_000_000), st.sampled_from(list(Trust)))


@given(SAYING, st.integers(0, 3_000_000_000_000), st.lists(SAYING, max_size=8))
def test_a_step_is_exactly_what_it_says_and_time_is_never_unlearnt(
    start: tuple[int, int, Trust], known_ms: int, later: list[tuple[int, int, Trust]]
) -> None:
    clock = OwnClock("m", said(*start), known_ms)
    assert now(clock, start[0]) >= BUILT_MS
    monotonic_ms = start[0]
    for passed_ms, wall_ms, trust in later:
        monotonic_ms += passed_ms
        before_ms, provisional = now(clock, monotonic_ms), clock.provisional
        step = clock.look(said(monotonic_ms, wall_ms, trust))
        assert now(clock, monotonic_ms) - before_ms == (step.shift_ms if step else 0)
        assert provisional or not clock.provisional
        assert clock.look(said(monotonic_ms, wall_ms, trust)) is None
