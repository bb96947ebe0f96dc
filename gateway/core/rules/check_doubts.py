"""What of a rule is allowed but hardly what somebody wants, each with its path. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .actions import CommandThen, NotifyThen, WindowThen
from .actuators import Target, doers, windows_at
from .check_deeds import parts
from .check_looks import leaves, levels, series_of
from .intervals import certainties
from .rule import Rule, TimeWhen, is_moment, triggers
from .rule import actions as all_actions
from .sources import MOST_SERIES, Measured
from .wants import Crew, orders

if TYPE_CHECKING:
    from .check import Known

Found = Iterator[tuple[str, str]]
"""(path, reason)."""
_OFTEN_S = 60
_FILLED = re.compile(r"\{(?!(?:value|name)\})\w*\}")
"""What looks as if it were filled in, and is not."""


def doubts(rule: Rule, known: Known | None) -> Found:
    """All of it."""
    yield from _idle(rule)
    yield from certainties(rule)
    yield from _against_itself(rule, Crew(known))
    if known is not None:
        yield from _looked_at(rule, known)
        yield from _unheard(rule, known)


def _idle(rule: Rule) -> Found:
    """Parts that can never come to anything."""
    ones = list(triggers(rule))
    moments = bool(ones) and all(is_moment(one) for _, one in ones)
    if rule.else_ and moments and rule.if_ is None:
        yield "else", "the trigger is a moment and there is no if: nothing else can be"
    if rule.safe and moments and rule.catch_up != "safe":
        yield "safe", "the trigger is a moment, and what was missed is not replaced by it: it is never done"
    if rule.hysteresis and not levels(rule):
        yield "hysteresis", "no comparison of the trigger is left that it could be of"
    for path, one in ones:
        if isinstance(one, TimeWhen) and 0 < one.every_s < _OFTEN_S:
            yield f"{path}.every_s", "a rule that fires more than once a minute is soon stopped"
    for path, action in all_actions(rule):
        if isinstance(action, NotifyThen) and (odd := _FILLED.search(action.text)):
            yield f"{path}.text", f"{odd[0]} is told as it stands: {{value}} and {{name}} are filled in"


def _against_itself(rule: Rule, crew: Crew) -> Found:
    """One actuator that is to be two things at once."""
    for part, actions in parts(rule):
        wants: dict[str, Target] = {}
        for order in orders(actions, crew):
            for actuator, target in order.wants():
                if wants.setdefault(actuator, target) != target:
                    yield part, f"it wants two things of {actuator} at once; the last of them stays"


def _looked_at(rule: Rule, known: Known) -> Found:
    for path, one in (*triggers(rule), *leaves(rule)):
        if isinstance(one, Measured):
            found = series_of(one, known)
            if len(found) > MOST_SERIES:
                yield (
                    path,
                    f"{len(found)} devices measure {one.metric} there; the first {MOST_SERIES} by their ids count",
                )


def _unheard(rule: Rule, known: Known) -> Found:
    for path, action in all_actions(rule):
        if not isinstance(action, CommandThen | WindowThen):
            continue
        if action.device:
            devices = [action.device]
        elif isinstance(action, CommandThen):
            devices = doers(known, action.asset, action.verb)
        else:
            devices = windows_at(known, action.asset)
        for device in devices:
            if known.device(device) is not None and not known.heard(device):
                yield path, f"{device} would not hear it now: it is not connected"
