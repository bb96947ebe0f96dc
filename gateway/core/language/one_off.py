"""Orders for a time, or at a time, without any condition: `in 10 minutes`, `at 7 pm`, `for 20 minutes`. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from ..rules.actions import OPPOSITE
from ..rules.terms import span
from .clause_parts import Cut
from .deeds_said import Done, Orders, done
from .house import House, Thing
from .intent import Intent, Schedule
from .tagged import When

_LATER = "It is done later, without being asked again."


def one_off(cut: Cut, clocks: Sequence[When], orders: Orders, house: House) -> Intent:
    """A command with a schedule, or what must be asked."""
    near: tuple[Thing, ...] = ()
    deeds = [done(one, orders, house, near, "") for one in cut.deeds]
    asked = next((one for one in deeds if one.ask), None)
    if asked is not None:
        return Intent(kind="question", action=asked.intent.action, reply=asked.ask, candidates=asked.candidates)
    if any(one.notifies for one in deeds):
        return _asks("What should I tell you then? I can tell you when something is measured, or at a time every day.")
    when, problem = _moment(clocks)
    if problem:
        return _asks(problem, deeds)
    if any(one.until is not None and (one.until.repeats or one.until.days) for one in cut.deeds):
        return _asks("From when to when, each time?", deeds)
    if any(one.until is not None and one.until.in_days for one in cut.deeds):
        return _asks("That is long. For how many hours?", deeds)
    until = next((one.until.to for one in cut.deeds if one.until is not None), "")
    if when is not None and any(one.after_s for one in deeds):
        return _asks(f"At {when.at}, or after a while? Both were said.", deeds)
    if until and when is not None:
        return _asks(f"At {when.at}, and for how long?", deeds)
    if until and any(one.for_s for one in deeds):
        return _asks("For how long, or until when? Both were said.", deeds)
    intents: list[Intent] = []
    for one in deeds:
        for order in (one.intent, *one.intent.also):
            if until and order.action not in (*OPPOSITE, "set_position"):
                return _asks("And then, what should it be set to?", deeds)
            schedule = _schedule(one, when, until)
            timed = replace(order, schedule=schedule, also=())
            intents.append(replace(timed, reply=told(timed, order.reply.rstrip(".")) + "."))
    first = intents[0]
    confirm = first.confirm or "; ".join(dict.fromkeys(one.likely for one in deeds if one.likely))
    if first.schedule is not None and (first.schedule.at or first.schedule.after_s):
        confirm = confirm or _LATER
    guesses = [when, *(one.until for one in cut.deeds)]
    taken = "".join(f" I took {one.guessed}." for one in guesses if one is not None and one.guessed)
    if taken:
        confirm = (confirm + taken).strip()
    return replace(first, also=tuple(intents[1:]), confirm=confirm)


def _moment(clocks: Sequence[When]) -> tuple[When | None, str]:
    """The one moment that was said, or what must be asked."""
    if not clocks:
        return None, ""
    if len(clocks) > 1:
        return None, "At one time, please: which?"
    when = clocks[0]
    if when.at and when.loose:
        return None, f"At {when.at}?"
    if when.at and not when.days:
        return when, ""
    if when.at:
        return None, "Every week on that day, or only the next one?"
    if when.from_ or when.part or when.up:
        return None, "At what time should it begin? And every day, or once?"
    return None, "At what time?"


def _schedule(one: Done, when: When | None, until: str) -> Schedule | None:
    found = Schedule(
        for_s=one.for_s,
        after_s=one.after_s,
        at="" if when is None else when.at,
        in_days=None if when is None else when.in_days,
        to=until,
    )
    return None if found == Schedule() else found


def _asks(text: str, deeds: Sequence[Done] = ()) -> Intent:
    return Intent(kind="question", action=deeds[0].intent.action if deeds else "", reply=text)


def told(intent: Intent, name: str) -> str:
    """`turn on Bathroom fan for 20 min`: when and how long, in words, behind what is done."""
    schedule = intent.schedule
    if schedule is None:
        return name
    said = name
    if schedule.for_s:
        said += f" for {span(schedule.for_s)}"
    if schedule.after_s:
        said += f" in {span(schedule.after_s)}"
    if schedule.at:
        day = {0: " today", 1: " tomorrow"}.get(-1 if schedule.in_days is None else schedule.in_days, "")
        said += f"{day} at {schedule.at}"
    return said + (f" until {schedule.to}" if schedule.to else "")
