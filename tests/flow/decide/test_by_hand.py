"""When a window counts as moved by hand, and when it must not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.flow.decide.by_hand import ANSWER_MS, SETTLE_MS, Hand
from tests.fakes import START_MS


class Window:
    """A window that says where it is each second; what was called by hand is in `found`."""

    def __init__(self) -> None:
        self.hand = Hand()
        self.now_ms = START_MS
        self.boot = "b1"
        self.position = 20.0
        self.found: list[float] = []

    def rest(self, seconds: float, at: float | None = None) -> None:
        """Time passes with the window at rest."""
        if at is not None:
            self.position = at
        for _ in range(round(seconds)):
            self.now_ms += 1000
            self.say()

    def travel(self, to: float, speed: float = 15.0) -> None:
        """It moves, in percent a second."""
        while self.position != to:
            step = max(-speed, min(speed, to - self.position))
            self.position += step
            self.now_ms += 1000
            self.say()

    def say(self) -> None:
        found = self.hand.read(self.position, self.boot, self.now_ms, self.now_ms)
        if found is not None:
            self.found.append(found)

    def order(self, order: str, target: float | None) -> None:
        self.hand.ordered(order, target, self.now_ms)

    def answer(self, order: str) -> None:
        self.hand.answered(order, self.now_ms)


@pytest.fixture
def window() -> Window:
    made = Window()
    made.rest(60)
    return made


def test_a_window_that_rests_elsewhere_without_an_order_was_moved_by_hand(window: Window) -> None:
    window.travel(70.0)
    assert window.found == [], "still moving"
    window.rest(5)
    assert window.found == [70.0]
    window.rest(300)
    assert window.found == [70.0], "told once"


def test_moved_again_it_is_told_again(window: Window) -> None:
    window.travel(70.0)
    window.rest(5)
    window.travel(0.0)
    window.rest(5)
    assert window.found == [70.0, 0.0]


def test_readings_a_minute_apart_are_enough() -> None:
    hand = Hand()
    said = [20.0, 20.0, 20.0, 60.0, 60.0]
    found = [hand.read(position, "b", START_MS + 60_000 * n, START_MS + 60_000 * n) for n, position in enumerate(said)]
    assert found == [None, None, None, None, 60.0]


def test_what_was_ordered_is_nobodys_hand(window: Window) -> None:
    window.order("d1", 70.0)
    window.travel(70.0)
    window.answer("d1")
    window.rest(300)
    assert window.found == []


def test_moved_away_right_after_it_had_got_where_it_should_it_is_told_once_the_order_is_old(window: Window) -> None:
    window.order("d1", 70.0)
    window.travel(70.0)
    window.answer("d1")
    window.rest(5)
    window.travel(10.0)
    window.rest(10)
    assert window.found == []
    window.rest(SETTLE_MS / 1000)
    assert window.found == [10.0]


def never_answered(window: Window) -> None:
    window.order("d1", 70.0)
    window.travel(70.0)
    window.rest(ANSWER_MS / 1000 + 60)


def slow(window: Window) -> None:
    window.order("d1", 100.0)
    window.travel(100.0, speed=1.0)
    window.answer("d1")
    window.rest(60)


def failed_on_its_way(window: Window) -> None:
    window.order("d1", 90.0)
    window.travel(50.0)
    window.answer("d1")
    window.rest(300)


def clipped_by_its_own_limits(window: Window) -> None:
    window.order("c1", 100.0)
    window.travel(60.0)
    window.rest(300)


def ordered_anew_on_its_way(window: Window) -> None:
    window.order("d1", 90.0)
    window.travel(50.0)
    window.order("d2", 10.0)
    window.answer("d1")
    window.travel(10.0)
    window.rest(300)


def said_once_more(window: Window) -> None:
    window.order("c1", 90.0)
    window.rest(100)
    window.order("c1", 90.0)
    window.travel(90.0)
    window.rest(300)


def away_for_a_while(window: Window) -> None:
    window.hand.lost()
    window.now_ms += 600_000
    window.rest(300, at=80.0)


def a_new_boot(window: Window) -> None:
    window.boot = "b2"
    window.rest(300, at=80.0)


def a_little(window: Window) -> None:
    window.rest(300, at=24.9)


def one_reading_that_is_off(window: Window) -> None:
    window.rest(1, at=80.0)
    window.rest(300, at=20.0)


def lost_on_its_way_and_told_again_much_later(window: Window) -> None:
    window.order("c1", 90.0)
    window.rest(300)
    window.order("c1", 90.0)
    window.travel(90.0)
    window.answer("c1")
    window.rest(300)


def an_order_of_before_the_gateways_start(window: Window) -> None:
    window.travel(90.0)
    window.answer("c1")
    window.rest(300)


def told_by_a_verb_nobody_knows(window: Window) -> None:
    window.order("c1", None)
    window.travel(55.0)
    window.rest(300)


def older_than_the_order(window: Window) -> None:
    window.order("d1", 20.0)
    window.answer("d1")
    late_ms = window.now_ms - 20_000
    for second in range(20):
        assert window.hand.read(77.0, "b1", late_ms + 900 * second, window.now_ms + 200_000) is None


def repeated(window: Window) -> None:
    for _ in range(10):
        assert window.hand.read(77.0, "b1", window.now_ms, window.now_ms) is None


@pytest.mark.parametrize(
    "happens",
    [
        never_answered,
        slow,
        failed_on_its_way,
        clipped_by_its_own_limits,
        ordered_anew_on_its_way,
        said_once_more,
        away_for_a_while,
        a_new_boot,
        a_little,
        one_reading_that_is_off,
        lost_on_its_way_and_told_again_much_later,
        an_order_of_before_the_gateways_start,
        told_by_a_verb_nobody_knows,
        older_than_the_order,
        repeated,
    ],
    ids=lambda happens: happens.__name__,
)
def test_nobody_is_accused(window: Window, happens: Callable[[Window], None]) -> None:
    happens(window)
    assert window.found == []


def test_after_a_start_the_first_place_is_where_it_belongs() -> None:
    window = Window()
    window.rest(300, at=80.0)
    assert window.found == []
    window.rest(10, at=10.0)
    assert window.found == [10.0]


@given(st.lists(st.tuples(st.sampled_from(["order", "rest", "travel"]), st.integers(0, 100)), max_size=20))
def test_a_window_that_only_ever_obeys_was_moved_by_nobody(steps: list[tuple[str, int]]) -> None:
    window = Window()
    window.rest(60)
    for number, (what, value) in enumerate(steps):
        if what == "rest":
            window.rest(value)
        else:
            window.order(f"d{number}", float(value))
            window.travel(float(value), speed=7.0)
            if what == "travel":
                window.answer(f"d{number}")
    window.rest(200)
    assert window.found == []
