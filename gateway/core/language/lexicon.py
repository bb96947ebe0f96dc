"""Names, kinds, metrics, numbers and times in a sentence: every way to take them, the longest names first. Pure.

Names are found by their letters without the gaps between words, so that `livingroom` and `bath room` are found, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from . import numbers, times
from .house import House, Thing
from .intent import Candidate
from .kinds import kind_words, metric_words
from .tagged import Lasting, Metric, Named
from .words import spelled

MOST_TAGGINGS = 8
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
CLOSED = frozenset(
    [
        "on",
        "off",
        "of",
        "no",
        "not",
        "never",
        "nor",
        "open",
        "close",
        "closed",
        "up",
        "down",
        "in",
        "out",
        "above",
        "below",
        "over",
        "under",
        "more",
        "less",
        "min",
        "max",
        "at",
        "start",
        "stop",
        "mute",
        "all",
        "it",
        "its",
        "the",
        "a",
        "an",
        "and",
        "or",
        "to",
        "for",
        "if",
        "when",
        "is",
        "are",
        "be",
        "do",
        "does",
        "this",
        "that",
        "these",
        "those",
        "there",
        "here",
        "now",
        "then",
        "i",
        "you",
        "we",
        "my",
        "your",
        "our",
        "please",
        "yes",
        "ok",
        "okay",
        "what",
        "which",
        "who",
        "how",
        "why",
        "turn",
        "set",
        "switch",
        "put",
        "run",
        "with",
        "by",
        "from",
        "as",
        "any",
        "every",
        "each",
        "both",
        "one",
        "again",
        "same",
        "other",
        "only",
        "but",
    ]
)
"""A name that has no other words is never found: it would swallow sentences."""
_POWERED = tuple(kind((word,)) for word in ("on", "off", "up", "down") for kind in (tuple, list))
_OTHERWISE = {
    "opening": frozenset(("the", "a", "my", "all", "both", "our")),
    "current": frozenset(
        ("reading", "readings", "value", "values", "state", "status", "position", "measurements", "data", "conditions")
    ),
}
"""Words that are no metric before these: `opening the window`, `current readings`."""
_POINTING = frozenset(("this", "that", "these", "those"))
_BEHIND_POINTING = frozenset(
    (
        "on",
        "off",
        "to",
        "up",
        "down",
        "back",
        "please",
        "again",
        "at",
        "by",
        "is",
        "are",
        "for",
        "in",
        "and",
        "one",
        "all",
    )
)
"""What may follow a word that stands for a thing by itself: `turn that off`, but not `this week`."""
_RULE_WORDS = ("rule", "automation")
_SCENE_WORDS = ("scene", "mode")
STOREYS = {
    "upstairs": ("upperfloor", "topfloor", "upperstorey", "upstairs"),
    "downstairs": ("groundfloor", "lowerfloor", "downstairs"),
}
"""What a zone is called that people mean by these words."""
PRONOUNS = ("it", "them", "this one", "that one", "these", "those", "this", "that", "there", "they", "both")


class Atom(msgspec.Struct, frozen=True):
    """Words that may mean something by themselves."""

    start: int
    end: int
    meaning: object
    letter: str
    loose: bool = False
    """They may as well mean nothing of the kind."""


class Lexicon:
    """Everything that can be named in one house. Made anew when that changes."""

    def __init__(self, house: House, vocabulary: frozenset[str]) -> None:
        self._vocabulary = vocabulary
        self._things: defaultdict[str, list[Thing]] = defaultdict(list)
        self._longest = 8
        self._called_so = [way for thing in house.things for way in thing.called]
        for thing in house.things:
            for way in _ways(thing.called) | _storeys(thing):
                if thing not in self._things[way]:
                    self._things[way].append(thing)
        self._rules = _candidates("rule", house.rules)
        self._scenes = _candidates("scene", house.scenes)
        self._kinds = kind_words(house.things)
        self._metrics = metric_words(house.metrics)
        known = (self._things, self._rules, self._scenes, self._kinds, self._metrics)
        self._starts = frozenset(key[:2] for table in known for key in table)

    def tiers(self) -> tuple[frozenset[str], frozenset[str]]:
        """Words that somebody may have misspelled: those of names; those of kinds and metrics."""
        names = frozenset(word for called in self._called_so for word in spelled(called))
        return names, frozenset((*self._kinds, *self._metrics))

    def choices(self, words: Sequence[str]) -> list[tuple[Atom, ...]]:
        """Ways to take the sentence, the best first: each without overlaps and in order."""
        atoms = self._atoms(words)
        firsts = _chosen(atoms, ())
        found = [firsts]
        doubtful = [atom for atom in firsts if atom.loose]
        doubtful += [atom for atom in firsts if not atom.loose and _crossed(atom, atoms)]
        for atom in doubtful:
            if len(found) >= MOST_TAGGINGS:
                break
            found.append(_chosen(atoms, (atom,)))
        if len(doubtful) > 1 and len(found) < MOST_TAGGINGS:
            found.append(_chosen(atoms, tuple(doubtful)))
        return [one for at, one in enumerate(found) if one not in found[:at]]

    def _atoms(self, words: Sequence[str]) -> list[Atom]:
        found = [atom for at in range(len(words)) for atom in self._from(words, at)]
        found += _pronouns(words)
        found += [_time(words, one) for one in times.find(words)]
        found += [Atom(*one.span, one.amount, "n", words[one.span[0]] == "one") for one in numbers.find(words)]
        return found

    def _from(self, words: Sequence[str], at: int) -> Iterable[Atom]:
        joined = ""
        for end in range(at + 1, min(at + self._longest, len(words)) + 1):
            if words[at] == "'s":
                return
            joined += words[end - 1].replace("'", "")
            if len(joined) >= 2 and joined[:2] not in self._starts:
                return
            if words[end - 1] != "'s":
                yield from self._called(words, at, end, joined)

    def _called(self, words: Sequence[str], at: int, end: int, joined: str) -> Iterable[Atom]:
        said = " ".join(words[at:end])
        closed = CLOSED.issuperset(words[at:end])
        kind, plural = self._kinds.get(joined, ("", False))
        things = () if closed else tuple(self._things.get(joined, ()))
        literal = end == at + 1 and words[at] in self._vocabulary
        if things or (kind and not closed):
            yield Atom(
                at, end, Named(things=things, said=said, exact=bool(things), kind=kind, plural=plural), "t", literal
            )
        metric = None if _means_otherwise(joined, words[end : end + 1]) else self._metrics.get(joined)
        if metric is not None and not closed and not (said == "power" and words[end : end + 1] in _POWERED):
            yield Atom(at, end, Metric(metric), "m", literal)
        yield from self._kept(words, at, end, joined, closed=closed)

    def _kept(self, words: Sequence[str], at: int, end: int, joined: str, *, closed: bool) -> Iterable[Atom]:
        """Rules and scenes: `the bathroom fan rule`, `rule called bathroom fan`, `movie scene`, or the name alone."""
        for letter, table, called in (("r", self._rules, _RULE_WORDS), ("s", self._scenes, _SCENE_WORDS)):
            meaning = table.get(joined)
            if meaning is None:
                continue
            start = at - 1 if at and words[at - 1] in ("called", "named") else at
            if start and words[start - 1] in called:
                yield Atom(start - 1, end, meaning, letter)
            elif words[end : end + 1] and words[end] in called:
                yield Atom(at, end + 1, meaning, letter)
            elif not closed and joined not in self._things:
                yield Atom(at, end, meaning, letter, end == at + 1 and words[at] in self._vocabulary)


def _means_otherwise(said: str, following: Sequence[str]) -> bool:
    return bool(following) and following[0] in _OTHERWISE.get(said, ())


def _pronouns(words: Sequence[str]) -> Iterable[Atom]:
    for at in range(len(words)):
        for end in range(min(at + 2, len(words)), at, -1):
            said = " ".join(words[at:end])
            pointing = said in _POINTING and words[end : end + 1] and words[end] not in _BEHIND_POINTING
            if said in PRONOUNS and not pointing:
                yield Atom(at, end, Named(things=(), said=said, exact=False, pronoun=said), "t", True)


def _time(words: Sequence[str], one: times.Found) -> Atom:
    """`at 20` may be an hour or what something is set to."""
    start, end = one.span
    bare = words[start] == "at" and all(
        word.isdigit() or word in numbers.NUMBER_WORDS for word in words[start + 1 : end]
    )
    letter = "d" if isinstance(one.meaning, Lasting) else "c"
    return Atom(start, end, one.meaning, letter, bare or not one.sure)


def _ways(called: Iterable[str]) -> set[str]:
    """Joined spellings: `Küche` also as `kueche`, `Anna's room` also as `annas room` and `anna room`."""
    found = set()
    for text in called:
        for way in {text, text.translate(_UMLAUTS)}:
            split = spelled(way)
            found.add("".join(word.replace("'", "") for word in split))
            found.add("".join(word for word in split if word != "'s"))
    return found - {""}


def _storeys(thing: Thing) -> set[str]:
    """`upstairs`, for the zone that is the upper floor."""
    known = {"".join(spelled(way)) for way in thing.called} if thing.what == "zone" else set()
    return {word for word, ways in STOREYS.items() if not known.isdisjoint(ways)}


def _candidates(what: str, known: Iterable[tuple[str, str]]) -> dict[str, Candidate]:
    found: dict[str, Candidate] = {}
    for identity, name in known:
        for way in _ways((name, identity)):
            found.setdefault(way, Candidate("rule" if what == "rule" else "scene", identity, name))
    return found


def _chosen(atoms: Sequence[Atom], without: tuple[Atom, ...]) -> tuple[Atom, ...]:
    """The longest ones that do not overlap; of equal ones names before times before numbers before metrics."""
    taken: set[int] = set()
    kept: list[Atom] = []
    order = "tcdnmrs"
    for atom in sorted(atoms, key=lambda atom: (atom.start - atom.end, order.index(atom.letter), atom.start)):
        span = range(atom.start, atom.end)
        if atom in without or not taken.isdisjoint(span):
            continue
        taken.update(span)
        kept.append(atom)
    return tuple(sorted(kept, key=lambda atom: atom.start))


def _crossed(atom: Atom, atoms: Sequence[Atom]) -> bool:
    """Whether another one takes the same words otherwise, or cuts into it."""
    return any(
        other.start < atom.end
        and atom.start < other.end
        and other is not atom
        and ((other.start, other.end) == (atom.start, atom.end) or other.end > atom.end or other.start < atom.start)
        for other in atoms
    )
