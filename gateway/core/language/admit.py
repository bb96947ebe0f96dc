"""The one door through which an order or a rule gets out: all readings, all guards, all corrections. Pure.

All ways to read a sentence must agree. What a guard speaks against is not done, whatever the templates found.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from . import guards, reply
from .guards import HARD
from .intent import MOVING, Guard, Intent
from .reading import Reading
from .words import Words

_ASKS = ("question", "none")
_OF_THE_TALK = frozenset(("confirm", "decline", "undo", "mute_alerts", "unmute_alerts", "acknowledge"))
"""Orders about what was said before: to take something back is no joke."""
_OF_RULES = frozenset(("enable_rule", "disable_rule", "delete_rule"))
"""That no rule is called so is no doubt about an order to a thing that is."""
_DAY_S = 86_400
_LASTS = frozenset(("for", "during", "next", "whole"))
_TAKING_BACK = frozenset(("joke", "doubt"))


def admitted(
    readings: Sequence[Reading],
    words: Words,
    *,
    corrected: tuple[tuple[str, str], ...] = (),
    wish: bool = False,
    at_once: bool = True,
) -> Intent:
    """The intent that counts. `at_once` False: every order asks first."""
    against = guards.found(words)
    free = [reading for reading in readings if not _blocked(reading, against)]
    picked = [reading for reading in free if reading.intent.action == "pick" and reading.intent.candidates]
    if picked:
        return picked[0].intent
    asking = [reading for reading in free if reading.intent.kind in ("query", "explain")]
    moving = [reading for reading in free if reading.intent.kind in MOVING]
    unclear = [reading for reading in free if reading.intent.kind in _ASKS]
    if asking and not (moving and _names(moving) > _names(asking)):
        return _with(min(asking, key=_order).intent, corrected)
    if moving:
        best = _one_of(moving, unclear)
        if _without_for(best, words):
            return Intent(kind="question", action=best.action, reply=f"{best.reply.rstrip('.')}: is that meant?")
        return best if best.kind not in MOVING else _asked_first(best, moving, corrected, wish, at_once)
    if reply.picks_out(words.texts) and not any(g.name in HARD and g.name != "negation" for g in against):
        return Intent(kind="question", reply=reply.WHICH_ONES)
    held = [reading for reading in readings if reading.intent.kind in MOVING]
    if held:
        return _held(held[0], against)
    if unclear:
        return _with(min(unclear, key=_order).intent, corrected)
    return Intent(
        kind="none", reply=reply.left(against) if any(g.name in HARD for g in against) else reply.NOT_UNDERSTOOD
    )


def _without_for(intent: Intent, words: Words) -> bool:
    """Whether days are named without a word that says it is to last so long: `once a day`, half said."""
    lasts = 0 if intent.kind != "command" or intent.schedule is None else intent.schedule.for_s
    return lasts >= _DAY_S and not any(text in _LASTS for text in words.texts)


def _blocked(reading: Reading, against: Sequence[Guard]) -> bool:
    """Whether a guard that its template does not license speaks against something that would move."""
    if reading.intent.kind not in MOVING:
        return False
    polite = any(guard.name == "polite" for guard in against)
    if reading.intent.action in _OF_THE_TALK:
        against = [guard for guard in against if guard.name not in _TAKING_BACK]
    return any(
        guard.name != "polite"
        and guard.name not in reading.license
        and not (guard.name == "question" and polite)
        and not any(start <= guard.span[0] and guard.span[1] <= end for start, end in reading.covers)
        for guard in against
    )


def _one_of(moving: Sequence[Reading], unclear: Sequence[Reading]) -> Intent:
    """The order that all readings agree on; a question when they do not."""
    first = min(moving, key=_order)
    rivals = [one for one in moving if _core(one.intent) != _core(first.intent)]
    doubts = [
        one
        for one in unclear
        if one.weight % 10 <= first.weight % 10 and one.names >= first.names and one.intent.action not in _OF_RULES
    ]
    if doubts:
        return doubts[0].intent
    if any(one.names >= first.names for one in rivals):
        both = " or ".join(dict.fromkeys(one.intent.reply.rstrip(".") for one in (first, *rivals)))
        return Intent(kind="question", action=first.intent.action, reply=f"Which do you mean: {both}?")
    return first.intent


def _asked_first(
    best: Intent,
    moving: Sequence[Reading],
    corrected: tuple[tuple[str, str], ...],
    wish: bool,
    at_once: bool,
) -> Intent:
    same = [one for one in moving if _core(one.intent) == _core(best)]
    why = [one.likely for one in same if one.likely] if all(one.likely for one in same) else []
    why += [f'"{was}" is taken to be "{now}"' for was, now in corrected]
    why += ["it was said as a wish"] if wish else []
    why += ["orders are asked about first"] if not at_once and best.kind == "command" else []
    why += ["a rule is read back first"] if best.kind == "rule" and not why else []
    confirm = best.confirm or "; ".join(dict.fromkeys(why))
    return msgspec.structs.replace(_with(best, corrected), confirm=confirm)


def _held(reading: Reading, against: Sequence[Guard]) -> Intent:
    """What was taken for an order but is none, because of how it was said."""
    speaks = [guard for guard in against if guard.name != "polite" and guard.name not in reading.license]
    hard = any(guard.name in HARD for guard in speaks)
    meant = reading.intent
    said = reply.left(speaks) if hard else reply.meant(meant)
    return Intent(kind="none" if hard else "question", action=meant.action, reply=said)


def _core(intent: Intent) -> Intent:
    """What it would do, without words about it."""
    return msgspec.structs.replace(intent, reply="", confirm="", place="", candidates=())


def _names(readings: Sequence[Reading]) -> int:
    return max(reading.names for reading in readings)


def _order(reading: Reading) -> tuple[int, int]:
    return reading.weight, -reading.names


def _with(intent: Intent, corrected: tuple[tuple[str, str], ...]) -> Intent:
    return msgspec.structs.replace(intent, corrected=corrected) if corrected else intent
