"""Sentences with what they mean: how they are judged. What the gateway makes of all of them is test_corpora's."""

from __future__ import annotations

from typing import cast

import pytest

from gateway.core.language.corpus import Judged, after, judged, right, rows
from gateway.core.language.house import House, Thing
from gateway.core.language.intent import NOTHING, Candidate, Condition, Intent, Schedule, Talk, Understood
from gateway.core.language.understand import Reader

OPEN = Intent(kind="command", action="set_position", device="bedroom-window", place="bedroom", value=40.0)


class Parrot:
    """Reads every sentence as the same."""

    def __init__(self, intent: Intent) -> None:
        self.intent = intent
        self.talks: list[Talk] = []

    def read(self, text: str, talk: Talk = NOTHING) -> Understood:
        self.talks.append(talk)
        return Understood(intent=self.intent)


def _judged(want: str, intent: Intent, more: str = "") -> Judged:
    (row,) = rows(f'[[row]]\nwant = {want}\nsay = ["x"]\n{more}')
    return judged(cast("Reader", Parrot(intent)), House(), row)[0]


@pytest.mark.parametrize(
    ("want", "is_right", "wrong"),
    [
        ('{ kind = "command" }', True, False),
        ('{ kind = "command", value = 40 }', True, False),
        ('{ kind = "command", value = 41 }', False, True),
        ('{ kind = "command", device = "living-room-window" }', False, True),
        ('{ kind = "command", parameter = "" }', True, False),
        ('{ kind = "command", device = "" }', False, True),
        ('{ kind = "command", schedule = { for_s = 60 } }', False, False),
        ('{ kind = "command", also = 1 }', False, False),
        ('{ kind = ["none", "question"] }', False, True),
        ('{ kind = ["question", "command"], at = ["bedroom", "bath"] }', True, False),
        ('{ kind = "command", at = "bedroom-window" }', True, False),
        ('{ kind = "command", at = "bath" }', False, False),
        ('[{ kind = "none" }, { kind = "command", value = 40.0 }]', True, False),
        ('{ kind = "query" }', False, True),
    ],
)
def test_an_order_is_judged_by_what_it_would_move(want: str, is_right: bool, wrong: bool) -> None:
    found = _judged(want, OPEN)
    assert (found.right, found.wrong_actuation) == (is_right, wrong)


def test_what_moves_nothing_is_never_a_wrong_actuation() -> None:
    for kind in ("query", "none", "question", "explain"):
        found = _judged('{ kind = "command" }', Intent(kind=kind))  # type: ignore[arg-type]
        assert (found.right, found.wrong_actuation) == (False, False)


def test_of_a_condition_and_a_schedule_the_keys_given_count() -> None:
    rule = Intent(
        kind="rule",
        action="turn_on",
        condition=Condition(parameter="humidity", operator=">", value=70.0, place="bathroom"),
        schedule=Schedule(for_s=1200, not_=("22:00", "06:00"), days=("sat", "sun")),
    )
    want = (
        '{ kind = "rule", condition = { value = 70, operator = [">", ">="] }, schedule = { not = ["22:00", "06:00"] } }'
    )
    assert _judged(want, rule).right
    assert _judged('{ kind = "rule", schedule = { days = ["sat", "sun"] } }', rule).right
    assert not _judged('{ kind = "rule", condition = { for_s = 600 } }', rule).right
    assert not _judged('{ kind = "rule", schedule = { days = ["sat"] } }', rule).right


def test_what_was_heard_before_is_remembered() -> None:
    (row,) = rows('[[row]]\nheard = ["a", "b"]\nwant = { kind = "command" }\nsay = ["x", "y"]')
    window = Thing(what="device", id="bedroom-window", name="Bedroom window")
    parrot = Parrot(OPEN)
    judged(cast("Reader", parrot), House(things=(window,)), row)
    known = Talk(last=Candidate("device", "bedroom-window", "Bedroom window"))
    assert parrot.talks == [NOTHING, known, known, known]


def test_a_question_offers_and_an_order_to_confirm_waits() -> None:
    offered = (Candidate("device", "a", "A"),)
    assert after(House(), Intent(kind="question", candidates=offered), NOTHING) == Talk(offered=offered)
    assert after(House(), Intent(kind="rule", confirm="a rule"), NOTHING).pending
    assert after(House(), Intent(kind="query"), Talk(pending=True)).pending
    assert not after(House(), Intent(kind="command", action="confirm"), Talk(pending=True)).pending


def test_a_row_that_says_something_unknown_is_refused() -> None:
    with pytest.raises(ValueError, match="wanted"):
        rows('[[row]]\nwant = { kind = "none" }\nwanted = 1\nsay = ["x"]')


def test_the_share_of_right_ones() -> None:
    assert right([]) == 1.0
    assert right([_judged('{ kind = "command" }', OPEN), _judged('{ kind = "none" }', OPEN)]) == 0.5
