"""Two rules that want different things of one actuator at the same time. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from .actions import Then
from .actuators import Target
from .check import Known
from .intervals import TooMany, Ways, firing_ways, meets
from .rule import KeptRule, Rule
from .terms import number
from .wants import Crew, orders


class Conflict(msgspec.Struct, frozen=True, omit_defaults=True):
    """A rule and another one, and who has its way."""

    other: str
    """Id of the other rule."""
    actuator: str
    """`device/channel`, or `asset/channel` where no device is known."""
    wants: str
    other_wants: str
    wins: str
    """Id of the rule with the higher priority; empty: equal, so the later one wins."""
    text: str
    count: int = 0
    """Of a backtest: how often both held."""
    first_ms: int | None = None


def conflicts(kept: KeptRule, others: Sequence[KeptRule], known: Known | None) -> list[Conflict]:
    """With every other rule whose conditions can hold at the same time, one for each actuator.

    What timers do later is not looked at: by then anything may be so.
    """
    crew = Crew(known)
    own = [(part, dict(_wants(then, crew))) for part, then in _parts(kept.rule)]
    found: dict[tuple[str, str], Conflict] = {}
    for other in others:
        if other.id == kept.id:
            continue
        for part, wants in own:
            for other_part, then in _parts(other.rule):
                if part == other_part == "else":
                    continue
                theirs = dict(_wants(then, crew))
                for actuator in wants.keys() & theirs.keys():
                    if wants[actuator] == theirs[actuator] or (other.id, actuator) in found:
                        continue
                    if _at_once(kept, part, other, other_part):
                        both = wants[actuator], theirs[actuator]
                        found[other.id, actuator] = _conflict(kept, part, other, other_part, actuator, both)
    return sorted(found.values(), key=lambda one: (one.other, one.actuator))


def _parts(rule: Rule) -> Iterator[tuple[str, tuple[Then, ...]]]:
    yield "then", rule.then
    if rule.else_:
        yield "else", rule.else_


def _wants(then: tuple[Then, ...], crew: Crew) -> Iterator[tuple[str, Target]]:
    return (want for order in orders(then, crew) for want in order.wants())


def _at_once(kept: KeptRule, part: str, other: KeptRule, other_part: str) -> bool:
    first, second = _ways(kept.rule, part, kept.id), _ways(other.rule, other_part, other.id)
    return first is None or second is None or meets(first, second)


def _ways(rule: Rule, part: str, scope: str) -> Ways | None:
    """None: too many to tell."""
    try:
        return firing_ways(rule, part, scope)
    except TooMany:
        return None


def _conflict(
    kept: KeptRule, part: str, other: KeptRule, other_part: str, actuator: str, both: tuple[Target, Target]
) -> Conflict:
    channel = actuator.partition("/")[2]
    wants, other_wants = (_told(one, channel) for one in both)
    mine, theirs = kept.rule.priority, other.rule.priority
    winner = None if mine == theirs else kept if mine > theirs else other
    ends = "of equal priority, the later has its way"
    if winner is not None:
        ends = f"{winner.rule.name} ({winner.rule.priority}) has its way"
    first = f"{kept.rule.name}{_when(part)} wants {actuator} {wants}"
    second = f"{other.rule.name}{_when(other_part)} wants it {other_wants}"
    text = f"{first}, {second}, and both can be at once: {ends}."
    return Conflict(other.id, actuator, wants, other_wants, "" if winner is None else winner.id, text)


def _when(part: str) -> str:
    return " at its end" if part == "else" else ""


def _told(target: Target, channel: str) -> str:
    if isinstance(target, bool):
        return "on" if target else "off"
    if isinstance(target, str):
        return target
    return f"at {number(target)}{ {'setpoint': ' °C'}.get(channel, ' %') }"
