"""Spans, times of day and days, as people say them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.language.tagged import Lasting, When
from gateway.core.language.times import find
from gateway.core.spelling import WEEKDAYS

WORKDAYS = WEEKDAYS[:5]


def said(text: str) -> list[object]:
    return [one.meaning for one in find(text.split())]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("for 20 minutes", 1200),
        ("for an hour and a half", 5400),
        ("one and a half hours", 5400),
        ("1h30", 5400),
        ("1.5 hours", 5400),
        ("90s", 90),
        ("20min", 1200),
        ("half an hour", 1800),
        ("a quarter of an hour", 900),
        ("three quarters of an hour", 2700),
        ("2 hours and 30 minutes", 9000),
        ("twenty five minutes", 1500),
        ("a day", 86_400),
        ("after 10 minutes", 600),
    ],
)
def test_a_span_is_so_many_seconds_and_its_preposition_is_none_of_it(text: str, seconds: int) -> None:
    assert said(text) == [Lasting(seconds)]


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("at 7 pm", When(at="19:00")),
        ("at 7:30 am", When(at="07:30")),
        ("at half past seven in the evening", When(at="19:30")),
        ("at 10 at night", When(at="22:00")),
        ("at 12 at night", When(at="00:00")),
        ("at noon", When(at="12:00")),
        ("at midnight", When(at="00:00")),
        ("at 19", When(at="19:00")),
        ("every day at 19:00", When(at="19:00", repeats=True)),
        ("every night at 10", When(at="22:00", repeats=True)),
        ("every weekday at 06:30", When(at="06:30", repeats=True, days=WORKDAYS)),
        ("monday to friday at 06:30", When(at="06:30", repeats=True, days=WORKDAYS)),
        ("on mondays and fridays at 20:00", When(at="20:00", repeats=True, days=("mon", "fri"))),
        ("tonight at 8", When(at="20:00", in_days=0)),
        ("tomorrow morning at 7", When(at="07:00", in_days=1)),
        ("until 6 pm", When(to="18:00")),
        ("between 22:00 and 06:00", When(from_="22:00", to="06:00")),
        ("from 8 to 10 pm", When(from_="20:00", to="22:00")),
        ("from 5 to 7", When(from_="05:00", to="07:00")),
        ("at night", When(part="night")),
        ("during the day", When(part="day")),
        ("every 10 minutes", When(every_s=600, repeats=True)),
        ("every hour", When(every_s=3600, repeats=True)),
        ("every half hour", When(every_s=1800, repeats=True)),
        ("at sunset", When(sun="sunset")),
        ("30 minutes before sunrise", When(sun="sunrise", offset_s=-1800)),
        ("after dark", When(up="down")),
        ("on weekends", When(days=("sat", "sun"), repeats=True)),
    ],
)
def test_a_time_has_its_preposition_in_it(text: str, when: When) -> None:
    [found] = find(text.split())
    assert found.meaning == when
    assert found.span == (0, len(text.split()))


def test_an_hour_alone_is_of_the_morning_and_says_so() -> None:
    [when] = said("at 7")
    assert isinstance(when, When)
    assert (when.at, when.guessed) == ("07:00", "07:00, not 19:00")
    assert not find(["at", "7"])[0].sure


def test_one_day_alone_is_not_every_week() -> None:
    [when] = said("on monday at 19:00")
    assert isinstance(when, When)
    assert (when.days, when.repeats) == (("mon",), False)


@pytest.mark.parametrize(
    "text",
    [
        "to 40 percent",
        "at 40 percent",
        "at 7 percent",
        "is between 40 and 60 %",
        "every second day",
        "every other week",
        "twice a day",
        "at 25 o'clock",
        "at 24:00",
        "in a while",
        "half open",
    ],
)
def test_what_is_no_time_is_left_alone(text: str) -> None:
    assert not [one for one in said(text) if isinstance(one, When)]


_WORDS = ("at", "7", "pm", "every", "day", "on", "monday", "to", "22:00", "half", "an", "hour", "for", "10", "%", "and")


@given(st.lists(st.sampled_from((*_WORDS, "between", "until", "the"))))
def test_times_lie_in_the_sentence_and_do_not_overlap(words: list[str]) -> None:
    end = 0
    for one in find(words):
        assert end <= one.span[0] < one.span[1] <= len(words)
        end = one.span[1]
        if isinstance(one.meaning, Lasting):
            assert one.meaning.seconds > 0
