"""A sentence as words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.language.words import LONGEST_TEXT, MOST_WORDS, read, spelled


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("What's the TEMP?", "what is the temp"),
        ("don't, can't, won't", "do not can not will not"),
        ("dont cant isnt", "do not can not is not"),
        ("I'd like it", "i would like it"),
        ("Anna's room", "anna 's room"),
        ("the pump's on", "the pump 's on"),
        ("to 40%", "to 40 %"),
        ("to -5 %", "to -5 %"),
        ("living-room turn_on", "living room turn on"),
        ("7pm 10min 90s 1h30", "7pm 10min 90s 1h30"),
        ("at 7 p.m.", "at 7 pm"),
        ("at 22:00 or 7.30", "at 22:00 or 7.30"),
        ("½", "1/2"),
        ("humidity >= 70", "humidity >= 70"),
        ("≥ 70", ">= 70"),
        ("20 °C and 70°F", "20 °c and 70 °f"),
        ("KÜCHE Café", "kuche cafe"),
        ("fan & pump", "fan and pump"),
        ("ｆａｎ", "fan"),
        ("f\u200ban", "fan"),
        ("10-20", "10 - 20"),
        ("teh fan", "the fan"),
    ],
)
def test_words_are_folded_and_opened(text: str, words: str) -> None:
    assert " ".join(read(text).texts) == words


def test_marks_stand_before_the_word_that_follows_them() -> None:
    words = read("please, open it. now?")
    assert words.marks == {1: ",", 3: ".", 4: "?"}
    assert words.question
    assert words.sentences() == [(0, 3), (3, 4)]


def test_quoted_words_are_told() -> None:
    assert read('he said "turn on the fan" twice').quoted == ((2, 6),)
    assert read("it's Anna's").quoted == ()


def test_what_was_said_keeps_its_writing() -> None:
    words = read("open the Bath Window")
    assert words.said(2, 4) == "Bath Window"
    assert words.said(1, 1) == ""


def test_a_part_has_its_own_marks() -> None:
    words = read("one, two. three, four")
    part = words.part(2, 4)
    assert part.texts == ("three", "four")
    assert part.marks == {0: ".", 1: ","}


def test_a_word_can_be_exchanged() -> None:
    words = read("turn on the bathrom fan")
    assert words.changed(3, "bathroom").texts == ("turn", "on", "the", "bathroom", "fan")
    assert words.changed(3, "bathroom").said(3, 4) == "bathrom"


def test_too_much_is_told() -> None:
    assert not read("a" * LONGEST_TEXT).too_long
    assert read("a" * (LONGEST_TEXT + 1)).too_long
    assert read("ab " * (MOST_WORDS + 1)).too_long


def test_letters_of_other_scripts_are_not_taken_for_latin_ones() -> None:
    assert read("оn").texts != ("on",)


@given(st.text(max_size=400))
def test_any_text_is_read_and_every_word_stands_in_it(text: str) -> None:
    words = read(text)
    for word in words.items:
        assert 0 <= word.start < word.end <= len(text)
        assert word.text
    assert all(0 <= at <= len(words.items) for at in words.marks)
    assert all(0 <= start < end <= len(words.items) for start, end in words.quoted)
    assert spelled(text) == words.texts
