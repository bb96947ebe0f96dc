"""Articles, quantities and places joined with the names they belong to: `the fan in the bathroom` is one mark. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from .house import Thing
from .lexicon import STOREYS, Atom
from .tagged import Named, Span, Tag, Tagged
from .words import Words

WRITTEN: Mapping[str, str] = {
    "'s": "poss",
    "%": "percent",
    "<": "lt",
    ">": "gt",
    "<=": "le",
    "=<": "le",
    ">=": "ge",
    "=>": "ge",
    "=": "eq",
    "==": "eq",
}
"""Signs as templates write them: only letters reach a template."""
ARTICLES = frozenset(["the", "a", "an", "my", "our", "your", "this", "that", "these", "those", "their", "his", "her"])
_ALL = frozenset(("all", "every", "each", "both", "any"))
_BEFORE_METRIC = frozenset(["present", "latest", "actual", "exact", "air", "ambient", "measured"])
_AFTER_METRIC = frozenset(
    ["level", "levels", "reading", "readings", "value", "values", "percentage", "figure", "figures"]
)
_WHERE = frozenset(["in", "at", "of", "on", "inside", "from", "by", "near", "within"])
_PLACES = frozenset(("room", "zone", "outdoor"))
_MARKS = "abcdefghi"


class TooMuch(ValueError):
    """More of one kind than templates have marks for."""


def tagged(
    words: Words, atoms: Sequence[Atom], skipped: frozenset[int], vocabulary: frozenset[str], rank: int
) -> Tagged:
    """The sentence as templates see it. Raises TooMuch."""
    return _Assembly(words, atoms, skipped, vocabulary).run(rank)


class _Assembly:
    def __init__(
        self, words: Words, atoms: Sequence[Atom], skipped: frozenset[int], vocabulary: frozenset[str]
    ) -> None:
        self._words = words
        self._texts = words.texts
        self._skipped = skipped
        self._known = vocabulary
        self._atoms = {atom.start: atom for atom in atoms}
        self._tokens: list[str] = []
        self._spans: list[Span] = []
        self._tags: dict[str, Tag] = {}

    def run(self, rank: int) -> Tagged:
        at = 0
        while at < len(self._texts):
            if at in self._skipped:
                at += 1
                continue
            at = self._metric(at) or self._noun(at) or self._other(at)
        commas = frozenset(
            number
            for number, (start, _) in enumerate(self._spans)
            if {",", ":", ";"} & set(self._words.marks.get(start, ""))
        )
        colons = frozenset(at for at in commas if ":" in self._words.marks.get(self._spans[at][0], ""))
        return Tagged(
            tokens=tuple(self._tokens),
            spans=tuple(self._spans),
            tags=self._tags,
            commas=commas,
            colons=colons,
            rank=rank,
        )

    # What stands at a word

    def _text(self, at: int) -> str:
        return self._texts[at] if at < len(self._texts) and at not in self._skipped else ""

    def _atom(self, at: int, letters: str) -> Atom | None:
        atom = self._atoms.get(at)
        return atom if atom is not None and atom.letter in letters else None

    def _unknown(self, at: int) -> bool:
        text = self._text(at)
        return bool(text) and at not in self._atoms and not (text in ARTICLES or WRITTEN.get(text, text) in self._known)

    def _unknowns(self, at: int) -> int:
        """The word after a run of unknown ones."""
        while self._unknown(at):
            at += 1
        return at

    # Phrases: each gives the word after it, or 0

    def _metric(self, at: int) -> int:
        start = at + 1 if self._text(at) in ARTICLES else at
        while self._text(start) in _BEFORE_METRIC and start not in self._atoms:
            start += 1
        if self._text(start) == "current" and self._atom(start + 1, "m"):
            start += 1
        atom = self._atom(start, "m")
        if atom is None:
            return 0
        end = atom.end + 1 if self._tells_nothing(atom.end) else atom.end
        self._mark("m", at, end, atom.meaning)
        return end

    def _tells_nothing(self, at: int) -> bool:
        """Whether a word behind a metric adds nothing to it: `humidity level`, `co2 sensor`."""
        atom = self._atom(at, "t")
        if atom is not None and isinstance(atom.meaning, Named):
            return atom.meaning.kind == "sensor" and not atom.meaning.things and atom.end == at + 1
        return self._text(at) in _AFTER_METRIC and at not in self._atoms

    def _noun(self, at: int) -> int:
        head, every, article = at, "", ""
        if self._text(head) in _ALL:
            every, head = self._text(head), head + 1
            head = head + 1 if self._text(head) == "of" else head
        if self._text(head) in ARTICLES and head not in self._atoms:
            article, head = self._text(head), head + 1
        kept = self._atom(head, "rs")
        if kept is not None and not every:
            self._mark(kept.letter, at, kept.end, kept.meaning)
            return kept.end
        named = self._head(head)
        if named is None:
            return 0
        noun, end = named
        if every and not (noun.plural or noun.kind or noun.things):
            return 0
        noun, end = self._placed(noun, end)
        noun = replace(noun, article=article, every=every in ("all", "every", "each", "both"), said=self._said(at, end))
        if every:
            noun = replace(noun, plural=True)
        self._mark("t", at, end, noun)
        return end

    def _head(self, at: int) -> tuple[Named, int] | None:
        """A name, a kind, a place and a kind, or unknown words before one of these."""
        known = self._unknowns(at)
        atom = self._atom(known, "t")
        if atom is None or not isinstance(atom.meaning, Named):
            return None
        noun, end = atom.meaning, atom.end
        if noun.pronoun:
            return None if known > at else (noun, end)
        if known == at and (both := self._paired(noun, end)) is not None:
            return both
        if known > at:
            noun = replace(noun, unknown=self._said(at, known), things=(), exact=False)
        after = end + 1 if self._text(end) == "'s" else end
        if noun.kind and not noun.things and self._numbered(end):
            return replace(noun, unknown=self._said(at, end + 1)), end + 1  # `zone b`, where there is none
        following = self._atom(after, "t")
        second = following.meaning if following is not None else None
        if following is None or not isinstance(second, Named) or second.pronoun:
            return noun, end
        if second.kind and not noun.things:
            return replace(second, things=(), exact=False, unknown=self._said(at, end)), following.end
        if second.kind:
            own = noun.things if any(thing.kind == second.kind for thing in noun.things) else ()
            if own and not second.plural:
                return replace(noun, kind=second.kind), following.end
            inside = tuple(thing for thing in second.things if _belongs((thing,), noun.things))
            return replace(second, things=inside, where=noun.things, unknown=noun.unknown), following.end
        if _belongs(second.things, noun.things):
            return replace(second, where=noun.things, unknown=noun.unknown), following.end
        return noun, end

    def _paired(self, noun: Named, end: int) -> tuple[Named, int] | None:
        """Two places before what is in both of them: `the bedroom and living room windows`."""
        if self._text(end) != "and" or not _only_places(noun):
            return None
        start = end + 2 if self._text(end + 1) in ARTICLES else end + 1
        second = self._head(start)
        if second is None or self._unknown(start):
            return None
        both, end = second
        if not (both.kind and both.plural and both.where and not both.unknown and _only_places(both, of=both.where)):
            return None
        return replace(both, things=(), exact=False, where=(*noun.things, *both.where)), end

    def _numbered(self, at: int) -> bool:
        """Whether a letter or a number stands here that makes a kind a name."""
        text = self._text(at)
        return (len(text) <= 2 and self._unknown(at)) or (
            text.isdigit() and self._atoms[at].end == at + 1 and len(text) == 1
        )

    def _placed(self, noun: Named, end: int) -> tuple[Named, int]:
        """With the places that follow it: `in the bathroom`, `on the upper floor`."""
        while ((self._text(end) in _WHERE and end not in self._atoms) or self._storey(end)) and not (
            noun.pronoun and noun.pronoun != "that one"
        ):
            start = end + 2 if self._text(end + 1) in ARTICLES and end + 1 not in self._atoms else end + 1
            start = end if self._storey(end) else start
            known = self._unknowns(start)
            atom = self._atom(known, "t")
            place = atom.meaning if atom is not None else None
            if (
                atom is None
                or not isinstance(place, Named)
                or place.pronoun
                or not (place.things or place.kind == "outdoor")
            ):
                if known > start and atom is None and noun.kind and not self._text(known):
                    return replace(noun, unknown=self._said(start, known)), known
                break
            if known > start:
                noun = replace(noun, unknown=self._said(start, known))
            elif noun.things and not noun.kind and not _belongs(noun.things, place.things):
                break
            linked = _belongs(noun.where, place.things) or _belongs(place.things, noun.where)
            apart = noun.where and not (linked and any(thing.kind in _PLACES for thing in place.things))
            if apart:  # `the fan in the bathroom in the cellar` is nowhere
                noun = replace(noun, unknown=self._said(start, atom.end))
            noun, end = replace(noun, where=(*noun.where, *place.things)), atom.end
            noun, end = self._and_placed(noun, end)
        return noun, end

    def _storey(self, at: int) -> bool:
        """Whether `upstairs` stands here by itself and is a zone of this house."""
        return self._text(at) in STOREYS and self._atom(at, "t") is not None

    def _and_placed(self, noun: Named, end: int) -> tuple[Named, int]:
        """A second place of several things: `the windows in the bedroom and the living room`."""
        start = end + 1
        while self._text(end) == "and" and (self._text(start) in ARTICLES or self._text(start) in _WHERE):
            start += 1
        atom = self._atom(start, "t") if self._text(end) == "and" and noun.plural else None
        place = atom.meaning if atom is not None else None
        if atom is None or not isinstance(place, Named) or not place.things or place.kind:
            return noun, end
        if any(thing.what == "device" or thing.kind not in ("room", "zone") for thing in place.things):
            return noun, end
        return replace(noun, where=(*noun.where, *place.things)), atom.end

    def _other(self, at: int) -> int:
        atom = self._atoms.get(at)
        if atom is not None and atom.letter in "ncd":
            self._mark(atom.letter, at, atom.end, atom.meaning)
            return atom.end
        start = at + 1 if self._text(at) in ARTICLES and self._unknown(at + 1) else at
        end = self._unknowns(start)
        if end > start:
            end = end + 1 if self._text(end) in _AFTER_METRIC else end
            self._mark("u", at, end, self._said(start, end))
            return end
        text = self._text(at)
        self._tokens.append(WRITTEN.get(text, text))
        self._spans.append((at, at + 1))
        return at + 1

    def _said(self, start: int, end: int) -> str:
        return self._words.said(start, end)

    def _mark(self, letter: str, start: int, end: int, meaning: object) -> None:
        count = sum(name[0] == letter for name in self._tags)
        if count >= len(_MARKS):
            raise TooMuch
        mark = letter * 2 + _MARKS[count]
        self._tokens.append(mark)
        self._spans.append((start, end))
        self._tags[mark] = Tag(mark, (start, end), meaning)


def _only_places(noun: Named, of: Sequence[Thing] | None = None) -> bool:
    things = noun.things if of is None else of
    named = of is not None or not (noun.kind or noun.where or noun.unknown or noun.pronoun)
    return named and bool(things) and all(thing.what != "device" and thing.kind in _PLACES for thing in things)


def _belongs(things: Sequence[Thing], places: Sequence[Thing]) -> bool:
    """Whether any of them is in, at or serves any of the places."""
    return any((place.what, place.id) in thing.around for thing in things for place in places)
