"""Templates of sentences over a closed vocabulary; the only file that knows hassil.

What people type never gets here: names, numbers and times have been replaced by marks (`tagged.py`), and a word that no
template has by the mark of the unknown. So a name is never taken for a template, and the grammar is made once.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Literal, get_args

import msgspec
from hassil.expression import (
    Alternative,
    Expression,
    Group,
    ListReference,
    RuleReference,
    Sentence,
    TextChunk,
)
from hassil.intents import Intent, IntentData, Intents
from hassil.recognize import recognize_all

from .intent import GuardName

Role = Literal["whole", "deed", "condition", "restriction"]
"""Where a template may stand: alone, or as a part of a rule."""
SLOTS: Mapping[str, str] = {
    "thing": "t",
    "metric": "m",
    "amount": "n",
    "duration": "d",
    "clock": "c",
    "unknown": "u",
    "rule": "r",
    "scene": "s",
}
"""The letter of the marks that a list of this name stands for."""
MOST_OF_A_KIND = 9
"""Marks of one kind in a sentence."""
_MOST_MATCHES = 64
_LETTERS = "abcdefghi"
_SORTS = frozenset(SLOTS.values())
_BRACED = re.compile(r"\{([a-z_]+)(?::([a-z_]+))?\}")
_RULE = re.compile(r"<([a-z_]+)>")
_WORD = re.compile("[a-z]+")
_Edge = tuple[frozenset[str], bool]
_GLUED = re.compile(r"[a-z][\[({<]|[\])}>][a-z]")


class Template(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of a family."""

    say: str
    action: str = ""
    """What it means; empty: the family's."""
    license: tuple[GuardName, ...] | None = None
    like: tuple[str, ...] = ()
    """Sentences it is for; each is tried in the tests."""
    fixed: dict[str, str] = {}
    """Slots that it always has."""
    roles: tuple[Role, ...] | None = None


