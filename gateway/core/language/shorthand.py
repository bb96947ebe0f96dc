"""Sentences that lack a verb or have their words in another order: `pump for an hour`, `make open the window`. Pure.

Tried only where nothing else was found. Such a sentence is put as the templates know it, so no template is needed for
it; whatever it moves is asked about first, and one that might as well tell how things are only becomes a question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
from msgspec.structs import replace

from . import joined, rule_making
from .grammar import Grammar
from .intent import MOVING, GuardName, Intent
from .meaning import Meaning
from .reading import Reading
from .reply import meant
from .tagged import Named, Span, Tag, Tagged, When

_FEW = "it was said in few words"
_PLACES = frozenset(("room", "zone"))
_T, _TT = r"(tt[a-i])", r"(tt[a-i](?: and tt[a-i])?)"
_D, _M = r"(dd[a-i])", r"(mm[a-i])"
_AT = r"(?:in|at|of|on|inside|from|for)"
_MANY = r"(?:how|what) (?:much|many) degrees?"
_HAS = r"(?:is|are|has|have|it is|is it|are there|there are|is there|there is|do we have|we have|it has|does)"
_ASKED_FOR: tuple[GuardName, ...] = ("hypothetical", "ability", "question")
"""`could I have the fan on?` asks for it."""


class _Way(msgspec.Struct, frozen=True):
    """How one form is put plainly."""

    form: re.Pattern[str]
    plain: str
    license: frozenset[GuardName] = frozenset()
    sure: bool = True
    """Otherwise it might tell how things are, and is only asked about."""
    asked: bool = False
    """It needs a question mark."""
    until: bool = False
    """Its time must be one until when."""


def _way(
    form: str, plain: str, *license_: GuardName, sure: bool = True, asked: bool = False, until: bool = False
) -> _Way:
    return _Way(re.compile(form), plain, frozenset(license_), sure, asked, until)


_WAYS = (
    _way(rf"{_TT} (?:(?:for|during|just for|only for) )?{_D}", r"turn on \1 for \2"),
    _way(rf"{_D} (?:(?:of|on|for|with) )?{_T}", r"turn on \2 for \1"),
    _way(rf"{_TT} (cc[a-i])", r"turn on \1 \2", until=True),
    _way(rf"(.+) during {_D}", r"\1 for \2"),
    _way(
        rf"((?:turn|switch|put) (?:on|off)|run|start|stop|open|close|shut) (?:for|during) {_D} {_TT}", r"\1 \3 for \2"
    ),
    _way(rf"{_TT} (on|off) (?:for )?{_D}", r"turn \2 \1 for \3"),
    _way(rf"{_T} (on|off)(?: and)? {_T} (on|off)", r"turn \2 \1 and turn \4 \3"),
    _way(rf"{_TT} back (on|off)", r"turn \2 \1"),
    _way(rf"{_TT} (on|off) again", r"turn \2 \1", sure=False),
    _way(rf"{_TT} (?:at |on |to )?((?:half|full|top|maximum) (?:speed|power)) (?:for )?{_D}", r"run \1 at \2 for \3"),
    _way(rf"{_TT} (?:(?:at|on|to) )?(nn[a-i]) (?:for )?{_D}", r"set \1 to \2 for \3"),
    _way(rf"(?:a bit |some |a little )?more {_T}", r"turn up \1"),
    _way(rf"(?:a bit |a little )?less {_T}", r"turn down \1"),
    _way(r"(?:everything|all) (on|off)", r"turn \1 everything"),
    _way(rf"{_TT} ((?:a bit|a little|slightly)) open", r"open \1 \2"),
    _way(rf"(?:turn|switch) {_TT} (in|for) {_D} (on|off)", r"turn \4 \1 \2 \3"),
    _way(rf"(?:turn|switch) (in|for) {_D} {_TT} (on|off)", r"turn \4 \3 \1 \2"),
    _way(rf"((?:turn|switch) (?:on|off)|start|stop|open|close|shut) in {_D} {_TT}", r"\1 \3 in \2"),
    _way(rf"(?:heat|make|warm) {_TT} on (nn[a-i])", r"set \1 to \2"),
    _way(rf"off {_T}", r"turn off \1"),
    _way(rf"{_TT} (?:open|opened)", r"open \1", sure=False),
    _way(rf"{_TT} (?:(?:fully|completely|all) )?(?:closed|shut|close)", r"close \1", "past", sure=False),
    _way(rf"{_TT} (?:open|opened) for {_D}", r"open \1 for \2", sure=False),
    _way(rf"{_TT} (?:closed|shut|close) for {_D}", r"close \1 for \2", "past", sure=False),
    _way(rf"(?:make|do|get|let|put) (?:to )?(open|close|shut) {_T}", r"\1 \2"),
    _way(rf"(?:make|do|get) closed {_T}", r"close \1", "past"),
    _way(rf"(?:make|do|get) (on|off) {_T}", r"turn \1 \2"),
    _way(rf"(?:make|do) {_T} (on|off)", r"turn \2 \1"),
    _way(rf"(?:make|do) {_T} (?:to be )?(?:open|opened)", r"open \1"),
    _way(rf"(?:make|do) {_T} (?:to be )?(?:closed|close|shut)", r"close \1", "past"),
    _way(rf"(?:make|let|do|get) (?:to )?(run|start|stop) {_T}", r"\1 \2"),
    _way(rf"(?:make|let) (?:to )?work {_T}", r"turn on \1"),
    _way(rf"(?:make|put) {_T} (?:to )?(?:working|running|work|run|start)(?: (?:for )?{_D})", r"turn on \1 for \2"),
    _way(rf"(?:make|put) {_T} (?:to )?(?:working|running|work)", r"turn on \1"),
    _way(rf"(?:make|get) {_T} to stop", r"turn off \1"),
    _way(
        rf"(?:make|i want|we want|i need|i would like) that {_T} (?:runs?|starts?|goes on|is on|works)", r"turn on \1"
    ),
    _way(rf"(?:make|i want|we want|i need|i would like) that {_T} (?:stops?|goes off|is off)", r"turn off \1"),
    _way(rf"(?:make|i want|we want|i need|i would like) that {_T} (?:opens?|is open)", r"open \1"),
    _way(rf"(?:make|i want|we want|i need|i would like) that {_T} (?:closes?|is closed|is shut)", r"close \1", "past"),
    _way(rf"(?:can|could|may) (?:i|we) have {_T} (on|off)", r"turn \2 \1", *_ASKED_FOR),
    _way(rf"(?:can|could|may) (?:i|we) have {_T} (?:at|to|set to|on) (nn[a-i])", r"set \1 to \2", *_ASKED_FOR),
    _way(rf"(?:can|could|may) (?:i|we) have {_T} (?:open|opened)(?: (.+))?", r"open \1 \2", *_ASKED_FOR),
    _way(rf"(?:can|could|may) (?:i|we) have {_T} (?:closed|shut)", r"close \1", "past", *_ASKED_FOR),
    # What only asks.
    _way(rf"(is|are) (open|closed|shut|on|off|running) {_T}", r"\1 \3 \2"),
    _way(rf"does {_T} work", r"is \1 working"),
    _way(
        rf"how (warm|hot|cold|humid|bright|dark|loud|dry) (?:it is|have we|do we have|we have|it has) (?:{_AT} )?{_T}",
        r"how \1 is it in \2",
    ),
    _way(rf"(?:give|show|tell|say|want|need) (?:me |us )?{_M} (?:{_AT} )?{_T}", r"what is \1 of \2"),
    _way(rf"{_T} is (open|closed|shut|on|off|running)", r"is \1 \2", asked=True),
    _way(rf"(?:tell me )?{_MANY} (?:{_HAS} )?(?:{_AT} )?{_T}(?: has| have)?", r"how many degrees in \1"),
    _way(rf"{_T} {_MANY}", r"how many degrees in \1"),
    _way(
        rf"(?:what|which|how much|how many|how is) {_M} (?:{_HAS} )?(?:{_AT} )?{_T}(?: has| have)?", r"what is \1 of \2"
    ),
    _way(rf"(?:what|which) {_HAS} {_AT} {_T} {_M}", r"what is \2 of \1"),
    _way(rf"{_T} (?:has|have) (?:what|which|how much) {_M}", r"what is \2 of \1"),
    _way(rf"{_M} {_AT} {_T} (?:is )?(?:what|how much|how high|which)", r"what is \1 of \2"),
    _way(rf"(?:is there )?any chance (?:that )?{_T} is (.+)", r"is \1 \2", asked=True),
    _way(rf"do you think (?:that )?{_T} is (.+)", r"is \1 \2", asked=True),
    _way(r"((?:.+ )?what .+) (?:might|may|could) be", r"\1 is"),
    _way(rf"(?:and )?{_M} wise (?:how is|how about|what about|what is) {_T}", r"what is \1 of \2"),
    _way(rf"(?:and )?(?:how is|how about|what about) {_T} {_M} wise", r"what is \2 of \1"),
    _way(r"(?:say|tell|give|show|explain) (?:to )?(?:me|us) (?:please )?(.+)", r"tell me \1"),
)
VOCABULARY = frozenset(("works", "chance", "might"))
"""Words that stand in a form and perhaps in no template."""


def readings(tagged: Tagged, grammar: Grammar, meaning: Meaning, *, asked: bool) -> Iterator[Reading]:
    """What the sentence means when it is put plainly. `asked`: there is a question mark."""
    together = _together(tagged)
    line = " ".join(together.tokens)
    if together is not tagged:
        yield from _read(together, grammar, meaning)
    for way in _WAYS:
        match = way.form.fullmatch(line)
        if match is None or (way.asked and not asked) or (way.until and not _ends(together)):
            continue
        plain = _put(together, tuple(match.expand(way.plain).split()))
        for reading in _read(plain, grammar, meaning):
            allowed = replace(reading, license=reading.license | way.license)
            yield allowed if way.sure else _asking(allowed)


def _read(tagged: Tagged, grammar: Grammar, meaning: Meaning) -> Iterator[Reading]:
    found = [meaning.reading(match, tagged) for match in grammar.matches(tagged.tokens, "whole")]
    found += joined.readings(tagged, grammar, meaning) if "and" in tagged.tokens else ()
    clocks = tuple(tag.span for mark, tag in tagged.tags.items() if mark[0] in "cd")
    if clocks:  # `until` of a time that was read is no guard
        found += [
            replace(one, license=one.license | {"condition"}, covers=(*one.covers, *clocks))
            for one in rule_making.readings(tagged, grammar, meaning)
        ]
    for one in found:
        if one.intent.kind != "rule":  # a rule is said in full
            yield replace(one, likely=one.likely or _FEW, intent=_confirmed(one.intent))


def _confirmed(intent: Intent) -> Intent:
    return replace(intent, confirm=intent.confirm or _FEW) if intent.kind in MOVING else intent


def _asking(reading: Reading) -> Reading:
    if reading.intent.kind not in MOVING:
        return reading
    asked = Intent(kind="question", action=reading.intent.action, reply=meant(reading.intent))
    return replace(reading, intent=asked)


def _put(tagged: Tagged, tokens: tuple[str, ...]) -> Tagged:
    """The same marks among other words; words that nobody said stand nowhere."""
    where: dict[str, Span] = {name: tag.span for name, tag in tagged.tags.items()}
    nowhere = (tagged.spans[0][0], tagged.spans[0][0])
    return replace(
        tagged,
        tokens=tokens,
        spans=tuple(where.get(token, nowhere) for token in tokens),
        commas=frozenset(),
        colons=frozenset(),
    )


def _together(tagged: Tagged) -> Tagged:
    """`window bedroom` as `the window in the bedroom`, and `the pump, turn it off` as `turn the pump off`."""
    if (spoken_of := _spoken_of(tagged)) is not None:
        return spoken_of
    for at in range(len(tagged.tokens) - 1):
        first, second = (tagged.tags.get(token) for token in tagged.tokens[at : at + 2])
        joined = _joined(first, second)
        if joined is not None and at + 1 not in tagged.commas:
            tokens, spans = list(tagged.tokens), list(tagged.spans)
            tokens[at : at + 2] = [joined.mark]
            spans[at : at + 2] = [joined.span]
            tags = {name: tag for name, tag in tagged.tags.items() if second is None or name != second.mark}
            commas = frozenset(one - (one > at) for one in tagged.commas)
            return replace(
                tagged, tokens=tuple(tokens), spans=tuple(spans), tags={**tags, joined.mark: joined}, commas=commas
            )
    return tagged


def _spoken_of(tagged: Tagged) -> Tagged | None:
    """With the thing that was named first in the place of `it`."""
    first = tagged.tags.get(tagged.tokens[0])
    others = [tag for mark, tag in tagged.tags.items() if mark[0] == "t" and mark != tagged.tokens[0]]
    if first is None or not isinstance(first.meaning, Named) or first.meaning.pronoun or len(others) != 1:
        return None
    it = others[0]
    if not isinstance(it.meaning, Named) or it.meaning.pronoun != "it":
        return None
    tags = {name: tag for name, tag in tagged.tags.items() if name != first.mark}
    commas = frozenset(at - 1 for at in tagged.commas if at > 1)
    return replace(
        tagged,
        tokens=tagged.tokens[1:],
        spans=tagged.spans[1:],
        tags={**tags, it.mark: replace(it, meaning=first.meaning)},
        commas=commas,
    )


def _joined(first: Tag | None, second: Tag | None) -> Tag | None:
    if first is None or second is None:
        return None
    noun, place = first.meaning, second.meaning
    if not isinstance(noun, Named) or not isinstance(place, Named) or noun.pronoun or place.pronoun:
        return None
    if noun.where or noun.unknown or place.where or place.unknown or place.kind or not place.things:
        return None
    if any(one.what == "device" or one.kind not in _PLACES for one in place.things):
        return None
    if any(one.kind in _PLACES for one in noun.things) or not (noun.things or noun.kind):
        return None
    return replace(first, span=(first.span[0], second.span[1]), meaning=replace(noun, where=place.things))


def _ends(tagged: Tagged) -> bool:
    """Whether its times only say until when."""
    times = [tag.meaning for mark, tag in tagged.tags.items() if mark[0] == "c"]
    return all(isinstance(when, When) and bool(when.to) and not when.from_ for when in times)
