"""Misspelled words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.language.typos import PROTECTED, Typos, apart
from gateway.core.language.words import read

WORDS = ("bathroom", "bedroom", "living", "window", "temperature", "humidity", "boiler", "heater", "percent", "switch")
TYPOS = Typos((WORDS,), frozenset(WORDS) | {"heat", "open", "turn"})


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("batroom", "bathroom"),
        ("bathrom", "bathroom"),
        ("bethroom", "bathroom"),
        ("bedrom", "bedroom"),
        ("windwo", "window"),
        ("temprature", "temperature"),
        ("tempreture", "temperature"),
        ("humidty", "humidity"),
        ("boilr", "boiler"),
        ("precent", "percent"),
        ("opne", "open"),
        ("swich", "switch"),
        ("trun", "turn"),
        ("clsoe", "close"),
    ],
)
def test_one_slip_is_mended(written: str, meant: str) -> None:
    assert TYPOS.meant(written) == meant


@pytest.mark.parametrize(
    "word",
    ["fan", "pumb", "off", "of", "on", "don", "opens", "turned", "heated", "windows", "xindow", "broom", "closet"],
)
def test_short_words_forms_and_far_ones_are_left(word: str) -> None:
    assert TYPOS.meant(word) is None


def test_two_that_are_as_near_are_not_guessed_between() -> None:
    assert Typos((("annas", "annax"),), frozenset()).meant("annay") is None


@pytest.mark.parametrize("word", sorted(PROTECTED))
def test_words_that_decide_are_never_touched(word: str) -> None:
    assert Typos(((*WORDS, *PROTECTED),), frozenset()).meant(word) is None


def test_at_most_two_words_of_a_sentence_are_mended() -> None:
    words = read("batroom windwo humidty")
    assert TYPOS.corrected(words, [0, 1, 2]) is None
    mended = TYPOS.corrected(words, [0, 1])
    assert mended is not None
    assert mended[0].texts == ("bathroom", "window", "humidty")
    assert mended[1] == (("batroom", "bathroom"), ("windwo", "window"))


@given(st.text("abcd", max_size=6), st.text("abcd", max_size=6))
def test_distance_is_symmetric_and_zero_only_for_the_same(one: str, other: str) -> None:
    assert apart(one, other) == apart(other, one)
    assert (apart(one, other) == 0) == (one == other)
    assert apart(one, other) <= max(len(one), len(other))
