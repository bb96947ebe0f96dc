"""What is said of a rule: its name, what people are told, the protocol's keys. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from ..rules.actions import NotifyThen
from ..rules.rule import AnyWhen, ValueWhen
from ..rules.words import clause, deed
from .clause_parts import Held
from .deeds_said import Done
from .finding import place_of
from .house import House
from .house_names import HouseNames
from .intent import Condition, Intent, Schedule
from .rule_times import hours, is_moment, is_window
from .rule_triggers import Trigger
from .tagged import When

_NAME_CHARS = 80


class Saying:
    """Of one rule. `held`: its restrictions."""

    def __init__(self, house: House, names: HouseNames, held: Sequence[Held]) -> None:
        self._house = house
        self._names = names
        self._held = held

    def text(self, trigger: Trigger) -> str:
        """What people are told when it fires."""
        if isinstance(trigger.when, ValueWhen):
            return f"{upper(clause(trigger.when, self._names))}: it is {{value}}"
        if trigger.when is not None and not isinstance(trigger.when, AnyWhen):
            return upper(clause(trigger.when, self._names))
        if isinstance(trigger.when, AnyWhen):
            return upper(" or ".join(clause(one, self._names) for one in trigger.when.of))
        return upper(" and ".join(clause(one, self._names) for one in trigger.if_)) or "A rule has fired"

    def name(self, trigger: Trigger, then: tuple[object, ...]) -> str:
        """What a rule is called that nobody named."""
        first = then[0]
        what = "tell people" if isinstance(first, NotifyThen) else deed(first, self._names)  # type: ignore[arg-type]
        whens = trigger.when.of if isinstance(trigger.when, AnyWhen) else (trigger.when,)
        said = [clause(one, self._names) for one in (*whens, *(trigger.if_ if trigger.when is None else ())) if one]
        joint = " " if said and said[0].startswith(("at ", "every ")) else " when "
        name = upper(what) + (joint + said[0] if said else "")
        return name if len(name) <= _NAME_CHARS else name[: _NAME_CHARS - 1].rsplit(" ", 1)[0] + "…"

    def said(self, deeds: Sequence[Done], trigger: Trigger, clocks: Sequence[When]) -> Intent:
        """The protocol's keys."""
        orders = [one.intent for one in deeds]
        first = next((one for one in orders if one.device), orders[0])
        conditions = tuple(
            _with_for(one.said, trigger.for_s, number)
            for number, one in enumerate(trigger.looks)
            if one.said is not None
        )
        place = next((place_of(one.place, self._house) for one in trigger.looks if one.place is not None), first.place)
        return Intent(
            kind="rule",
            action=first.action,
            device=first.device,
            place=place,
            parameter=conditions[0].parameter if conditions else first.parameter,
            value=first.value,
            condition=conditions[0] if conditions else None,
            conditions=conditions if len(conditions) > 1 else (),
            joined=trigger.joined if trigger.joined in ("all", "any") else "",  # type: ignore[arg-type]
            schedule=self._schedule(deeds, clocks),
            also=tuple(one for one in orders if one is not first and one.device),
        )

    def _schedule(self, deeds: Sequence[Done], clocks: Sequence[When]) -> Schedule | None:
        moments = [one for one in clocks if is_moment(one)]
        windows = [one for one in clocks if is_window(one) and not is_moment(one)]
        only = [one for held in self._held if held.only for one in held.clocks] + windows
        never = [one for held in self._held if not held.only for one in held.clocks]
        spans = [hours(one, self._house) for one in only if one.from_ or one.part]
        barred = [hours(one, self._house) for one in never if one.from_ or one.part]
        days = next((one.days for one in (*moments, *only) if one.days), ())
        found = Schedule(
            for_s=next((one.for_s for one in deeds if one.for_s), 0),
            after_s=next((one.after_s for one in deeds if one.after_s), 0),
            at=next((one.at for one in moments if one.at), ""),
            days=days,
            every_s=next((one.every_s for one in moments if one.every_s), 0),
            from_=spans[0][0] if spans else "",
            to=spans[0][1] if spans else "",
            not_=barred[0] if barred else None,
        )
        return found if found != Schedule() else None


def _with_for(said: Condition, for_s: int, number: int) -> Condition:
    return replace(said, for_s=for_s) if for_s and number == 0 else said


def upper(text: str) -> str:
    """With a capital."""
    return text[:1].upper() + text[1:]
