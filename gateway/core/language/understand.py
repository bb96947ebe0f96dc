"""The reader of sentences: words, tags, templates, guards, one meaning or a question."""

from __future__ import annotations

from collections.abc import Iterable

from . import courtesy, guards, phrases, reply, rule_making
from . import words as sentence_words
from .admit import admitted
from .grammar import Grammar
from .house import House
from .intent import NOTHING, Intent, Talk, Understood
from .leads import LEADS
from .leads import VOCABULARY as LEAD_WORDS
from .lexicon import Lexicon
from .meaning import Meaning
from .reading import Reading
from .tagged import Tagged
from .words import Words


class Reader:
    """Made anew when what can be named changes; the grammar stays."""

    def __init__(self, house: House, grammar: Grammar) -> None:
        self._house = house
        self._grammar = grammar
        self._vocabulary = grammar.vocabulary | LEAD_WORDS
        self._lexicon = Lexicon(house, self._vocabulary)

    def read(self, text: str, talk: Talk = NOTHING) -> Understood:
        """What it means. Raises nothing, whatever the text."""
        words = sentence_words.read(text)
        if words.too_long:
            return Understood(intent=Intent(kind="question", reply=reply.TOO_MUCH))
        if not words.items:
            return Understood(intent=Intent(kind="none", reply=reply.NOT_UNDERSTOOD))
        readings, wish = self._readings(words, talk)
        intent = admitted(readings, words, wish=wish, at_once=self._house.act_at_once)
        return Understood(
            intent=intent,
            readings=len(_different(readings)),
            guards=guards.found(words),
        )

    def _readings(self, words: Words, talk: Talk) -> tuple[list[Reading], bool]:
        core = courtesy.core(words.texts)
        meaning = Meaning(self._house, talk)
        found: list[Reading] = []
        for tagged in self._taggings(words, core.skipped):
            found += self._whole(tagged, meaning, words)
            if _timed(tagged):
                found += rule_making.readings(tagged, self._grammar, meaning)
        return found, core.wish

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

    def _whole(self, tagged: Tagged, meaning: Meaning, words: Words) -> Iterable[Reading]:
        for match in self._grammar.matches(tagged.tokens, "whole"):
            if match.slots.get("only") == "asked" and not words.question:
                continue
            yield meaning.reading(match, tagged)


def _different(readings: Iterable[Reading]) -> list[Intent]:
    found: list[Intent] = []
    for reading in readings:
        if reading.intent not in found:
            found.append(reading.intent)
    return found


def _timed(tagged: Tagged) -> bool:
    """Whether it may be a rule, or an order for a time."""
    return any(mark[0] in "cd" for mark in tagged.tags) or bool(_LEADING.intersection(tagged.tokens))


_LEADING = frozenset(phrase[0] for phrase, _ in LEADS)
