"""Misspelled words: what was probably meant. It is a guess: what it would move is asked about first. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from .lexicon import CLOSED
from .numbers import NUMBER_WORDS
from .words import Words

MOST_CORRECTIONS = 2
_SHORTEST = 5
_LONG = 8
_VERBS = ("open", "close", "shut", "turn", "switch", "start", "stop")
"""They decide what happens: only a swapped, a doubled or a missing letter is mended."""
PROTECTED = (
    CLOSED
    | NUMBER_WORDS
    | frozenset(
        [
            "opens",
            "opened",
            "opening",
            "closes",
            "closed",
            "closing",
            "shuts",
            "shutting",
            "turns",
            "turned",
            "turning",
            "switches",
            "switched",
            "switching",
            "starts",
            "started",
            "starting",
            "stops",
            "stopped",
            "stopping",
            "enable",
            "disable",
            "enables",
            "disables",
            "enabled",
            "disabled",
            "mute",
            "unmute",
            "until",
            "unless",
            "without",
            "within",
            "while",
            "where",
            "there",
            "their",
            "about",
            "above",
            "below",
            "under",
            "again",
            "never",
            "ein",
            "aus",
            "an",
            "auf",
            "zu",
            "nicht",
            "kein",
            "keine",
            "offen",
            "zuwider",
            "schalte",
            "mach",
            "oeffne",
            "schliesse",
            "raise",
            "lower",
            "increase",
            "decrease",
            "higher",
            "before",
            "after",
            "every",
            "except",
            "should",
            "would",
            "could",
            "might",
            "maybe",
            "later",
            "today",
            "tonight",
            "tomorrow",
            "morning",
            "evening",
            "night",
            "hours",
            "minutes",
            "seconds",
        ]
    )
)
"""Never corrected, and nothing is corrected to them."""
_ENDINGS = ("ing", "ed", "es", "er", "s", "d")


class Typos:
    """Of one vocabulary. `tiers`: words that may have been meant, names first: as near as any other, they are meant.

    `known`: words that are none.
    """

    def __init__(self, tiers: Sequence[Iterable[str]], known: frozenset[str]) -> None:
        self._known = known
        self._by_first: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for rank, targets in enumerate(tiers):
            for word in sorted({word for word in targets if len(word) >= _SHORTEST and word.isalpha()} - PROTECTED):
                self._by_first[word[0]].setdefault(word, rank)

    def corrected(self, words: Words, unknown: Sequence[int]) -> tuple[Words, tuple[tuple[str, str], ...]] | None:
        """The sentence with these words mended, and which became which; None: at least one cannot be, or too many."""
        texts = words.texts
        found: list[tuple[str, str]] = []
        for at in unknown:
            meant = self.meant(texts[at])
            if meant is None:
                continue
            found.append((texts[at], meant))
            words = words.changed(at, meant)
        return (words, tuple(found)) if 0 < len(found) <= MOST_CORRECTIONS else None

    def meant(self, word: str) -> str | None:
        """The only word it can be taken for."""
        if word in PROTECTED or not word.isalpha():
            return None
        verb = next((verb for verb in _VERBS if _slipped(word, verb)), None)
        if verb is not None:
            return verb
        if len(word) < _SHORTEST or self._inflected(word):
            return None
        allowed = 1 if len(word) < _LONG else 2
        near = sorted(
            (distance, rank, target)
            for first in dict.fromkeys(word[:2])
            for target, rank in self._by_first.get(first, {}).items()
            if abs(len(target) - len(word)) <= 4 and (distance := apart(word, target)) < 4 and _begins(word, target)
        )
        if not near or near[0][0] > allowed:
            return None
        best = near[0]
        farther = 2 if best[0] == 1 else 4
        rivals = [one for one in near[1:] if one[0] < farther and (one[1] <= best[1] or one[0] < best[0])]
        return None if rivals else best[2]

    def _inflected(self, word: str) -> bool:
        """Whether it is a form of a word that is known: then it is a word, and no misspelling."""
        return any(word.endswith(end) and word.removesuffix(end) in self._known for end in _ENDINGS) or any(
            word + end in self._known for end in ("s", "ed", "ing")
        )


def apart(one: str, other: str) -> int:
    """Letters to add, drop, change or swap with their neighbour: the optimal string alignment."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, char in enumerate(one, 1):
        line = [row]
        for column, wanted in enumerate(other, 1):
            cost = min(last[column] + 1, line[-1] + 1, last[column - 1] + (char != wanted))
            if row > 1 and column > 1 and char == other[column - 2] and one[row - 2] == wanted:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        before, last = last, line
    return last[-1]


def _begins(word: str, target: str) -> bool:
    """The first letter is right, or the first two are swapped."""
    return word[0] == target[0] or word[:2] == target[1::-1]


def _slipped(word: str, verb: str) -> bool:
    """Two letters swapped, one doubled, or one missing; never the first."""
    if word[:1] != verb[0] or word == verb:
        return False
    swaps = {verb[:at] + verb[at + 1] + verb[at] + verb[at + 2 :] for at in range(1, len(verb) - 1)}
    doubles = {verb[:at] + verb[at] + verb[at:] for at in range(len(verb))}
    missing = {verb[:at] + verb[at + 1 :] for at in range(1, len(verb))} if len(verb) > 4 else set()
    return word in swaps | doubles | missing
