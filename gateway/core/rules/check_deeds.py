"""What is wrong with what a rule or a scene does, each with its path. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from math import isfinite
from typing import TYPE_CHECKING

from ..capabilities import Capabilities, check_command, check_settings
from ..commands import Order, check_order
from ..errors import Refused
from .actions import (
    MOST_ACTIONS,
    MOST_TIMERS_DEEP,
    OPPOSITE,
    CancelThen,
    CommandThen,
    SceneThen,
    ShadowThen,
    Then,
    TimerThen,
    WindowThen,
)
from .actuators import doers, is_window, windows_at
from .rule import Rule, each

if TYPE_CHECKING:
    from .check import Known

Found = Iterator[tuple[str, str]]
"""(path, reason)."""


def parts(rule: Rule) -> tuple[tuple[str, tuple[Then, ...]], ...]:
    """Its three lists of actions by their names in JSON."""
    return ("then", rule.then), ("else", rule.else_), ("safe", rule.safe)


def too_deep(rule: Rule) -> Found:
    """Actions nested beyond what is looked at any further."""
    for part, actions in parts(rule):
        if _depth(actions) > MOST_TIMERS_DEEP:
            yield part, f"timers and what takes back are nested at most {MOST_TIMERS_DEEP} deep"


def armed(rule: Rule) -> frozenset[str]:
    """Names of the timers that its actions start."""
    found = (action for part, actions in parts(rule) for _, action in each(part, actions))
    return frozenset(action.timer for action in found if isinstance(action, TimerThen))


def deeds(rule: Rule, known: Known | None) -> Found:
    """All of it."""
    if not rule.then:
        yield "then", "there is nothing to be done"
    if rule.catch_up == "safe" and not rule.safe:
        yield "safe", "catch_up is safe, and nothing says what that is"
    timers = armed(rule)
    for part, actions in parts(rule):
        known_actions = list(each(part, actions))
        if len(known_actions) > MOST_ACTIONS:
            yield part, f"{len(known_actions)} actions are too many; at most {MOST_ACTIONS}, those of timers included"
        names = Counter(action.timer for _, action in known_actions if isinstance(action, TimerThen))
        seen: set[str] = set()
        for path, action in known_actions:
            yield from deed_problems(path, action, known)
            if isinstance(action, TimerThen):
                if names[action.timer] > 1 and action.timer in seen:
                    yield f"{path}.timer", f"timer {action.timer} is there already: it would only be armed anew"
                seen.add(action.timer)
            elif isinstance(action, CancelThen) and action.timer not in timers:
                yield f"{path}.timer", f"no action of this rule starts a timer {action.timer}"


def deed_problems(path: str, action: Then, known: Known | None) -> Found:
    """Of one action, without those inside it."""
    match action:
        case CommandThen():
            yield from _command(path, action, known)
        case WindowThen():
            yield from _window(path, action, known)
        case ShadowThen():
            yield from _shadow(path, action, known)
        case SceneThen():
            if known is not None and action.scene not in known.scenes:
                yield f"{path}.scene", f"there is no scene {action.scene}"
        case TimerThen():
            if not action.then:
                yield f"{path}.then", "there is nothing to be done when it ends"


def _command(path: str, action: CommandThen, known: Known | None) -> Found:
    if action.back and not action.for_s:
        yield f"{path}.back", "it takes back what for_s ends, and for_s is left out"
    if action.for_s and not action.back and action.verb not in OPPOSITE:
        yield f"{path}.back", f"{action.verb} has no opposite: back says what is done after for_s"
    try:
        check_order(Order("", action.verb, action.args))
    except Refused as error:
        yield f"{path}.args", str(error)
        return
    if bool(action.device) == bool(action.asset):
        yield path, "exactly one of device and asset says who is to do it"
    elif known is not None:
        yield from _can(path, action, known)


def _can(path: str, action: CommandThen, known: Known) -> Found:
    device = action.device
    if action.asset:
        if known.asset(action.asset) is None:
            yield f"{path}.asset", f"there is no asset {action.asset}"
            return
        able = doers(known, action.asset, action.verb)
        if len(able) > 1:
            yield f"{path}.asset", f"{' and '.join(able)} can both {action.verb}; name the device"
            return
        if not able:
            yield f"{path}.verb", f"no device of {action.asset} can {action.verb}{_others(action.asset, known)}"
            return
        device = able[0]
    found = known.device(device)
    if found is None:
        yield f"{path}.device", f"there is no device {device}"
        return
    try:
        check_command(found, action.verb, action.args)
    except Refused as error:
        unable = found.verbs is not None and action.verb not in found.verbs
        yield f"{path}.{'verb' if unable else 'args'}", _small(str(error))


def _others(asset: str, known: Known) -> str:
    devices = known.devices_at(asset)
    verbs = {verb for device in devices for verb in (known.device(device) or Capabilities()).verbs or ()}
    return f"; there is {', '.join(sorted(verbs))}" if verbs else "; no device belongs to it" if not devices else ""


def _window(path: str, action: WindowThen, known: Known | None) -> Found:
    if not isfinite(action.position):
        yield f"{path}.position", "that is no number"
    if bool(action.device) == bool(action.asset):
        yield path, "exactly one of device and asset says which window"
    elif known is None:
        return
    elif action.asset:
        if known.asset(action.asset) is None:
            yield f"{path}.asset", f"there is no asset {action.asset}"
        elif not windows_at(known, action.asset):
            yield f"{path}.asset", f"{action.asset} has no window"
    elif known.device(action.device) is None:
        yield f"{path}.device", f"there is no device {action.device}"
    elif not is_window(known.device(action.device)):
        yield f"{path}.device", f"{action.device} is no window"


def _shadow(path: str, action: ShadowThen, known: Known | None) -> Found:
    if not action.desired:
        yield f"{path}.desired", "there is nothing to wish for"
    found = None if known is None else known.device(action.device)
    if known is not None and found is None:
        yield f"{path}.device", f"there is no device {action.device}"
    elif found is not None:
        try:
            check_settings(found, action.desired)
        except Refused as error:
            yield f"{path}.desired", _small(str(error))


def _small(text: str) -> str:
    """As the rest of a sentence."""
    return (text[:1].lower() + text[1:]).removesuffix(".")


def _depth(actions: Sequence[Then]) -> int:
    """How deep they are nested, without going deeper than is allowed and one more."""
    found, level = 0, list(actions)
    while level and found <= MOST_TIMERS_DEEP:
        inner = [
            one
            for action in level
            if isinstance(action, TimerThen | CommandThen)
            for one in (action.then if isinstance(action, TimerThen) else action.back)
        ]
        found, level = found + bool(inner), inner
    return found
