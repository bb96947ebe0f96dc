"""Numbers and units in a sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.language.numbers import Amount, find
from gateway.core.language.words import read


def amounts(text: str) -> list[Amount]:
    return [one.amount for one in find(read(text).texts)]


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("40", 40, ""),
        ("40 %", 40, "%"),
        ("40%", 40, "%"),
        ("40 percent", 40, "%"),
        ("40 per cent", 40, "%"),
        ("forty", 40, ""),
        ("forty five", 45, ""),
        ("forty-five percent", 45, "%"),
        ("a hundred", 100, ""),
        ("one hundred and twenty", 120, ""),
        ("twelve hundred ppm", 1200, "ppm"),
        ("20 degrees", 20, "°"),
        ("20 degrees celsius", 20, "°C"),
        ("20°C", 20, "°C"),
        ("20 c", 20, "°C"),
        ("122 °F", 122, "°F"),
        ("122 degrees fahrenheit", 122, "°F"),
        ("70f", 70, "°F"),
        ("1.5", 1.5, ""),
        ("1,5", 1.5, ""),
        ("twenty one point five", 21.5, ""),
        ("minus 5", -5, ""),
        ("-5 °C", -5, "°C"),
        ("2 1/2", 2.5, ""),
        ("two and a half", 2.5, ""),
        ("800 lux", 800, "lx"),
        ("2 mm/h", 2, "mm/h"),
        ("5 cm", 5, "cm"),
    ],
)
def test_an_amount_is_read_with_its_unit(text: str, value: float, unit: str) -> None:
    (amount,) = amounts(text)
    assert amount.value == pytest.approx(value)
    assert amount.unit == unit
    assert amount.other is None
    assert not amount.unsure


def test_a_point_before_three_digits_can_be_read_in_two_ways() -> None:
    (amount,) = amounts("1,500")
    assert (amount.value, amount.other) == (1500, 1.5)


def test_digits_that_are_spelled_one_by_one_are_not_sure() -> None:
    (amount,) = amounts("four five")
    assert amount.unsure


@pytest.mark.parametrize("text", ["10 minutes", "2 hours", "7 pm", "half", "the other", "10min", "1h30"])
def test_spans_of_time_are_no_amounts(text: str) -> None:
    assert amounts(text) == []


@given(st.text(alphabet="0123456789.,-%/ abcdefghijklmnoptuvy°", max_size=60))
def test_amounts_lie_in_the_sentence_without_overlapping(text: str) -> None:
    words = read(text).texts
    last = 0
    for one in find(words):
        start, end = one.span
        assert last <= start < end <= len(words)
        last = end
