"""Puts together what is known of rules, their firings and timers, and of scenes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...core.commands import CommandStatus
from ...core.errors import NotFound
from ...core.rules.actions import CommandThen, ShadowThen, Then, WindowThen
from ...core.rules.conflicts import Conflict
from ...core.rules.engine import Why
from ...core.rules.firing import Act, Cause, Firing
from ...core.rules.rule import KeptRule, Mode, Rule, actions, measured
from ...core.rules.why_words import cause_words, why_not
from ...core.rules.words import deed, sentence
from ...core.scenes import Scene
from ...core.timers import Timer, TimerState
from ...flow.rules.book import CheckReport
from .parts import Parts, RuleParts
from .problems import ProblemAt
from .rule_shown import (
    ActShown,
    CauseShown,
    ConflictShown,
    FiringShown,
    LookShown,
    LoopShown,
    RuleCheckShown,
    RuleShown,
    RuleState,
    SceneShown,
    TimerShown,
    WhyShown,
)
from .times import maybe_text, to_text

_TRIPPED = "it fired too often, and is stopped until somebody enables it anew"


class RuleView:
    """Makes of the flow's values what is shown."""

    def __init__(self, parts: Parts, rules: RuleParts) -> None:
        self._book = rules.rules
        self._live = rules.live
        self._names = rules.names
        self._commands = parts.home.commands
        self._assignments = parts.home.assignments
        self._registry = parts.registry
        self._now_ms = parts.now_ms

    def kept(self, rule: str) -> KeptRule:
        """As the house keeps it. Raises NotFound."""
        return self._book.get(rule)

    def rule(self, kept: KeptRule, activity: Mapping[str, tuple[int, int]]) -> RuleShown:
        """`activity`: by rule, when it last fired and how often in the last day."""
        why = self._why(kept)
        last_ms, count = activity.get(kept.id, (None, 0))
        return RuleShown(
            id=kept.id,
            name=kept.rule.name,
            text=sentence(kept.rule, self._names),
            mode=kept.mode,
            version=kept.version,
            priority=kept.rule.priority,
            by=kept.by,
            changed=to_text(kept.changed_ms),
            changed_ms=kept.changed_ms,
            live=maybe_text(kept.live_ms),
            live_ms=kept.live_ms,
            last_fired=maybe_text(last_ms),
            last_fired_ms=last_ms,
            firings_24h=count,
            holds=why is not None and why.holds,
            state=_state(kept, why),
            reason=self._reason(kept, why),
            simulated=self._simulated(kept.rule, why),
            rule=kept.rule,
        )

    def why(self, kept: KeptRule) -> WhyShown:
        """How it stands now."""
        why, now_ms = self._why(kept), self._now_ms()
        found = why or Why(False, "unknown", (), now_ms)
        return WhyShown(
            rule=kept.id,
            name=kept.rule.name,
            text=sentence(kept.rule, self._names),
            mode=kept.mode,
            holds=found.holds,
            state=_state(kept, why),
            reason=self._reason(kept, why),
            trigger=found.trigger,
            causes=[self.cause(kept.rule, cause, now_ms) for cause in found.causes],
            time=to_text(now_ms),
            time_ms=now_ms,
            since=maybe_text(found.since_ms),
            since_ms=found.since_ms,
            waits_until=maybe_text(found.waits_until_ms),
            waits_until_ms=found.waits_until_ms,
            cooldown_until=maybe_text(found.cooldown_until_ms),
            cooldown_until_ms=found.cooldown_until_ms,
            next=maybe_text(found.next_ms),
            next_ms=found.next_ms,
            simulated=self._simulated(kept.rule, why),
        )

    def check(self, report: CheckReport) -> RuleCheckShown:
        """What is known of a rule before it is kept."""
        return RuleCheckShown(
            text=report.text,
            ok=not report.problems,
            problems=[ProblemAt(one.path, one.reason) for one in report.problems],
            warnings=[ProblemAt(one.path, one.reason) for one in report.warnings],
            conflicts=[self.conflict(one) for one in report.conflicts],
            loops=[LoopShown(list(one.rules), one.certain, one.text) for one in report.loops],
            series=[LookShown(*look) for look in report.series],
        )

    def conflict(self, conflict: Conflict) -> ConflictShown:
        """Another rule that wants something else."""
        return ConflictShown(
            other=conflict.other,
            other_name=self._rule_name(conflict.other),
            actuator=conflict.actuator,
            wants=conflict.wants,
            other_wants=conflict.other_wants,
            wins=conflict.wins,
            text=conflict.text,
            count=conflict.count,
            first=maybe_text(conflict.first_ms),
            first_ms=conflict.first_ms,
        )

    def cause(self, rule: Rule | None, cause: Cause, at_ms: int) -> CauseShown:
        """One leaf as it was at a moment; `rule` None: it has been changed since, and what was written down counts."""
        text = cause.text if rule is None or cause.text else cause_words(rule, cause, self._names, at_ms)
        return CauseShown(
            path=cause.path,
            text=text,
            truth=cause.truth,
            value=cause.value,
            time=maybe_text(cause.time_ms),
            time_ms=cause.time_ms,
            age_s=None if cause.time_ms is None else (at_ms - cause.time_ms) / 1000,
            device=cause.device,
            metric=cause.metric,
        )

    def firing(self, firing: Firing, commands: Mapping[str, CommandStatus] | None = None) -> FiringShown:
        """`commands`: the status of those that are not remembered any more."""
        kept = self._kept(firing.rule)
        rule = kept.rule if kept is not None and kept.version == firing.version else None
        trace = firing.trace
        return FiringShown(
            id=firing.id,
            rule=firing.rule,
            rule_name=self._rule_name(firing.rule),
            version=firing.version,
            part=firing.part,
            mode=firing.mode,
            time=to_text(firing.time_ms),
            time_ms=firing.time_ms,
            noted=to_text(firing.noted_ms),
            noted_ms=firing.noted_ms,
            why=firing.why,
            causes=[self.cause(rule, cause, firing.time_ms) for cause in (trace.trigger, *trace.causes)],
            since=maybe_text(trace.since_ms),
            since_ms=trace.since_ms,
            acts=[self.act(act, commands or {}) for act in firing.acts],
            outcome=firing.outcome.value,
            depth=firing.depth,
            correlation=firing.correlation,
            simulated=firing.simulated,
        )

    def act(self, act: Act, commands: Mapping[str, CommandStatus]) -> ActShown:
        """One action and what became of it."""
        found = self._commands.find(act.command) if act.command else None
        return ActShown(
            text=deed(act.action, self._names),
            kind=str(act.action.__struct_config__.tag),
            outcome=act.outcome.value,
            detail=act.detail,
            command=act.command,
            command_status=commands.get(act.command) if found is None else found.status,
            timer=act.timer,
            over=act.over,
        )

    def timer(self, timer: Timer) -> TimerShown:
        """A timer with the time that is left."""
        armed = timer.state is TimerState.ARMED
        return TimerShown(
            id=timer.id,
            name=timer.name,
            rule=timer.rule,
            rule_name=self._rule_name(timer.rule),
            firing=timer.firing,
            text=", ".join(deed(action, self._names) for action in timer.then),
            state=timer.state,
            armed=to_text(timer.armed_ms),
            armed_ms=timer.armed_ms,
            due=to_text(timer.due_ms),
            due_ms=timer.due_ms,
            left_s=max(timer.due_ms - self._now_ms(), 0) / 1000 if armed else None,
            ended=maybe_text(timer.ended_ms),
            ended_ms=timer.ended_ms,
            detail=timer.detail,
            catch_up=timer.catch_up,
            priority=timer.priority,
            actuator=timer.actuator,
            shadow=timer.shadow,
            correlation=timer.correlation,
            simulated=timer.simulated,
        )

    def scene(self, scene: Scene) -> SceneShown:
        """A scene with what it does in words."""
        return SceneShown(
            id=scene.id,
            name=scene.name,
            text=", ".join(deed(action, self._names) for action in scene.then),
            then=list(scene.then),
            created_at=to_text(scene.created_ms),
            simulated=any(map(self._registry.simulated, self._moved(scene.then))),
        )

    def _kept(self, rule: str) -> KeptRule | None:
        try:
            return self._book.get(rule)
        except NotFound:
            return None

    def _rule_name(self, rule: str) -> str:
        kept = self._kept(rule) if rule else None
        return rule if kept is None else kept.rule.name

    def _why(self, kept: KeptRule) -> Why | None:
        """None: it is off, and nothing looks at it."""
        try:
            return self._live.why(kept.id)
        except NotFound:
            return None

    def _reason(self, kept: KeptRule, why: Why | None) -> str:
        if kept.mode is Mode.TRIPPED:
            return _TRIPPED
        if why is None:
            return ""
        # The state says that it is held back.
        return why_not(kept.rule, why, self._names, self._now_ms()).removeprefix("held back: ")

    def _simulated(self, rule: Rule, why: Why | None) -> bool:
        seen = {one.device for _, one in measured(rule)} | {cause.device for cause in (why.causes if why else ())}
        moved = self._moved(action for _, action in actions(rule))
        return any(self._registry.simulated(device) for device in {*seen, *moved} if device)

    def _moved(self, found: Iterable[Then]) -> set[str]:
        """The devices that actions move."""
        devices: set[str] = set()
        for action in found:
            if isinstance(action, CommandThen | WindowThen | ShadowThen) and action.device:
                devices.add(action.device)
            elif isinstance(action, CommandThen | WindowThen):
                devices.update(self._assignments.devices_at(action.asset))
        return devices


def _state(kept: KeptRule, why: Why | None) -> RuleState:
    if why is None or kept.mode in (Mode.OFF, Mode.TRIPPED):
        return "off"
    if why.holds:
        return "holds"
    if why.trigger == "true":
        return "held back" if why.waits_until_ms is None else "waiting"
    return "unknown" if why.trigger == "unknown" else "not true"
