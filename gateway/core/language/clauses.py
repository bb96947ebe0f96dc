"""A sentence cut into what is waited for, what is done, and what holds it back. Pure.

Nothing is decided here: every way of cutting that leaves only clauses which templates fit is a reading. Which words
belong together is seen in the leads (`leads.py`), the commas, and the words with which something to be done begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from msgspec.structs import replace

from .clause_ends import Ends
from .clause_parts import Cut, Deed, Held, Looked, Looks, of_two, spoken_of
from .grammar import Grammar, Match, Role
from .leads import STARTS, Segment, is_mark, opened, plain_verb, segments
from .tagged import Lasting, Named, Tagged, When

_MOST_CUTS = 24
_WANTED = ("on", "off", "to", "should", "must", "shall", "has", "at", "for")
"""Behind a name with which something that is wanted begins."""
_ORDERS = ("switch", "position", "setpoint")
_STATED = frozenset(("is", "are", "was", "were", "has", "have", "had"))
"""With one of these it is told how things are, not what is waited for."""
_ALONE = {
    "switch": {"on": {"onoff": "on"}, "off": {"onoff": "off"}},
    "position": {"open": {"share": "100"}, "closed": {"share": "0"}, "shut": {"share": "0"}, "close": {"share": "0"}},
}
"""What one word means behind an order of a family: `… then turn the fan on, otherwise off`."""


def cuts(tagged: Tagged, grammar: Grammar) -> list[Cut]:
    """Every way to cut it, at most 24."""
    return Cutter(tagged, grammar).cuts()


class Cutter(Ends):
    """One sentence; what a span of it may be is asked of the grammar once."""

    def __init__(self, tagged: Tagged, grammar: Grammar) -> None:
        self._opened = opened(tagged.tokens)
        super().__init__(_said_plainly(tagged, self._opened))
        self._grammar = grammar
        self._known: dict[tuple[Role, tuple[str, ...]], list[Match]] = {}
        self._conditional = False

    def cuts(self) -> list[Cut]:
        """Every way that leaves nothing over."""
        opening = ((0, self._opened),) if self._opened else ()
        found = [Cut(covers=opening)]
        pieces = segments(self._tagged.tokens, self._opened)
        self._conditional = any(piece.lead in ("if", "while") for piece in pieces) or bool(self._tagged.colons)
        for number, piece in enumerate(pieces):
            found = [grown for cut in found for grown in self._grown(cut, piece, pieces, number)][:_MOST_CUTS]
        return [cut for cut in found if cut.deeds or cut.looks]

    def _grown(self, cut: Cut, piece: Segment, pieces: Sequence[Segment], number: int) -> Iterator[Cut]:
        start, end = self._trimmed(piece.start, piece.end)
        if piece.lead == "head":
            yield from self._head(cut, start, end)
            then = number + 1 < len(pieces) and pieces[number + 1].lead == "then"
            yield from self._announced(cut, start, end, then=then)
        elif piece.lead in ("if", "while"):
            yield from self._condition(cut, piece, start, end, pieces, number)
        elif piece.lead in ("not", "only"):
            yield from self._restriction(cut, piece, start, end)
        elif piece.lead == "until":
            for looks in self._looks(start, end):
                yield replace(cut, until=(*cut.until, looks), covers=(*cut.covers, (piece.begins, end)))
        elif piece.lead == "then":
            for deeds in self._deeds(start, end):
                yield replace(cut, deeds=cut.deeds + deeds, sequence=cut.sequence or bool(cut.deeds))
        else:
            for deeds in self._deeds(start, end, cut.deeds[-1] if cut.deeds else None):
                if cut.looks and cut.deeds and not cut.otherwise:
                    yield replace(cut, otherwise=deeds, covers=(*cut.covers, (piece.begins, end)))

    # The kinds of segments

    def _head(self, cut: Cut, start: int, end: int) -> Iterator[Cut]:
        if start >= end:
            yield cut
            return
        clocks, first, last = self._clocks(start, end)
        if first >= last:
            yield replace(cut, clocks=cut.clocks + clocks)
            return
        if self._states(first, last):
            return
        for deeds in self._deeds(start, end):
            yield replace(cut, deeds=cut.deeds + deeds)

    def _announced(self, cut: Cut, start: int, end: int, *, then: bool) -> Iterator[Cut]:
        """A condition without a word for one: `bathroom humidity above 70: run the fan`, `… then run the fan`."""
        ends = [end] if then else [at for at in range(start + 1, end) if at in self._tagged.colons]
        if len(ends) != 1 or _STATED.intersection(self._tagged.tokens[start : ends[0]]):
            return
        for looks in self._looks(*self._trimmed(start, ends[0])):
            if then:
                yield replace(cut, looks=(*cut.looks, looks))
                continue
            for deeds in self._deeds(ends[0], end):
                yield replace(cut, looks=(*cut.looks, looks), deeds=cut.deeds + deeds)

    def _states(self, start: int, end: int) -> bool:
        """`the fan runs when …` says how things are; `the fan should run when …` what is wanted."""
        tokens = self._tagged.tokens
        said = tokens[start + 1] if start + 1 < end else ""
        return is_mark(tokens[start], "t") and said not in _WANTED and not is_mark(said, "d")

    def _condition(
        self, cut: Cut, piece: Segment, start: int, end: int, pieces: Sequence[Segment], number: int
    ) -> Iterator[Cut]:
        joined_by_or = piece.said[:1] == ("or",) or (number > 0 and self._ends_in_or(pieces[number - 1]))
        if cut.looks and (joined_by_or != cut.any_of and len(cut.looks) > 1):
            return
        before = replace(
            cut,
            any_of=joined_by_or,
            lasts=cut.lasts or (piece.lead == "while" and not cut.looks),
        )
        done = False
        for middle in self._middles(start, end):
            first, last = self._trimmed(start, middle)
            for looks in self._looks(first, last):
                for deeds in self._deeds(middle, end, about=self._about(looks)):
                    done = True
                    covers = (*cut.covers, (piece.begins, middle))
                    yield replace(before, looks=(*cut.looks, looks), deeds=cut.deeds + deeds, covers=covers)
        if done:
            return
        for looks in self._looks(start, end):
            yield replace(before, looks=(*cut.looks, looks), covers=(*cut.covers, (piece.begins, end)))

    def _restriction(self, cut: Cut, piece: Segment, start: int, end: int) -> Iterator[Cut]:
        only = piece.lead == "only"
        for middle in (*self._middles(start, end), end):
            first, last = self._trimmed(start, middle)
            held = [Held(only, clocks=clocks) for clocks in self._times(first, last)]
            if not held:
                held = [Held(only, looks=looks) for looks in self._looks(first, last)]
            rest = self._deeds(middle, end) if middle < end else [()]
            for one in held:
                for deeds in rest:
                    covers = (*cut.covers, (piece.begins, middle))
                    yield replace(cut, held=(*cut.held, one), deeds=cut.deeds + deeds, covers=covers)

    # Clauses

    def _middles(self, start: int, end: int) -> list[int]:
        """Where something to be done may begin inside of a segment."""
        tokens, commas = self._tagged.tokens, self._tagged.commas
        found = [at for at in range(start + 1, end) if at in commas and tokens[at] not in ("and", "or")]
        if not found or not any(tokens[at] in STARTS for at in found):
            found += [at for at in range(start + 1, end) if tokens[at] in STARTS and at not in found]
        return found

    def _looks(self, start: int, end: int) -> Iterator[Looks]:
        """What is looked at, from the whole of it to parts joined by one word."""
        if start >= end:
            return
        whole = list(self._looked(start, end))
        if whole:
            yield from (of_two(one) for one in whole)
            return
        tokens, commas = self._tagged.tokens, self._tagged.commas
        joints = [at for at in range(start + 1, end) if tokens[at] in ("and", "or") and not self._between(at)]
        said = {tokens[at] for at in joints}
        if not joints or len(joints) > 3:
            return
        edges = [start, *joints, end]
        # A comma before a joint belongs to it; other commas cut nothing here.
        if any(at in commas for at in range(start + 1, end) if at not in joints and at - 1 not in joints):
            return
        parts: list[list[Looked]] = []
        for first, last in pairwise(edges):
            first = first if first == start else first + 1
            first += tokens[first : first + 1] in (("if",), ("when",))
            parts.append(list(self._looked(first, last)))
        if all(parts) and len(said) == 1:
            yield Looks("all" if "and" in said else "any", tuple(one[0] for one in parts))
        elif all(parts):
            yield Looks("mixed", tuple(one[0] for one in parts))

    def _between(self, at: int) -> bool:
        """Whether an `and` stands between two numbers."""
        tokens = self._tagged.tokens
        return is_mark(tokens[at - 1], "n") and at + 1 < len(tokens) and is_mark(tokens[at + 1], "n")

    def _looked(self, start: int, end: int) -> Iterator[Looked]:
        clocks, first, last = self._clocks(start, end)
        lasting, first, last = self._lasting(first, last)
        more, first, last = self._clocks(first, last)
        if lasting is None:
            lasting, first, last = self._lasting(first, last)
        tried = [(first, last, lasting, clocks + more)]
        if clocks or more:
            tried.append((start, end, None, ()))
        for begin, stop, span, times in tried:
            matches = self._matches(begin, stop, "condition")
            if matches:
                yield from (Looked(match, (begin, stop), span, times) for match in matches)
                return

    def _times(self, start: int, end: int) -> Iterator[tuple[When, ...]]:
        """Only times, for a restriction."""
        start += self._tagged.tokens[start : start + 1] in (("during",), ("on",), ("at",), ("when",), ("if",), ("in",))
        for match in self._matches(start, end, "restriction"):
            marks = [match.slots[name] for name in ("clock", "other") if name in match.slots]
            clocks = tuple(self._tagged.tags[mark].meaning for mark in marks)
            yield tuple(clock for clock in clocks if isinstance(clock, When))

    def _deeds(self, start: int, end: int, before: Deed | None = None, about: str = "") -> list[tuple[Deed, ...]]:
        """What is to be done: the whole of it, or parts joined by `and` and commas."""
        start, end = self._trimmed(start, end)
        if start >= end:
            return []
        whole = self._deed(start, end, before, about)
        if whole:
            return [(one,) for one in whole]
        tokens, commas = self._tagged.tokens, self._tagged.commas
        joints = sorted({at for at in range(start + 1, end) if tokens[at] == "and" or at in commas})
        if not joints or len(joints) > 4 or tokens[end - 1] == "and":
            return []
        done: list[Deed] = []
        edges = [start, *joints, end]
        for first, last in pairwise(edges):
            first, last = self._trimmed(first, last)
            if first >= last:
                continue
            found = self._deed(first, last, done[-1] if done else before, about)
            if not found:
                return []
            done.append(found[0])
        return [tuple(done)] if done else []

    def _deed(self, start: int, end: int, before: Deed | None, about: str = "") -> list[Deed]:
        """One thing. `before`: what was said before it, whose verb or name may be left out here."""
        clocks, first, last = self._clocks(start, end)
        lasting, first, last = self._lasting(first, last)
        later, first, last = self._later(first, last)
        if lasting is None:
            lasting, first, last = self._lasting(first, last)
        more, first, last = self._clocks(first, last)
        until = next((one for one in (*clocks, *more) if _is_until(one)), None)
        clocks = tuple(one for one in (*clocks, *more) if one is not until)
        tagged = self._tagged
        mark = before.match.slots.get("thing", "") if before is not None else about
        if mark and (before is not None or (tagged.tokens[first : first + 1] and tagged.tokens[first] in STARTS)):
            tagged = _pointed(tagged, first, last, mark)
        tokens = self._placed(tagged.part(first, last))
        if lasting is None and len(tokens) == 3 and tokens[0] == "give" and (span := self._span(last - 1)) is not None:
            tokens, lasting = ("run", tokens[1]), span  # `give the pump 3 minutes`
        matches = self._known_as(tuple(tokens), "deed")
        if not matches and before is None and not about and lasting is None:
            matches, lasting = self._lasting_on(tokens)
        if not matches and before is None and not about and lasting is not None and len(tokens) == 1:
            # `bathroom fan for 10 minutes`
            matches = [replace(one, slots={**one.slots, "likely": "yes"}) for one in self._run(tokens)]
        if not matches and before is None and not about:
            # `pump on for 10 minutes`: said so it is an order only by itself.
            matches = [one for one in self._known_as(tuple(tokens), "whole") if one.family in _ORDERS]
        if not matches and before is not None and len(tokens) == 1 and is_mark(tokens[0], "t"):
            # `turn on the fan and the pump`: the same of another thing.
            matches = [replace(before.match, slots={**before.match.slots, "thing": tokens[0]})]
        if not matches and before is not None and len(tokens) == 1:
            alone = _ALONE.get(before.match.family, {}).get(tokens[0])
            matches = [replace(before.match, slots=_less(before.match.slots) | alone)] if alone else []
        return [Deed(match, tagged, lasting, later, until, clocks) for match in matches]

    def _lasting_on(self, tokens: Sequence[str]) -> tuple[list[Match], Lasting | None]:
        """`run the pump 10 minutes`: said so it lasts, as nothing is turned on after a while that way."""
        meaning = self._tagged.tags[tokens[-1]].meaning if tokens and tokens[-1] in self._tagged.tags else None
        if not isinstance(meaning, Lasting):
            return [], None
        left = tuple(tokens[:-1])
        found = self._known_as(left, "deed") or self._run(left) or self._known_as(left, "whole")
        found = [one for one in found if (one.family == "switch" and one.slots.get("onoff") == "on") or _opens(one)]
        return [replace(one, slots={**one.slots, "likely": "yes"}) for one in found], meaning if found else None

    def _run(self, tokens: Sequence[str]) -> list[Match]:
        """A thing alone, as if it were to run."""
        named = len(tokens) == 1 and is_mark(tokens[0], "t")
        return self._known_as(("run", *tokens), "deed") if named else []

    def _placed(self, tokens: Sequence[str]) -> tuple[str, ...]:
        """`close the window there` beside a condition: the window of the place that this speaks of."""
        if not self._conditional:
            return tuple(tokens)
        there = [at for at in range(1, len(tokens)) if self._is_there(tokens[at]) and self._is_kind(tokens[at - 1])]
        return tuple(token for at, token in enumerate(tokens) if at not in there)

    def _is_there(self, said: str) -> bool:
        meaning = self._tagged.tags[said].meaning if said in self._tagged.tags else None
        return said == "there" or (isinstance(meaning, Named) and meaning.pronoun == "there")

    def _is_kind(self, token: str) -> bool:
        meaning = self._tagged.tags[token].meaning if token in self._tagged.tags else None
        return isinstance(meaning, Named) and bool(meaning.kind) and not meaning.where

    def _about(self, looks: Looks) -> str:
        """The mark of what a condition is about, not the `it` of `it rains`."""
        named = [replace(looks, parts=(one,)) for one in looks.parts]
        marks = [spoken_of(one) for one in named]
        return next((mark for mark in marks if mark and not self._points(mark)), "")

    def _points(self, mark: str) -> bool:
        meaning = self._tagged.tags[mark].meaning if mark in self._tagged.tags else None
        return isinstance(meaning, Named) and bool(meaning.pronoun)

    # Looking up

    def _ends_in_or(self, piece: Segment) -> bool:
        return piece.start < piece.end and self._tagged.tokens[piece.end - 1] == "or"

    def _matches(self, start: int, end: int, role: Role) -> list[Match]:
        return self._known_as(tuple(self._tagged.part(start, end)), role)

    def _known_as(self, tokens: tuple[str, ...], role: Role) -> list[Match]:
        key = role, tokens
        if key not in self._known:
            self._known[key] = self._grammar.matches(tokens, role) if tokens else []
        return self._known[key]


def _said_plainly(tagged: Tagged, start: int) -> Tagged:
    """`a rule that turns on the fan` as `turn on the fan`."""
    if not start or start >= len(tagged.tokens):
        return tagged
    tokens = list(tagged.tokens)
    tokens[start] = plain_verb(tokens[start])
    return replace(tagged, tokens=tuple(tokens))


def _less(slots: Mapping[str, str]) -> dict[str, str]:
    """Without how far: that is what is said anew."""
    return {name: said for name, said in slots.items() if name not in ("onoff", "share", "amount", "likely", "way")}


def _opens(match: Match) -> bool:
    return match.family == "position" and match.slots.get("share", "0") != "0"


def _is_until(when: When) -> bool:
    return bool(when.to) and not when.from_


def _pointed(tagged: Tagged, start: int, end: int, mark: str) -> Tagged:
    """With what was named before in the place of `it`."""
    tokens = list(tagged.tokens)
    for at in range(start, end):
        meaning = tagged.tags[tokens[at]].meaning if tokens[at] in tagged.tags else None
        if tokens[at] == "it" or (isinstance(meaning, Named) and meaning.pronoun):
            tokens[at] = mark
    return replace(tagged, tokens=tuple(tokens))
