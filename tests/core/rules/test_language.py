"""The examples of how to write a rule are what may be written, and show every kind there is."""

from __future__ import annotations

import json
import re
import typing
from pathlib import Path
from typing import Any

import msgspec
import pytest

import gateway.core.rules
from gateway.core.rules.actions import Then
from gateway.core.rules.check import problems
from gateway.core.rules.rule import If, Rule, When
from tests.core.rules.rule_house import RuleHouse

TEXT = (Path(gateway.core.rules.__file__).parent / "README.md").read_text()
TIMER = {"kind": "timer", "timer": "rest", "after_s": 60, "then": [{"kind": "notify", "text": "rested"}]}
TELL = {"kind": "notify", "text": "so it is"}


def examples(heading: str) -> list[dict[str, Any]]:
    """Of one section."""
    section = TEXT.partition(f"\n### {heading}")[2].partition("\n##")[0]
    return [json.loads(one) for one in re.findall(r"`(\{\"kind\".*?\})` \|", section)]


@pytest.mark.parametrize(("heading", "union"), [("Triggers", When), ("Conditions", If), ("Actions", Then)])
def test_every_kind_has_an_example(heading: str, union: Any) -> None:
    assert {one["kind"] for one in examples(heading)} == {one.__struct_config__.tag for one in typing.get_args(union)}


def rules() -> list[dict[str, Any]]:
    """One around each example."""
    alone = json.loads(TEXT[TEXT.index('    {"name"') : TEXT.index("\n\n| key")])
    whens = [{"name": "When", "when": one, "then": [TELL]} for one in examples("Triggers")]
    ifs = [{"name": "If", "if": one, "then": [TIMER]} for one in (*examples("Conditions"), *examples("What `value`"))]
    noon = {"kind": "time", "at": "12:00"}
    thens = [{"name": "Then", "when": noon, "then": [one]} for one in examples("Actions") if one["kind"] != "cancel"]
    thens += [{"name": "Then", "when": noon, "then": [TIMER, one]} for one in examples("Actions")[-2:-1]]
    return [alone, *whens, *ifs, *thens]


@pytest.mark.parametrize("said", rules(), ids=lambda said: json.dumps(said)[:60])
def test_every_example_may_be_written_in_a_house_that_has_what_it_names(said: dict[str, Any]) -> None:
    assert problems(msgspec.convert(said, Rule), RuleHouse()) == []
