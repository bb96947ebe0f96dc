"""The one door: all readings, all guards, all corrections."""

from __future__ import annotations

from pathlib import Path

from gateway.core import language
from gateway.core.language.admit import admitted
from gateway.core.language.intent import Intent
from gateway.core.language.reading import Reading
from gateway.core.language.words import read

ON = Intent(kind="command", action="turn_on", device="fan", reply="Turn on Fan.")
OFF = Intent(kind="command", action="turn_off", device="fan", reply="Turn off Fan.")
ASK = Intent(kind="query", action="state", device="fan")
PLAIN = read("turn on the fan")


def test_readings_that_agree_are_one() -> None:
    assert admitted([Reading(intent=ON), Reading(intent=ON)], PLAIN) == ON


def test_readings_that_do_not_agree_are_a_question_that_names_both() -> None:
    intent = admitted([Reading(intent=ON), Reading(intent=OFF)], PLAIN)
    assert intent.kind == "question"
    assert "on Fan" in intent.reply
    assert "off Fan" in intent.reply


def test_longer_names_win() -> None:
    assert admitted([Reading(intent=ON, names=2), Reading(intent=OFF, names=1)], PLAIN) == ON


def test_what_only_asks_goes_before_what_moves() -> None:
    assert admitted([Reading(intent=ON), Reading(intent=ASK)], PLAIN) == ASK
    assert admitted([Reading(intent=ON, names=3), Reading(intent=ASK, names=1)], PLAIN) == ON


def test_a_guard_holds_an_order_unless_its_template_licenses_it() -> None:
    words = read("don't turn on the fan")
    assert admitted([Reading(intent=ON)], words).kind == "none"
    assert admitted([Reading(intent=ON, license=frozenset({"negation"}))], words) == ON
    assert admitted([Reading(intent=ON, covers=((0, 2),))], words) == ON


def test_a_soft_guard_asks() -> None:
    assert admitted([Reading(intent=ON)], read("maybe turn on the fan")).kind == "question"
    assert admitted([Reading(intent=ON)], read("turn on the fan?")).kind == "question"


def test_a_favour_is_asked_with_a_question_mark() -> None:
    assert admitted([Reading(intent=ON)], read("could you turn on the fan?")) == ON


def test_a_guess_is_asked_about_first() -> None:
    assert admitted([Reading(intent=ON, likely="a guess")], PLAIN).confirm == "a guess"
    assert admitted([Reading(intent=ON, likely="a guess"), Reading(intent=ON)], PLAIN).confirm == ""
    assert "fam" in admitted([Reading(intent=ON)], PLAIN, corrected=(("fam", "fan"),)).confirm
    assert admitted([Reading(intent=ON)], PLAIN, wish=True).confirm
    assert admitted([Reading(intent=ON)], PLAIN, at_once=False).confirm


def test_a_rule_is_always_asked_about() -> None:
    rule = Intent(kind="rule", action="turn_on", device="fan")
    assert admitted([Reading(intent=rule)], PLAIN).confirm


def test_nothing_understood_is_told() -> None:
    intent = admitted([], PLAIN)
    assert (intent.kind, bool(intent.reply)) == ("none", True)


def test_no_other_part_lets_an_order_out() -> None:
    """The reader hands out what `admitted` gives, joined at most with what it gave for another sentence."""
    folder = Path(language.__file__).parent
    callers = {path.name for path in folder.glob("*.py") if "admitted(" in path.read_text("utf-8")}
    assert callers == {"admit.py", "understand.py"}
