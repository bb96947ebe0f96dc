"""What is wrong with JSON, for who wrote it."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.misfits import misfit
from gateway.core.rules.rule import Rule

DAMP = {"kind": "value", "asset": "bathroom", "metric": "humidity", "operator": ">", "value": 70}
NIGHT = {"kind": "time", "from": "22:00", "to": "06:00"}
RULE: dict[str, Any] = {"name": "Fan", "when": DAMP, "then": [{"kind": "notify", "text": "damp"}]}


def said(rule: object) -> tuple[str, str]:
    text = json.dumps(rule)
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.json.decode(text, type=Rule)
    return misfit(refused.value, Rule, json.loads(text))


@pytest.mark.parametrize(
    ("changed", "path", "reason"),
    [
        ({"if": {**NIGHT, "from": "25:00"}}, "if.from", 'must be a time such as 06:00 or 22:00, not "25:00"'),
        (
            {"if": {"kind": "all", "of": [NIGHT, {**NIGHT, "days": ["mon", "monday"]}]}},
            "if.of[1].days[1]",
            "must be one of fri, mon, sat, sun, thu, tue, wed, not monday",
        ),
        ({"when": {**DAMP, "operator": "=>"}}, "when.operator", "must be one of !=, <, <=, ==, >, >=, not =>"),
        ({"cooldwn_s": 5}, "cooldwn_s", "there is no such key here, but cooldown_s"),
        ({"then": [{"kind": "notify", "txt": "x"}]}, "then[0].txt", "there is no such key here, but text"),
        (
            {"then": [{"kind": "scene", "scene": "night", "q": 1}]},
            "then[0].q",
            "there is no such key here; there is scene",
        ),
        (
            {"when": {**DAMP, "kind": "valeu"}},
            "when.kind",
            "must be one of value, change, time, sun, device, alert, anomaly, command, any, not valeu",
        ),
        ({"then": [{"text": "x"}]}, "then[0].kind", "is missing; it is one of command, window, notify"),
        ({"when": {**DAMP, "value": "70"}}, "when.value", "must be a number, not text"),
        ({"when": {**DAMP, "value": 1e300}}, "when.value", "must be at most 1000000000000"),
        ({"when": {**DAMP, "metric": "Humidity"}}, "when.metric", "up to 40 small letters, digits and _"),
        ({"when": {**DAMP, "asset": "Bath Room"}}, "when.asset", "up to 40 small letters, digits and dashes"),
        ({"for_s": "10 min"}, "for_s", "must be a whole number, not text"),
        ({"for_s": -1}, "for_s", "must be at least 0"),
        ({"if": [NIGHT]}, "if", "must be an object {...}, not a list [...]"),
        ({"if": {"kind": "all", "of": []}}, "if.of", "must have at least 1 entry"),
        ({"name": ""}, "name", "must have at least 1 character"),
        ({"name": "x" * 81}, "name", "must have at most 80 characters"),
        ({"name": "!"}, "name", 'must be as it is described (A name people give; it has a letter or digit), not "!"'),
        ({"format": 2}, "format", "must be one of 1, not 2"),
        ({"then": None}, "then", "must be a list [...], not null"),
    ],
)
def test_it_says_where_and_what_would_be_right(changed: dict[str, Any], path: str, reason: str) -> None:
    where, why = said({**RULE, **changed})
    assert where == path
    assert reason in why


def test_what_is_missing_is_named() -> None:
    assert said({}) == ("name", "is missing")


def test_what_is_no_object_at_all_has_no_path() -> None:
    assert said([RULE]) == ("", "must be an object {...}, not a list [...]")


_ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_KEYS = st.sampled_from(["name", "when", "if", "then", "for_s", "else", "priority", "catch_up", "colour"])


@settings(deadline=None)
@given(st.dictionaries(_KEYS, _ANY_JSON | st.builds(lambda one: {**DAMP, "kind": one}, _ANY_JSON), max_size=4))
def test_whatever_is_refused_has_words_without_types_or_expressions(changed: dict[str, Any]) -> None:
    text = msgspec.json.encode({**RULE, **changed})
    try:
        msgspec.json.decode(text, type=Rule)
    except msgspec.ValidationError as error:
        told, named = misfit(error, Rule, msgspec.json.decode(text)), str(error)
    else:
        return
    assert told[1]
    assert "Expected `" not in told[1]
    assert told[0].split(".")[0].split("[")[0] in named
