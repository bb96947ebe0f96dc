"""Why somebody wants something, before an order or behind it."""

from __future__ import annotations

import pytest

from gateway.core.language import reasons
from gateway.core.language.guards import found
from gateway.core.language.words import read

from .demo import read as meant


@pytest.mark.parametrize(
    "text",
    ["it is freezing", "because I am rather cold", "we can't sleep", "my wife is about to take a shower", "it smells"],
)
def test_a_closed_form_is_a_reason(text: str) -> None:
    assert reasons.is_reason(read(text).texts)


@pytest.mark.parametrize(
    "text",
    [
        "it was freezing",
        "it is not cold",
        "it is above 30 degrees",
        "the pump is on",
        "if it is cold",
        "it is cold and dark",
        "open the window",
    ],
)
def test_what_says_more_is_none(text: str) -> None:
    assert not reasons.is_reason(read(text).texts)


def test_no_word_of_a_reason_is_a_guard_and_every_other_word_still_is() -> None:
    assert found(read("I can't sleep, turn on the pump")) == ()
    assert [guard.name for guard in found(read("I can't sleep, don't turn on the pump"))] == ["negation"]


def test_a_reason_between_a_condition_and_its_order_stays_with_the_condition() -> None:
    assert meant("if I can't sleep, turn off the pump").kind in ("none", "question")
    assert meant("turn off the pump when, it is hot").kind != "command"


def test_behind_because_stands_no_second_order() -> None:
    assert meant("turn on the pump because I say so and turn off the boiler").kind in ("none", "question")
