"""Conversation, rules and scenes by name, alerts, undo: what their templates mean. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .intent import Candidate, Intent, Schedule, Talk
from .tagged import Lasting, Named, Tagged, When

if TYPE_CHECKING:
    from .grammar import Match

FAMILIES = frozenset(("rules", "alerts", "undo", "talk"))
"""The families this file is for."""
_USUAL_MINUTES = 60
_LONGEST_MINUTES = 1440
HELP = (
    "Ask for values and states (what is the temperature in the bedroom, is the window open, how are my plants), give "
    "orders (open the bedroom window to 40 percent, turn off the fan in 10 minutes), make rules (if humidity in the "
    "bathroom is above 70 % for 10 minutes, run the fan for 20 minutes), ask why (why did the window open), mute "
    "alerts for an hour, or say cancel that."
)
_NOTHING = "There is nothing that waits for an answer."


def intent(match: Match, tagged: Tagged, talk: Talk) -> Intent:
    """What it means; a question or nothing where it would need more."""
    return {"rules": _rules, "alerts": _alerts, "undo": _undo, "talk": _talk}[match.family](match, tagged, talk)


def _rules(match: Match, tagged: Tagged, talk: Talk) -> Intent:
    name = "scene" if match.action == "run_scene" else "rule"
    found = _meaning(match, tagged, name)
    if match.slots.get("last") and talk.last is not None and talk.last.what == "rule":
        found = talk.last
    if match.action == "no_such_rule" or not isinstance(found, Candidate):
        return Intent(
            kind="question", action=match.action if match.action != "no_such_rule" else "", reply="Which rule?"
        )
    confirm = "" if match.action == "run_scene" else "Rules are changed only when you say yes."
    return Intent(kind="command", action=match.action, value=found.id, candidates=(found,), confirm=confirm)


def _alerts(match: Match, tagged: Tagged, talk: Talk) -> Intent:
    if match.action == "mute_alerts":
        lasting = _meaning(match, tagged, "duration")
        minutes = _USUAL_MINUTES if not isinstance(lasting, Lasting) else max(1, round(lasting.seconds / 60))
        if minutes > _LONGEST_MINUTES:
            return Intent(kind="question", action="mute_alerts", reply="A day is the longest. For how long?")
        return Intent(kind="command", action="mute_alerts", value=minutes)
    if match.action == "mute_until":
        when = _meaning(match, tagged, "clock")
        if not isinstance(when, When) or not when.to or when.from_ or when.days:
            return Intent(kind="question", action="mute_alerts", reply="For how long?")
        return Intent(kind="command", action="mute_alerts", schedule=Schedule(to=when.to, in_days=when.in_days))
    place = _meaning(match, tagged, "thing")
    if not isinstance(place, Named):
        return Intent(kind="command", action=match.action)
    named = _one(place)
    if not named:
        return Intent(kind="question", action=match.action, reply="Which one?")
    return Intent(kind="command", action=match.action, place=named)


def _undo(match: Match, tagged: Tagged, talk: Talk) -> Intent:
    if match.action == "decline":
        return _decline(talk)
    if match.action == "cancel_timer":
        place = _meaning(match, tagged, "thing")
        named = _one(place) if isinstance(place, Named) else ""
        return Intent(kind="command", action="undo", parameter="timers", place=named)
    return Intent(kind="command", action="undo")


def _talk(match: Match, tagged: Tagged, talk: Talk) -> Intent:
    if match.action == "confirm":
        return Intent(kind="command", action="confirm") if talk.pending else Intent(kind="none", reply=_NOTHING)
    if match.action == "decline":
        return _decline(talk)
    if match.action == "okay":
        if talk.pending:
            return Intent(kind="command", action="confirm")
        return Intent(kind="none", reply="Good.")
    if match.action == "help":
        return Intent(kind="query", action="help", reply=HELP)
    if match.action == "pick":
        return _pick(match, tagged, talk)
    return Intent(kind="none", reply="Ask me for values, give orders or make rules; say help for examples.")


def _decline(talk: Talk) -> Intent:
    return Intent(kind="command", action="decline") if talk.pending else Intent(kind="none", reply=_NOTHING)


def _pick(match: Match, tagged: Tagged, talk: Talk) -> Intent:
    """One of those that the last question offered; its number is the value."""
    offered = talk.offered
    nth = match.slots.get("nth", "")
    at = None
    if nth == "other" and len(offered) == 2:
        at = 1
    elif nth.isdigit() and int(nth) <= len(offered):
        at = int(nth) - 1
    elif nth == "named":
        named = _meaning(match, tagged, "thing")
        ids = {(thing.what, thing.id) for thing in named.things} if isinstance(named, Named) else set()
        fitting = [number for number, one in enumerate(offered) if (one.what, one.id) in ids]
        at = fitting[0] if len(fitting) == 1 else None
    if at is None:
        return Intent(kind="question" if offered else "none", reply="Which one?" if offered else "")
    return Intent(kind="question", action="pick", value=float(at), candidates=(offered[at],))


def _one(named: Named) -> str:
    """The id of what was named; an asset before its device; empty: it is not clear."""
    assets = [thing for thing in named.things if thing.what == "asset"] or list(named.things)
    return assets[0].id if len(assets) == 1 else ""


def _meaning(match: Match, tagged: Tagged, slot: str) -> object:
    tag = tagged.tags.get(match.slots.get(slot, ""))
    return None if tag is None else tag.meaning
