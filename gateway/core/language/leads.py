"""Words that say what a clause is: a condition, a restriction, what else is done. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

Lead = Literal["head", "if", "while", "not", "only", "then", "else", "until"]
_PHRASES: dict[Lead, str] = {
    "if": "if, when, whenever, once, as soon as, in case, in the case that, every time, each time, any time, "
    "anytime, the moment, the instant, in the event that, provided that, provided, on condition that, "
    "assuming, if ever, if and when, only if, only when, if only, and if, and when, or if, or when, even "
    "if, if at any time, every time that",
    "while": "while, as long as, so long as, whilst, for as long as, during the time, only while, only as long as",
    "not": "unless, except, except for, except if, except when, except while, except during, but not, but not "
    "if, but not when, but not while, but not during, but never, but never if, but never when, and not "
    "if, and not when, just not, just not if, just not when, though not, excluding, apart from, other "
    "than, only not, only not when, only not if, but only not, however not, but do not do it, but do not "
    "do that, but do not do so, but do not do this, do not do it, do not do that, do not do so, but do "
    "not do it if, but do not do it when, but do not if, but do not when, but do not do that if, but do "
    "not do that when, but do not do it while, and do not do it, but exclude, and never, unless it "
    "happens, but do not run it, but do not run it when, but do not run it if, but do not turn it on, but "
    "do not turn it on if, but do not turn it on when, but do not open it, but do not open it if, but do "
    "not open it when, but please not, but please not if, but please not when, but ignore it, but skip "
    "it, but do not bother me, but do not disturb me, but leave it, but leave it if, but leave it when, "
    "not if, not when, not while, not during, never when, never if",
    "only": "but only, but only if, but only when, but only while, but only during, and only, and only if, and "
    "only when, and only while, only during, just during, however only, but just, but just when, but just "
    "if",
    "until": "until, till, up until, until such time as",
    "then": "then, and then",
    "else": "otherwise, or else, else, if not, and otherwise, and when it is over, and afterwards",
}
_BEFORE_TIMES: dict[str, Lead] = {"not": "not", "never": "not", "only": "only", "just": "only"}
"""Words that lead a clause only when a time follows."""
LEADS: tuple[tuple[tuple[str, ...], Lead], ...] = tuple(
    sorted(
        ((tuple(phrase.split()), kind) for kind, said in _PHRASES.items() for phrase in said.split(", ")),
        key=lambda one: -len(one[0]),
    )
)
_MADE = "make, create, add, set up, write, define, set, i want, i need, give me, we need"
_FOLLOWS = "that, which, to, so that, where, saying, for this, like this"
OPENINGS: tuple[tuple[str, ...], ...] = tuple(
    sorted(
        (
            tuple(f"{made} {what} {follows}".split())
            for made in ("", *_MADE.split(", "))
            for what in ("a rule", "rule", "a new rule", "new rule", "an automation", "a new automation")
            for follows in ("", *_FOLLOWS.split(", "))
        ),
        key=len,
        reverse=True,
    )
)
"""With which it may be said that a rule follows."""
STARTS = frozenset(
    [
        "open",
        "close",
        "shut",
        "turn",
        "switch",
        "set",
        "put",
        "run",
        "start",
        "stop",
        "notify",
        "tell",
        "let",
        "send",
        "warn",
        "alert",
        "alarm",
        "raise",
        "sound",
        "give",
        "make",
        "keep",
        "lower",
        "reduce",
        "increase",
        "activate",
        "deactivate",
        "power",
        "move",
        "bring",
        "heat",
        "tilt",
        "shade",
        "text",
        "message",
        "ping",
        "inform",
        "remind",
        "mute",
        "please",
        "trigger",
        "ventilate",
        "air",
        "adjust",
        "change",
        "kill",
        "pump",
        "water",
    ]
)
"""Words with which something to be done begins."""
_INFLECTED = {
    f"{verb}{'es' if verb.endswith(('s', 'sh', 'ch', 'x')) else 's'}": verb for verb in sorted(STARTS - {"please"})
}
"""`turns` for `turn`, behind `a rule that`."""
VOCABULARY = (
    frozenset(word for phrase, _ in LEADS for word in phrase)
    | frozenset(word for phrase in OPENINGS for word in phrase)
    | frozenset(_INFLECTED)
    | frozenset(
        [
            "for",
            "in",
            "after",
            "later",
            "from",
            "more",
            "than",
            "at",
            "least",
            "over",
            "longer",
            "or",
            "and",
            "but",
            "not",
            "never",
            "only",
            "just",
            "row",
            "straight",
            "continuously",
            "it",
            "again",
            "too",
            "automatically",
            "until",
            "within",
            "another",
            "about",
            "around",
        ]
    )
)
"""Words that are known here and perhaps to no template."""


class Segment(msgspec.Struct, frozen=True):
    """A stretch of tokens under one lead; the words of the lead are not in it."""

    lead: Lead
    start: int
    end: int
    said: tuple[str, ...] = ()
    begins: int = 0
    """Where the lead stands."""


def segments(tokens: Sequence[str], first: int = 0) -> list[Segment]:
    """The sentence from `first` on, cut before every lead; the first segment may have none."""
    found: list[Segment] = []
    said: tuple[str, ...] = ()
    lead, begins, start, at = "head", first, first, first
    while at < len(tokens):
        here = _lead(tokens, at)
        if here is None:
            at += 1
            continue
        found.append(Segment(lead, start, at, said, begins))  # type: ignore[arg-type]
        (said, lead), begins = here, at
        at = start = at + len(said)
    found.append(Segment(lead, start, len(tokens), said, begins))  # type: ignore[arg-type]
    return [one for one in found if one.lead != "head" or one.start < one.end]


def _lead(tokens: Sequence[str], at: int) -> tuple[tuple[str, ...], Lead] | None:
    for phrase, kind in LEADS:
        if tuple(tokens[at : at + len(phrase)]) == phrase:
            return phrase, kind
    word = tokens[at]
    if at == 0 and word == "should" and len(tokens) > 1 and (is_mark(tokens[1], "m") or is_mark(tokens[1], "t")):
        return ("should",), "if"  # `should the humidity exceed 70 %, …`
    following = tokens[at + 1] if at + 1 < len(tokens) else ""
    if word in _BEFORE_TIMES and following.startswith("cc") and len(following) == 3:
        return (word,), _BEFORE_TIMES[word]
    return None


def opened(tokens: Sequence[str]) -> int:
    """How many tokens only say that a rule follows."""
    return next((len(one) for one in OPENINGS if tuple(tokens[: len(one)]) == one), 0)


def plain_verb(token: str) -> str:
    """`turn` for `turns`."""
    return _INFLECTED.get(token, token)


def is_mark(token: str, letter: str) -> bool:
    """Whether a token stands for a name, a number or a time of this kind: `tta` for t."""
    return len(token) == 3 and token[:2] == letter * 2 and "a" <= token[2] <= "i"
