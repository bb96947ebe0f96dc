"""Yes, no, undo, alerts, rules by name; and that a yes is one only where something waits."""

from __future__ import annotations

import pytest

from gateway.core.language.intent import NOTHING, Candidate, Talk
from tests.core.language.test_rule_making import reader

WAITS = Talk(pending=True)
OFFERED = Talk(offered=(Candidate("device", "bedroom-window", "Bedroom window"), Candidate("device", "x-1", "Other")))


@pytest.mark.parametrize("text", ["yes", "yes please", "do it", "ok", "go ahead", "yes, do it", "sure"])
def test_a_yes_counts_only_where_something_waits(text: str) -> None:
    assert reader().read(text, WAITS).intent.action == "confirm"
    assert reader().read(text, NOTHING).intent.kind == "none"


@pytest.mark.parametrize("text", ["no", "no thanks", "don't", "never mind", "no, don't"])
def test_a_no_likewise(text: str) -> None:
    assert reader().read(text, WAITS).intent.action == "decline"
    assert reader().read(text, NOTHING).intent.kind == "none"


@pytest.mark.parametrize("text", ["yes but 60", "yes if it rains", "yes and open the window"])
def test_a_yes_with_something_else_is_none(text: str) -> None:
    assert reader().read(text, WAITS).intent.kind in ("question", "none")


@pytest.mark.parametrize(("text", "number"), [("the first one", 0), ("the second one", 1)])
def test_one_of_those_that_were_offered_is_picked_by_its_number(text: str, number: int) -> None:
    intent = reader().read(text, OFFERED).intent
    assert (intent.action, intent.candidates) == ("pick", (OFFERED.offered[number],))


@pytest.mark.parametrize(
    ("text", "minutes"), [("mute alerts for an hour", 60), ("be quiet for 2 hours", 120), ("mute alerts", 60)]
)
def test_alerts_are_muted_for_so_long(text: str, minutes: int) -> None:
    intent = reader().read(text).intent
    assert (intent.action, intent.value) == ("mute_alerts", minutes)


def test_longer_than_a_day_is_asked_about() -> None:
    assert reader().read("mute alerts for 3 days").intent.kind == "question"


def test_a_rule_by_its_name_is_changed_only_after_a_yes() -> None:
    intent = reader().read("delete the bathroom fan rule").intent
    assert (intent.action, intent.value) == ("delete_rule", "bathroom-fan")
    assert intent.confirm


def test_the_thing_that_a_rule_is_named_like_is_not_the_rule() -> None:
    assert reader().read("turn off the bathroom fan").intent.action == "turn_off"
