"""Templates: what they fit, and what is refused."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hassil.parse_expression import ParseError

from gateway.core.language.grammar import Grammar

from .demo import grammar, reader

FAMILY = """
action = "switch"
license = ["polite"]

[lists.onoff]
on = "on"
off = "off"

[[template]]
say = "turn {onoff} {thing} [and {thing:second}]"

[[template]]
say = "half {thing}"
action = "other"
license = []
roles = ["deed"]
fixed = { share = "50" }
"""


def test_a_match_tells_what_stands_for_each_slot() -> None:
    (match,) = Grammar({"switch": FAMILY}).matches(("turn", "on", "tta", "and", "ttb"), "whole")
    assert (match.family, match.action) == ("switch", "switch")
    assert match.slots == {"onoff": "on", "thing": "tta", "second": "ttb"}
    assert match.license == {"polite"}


def test_a_template_is_tried_in_its_roles_only() -> None:
    made = Grammar({"switch": FAMILY})
    assert made.matches(("half", "tta"), "whole") == []
    (match,) = made.matches(("half", "tta"), "deed")
    assert (match.action, match.slots, match.license) == ("other", {"share": "50", "thing": "tta"}, frozenset())


@pytest.mark.parametrize("words", ["turn on tta now", "please turn on tta", "turn tta on", "turn on", "turnon tta", ""])
def test_every_word_must_be_in_the_template(words: str) -> None:
    assert Grammar({"switch": FAMILY}).matches(tuple(words.split()), "whole") == []


@pytest.mark.parametrize(
    "say",
    [
        "turn {nothing} on",
        "turn <nothing>",
        "turn On",
        "turn on 5",
        "turn{thing}",
        "open[s] {thing}",
        "turn, on",
        "(a;b)",
    ],
)
def test_a_template_that_is_wrong_is_refused(say: str) -> None:
    with pytest.raises(ValueError, match="x"):
        Grammar({"x": f'[[template]]\nsay = "{say}"'})


def test_every_template_can_be_parsed_and_one_that_cannot_is_found_by_it() -> None:
    grammar().parse()
    with pytest.raises(ParseError):
        Grammar({"x": '[[template]]\nsay = "(turn on {thing}"'}).parse()


def test_what_is_no_family_is_refused() -> None:
    for text in ("say = 1", "[[template]]\nlike = []", "["):
        with pytest.raises(ValueError, match="family x"):
            Grammar({"x": text})


def test_a_piece_has_one_body() -> None:
    with pytest.raises(ValueError, match="there already"):
        Grammar({"a": '[rules]\nat = "in"', "b": '[rules]\nat = "on"'})


EXAMPLES = [
    (name, template.action or family.action, like)
    for name, family in grammar().families.items()
    for template in family.template
    for like in template.like
]
OURS = ("value", "state", "history", "switch", "position", "setpoint", "plants", "explain", "lists", "device")


@pytest.mark.parametrize(("name", "action", "like"), [one for one in EXAMPLES if one[0] in OURS])
def test_an_example_is_understood(name: str, action: str, like: str) -> None:
    intent = reader().read(like).intent
    assert intent.kind != "none", like


def test_hassil_is_imported_by_nobody_else() -> None:
    code = (
        "import sys; import gateway.core.language.intent, gateway.core.language.lexicon; print('hassil' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
