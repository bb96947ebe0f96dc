"""On whose behalf something is done: of a firing, of a timer, of a person. Pure."""

from __future__ import annotations

from ...core.rules.firing import Firing, command_id, timer_command_id, timer_id
from ...core.rules.ranks import RULE
from ...core.rules.rule import KeptRule, Mode, Rule, is_moment, triggers
from ...core.timers import Timer
from .planning import Errand


def errand_of(firing: Firing, kept: KeptRule, *, lasting: bool = False) -> Errand:
    """On behalf of a firing."""
    return Errand(
        firing=firing.id,
        rule=firing.rule,
        name=kept.rule.name,
        who=RULE + firing.rule,
        priority=kept.rule.priority,
        command_ids=lambda number: command_id(firing.id, number),
        timer_ids=lambda number: timer_id(firing.id, number),
        live=firing.mode is Mode.LIVE,
        lasting=lasting,
        # Its end takes back what it began: a node that is away just then must hear of it when it is back.
        patient=firing.part == "safe" or (firing.part == "else" and not _at_moments(kept.rule)),
        value=firing.trace.trigger.value,
        catch_up=kept.rule.catch_up,
        safe=kept.rule.safe,
        correlation=firing.correlation,
        simulated=firing.simulated,
    )


def _at_moments(rule: Rule) -> bool:
    return any(is_moment(one) for _, one in triggers(rule))


def errand_of_timer(timer: Timer) -> Errand:
    """On behalf of a timer, which needs nothing of its rule any more."""
    return Errand(
        firing=timer.firing,
        rule=timer.rule,
        name=timer.name,
        who=f"{RULE}{timer.rule}" if timer.rule else "timer",
        priority=timer.priority,
        command_ids=lambda number: timer_command_id(timer.id, number),
        timer_ids=lambda number: timer_id(timer.id, number),
        live=not timer.shadow,
        patient=True,
        since_ms=timer.armed_ms if timer.actuator else None,
        catch_up=timer.catch_up,
        safe=timer.safe,
        correlation=timer.correlation,
        simulated=timer.simulated,
    )


def errand_of_person(number: str, name: str, who: str, correlation: str, *, patient: bool) -> Errand:
    """What somebody wants now. `number`: 16 hex digits that name all it causes; said again it is the same."""
    return Errand(
        firing=number,
        rule="",
        name=name,
        who=who,
        priority=0,
        command_ids=lambda at: command_id(number, at),
        timer_ids=lambda at: timer_id(number, at),
        patient=patient,
        correlation=correlation,
    )
