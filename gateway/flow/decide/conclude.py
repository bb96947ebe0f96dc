"""From an opinion to a control: hard limits, people's will, the deadband, the node, the record; and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from math import isfinite
from typing import Literal

import msgspec

from ...core import topics
from ...core.commands import CommandStatus, read_ack
from ...core.decisions import Decision, Outcome, control_message
from ...core.messages import Decided, NodeSaid
from ...core.ports.post import Post
from ...core.window.limits import Bounds, limited
from ...core.window.words import why
from ..bus import Bus
from .mind import TEACHER, Holds, Opined
from .notes import Notes
from .record import Records
from .scene import Asked, Scene

_ENDS = {CommandStatus.DONE: Outcome.DONE, CommandStatus.FAILED: Outcome.FAILED}
OVERTAKEN = "a newer order came"
"""The detail of a decision that failed because another order followed."""
Source = Literal["model", "teacher", "external"]


class Conclusions:
    """`limits`: what else than the weather bounds a window, with its node's own."""

    def __init__(self, bus: Bus, records: Records, holds: Holds, notes: Notes, limits: Callable[[str], Bounds]) -> None:
        self.totals: Counter[tuple[Outcome, str]] = Counter()
        """Decisions of this run by outcome and model; all services from outside together, who name themselves."""
        self._bus = bus
        self._records = records
        self._holds = holds
        self._notes = notes
        self._limits = limits

    def conclude(self, post: Post, scene: Scene, asked: Asked, opined: Opined, detail: str = "") -> Decision:
        """The decision, handed to the node where it changes anything."""
        moment, missing = asked.moment, asked.missing
        raw = opined.position_pct if isfinite(opined.position_pct) else 0.0
        cut = limited(opined.position_pct, moment, self._limits(asked.device))
        position = round(cut.position_pct)
        unsure = any(one.name == "time" for one in missing)
        decision = Decision(
            id=asked.id,
            device=asked.device,
            time_ms=asked.time_ms,
            cause=asked.cause,
            moment=moment,
            missing=missing,
            position=position,
            raw_pct=raw,
            confidence=confident(opined.confidence, unsure=unsure),
            model=opined.model,
            lessons=self._holds.digest(asked.device),
            runtime=opined.runtime,
            cuts=cut.cuts,
            why=why(moment, position, cut.cuts, missing, _source(opined.model), opined.learnt_pp),
            outcome=Outcome.KEPT,
            detail=detail,
            shadow=opined.shadow,
            correlation=asked.correlation,
            simulated=asked.simulated,
        )
        return self._recorded(self._handed(post, scene, decision, haste=asked.urgent))

    def unanswered(self, asked: Asked, detail: str) -> Decision:
        """Nobody has answered, and nobody else decides."""
        return self._recorded(self.pending(asked, Outcome.UNANSWERED, detail))

    def pending(self, asked: Asked, outcome: Outcome, detail: str = "") -> Decision:
        """One without an answer: the window stays where it is."""
        position = min(100.0, max(0.0, asked.moment.position_pct or 0.0))
        return Decision(
            id=asked.id,
            device=asked.device,
            time_ms=asked.time_ms,
            cause=asked.cause,
            moment=asked.moment,
            missing=asked.missing,
            position=round(position),
            raw_pct=position,
            confidence=0.0,
            model="external",
            why=why(asked.moment, position, (), asked.missing, "external"),
            outcome=outcome,
            detail=detail,
            correlation=asked.correlation,
            simulated=asked.simulated,
        )

    def acked(self, event: NodeSaid, scene: Scene | None) -> None:
        """A node's word on a control, under the decision's id."""
        ack = read_ack(event.payload)
        decision = self._records.find(ack.id)
        outcome = _ENDS.get(ack.status)
        if decision is None or outcome is None or decision.device != event.device:
            return
        if decision.outcome is not Outcome.SENT:
            return
        detail, failed = ack.detail or decision.detail, outcome is Outcome.FAILED
        newest = scene is not None and scene.sent == decision.id
        # Where another order took the window over, ours or a person's, it did not get there, and that is no trouble.
        overtaken = failed and (self._holds.held(event.device) is not None or (_has_sent(scene) and not newest))
        if overtaken and not ack.detail.startswith(OVERTAKEN):
            detail = f"{OVERTAKEN}: {ack.detail}" if ack.detail else OVERTAKEN
        after = self._records.moved(decision, outcome, detail)
        if failed and newest and scene is not None:
            scene.pacing.lost()
            if not overtaken:
                self._notes.failed(event.device, ack.detail, decision.correlation)
        self._bus.publish(Decided(after))

    def _handed(self, post: Post, scene: Scene, decision: Decision, *, haste: bool) -> Decision:
        device, is_pct = decision.device, decision.moment.position_pct
        if self._holds.held(device) is not None:
            detail = "; ".join(filter(None, (decision.detail, self._holds.holder(device))))
            return msgspec.structs.replace(decision, outcome=Outcome.HELD, detail=detail)
        if scene.pacing.near(decision.position, is_pct, decision.time_ms, must=bool(decision.cuts), haste=haste):
            return decision
        if not post.hand(device, topics.window_control(device), control_message(decision)):
            return msgspec.structs.replace(decision, outcome=Outcome.AWAY)
        scene.pacing.sent(decision.position, is_pct, decision.time_ms)
        scene.sent = decision.id
        return msgspec.structs.replace(decision, outcome=Outcome.SENT)

    def _recorded(self, decision: Decision) -> Decision:
        self._records.add(decision)
        model = "external" if _source(decision.model) == "external" else decision.model
        self.totals[decision.outcome, model] += 1
        self._bus.publish(Decided(decision))
        return decision


def confident(confidence: float, *, unsure: bool) -> float:
    """As it is told: three digits; half while nobody knows what time it is."""
    return round(confidence / 2 if unsure else confidence, 3)


def _has_sent(scene: Scene | None) -> bool:
    """In this run."""
    return scene is not None and bool(scene.sent)


def _source(model: str) -> Source:
    return "teacher" if model == TEACHER else "external" if model.startswith("external") else "model"
