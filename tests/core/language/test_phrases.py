"""Articles, quantities and places joined with the names they belong to."""

from __future__ import annotations

import pytest

from gateway.core.language.lexicon import Lexicon
from gateway.core.language.phrases import TooMuch, tagged
from gateway.core.language.tagged import Named, Tagged
from gateway.core.language.words import read

from .demo import demo, grammar

LEXICON = Lexicon(demo(), grammar().vocabulary)


def seen(text: str) -> Tagged:
    words = read(text)
    return tagged(words, LEXICON.choices(words.texts)[0], frozenset(), grammar().vocabulary, 0)


def noun(text: str) -> Named:
    (found,) = [tag.meaning for tag in seen(text).tags.values() if isinstance(tag.meaning, Named)]
    return found


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("turn on the bathroom fan", "turn on tta"),
        ("what is the current humidity level in the bathroom", "what is mma in tta"),
        ("open the window in the bedroom to 40 %", "open tta to nna"),
        ("open all the windows", "open tta"),
        ("the fern's soil moisture", "tta poss mma"),
        ("turn on the sauna", "turn on uua"),
        ("temperature in zone b", "mma in tta"),
        ("run it for 10 minutes", "run tta for dda"),
    ],
)
def test_templates_see_marks(text: str, tokens: str) -> None:
    assert " ".join(seen(text).tokens) == tokens


def test_a_kind_is_joined_with_its_place() -> None:
    for text in ("the fan in the bathroom", "the bathroom's fan", "the fan of the bathroom"):
        found = noun(text)
        assert found.kind == "fan", text
        assert {place.id for place in found.where} == {"bathroom"}, text


def test_all_and_several_are_told() -> None:
    assert noun("all the windows").every
    assert noun("any window").plural
    assert not noun("any window").every
    assert noun("the windows").plural
    assert noun("a window").article == "a"


def test_an_unknown_word_makes_the_whole_unknown() -> None:
    assert noun("the blue fan").unknown == "blue"
    assert noun("the blue fan").things == ()
    assert noun("zone b").unknown


def test_commas_are_told_by_the_token_behind_them() -> None:
    assert seen("turn off the pump, the boiler and the bathroom fan").commas == {3}


def test_more_things_than_marks_are_refused() -> None:
    with pytest.raises(TooMuch):
        seen("pump and " * 11)
