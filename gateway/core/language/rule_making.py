"""Rules, schedules and orders for a time, from the clauses of a sentence. Pure.

What is read back is made from the rule that would be kept, never from the sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from msgspec.structs import replace

from ..rules.actions import Then
from ..rules.rule import AllIf, AnyIf, If, NotIf, Rule, ValueWhen
from ..rules.words import sentence
from .clause_parts import Cut, Deed, Held, Looks
from .clauses import cuts
from .deeds_said import Done, done, undone
from .grammar import Grammar, Match
from .house import House, Thing
from .house_names import HouseNames
from .intent import GuardName, Intent
from .look_marks import Finder, Look
from .looks import hysteresis, look
from .one_off import one_off
from .reading import Reading
from .rule_said import Saying, upper
from .rule_times import assumed, is_moment, is_window, minute, window
from .rule_triggers import MIXED, Asked, Trigger, triggered
from .tagged import Lasting, Named, Tagged, When

_FEW = "it was said in few words"
"""Of an order that is worth a question; a rule is asked about anyway."""
_SURE = "A rule begins to act only when you say yes."
_ASKING = frozenset(("is", "are", "was", "were", "do", "does", "did", "has", "have", "had", "will", "can"))
"""`when` before one of these begins a question."""


class Meaning(Protocol):
    """Who knows what names and orders mean; `meaning.Meaning` fulfils it."""

    @property
    def house(self) -> House:
        """All that can be named."""

    @property
    def finder(self) -> Finder:
        """What a name stands for."""

    def reading(self, match: Match, tagged: Tagged, near: Sequence[Thing] = ()) -> Reading:
        """What an order means."""


def readings(tagged: Tagged, grammar: Grammar, meaning: Meaning) -> list[Reading]:
    """Every rule, schedule or order for a time that the sentence may be, or what must be asked; empty: it is none."""
    found: list[Reading] = []
    for cut in cuts(tagged, grammar):
        reading = _Making(cut, tagged, meaning).reading()
        if reading is not None and reading not in found:
            found.append(reading)
    whole = [one for one in found if one.intent.kind != "question" and not one.intent.missing]
    return whole or found


class _Making:
    """One cut."""

    def __init__(self, cut: Cut, tagged: Tagged, meaning: Meaning) -> None:
        self._cut = cut
        self._tagged = tagged
        self._meaning = meaning
        self._house = meaning.house
        self._names = HouseNames(meaning.house)
        self._taken: list[str] = []

    def reading(self) -> Reading | None:
        """None: this cut is nothing of the kind."""
        cut = self._cut
        if not (cut.looks or cut.held or cut.until or cut.clocks or any(_timed(one) for one in cut.deeds)):
            return None
        try:
            intent = self._intent()
        except Asked as asked:
            intent = Intent(kind="question", action=asked.action, reply=str(asked), candidates=asked.candidates)
        if intent is None:
            return None
        return Reading(
            intent=intent,
            license=self._licensed(),
            likely=intent.confirm,
            covers=tuple(self._words(span) for span in cut.covers),
            names=self._named_words(),
        )

    def _licensed(self) -> frozenset[GuardName]:
        names: set[GuardName] = {name for one in self._cut.deeds for name in one.match.license}
        tokens = self._tagged.tokens
        if tokens[:1] == ("when",) and not _ASKING.issuperset(tokens[1:2]):
            names.add("question")  # `when` begins questions, too, but those go on otherwise
        if any(one.later for one in self._cut.deeds):
            names.add("doubt")  # `10 minutes later` is a time, not a doubt
        return frozenset(names)

    def _words(self, tokens: tuple[int, int]) -> tuple[int, int]:
        spans = self._tagged.spans
        return spans[tokens[0]][0], spans[tokens[1] - 1][1]

    def _named_words(self) -> int:
        tags = [tag for tag in self._tagged.tags.values() if isinstance(tag.meaning, Named) and tag.meaning.exact]
        return sum(tag.span[1] - tag.span[0] for tag in tags)

    # What it is

    def _intent(self) -> Intent | None:
        cut = self._cut
        clocks = [*cut.clocks, *(clock for one in cut.deeds for clock in one.clocks)]
        looked = [clock for looks in cut.looks for part in looks.parts for clock in part.clocks]
        clocks += [*looked, *self._clock_looks()]
        if cut.until and not self._looks_of(cut.looks):
            raise _asked_how_long(cut.deeds)
        if sum(1 for one in cut.deeds if one.clocks) > 1:
            raise Asked("Each at a time of its own: say it as two rules, please. Or from when to when?")
        if cut.sequence:
            raise Asked("One thing after another is more than a rule can do. Only one of them?")
        if not cut.deeds:
            return self._without_deeds()
        until = any(one.until is not None for one in cut.deeds) or any(one.to and not one.from_ for one in clocks)
        if until and (self._looks_of(cut.looks) or cut.held):
            raise Asked("Until when can only be said of an order now. For how long should it be?")
        if not self._looks_of(cut.looks) and not cut.held and not any(_comes_again(one) for one in clocks):
            return one_off(cut, clocks, self._meaning, self._house)
        if (
            not self._looks_of(cut.looks)
            and len(clocks) == 1
            and clocks[0].from_
            and clocks[0].repeats
            and not clocks[0].guessed
        ):
            return self._each_day(clocks[0])
        if any(one.until is not None for one in cut.deeds):
            self._cut = replace(cut, deeds=tuple(_for_so_long(one, clocks) for one in cut.deeds))
        return self._rule(clocks)

    def _each_day(self, when: When) -> Intent | None:
        """`from 7 to 9 every morning`: begun at the one time, taken back at the other."""
        if any(one.lasting or one.later or one.until for one in self._cut.deeds):
            raise Asked("From when to when, or for how long? Both were said.")
        if when.open_ended:
            at = when.from_ if when.to == "00:00" else when.to
            raise Asked(f"At {at}, every day? Or from when to when?")
        lasting = Lasting(((minute(when.to) - minute(when.from_)) % 1440 or 1440) * 60)
        deeds = tuple(replace(one, lasting=lasting, clocks=()) for one in self._cut.deeds)
        self._cut = replace(self._cut, deeds=deeds)
        return self._rule([replace(when, at=when.from_, from_="", to="", guessed="")])

    def _clock_looks(self) -> Iterator[When]:
        """Times that were said as conditions: `when it is 7 pm`."""
        for looks in self._cut.looks:
            for part in looks.parts:
                if part.match.action == "clock":
                    tag = self._tagged.tags[part.match.slots["clock"]]
                    if isinstance(tag.meaning, When):
                        # `when the sun sets` happens again and again.
                        yield replace(tag.meaning, repeats=True)

    def _without_deeds(self) -> Intent | None:
        looks = self._looks_of(self._cut.looks)
        if not looks:
            return None
        first = next(iter(self._seen(looks, ())), None)
        if first is None or (first.said is None and not first.missing):
            return None
        raise Asked("And then? Say what should be done.", action="rule")

    def _looks_of(self, groups: Sequence[Looks]) -> list[Looks]:
        """Without those that are only times."""
        kept = [replace(one, parts=tuple(part for part in one.parts if part.match.action != "clock")) for one in groups]
        return [one for one in kept if one.parts]

    # Rules

    def _rule(self, clocks: Sequence[When]) -> Intent | None:
        cut = self._cut
        groups = self._looks_of(cut.looks)
        things = self._moved()
        trigger = triggered(groups, clocks, self._seen(groups, things), any_said=cut.any_of)
        near = tuple(
            {(one.place.what, one.place.id): one.place for one in trigger.looks if one.place is not None}.values()
        )
        saying = Saying(self._house, self._names, cut.held)
        text = saying.text(trigger)
        deeds = [self._done(one, near, text) for one in cut.deeds]
        otherwise = [self._done(one, near, text) for one in cut.otherwise]
        then = tuple(action for one in deeds for action in one.then)
        else_ = tuple(action for one in otherwise for action in one.then)
        if cut.lasts and not else_ and not any(is_moment(one) for one in clocks):
            back = undone(then)
            if back is None:
                raise Asked("And when that ends, what should it be set to?")
            else_ = back
        far: float | None = None
        if cut.until:
            far, else_ = self._ended(trigger, things, then, else_)
        held = self._held(clocks, things)
        said = saying.said(deeds, trigger, clocks)
        missing = next((one for one in trigger.looks if one.missing), None)
        if missing is not None and "value" in missing.missing:
            raise Asked(missing.ask, action=said.action)
        if missing is not None:
            return replace(
                said, missing=missing.missing, reply=missing.ask, candidates=missing.candidates, confirm=_SURE
            )
        if trigger.when is None and not trigger.if_:
            raise Asked("When? Say a time, or what must be so.")
        conditions = (*trigger.if_, *held)
        levels = [one for one in trigger.looks if isinstance(one.when, ValueWhen)]
        back_s = max((hysteresis(one.metric, _number(one)) for one in levels), default=0.0)
        one_metric = len({one.metric for one in levels}) == 1
        rule = Rule(
            name=saying.name(trigger, then),
            when=trigger.when,
            if_=None if not conditions else conditions[0] if len(conditions) == 1 else AllIf(of=conditions),
            for_s=trigger.for_s,
            then=then,
            else_=else_,
        )
        back_s = far if far is not None else back_s if one_metric else 0.0
        if back_s:
            rule = replace(rule, hysteresis=back_s)
        self._taken += [one.taken for one in trigger.looks] + [assumed(one, self._house) for one in clocks]
        self._taken += [assumed(one, self._house) for held_one in cut.held for one in held_one.clocks]
        told = " ".join([sentence(rule, self._names), *dict.fromkeys(one for one in self._taken if one)])
        return replace(said, rule=rule, reply=told, confirm=_SURE)

    def _ended(
        self, trigger: Trigger, things: Sequence[Thing], then: tuple[Then, ...], else_: tuple[Then, ...]
    ) -> tuple[float, tuple[Then, ...]]:
        """`above 70 … until it is below 60`: so far back, and then the opposite."""
        when = trigger.when
        ends = [
            look(part, self._tagged, self._house, self._meaning.finder, things, trigger.looks[-1])
            for looks in self._cut.until
            for part in looks.parts
        ]
        end = ends[0].when if len(ends) == 1 else None
        back = undone(then)
        if not isinstance(when, ValueWhen) or not isinstance(end, ValueWhen) or else_ or not back:
            raise _asked_how_long(self._cut.deeds)
        same = (when.metric, when.device, when.asset, when.zone) == (end.metric, end.device, end.asset, end.zone)
        far = when.value - end.value if when.operator[0] == ">" else end.value - when.value
        if not same or when.operator[0] == end.operator[0] or far <= 0:
            raise _asked_how_long(self._cut.deeds)
        return far, back

    def _moved(self) -> tuple[Thing, ...]:
        """What the deeds name: where nothing else is said, a condition may be about it."""
        things: dict[tuple[str, str], Thing] = {}
        for one in self._cut.deeds:
            tag = one.tagged.tags.get(one.match.slots.get("thing", ""))
            named = tag.meaning.things if tag is not None and isinstance(tag.meaning, Named) else ()
            assets = [thing for thing in named if thing.what == "asset"] or list(named)
            if len(assets) == 1:
                things[assets[0].what, assets[0].id] = assets[0]
            # `the fan in the bathroom`: what is measured there may be meant, too.
            where = tag.meaning.where if tag is not None and isinstance(tag.meaning, Named) else ()
            things.update({(place.what, place.id): place for place in where if place.what == "asset"})
        return tuple(things.values())

    def _seen(self, groups: Sequence[Looks], things: Sequence[Thing]) -> list[Look]:
        found: list[Look] = []
        for looks in groups:
            for part in looks.parts:
                found.append(
                    look(part, self._tagged, self._house, self._meaning.finder, things, found[-1] if found else None)
                )
        return found

    def _held(self, clocks: Sequence[When], things: Sequence[Thing]) -> tuple[If, ...]:
        """What holds it back, and the stretches of time that were said along."""
        found = [_window(one, self._house) for one in clocks if is_window(one) and not is_moment(one)]
        for one in clocks:
            if one.in_days is not None:
                raise Asked("Only that day, or every day?")
        for held in self._cut.held:
            condition = self._held_by(held, things)
            found.append(condition if held.only else NotIf(of=condition))
        return tuple(found)

    def _held_by(self, held: Held, things: Sequence[Thing]) -> If:
        if held.clocks:
            if any(not is_window(one) for one in held.clocks):
                raise Asked("From when to when?")
            spans = tuple(_window(one, self._house) for one in held.clocks)
            return spans[0] if len(spans) == 1 else AnyIf(of=spans)
        looks = () if held.looks is None else held.looks.parts
        parts: list[If] = []
        for part in looks:
            if part.match.action == "clock":
                tag = self._tagged.tags[part.match.slots["clock"]]
                if isinstance(tag.meaning, When) and is_window(tag.meaning):
                    parts.append(_window(tag.meaning, self._house))
                    continue
                raise Asked("From when to when?")
            seen = look(part, self._tagged, self._house, self._meaning.finder, things)
            if seen.if_ is None or part.lasting is not None:
                raise Asked(seen.ask or "How long something has been so cannot hold a rule back.", seen.candidates)
            self._taken.append(seen.taken)
            parts.append(seen.if_)
        if held.looks is not None and held.looks.joined == "mixed":
            raise Asked(MIXED)
        if len(parts) == 1:
            return parts[0]
        joined = held.looks.joined if held.looks is not None else "all"
        return AnyIf(of=tuple(parts)) if joined == "any" else AllIf(of=tuple(parts))

    def _done(self, one: object, near: Sequence[Thing], text: str) -> Done:
        found = done(one, self._meaning, self._house, near, text)  # type: ignore[arg-type]
        if found.ask:
            raise Asked(found.ask, found.candidates, found.intent.action)
        if found.likely and found.likely != _FEW:
            self._taken.append(f"{upper(found.likely)}.")
        return found


def _asked_how_long(deeds: Sequence[Deed]) -> Asked:
    return Asked("For how long? Or say while instead of until: it ends when that ends." if deeds else "And then?")


def _for_so_long(one: Deed, clocks: Sequence[When]) -> Deed:
    """`every day at 7 … until 8`: an hour. Raises Asked."""
    until = one.until
    at = clocks[0].at if len(clocks) == 1 else ""
    if until is None or not at or one.lasting or one.later or until.days or until.in_days is not None:
        raise Asked("Until when can only be said of a time of day. For how long should it be?")
    minutes = (minute(until.to) - minute(at)) % 1440
    if until.guessed and minutes > 720:
        minutes -= 720  # `at 7 pm until 9`
    if not minutes:
        raise Asked("For how long should it be?")
    return replace(one, lasting=Lasting(minutes * 60), until=None)


def _window(when: When, house: House) -> If:
    """As a condition. Raises Asked."""
    if when.from_ and when.from_ == when.to:
        raise Asked(f"From {when.from_} until when?")  # `after midnight`
    return window(when, house)


def _timed(one: object) -> bool:
    return any(getattr(one, name) for name in ("lasting", "later", "until", "clocks"))


def _comes_again(when: When) -> bool:
    """Whether it is a schedule rather than one moment or stretch."""
    return bool(when.repeats or when.every_s or when.sun or (when.days and is_moment(when)))


def _number(one: Look) -> float:
    when = one.when
    return when.value if isinstance(when, ValueWhen) else 0.0
