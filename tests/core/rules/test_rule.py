"""Whatever has the shape of a rule can be told, checked and compared; and it comes back from JSON as it was."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from gateway.core.rules.check import problems, warnings
from gateway.core.rules.conflicts import conflicts
from gateway.core.rules.loops import loops
from gateway.core.rules.rule import KeptRule, Rule
from gateway.core.rules.words import sentence
from tests.core.rules.any_rules import RULES
from tests.core.rules.rule_house import RuleHouse
from tests.core.rules.test_words import House

FAN = {"kind": "command", "asset": "bathroom-fan", "verb": "turn_on"}


@given(RULES)
def test_a_rule_comes_back_from_json_as_it_was(said: dict[str, Any]) -> None:
    rule = msgspec.convert(said, Rule)
    assert msgspec.json.decode(msgspec.json.encode(rule), type=Rule) == rule


@settings(max_examples=300, deadline=None)
@given(RULES)
def test_whatever_rule_there_is_has_words_and_its_problems_have_places(said: dict[str, Any]) -> None:
    rule = msgspec.convert(said, Rule)
    house = RuleHouse()
    assert sentence(rule, House()).endswith(".")
    for one in (*problems(rule, house), *problems(rule, None), *warnings(rule, house), *warnings(rule, None)):
        assert one.reason
        assert _leads(said, one.path), one


@settings(max_examples=200, deadline=None)
@given(RULES, RULES)
def test_any_two_rules_can_be_compared(first: dict[str, Any], second: dict[str, Any]) -> None:
    one, other = (KeptRule(id=name, rule=msgspec.convert(said, Rule)) for name, said in (("a", first), ("b", second)))
    house = RuleHouse()
    there, back = conflicts(one, [other], house), conflicts(other, [one], house)
    assert {found.actuator for found in there} == {found.actuator for found in back}
    assert {found.wins for found in there} == {found.wins for found in back}
    for loop in (*loops(one, [other], house), *loops(other, [one], None)):
        assert loop.text.endswith(".")
        assert set(loop.rules) <= {"a", "b"}


def _leads(said: Any, path: str) -> bool:
    """Whether a path leads somewhere, but for its last name, which may have been left out."""
    *steps, last = re.findall(r"[a-z_]+|\[\d+\]", path)
    for step in steps:
        if step.startswith("["):
            said = said[int(step[1:-1])]
        elif step in said:
            said = said[step]
        else:
            return False
    return isinstance(said, list) if last.startswith("[") else isinstance(said, dict)


@pytest.mark.parametrize(
    "wrong",
    [
        {"when": {"kind": "value", "asset": "bathroom", "metric": "humidity", "operator": "~", "value": 70}},
        {"when": {"kind": "vlaue"}},
        {"if": {"kind": "time", "from": "22:00", "to": "24:00"}},
        {"if": {"kind": "time", "from": "22:00", "to": "06:00", "days": ["someday"]}},
        {"if": {"kind": "all", "of": []}},
        {"for_s": 604_801},
        {"hysteresis": -1},
        {"priority": 101},
        {"format": 2},
        {"prioritty": 3},
        {"then": [{**FAN, "for": 3}]},
        {"name": "..."},
    ],
)
def test_what_has_not_the_shape_of_a_rule_is_refused_with_its_place(wrong: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"name": "A rule", "then": [FAN], **wrong}, Rule)


def test_a_number_that_is_none_cannot_be_posted() -> None:
    posted = b'{"name":"A rule","then":[],"when":{"kind":"value","metric":"humidity","operator":">","value":1e999}}'
    with pytest.raises(msgspec.MsgspecError):
        msgspec.json.decode(posted, type=Rule)
