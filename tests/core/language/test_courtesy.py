"""Words of courtesy around a sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.language.courtesy import core
from gateway.core.language.words import read


def left(text: str) -> str:
    words = read(text)
    commas = [at for at, mark in words.marks.items() if "," in mark]
    found = core(words.texts, commas)
    return " ".join(word for at, word in enumerate(words.texts) if at not in found.skipped)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("please turn on the fan", "turn on the fan"),
        ("turn on the fan please", "turn on the fan"),
        ("could you please turn on the fan for me?", "turn on the fan"),
        ("hey gateway, can you turn on the fan", "turn on the fan"),
        ("I'd like you to turn on the fan, thanks", "turn on the fan"),
        ("what is the temperature right now", "what is the temperature"),
        ("is the fan currently on", "is the fan on"),
        ("is everything ok", "is everything ok"),
        ("turn on the fan, ok?", "turn on the fan"),
        ("from now on", "from now on"),
        ("if you can, turn it on", "if you can turn it on"),
        ("would you mind turning on the fan", "turning on the fan"),
    ],
)
def test_only_what_is_asked_is_left(text: str, kept: str) -> None:
    assert left(text) == kept


def test_favours_wishes_and_pleases_are_told() -> None:
    assert core(("could", "you", "open", "it")).polite
    assert core(("i", "want", "to", "open", "it")).wish
    assert core(("please", "open", "it")).please
    plain = core(("open", "it"))
    assert (plain.polite, plain.wish, plain.please, plain.skipped) == (False, False, False, frozenset())


def test_nothing_is_left_of_what_is_only_courtesy() -> None:
    found = core(("hello", "there"))
    assert found.start >= found.end


@given(st.lists(st.sampled_from(["please", "hey", "could", "you", "now", "open", "it", "thanks", "not", "i", "want"])))
def test_what_is_skipped_lies_in_the_sentence(words: list[str]) -> None:
    found = core(words)
    assert found.skipped <= set(range(len(words)))
    assert "not" not in {words[at] for at in found.skipped}
