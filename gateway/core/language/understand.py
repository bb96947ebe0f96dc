"""The reader of sentences: words, tags, templates, guards, one meaning or a question."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from . import courtesy, guards, joined, phrases, reasons, reply, rule_making, shorthand, talk_making
from . import words as sentence_words
from .admit import admitted
from .courtesy import Core
from .grammar import Grammar
from .house import House
from .intent import MOVING, NOTHING, Intent, Talk, Understood
from .leads import LEADS
from .leads import VOCABULARY as LEAD_WORDS
from .lexicon import Lexicon
from .meaning import Meaning
from .reading import Reading
from .tagged import Named, Tagged
from .typos import Typos
from .words import Words

_LEADING = frozenset(phrase[0] for phrase, _ in LEADS)
_STOPS = frozenset("([{*|\\—–")
_JOINING = frozenset(("and", "please", "then"))


class Reader:
    """Made anew when what can be named changes; the grammar stays."""

    def __init__(self, house: House, grammar: Grammar) -> None:
        self._house = house
        self._grammar = grammar
        self._vocabulary = grammar.vocabulary | LEAD_WORDS | shorthand.VOCABULARY
        self._lexicon = Lexicon(house, self._vocabulary)
        self._typos = Typos((*self._lexicon.tiers(), self._vocabulary), self._vocabulary)

    def read(self, text: str, talk: Talk = NOTHING) -> Understood:
        """What it means. Raises nothing, whatever the text."""
        words = sentence_words.read(text)
        if words.too_long:
            return Understood(intent=Intent(kind="question", reply=reply.TOO_MUCH))
        if not words.items:
            return Understood(intent=Intent(kind="none", reply=reply.NOT_UNDERSTOOD))
        parts = [part for start, end in words.sentences() if not _courteous(part := words.part(start, end))]
        if len(parts) > 1:
            return self._several(parts, words, talk)
        only = parts[0] if parts else words
        return self._one(only, words, talk)

    def _several(self, parts: Sequence[Words], words: Words, talk: Talk) -> Understood:
        """Sentences in one line: all are understood and of one kind, or nothing is done."""
        read = [self._one(part, words, talk) for part in parts]
        intents = [one.intent for one in read]
        kinds = {intent.kind for intent in intents}
        found = guards.found(words)
        if kinds == {"command"} and not any(intent.confirm for intent in intents):
            said = " ".join(intent.reply for intent in intents)
            also = [one for intent in intents for one in (intent, *intent.also)][1:]
            joined = msgspec.structs.replace(
                intents[0], also=tuple(also), reply=said, confirm="these are several orders"
            )
            return Understood(intent=joined, readings=1, guards=found)
        if kinds == {"query"}:
            also = [one for intent in intents for one in (intent, *intent.also)][1:]
            return Understood(intent=msgspec.structs.replace(intents[0], also=tuple(also)), readings=1, guards=found)
        held = next((intent for intent in intents if intent.kind not in MOVING), intents[0])
        asked = Intent(kind="question", reply=f"One thing at a time, please. {held.reply}".strip())
        return Understood(intent=asked, guards=found)

    def _one(self, words: Words, whole: Words, talk: Talk) -> Understood:
        readings, core = self._readings(words, talk)
        intent = admitted(readings, whole, wish=core.wish, at_once=self._house.act_at_once)
        corrected: tuple[tuple[str, str], ...] = ()
        if _helpless(intent):
            mended = self._typos.corrected(words, self._unknown(words, core))
            if mended is not None:
                again, core = self._readings(mended[0], talk)
                better = admitted(again, whole, corrected=mended[1], wish=core.wish, at_once=self._house.act_at_once)
                if better.kind != "none" and not (intent.kind != "none" and _helpless(better)):
                    intent, readings, corrected = better, again, mended[1]
        return Understood(
            intent=intent, readings=len(_different(readings)), guards=guards.found(whole), corrected=corrected
        )

    def _readings(self, words: Words, talk: Talk) -> tuple[list[Reading], Core]:
        core = courtesy.core(words.texts, [at for at, mark in words.marks.items() if "," in mark])
        if core.start >= core.end:
            core = Core(0, len(words.items), frozenset())  # `thanks` alone is what was said
        meaning = Meaning(self._house, talk)
        found: list[Reading] = []
        for tagged in self._taggings(words, core.skipped):
            found += self._whole(tagged, meaning, words, core)
            if not any(_STOPS & set(mark) for mark in words.marks.values()):
                found += joined.readings(tagged, self._grammar, meaning)
            if _timed(tagged):
                found += _timed_readings(tagged, self._grammar, meaning)
        if not found and not any(_STOPS & set(mark) for mark in words.marks.values()):
            for tagged in self._taggings(words, core.skipped):
                found += shorthand.readings(tagged, self._grammar, meaning, asked=words.question)
        return found, core

    def _taggings(self, words: Words, skipped: frozenset[int]) -> Iterable[Tagged]:
        shown: list[tuple[object, ...]] = []
        for rank, atoms in enumerate(self._lexicon.choices(words.texts)):
            try:
                tagged = phrases.tagged(words, atoms, skipped, self._vocabulary, rank)
            except phrases.TooMuch:
                continue
            key = (tagged.tokens, *(tag.meaning for tag in tagged.tags.values()))
            if key not in shown:
                shown.append(key)
                yield tagged

    def _whole(self, tagged: Tagged, meaning: Meaning, words: Words, core: Core) -> Iterable[Reading]:
        # Nothing but courtesy is an answer, too: `ok`.
        tokens = tagged.tokens or words.texts
        for match in self._grammar.matches(tokens, "whole"):
            only = match.slots.get("only", "")
            if not _said_so(only, words, core):
                continue
            reading = meaning.reading(match, tagged)
            if only == "favour":  # `would you mind opening it` does not ask for an opening
                reading = msgspec.structs.replace(reading, names=reading.names + 1)
            talk = match.family in talk_making.FAMILIES  # `yes, do it` and `no, don't` are one answer each
            if reading.intent.kind in MOVING and not talk and _cut_up(tagged, words, core):
                asked = Intent(kind="question", action=reading.intent.action, reply=reply.meant(reading.intent))
                reading = msgspec.structs.replace(reading, intent=asked)
            yield reading

    def _unknown(self, words: Words, core: Core) -> list[int]:
        """Words that mean nothing here."""
        covered = {at for atom in self._lexicon.choices(words.texts)[0] for at in range(atom.start, atom.end)}
        texts = words.texts
        return [
            at
            for at in range(core.start, core.end)
            if at not in covered and texts[at] not in self._vocabulary and texts[at] not in phrases.ARTICLES
        ]


def _helpless(intent: Intent) -> bool:
    """Nothing was understood, or the place or thing was not."""
    return intent.kind == "none" or bool(intent.missing and not intent.candidates)


def _courteous(words: Words) -> bool:
    core = courtesy.core(words.texts)
    return core.start >= core.end or reasons.is_reason(words.texts)


def _cut_up(tagged: Tagged, words: Words, core: Core) -> bool:
    """Whether marks stand where none belong in an order: only between things that are listed, and around courtesy."""
    starts = {tag.span[0] for tag in tagged.tags.values() if isinstance(tag.meaning, Named)}
    named = [tag.span for tag in tagged.tags.values() if isinstance(tag.meaning, Named) and tag.meaning.exact]
    ends = {end for _, end in named}
    for at, mark in words.marks.items():
        if any(start <= at <= end for start, end in named) and "," not in mark:
            continue  # a name may have brackets
        if _STOPS & set(mark) or (":" in mark and at not in ends):
            return True
        inside = core.start < at < core.end and at not in core.skipped
        bare = at in ends and tagged.tokens[0][:2] == "tt"  # `bathroom fan, on`
        if "," in mark and inside and at not in starts and not bare and words.items[at].text not in _JOINING:
            return True
    return False


def _timed_readings(tagged: Tagged, grammar: Grammar, meaning: Meaning) -> Iterable[Reading]:
    """Rules and orders for a time; a condition in one is what it is about, and words of a time say nothing else."""
    clocks = tuple(tag.span for mark, tag in tagged.tags.items() if mark[0] in "cd")
    for reading in rule_making.readings(tagged, grammar, meaning):
        yield msgspec.structs.replace(
            reading, license=reading.license | {"condition", "restriction"}, covers=(*reading.covers, *clocks)
        )


def _said_so(only: str, words: Words, core: Core) -> bool:
    """Whether what a template is only for holds: a question mark, a favour, a please."""
    return {"asked": words.question, "favour": core.polite, "please": core.please and not words.question}.get(
        only, True
    )


def _different(readings: Iterable[Reading]) -> list[Intent]:
    found: list[Intent] = []
    for reading in readings:
        if reading.intent not in found:
            found.append(reading.intent)
    return found


def _timed(tagged: Tagged) -> bool:
    """Whether it may be a rule, or an order for a time."""
    said = bool(_LEADING.intersection(tagged.tokens)) or bool(tagged.colons)
    return said or any(mark[0] in "cd" for mark in tagged.tags)
