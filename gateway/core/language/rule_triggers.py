"""What a rule waits for, from what it looks at and the times that were said. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..rules.rule import AnyIf, AnyWhen, If, OneWhen
from .clause_parts import Looks
from .intent import Candidate
from .look_marks import Look
from .rule_times import is_moment, moment
from .tagged import When

MIXED = "and and or in one sentence: which belongs together? Say it as two rules, please."


class Asked(Exception):
    """It cannot be made without an answer."""

    def __init__(self, text: str, candidates: Sequence[Candidate] = (), action: str = "") -> None:
        super().__init__(text)
        self.candidates = tuple(candidates)
        self.action = action


class Trigger(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule waits for."""

    when: OneWhen | AnyWhen | None = None
    if_: tuple[If, ...] = ()
    for_s: int = 0
    looks: tuple[Look, ...] = ()
    joined: str = ""
    clocks: tuple[When, ...] = ()


def triggered(groups: Sequence[Looks], clocks: Sequence[When], seen: Sequence[Look], *, any_said: bool) -> Trigger:
    """What a rule waits for. `seen`: the parts of `groups` in order. Raises Asked."""
    for one in seen:
        if one.ask and not one.missing:
            raise Asked(one.ask, one.candidates)
    if any(one.joined == "mixed" for one in groups) or len({one.joined for one in groups if one.joined}) > 1:
        raise Asked(MIXED)
    any_of = any_said or any(one.joined == "any" for one in groups)
    if any_of and len(groups) > 1 and any(one.joined == "all" for one in groups):
        raise Asked(MIXED)
    lasting = [part.lasting.seconds if part.lasting else 0 for one in groups for part in one.parts]
    moments = [one for one in clocks if is_moment(one)]
    joined = "" if len(seen) < 2 else "any" if any_of else "all"
    if any(one.missing for one in seen):
        return Trigger(looks=tuple(seen), joined=joined, for_s=max(lasting, default=0))
    if moments:
        return _at_moments(moments, seen, lasting, joined)
    return _level(seen, lasting, joined)


def _at_moments(moments: Sequence[When], seen: Sequence[Look], lasting: Sequence[int], joined: str) -> Trigger:
    """At a time, if everything else is so just then."""
    if any(lasting):
        raise Asked("At a time, or after something has lasted? Both at once cannot be waited for.")
    if len({bool(one.every_s) for one in moments}) > 1:
        raise Asked("Every so often, or at that time?")
    for one in moments:
        if 0 < one.every_s < 60:
            raise Asked("That is very often; once a minute is the most. How often?")
        if one.days and not one.repeats:
            raise Asked("Every week on that day, or only the next one?")
    whens = [moment(one) for one in moments]
    when = whens[0] if len(whens) == 1 else AnyWhen(of=tuple(whens))
    conditions = tuple(one.if_ for one in seen if one.if_ is not None)
    if len(conditions) < len(seen):
        raise Asked("That happens at a moment of its own; it cannot be asked for at a time of day.")
    if joined == "any":
        conditions = (AnyIf(of=conditions),)
    return Trigger(when=when, if_=conditions, looks=tuple(seen), joined=joined, clocks=tuple(moments))


def _level(seen: Sequence[Look], lasting: Sequence[int], joined: str) -> Trigger:
    looks = tuple(seen)
    if joined == "any":
        if len(set(lasting)) > 1:
            raise Asked("For how long must each of them be so? Say it as two rules, please.")
        whens = tuple(one.when for one in seen if one.when is not None)
        if len(whens) == len(seen):
            return Trigger(when=AnyWhen(of=whens), for_s=lasting[0], looks=looks, joined=joined)
        conditions = tuple(one.if_ for one in seen if one.if_ is not None)
        return Trigger(if_=(AnyIf(of=conditions),), for_s=lasting[0], looks=looks, joined=joined)
    if not seen:
        return Trigger()
    if sum(1 for one in lasting if one) > 1:
        raise Asked("For how long must each of them be so? Only one of them can be waited for.")
    # What must last is the trigger; else what was said first.
    first = next((at for at, one in enumerate(lasting) if one), 0)
    main = seen[first]
    others = [one for at, one in enumerate(seen) if at != first]
    if any(one.if_ is None for one in others):
        raise Asked("A change is a moment of its own; say it first, please.")
    rest = tuple(one.if_ for one in others if one.if_ is not None)
    if main.when is None:
        main_if = (main.if_,) if main.if_ is not None else ()
        return Trigger(if_=(*main_if, *rest), for_s=lasting[first], looks=looks, joined=joined)
    return Trigger(when=main.when, if_=rest, for_s=lasting[first], looks=looks, joined=joined)
