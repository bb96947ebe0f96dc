from __future__ import annotations

import pytest

from gateway.core.errors import Refused
from gateway.core.topics import DEVICE_ID
from gateway.flow.identity import assign_id, given_name, may_be_mistaken, normal_mac


@pytest.mark.parametrize("form", ["AA:BB:CC:01:02:03", "aa-bb-cc-01-02-03", "aabbcc010203", " AABBCC010203 "])
def test_every_usual_form_of_a_mac_becomes_the_same(form: str) -> None:
    assert normal_mac(form) == "aa:bb:cc:01:02:03"


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        "aa:bb:cc:01:02",
        "aa:bb:cc:01:02:0g",
        "aa:bb-cc:01:02:03",
        "00:00:00:00:00:00",
        "ff:ff:ff:ff:ff:ff",
        "ａa" * 6,
    ],
)
def test_nonsense_is_no_mac(nonsense: str) -> None:
    with pytest.raises(Refused):
        normal_mac(nonsense)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("window", "window-010203"),
        ("Water Heater #2", "water-heater-2-010203"),
        ("", "node-010203"),
        ("窓", "node-010203"),
        ("a" * 80, "a" * 26 + "-010203"),
    ],
)
def test_an_id_is_made_of_a_word_and_the_end_of_the_mac(word: str, expected: str) -> None:
    assert assign_id(word, "aa:bb:cc:01:02:03", lambda _: False) == expected
    assert DEVICE_ID.fullmatch(expected)


def test_a_taken_id_is_avoided_however_often() -> None:
    taken: set[str] = set()
    for _ in range(20):
        made = assign_id("w" * 50, "aa:bb:cc:01:02:03", taken.__contains__)
        assert DEVICE_ID.fullmatch(made)
        assert made not in taken
        taken.add(made)


def test_a_name_is_one_readable_line() -> None:
    assert given_name("  Kitchen \n window ") == "Kitchen window"
    for nonsense in ("", "  ", "x" * 81, "a\x00b"):
        with pytest.raises(Refused):
            given_name(nonsense)


def test_an_account_may_be_mistaken_for_what_begins_with_its_name_and_a_dash() -> None:
    assert may_be_mistaken("window", "window-a1b2c3")
    assert may_be_mistaken("window", "window")
    assert not may_be_mistaken("window", "windows-a1b2c3")
