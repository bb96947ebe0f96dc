"""Words that speak against doing what the rest of a sentence says."""

from __future__ import annotations

import pytest

from gateway.core.language.guards import found
from gateway.core.language.words import read


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("don't turn on the fan", "negation"),
        ("never open it", "negation"),
        ("everything but the fan", "negation"),
        ("what if I open it", "hypothetical"),
        ("suppose you turn it on", "hypothetical"),
        ("Anna said turn on the fan", "reported"),
        ("the manual says turn it on", "reported"),
        ('"turn on the fan"', "quoted"),
        ("I turned on the fan", "past"),
        ("somebody opened it", "past"),
        ("maybe turn on the fan", "doubt"),
        ("should I turn it on", "advice"),
        ("turn it on, just kidding", "joke"),
        ("turn it on?", "question"),
        ("is it on", "question"),
        ("how do I turn on the fan", "ability"),
        ("can I open it", "ability"),
        ("could you turn it on", "polite"),
        ("if it rains close it", "condition"),
        ("but not at night", "restriction"),
    ],
)
def test_a_guard_is_found(text: str, name: str) -> None:
    assert name in {guard.name for guard in found(read(text))}


@pytest.mark.parametrize(
    "text",
    [
        "turn on the fan",
        "open the bedroom window to 40 percent",
        "set the boiler to 50 degrees",
        "close all windows",
    ],
)
def test_a_plain_order_has_none(text: str) -> None:
    assert found(read(text)) == ()


@pytest.mark.parametrize(
    "text",
    [
        "could you turn on the fan?",
        "would you please open it?",
        "turn on the fan, would you?",
        "can you close it please?",
    ],
)
def test_a_favour_is_no_question_and_no_supposition(text: str) -> None:
    assert {guard.name for guard in found(read(text))} == {"polite"}


def test_a_guard_tells_its_words() -> None:
    (guard,) = [guard for guard in found(read("please never open the window")) if guard.name == "negation"]
    assert guard.span == (1, 2)