class Family(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of templates that mean the same kind of thing. What a template leaves out is as it is said here."""

    action: str = ""
    license: tuple[GuardName, ...] = ()
    roles: tuple[Role, ...] = ("whole",)
    template: tuple[Template, ...] = ()
    rules: dict[str, str] = {}
    """Pieces that templates name as `<piece>`."""
    lists: dict[str, dict[str, str]] = {}
    """What may be said for `{name}`, and what it means."""


class Match(msgspec.Struct, frozen=True):
    """A template that fits."""

    family: str
    action: str
    slots: dict[str, str]
    """By name: a mark such as `tta`, or what was said of a list."""
    license: frozenset[GuardName]


class _Known:
    """A template as it is matched; it is parsed when a sentence has come that it may fit."""

    __slots__ = ("_edges", "_inside", "_intent", "key", "meaning", "say")

    def __init__(self, key: str, meaning: Match, say: str, inside: _Inside) -> None:
        self.key = key
        self.meaning = meaning
        self.say = say
        self._inside = inside
        self._edges: tuple[frozenset[str], frozenset[str]] | None = None
        self._intent = Intent(key, [IntentData([say])])

    @property
    def intent(self) -> Intent:
        """As hassil has it."""
        return self._intent

    def may_fit(self, said: Sequence[str]) -> bool:
        """Whether it can begin and end as these words do, marks by their kind."""
        if self._edges is None:
            expression = self._intent.data[0].sentences[0].expression
            self._edges = self._inside.edge(expression, 0)[0], self._inside.edge(expression, -1)[0]
        first, last = self._edges
        return said[0] in first and said[-1] in last


class _Shelf:
    """The templates of one role, found by the words that they can have."""

    def __init__(self) -> None:
        self._known: list[_Known] = []
        self._with: dict[str, int] = {}
        """By word: those that can have it, a bit each. A sentence fits only what is in the sets of all its words."""

    def put(self, known: _Known, words: Iterable[str]) -> None:
        """One more, with everything that can stand in it."""
        bit = 1 << len(self._known)
        self._known.append(known)
        for word in words:
            self._with[word] = self._with.get(word, 0) | bit

    def parse(self) -> None:
        """All of them, now."""
        for known in self._known:
            known.may_fit(("",))

    def near(self, said: Sequence[str]) -> dict[str, _Known]:
        """Those that may fit, by key, in their order."""
        left = -1 if said else 0
        for word in said:
            left &= self._with.get(word, 0)
        found: dict[str, _Known] = {}
        while left:
            known = self._known[(left & -left).bit_length() - 1]
            left &= left - 1
            if known.may_fit(said):
                found[known.key] = known
        return found


class Grammar:
    """Made once; never because of a name."""

    def __init__(self, families: Mapping[str, str]) -> None:
        """`families`: texts of the TOML files of families/ by name. Raises ValueError for a template that is wrong."""
        self.families = {name: _family(name, text) for name, text in families.items()}
        self.vocabulary = frozenset(_words(self.families.values()))
        """All words that any template has."""
        pieces, lists = _shared(self.families)
        self._base = _base(pieces, lists)
        self._roles: dict[Role, _Shelf] = {role: _Shelf() for role in get_args(Role)}
        inside = _Inside(self._base.expansion_rules, pieces, lists)
        for piece, body in pieces.items():
            _check(piece, body, pieces, lists)
        for name, family in self.families.items():
            for number, template in enumerate(family.template):
                _check(name, template.say, pieces, lists)
                known = _Known(f"{name} {number}", _meaning(name, family, template), template.say, inside)
                words = inside.words(template.say)
                for role in template.roles or family.roles:
                    self._roles[role].put(known, words)

    def parse(self) -> None:
        """Parse every template that no sentence has asked for yet; may be called in a thread while others read.

        Raises hassil's ParseError for one that cannot be parsed.
        """
        for shelf in self._roles.values():
            shelf.parse()

    def matches(self, tokens: Sequence[str], role: Role) -> list[Match]:
        """Every template that fits all of these words and marks, each once."""
        near = self._roles[role].near([_sort(token) for token in tokens])
        if not near:
            return []
        intents = replace(self._base, intents={key: known.intent for key, known in near.items()})
        found: list[Match] = []
        for count, result in enumerate(recognize_all(" ".join(tokens), intents)):
            if count >= _MOST_MATCHES:
                break
            slots = {entity.name: str(entity.value) for entity in result.entities_list}
            meaning = near[result.intent.name].meaning
            match = msgspec.structs.replace(meaning, slots={**meaning.slots, **slots})
            if match not in found:
                found.append(match)
        return found


class _Inside:
    """Which words and marks, marks by their kind alone, a template may begin with, end with, and have at all."""

    def __init__(
        self, parsed: Mapping[str, Sentence], pieces: Mapping[str, str], lists: Mapping[str, Mapping[str, str]]
    ) -> None:
        self._parsed = parsed
        self._pieces = pieces
        self._lists = lists
        self._words: dict[str, frozenset[str]] = {}
        self._known: dict[tuple[str, int], _Edge] = {}

    def words(self, say: str) -> frozenset[str]:
        """All that can stand in it."""
        found = set(_WORD.findall(_RULE.sub(" ", _BRACED.sub(" ", say))))
        for name, _ in _BRACED.findall(say):
            found.update(word for way in self._ways(name) for word in way)
        for name in _RULE.findall(say):
            if name not in self._words:
                self._words[name] = self.words(self._pieces[name])
            found |= self._words[name]
        return frozenset(found)

    def edge(self, expression: Expression, at: int) -> _Edge:
        """What it may begin (`at` 0) or end (-1) with, and whether it may be nothing at all."""
        if isinstance(expression, TextChunk):
            said = expression.text.split()
            return (frozenset(said[at : at + 1 or None]), not said)
        if isinstance(expression, ListReference):
            return frozenset(way[at] for way in self._ways(expression.list_name)), False
        if isinstance(expression, RuleReference):
            name = expression.rule_name
            if (name, at) not in self._known:
                self._known[name, at] = self.edge(self._parsed[name].expression, at)
            return self._known[name, at]
        return self._joint(expression, at) if isinstance(expression, Group) else (frozenset(), True)

    def _joint(self, group: Group, at: int) -> _Edge:
        found: set[str] = set()
        either = isinstance(group, Alternative)
        nothing = not either
        for item in group.items if at == 0 else reversed(group.items):
            words, empty = self.edge(item, at)
            found |= words
            if either:
                nothing = nothing or empty
            elif not empty:
                return frozenset(found), False
        return frozenset(found), nothing

    def _ways(self, name: str) -> list[list[str]]:
        letter = SLOTS.get(name)
        return [[letter * 2]] if letter else [way.split() for way in self._lists[name]]


def _sort(token: str) -> str:
    """A mark's kind; a word as it is."""
    return token[:2] if len(token) == 3 and token[0] == token[1] and token[0] in _SORTS else token


def _meaning(name: str, family: Family, template: Template) -> Match:
    license_ = family.license if template.license is None else template.license
    return Match(name, template.action or family.action, dict(template.fixed), frozenset(license_))


def _family(name: str, text: str) -> Family:
    try:
        return msgspec.convert(tomllib.loads(text), Family)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ValueError(f"family {name}: {error}") from error


def _shared(families: Mapping[str, Family]) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Pieces and lists of all families. Raises ValueError when two have the same name."""
    pieces: dict[str, str] = {}
    lists: dict[str, dict[str, str]] = {}
    for name, family in families.items():
        twice = (pieces.keys() & family.rules.keys()) | ((lists.keys() | SLOTS.keys()) & family.lists.keys())
        if twice:
            raise ValueError(f"family {name}: {min(twice)!r} is there already")
        pieces.update(family.rules)
        lists.update(family.lists)
    return pieces, lists


def _check(name: str, say: str, pieces: Mapping[str, str], lists: Mapping[str, object]) -> None:
    unknown = {found[0] for found in _BRACED.findall(say)} - SLOTS.keys() - lists.keys()
    unknown |= set(_RULE.findall(say)) - pieces.keys()
    if unknown:
        raise ValueError(f"{name}: {say!r} names {min(unknown)!r}, which there is not")
    bare = _RULE.sub(" ", _BRACED.sub(" ", say))
    if re.search(r"[^a-z |()\[\]]", bare) or _GLUED.search(say):
        raise ValueError(f"{name}: {say!r} may have only small letters, whole words, (a|b), [c], {{list}} and <piece>")


def _words(families: Iterable[Family]) -> Iterable[str]:
    for family in families:
        said = [template.say for template in family.template] + list(family.rules.values())
        said += [way for ways in family.lists.values() for way in ways]
        for text in said:
            yield from _WORD.findall(_RULE.sub(" ", _BRACED.sub(" ", text)))


def _base(pieces: Mapping[str, str], lists: Mapping[str, Mapping[str, str]]) -> Intents:
    """What all templates share."""
    marks = {
        name: {"values": [{"in": letter * 2 + last, "out": letter * 2 + last} for last in _LETTERS]}
        for name, letter in SLOTS.items()
    }
    said = {
        name: {"values": [{"in": way, "out": value} for way, value in ways.items()]} for name, ways in lists.items()
    }
    return Intents.from_dict(
        {"language": "en", "intents": {}, "expansion_rules": dict(pieces), "lists": {**marks, **said}}
    )
