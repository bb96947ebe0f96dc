"""What is told of rules, their firings and timers, and of scenes: the types of it."""

from __future__ import annotations

from typing import Literal

import msgspec

from ...core.commands import CommandStatus
from ...core.rules.actions import CatchUp
from ...core.rules.firing import Part, Truth
from ...core.rules.rule import Mode, Rule
from ...core.scenes import SceneDraft, SceneThing
from ...core.timers import TimerState
from ...flow.rules.book import Carried
from .problems import ProblemAt

ActOutcome = Literal["pending", "done", "would", "held", "refused", "late", "tripped", "interrupted", "skipped"]
"""Values of `firing.Outcome`."""
RuleState = Literal["holds", "waiting", "held back", "unknown", "not true", "off"]


class RuleShown(msgspec.Struct, frozen=True, kw_only=True):
    """A rule and how it stands."""

    id: str
    name: str
    text: str
    """The rule in words."""
    mode: Mode
    version: int
    """Rises with every change."""
    priority: int
    by: str
    """Who changed it last."""
    changed: str
    changed_ms: int
    live: str | None
    live_ms: int | None
    """Since when it is live."""
    last_fired: str | None
    last_fired_ms: int | None
    firings_24h: int
    holds: bool
    """It has fired, and its trigger is still true."""
    state: RuleState
    """`waiting`: its trigger is true, and `for_s` is not over; `held back`: something else is in the way; `off`: it
    is not looked at."""
    reason: str
    """What holds it back, in words; empty: nothing does."""
    simulated: bool
    """Something it looks at or moves is."""
    rule: Rule


class ConflictShown(msgspec.Struct, frozen=True, kw_only=True):
    """Another rule that wants something else of the same actuator at the same time."""

    other: str
    other_name: str
    actuator: str
    wants: str
    other_wants: str
    wins: str
    """The id of the rule that has its way; empty: the later one."""
    text: str
    count: int
    """Of a backtest: how often both held."""
    first: str | None
    first_ms: int | None


class LoopShown(msgspec.Struct, frozen=True):
    """Rules that feed each other, or one that feeds itself. `certain`: by commands, timers or states; else by what
    actuators do to what is measured.
    """

    rules: list[str]
    certain: bool
    text: str


class LookShown(msgspec.Struct, frozen=True):
    """One series that a rule looks at now."""

    path: str
    device: str
    metric: str


class RuleCheckShown(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a rule before it is kept."""

    text: str
    ok: bool
    """It can be kept."""
    problems: list[ProblemAt]
    warnings: list[ProblemAt]
    """What is allowed, and probably not meant."""
    conflicts: list[ConflictShown]
    loops: list[LoopShown]
    series: list[LookShown]


class WouldFireShown(msgspec.Struct, frozen=True):
    """A firing that would have been, and until when the rule held then (null: it still does, or it was a moment)."""

    time: str
    time_ms: int
    until: str | None
    until_ms: int | None
    part: Part
    why: str


class HeldBackShown(msgspec.Struct, frozen=True):
    """How often and how long one reason held the rule back while its trigger was true."""

    reason: str
    count: int
    longest_s: float


class ShareShown(msgspec.Struct, frozen=True):
    """How much of the time a leaf of the rule was true, 0 to 1."""

    path: str
    text: str
    share_true: float
    share_unknown: float


class BacktestShown(msgspec.Struct, frozen=True, kw_only=True, rename={"from_text": "from", "to_text": "to"}):
    """A rule on its history, as if every reading had come in time."""

    rule: str
    """Its name."""
    from_text: str
    from_ms: int
    to_text: str
    to_ms: int
    exact_from: str
    exact_from_ms: int
    """Before it only minutes were left: minimum and maximum of a minute count as two readings."""
    series: int
    readings: int
    left: dict[str, int]
    """What was left out, by reason."""
    firings: list[WouldFireShown]
    on_s: float
    """How long it held, or what it runs for lasted, in all."""
    flapping: int
    """Firings less than 10 minutes after the one before had ended."""
    most_a_day: int
    held: list[HeldBackShown]
    conditions: list[ShareShown]
    conflicts: list[ConflictShown]
    warnings: list[str]
    """Since when there are readings, and what cannot be rehearsed, in words."""
    took_s: float


class BacktestProgress(msgspec.Struct, frozen=True):
    """Answer to GET /api/rules/backtest: 0 to 1 while one runs, else null."""

    progress: float | None


class CauseShown(msgspec.Struct, frozen=True, kw_only=True):
    """One leaf of a rule and what it says."""

    path: str
    """As in JSON, such as `if.of[1]`."""
    text: str
    truth: Truth
    value: float | str | bool | None
    time: str | None
    time_ms: int | None
    """When the value was measured."""
    age_s: float | None
    device: str
    metric: str


class WhyShown(msgspec.Struct, frozen=True, kw_only=True):
    """How a rule stands now: what each part of it says, and what holds it back."""

    rule: str
    name: str
    text: str
    mode: Mode
    holds: bool
    state: RuleState
    reason: str
    trigger: Truth
    causes: list[CauseShown]
    """Triggers first."""
    time: str
    time_ms: int
    since: str | None
    since_ms: int | None
    """Since when its trigger is true without a break."""
    waits_until: str | None
    waits_until_ms: int | None
    """When `for_s` is over."""
    cooldown_until: str | None
    cooldown_until_ms: int | None
    next: str | None
    next_ms: int | None
    """The next moment of its schedule."""
    simulated: bool


class ActShown(msgspec.Struct, frozen=True, kw_only=True):
    """One action and what became of it."""

    text: str
    kind: str
    outcome: ActOutcome
    detail: str
    command: str
    """The id of the command it became."""
    command_status: CommandStatus | None
    """Where that is now; null: it became none, or one that is long over."""
    timer: str
    over: str
    """Who held the actuator, or was overruled."""


class FiringShown(msgspec.Struct, frozen=True, kw_only=True):
    """A rule has fired: why, and what was done."""

    id: str
    rule: str
    rule_name: str
    version: int
    part: Part
    mode: Mode
    time: str
    time_ms: int
    """By the rule's own time: when what caused it was measured, or was due."""
    noted: str
    noted_ms: int
    why: str
    causes: list[CauseShown]
    """The trigger first."""
    since: str | None
    since_ms: int | None
    acts: list[ActShown]
    outcome: ActOutcome
    """The worst of its actions'."""
    depth: int
    """How many rules lie before it."""
    correlation: str
    simulated: bool


class TimerShown(msgspec.Struct, frozen=True, kw_only=True):
    """Something to be done at a moment."""

    id: str
    name: str
    rule: str
    rule_name: str
    firing: str
    text: str
    """What it does, in words."""
    state: TimerState
    armed: str
    armed_ms: int
    due: str
    due_ms: int
    left_s: float | None
    """null: it has ended."""
    ended: str | None
    ended_ms: int | None
    detail: str
    catch_up: CatchUp
    priority: int
    actuator: str
    shadow: bool
    """Of a rule in shadow: it does nothing."""
    correlation: str
    simulated: bool


class SceneShown(msgspec.Struct, frozen=True, kw_only=True):
    """Several things done at once under one name."""

    id: str
    name: str
    text: str
    then: list[SceneThing]
    created_at: str
    simulated: bool


class RuleReplayShown(msgspec.Struct, frozen=True, kw_only=True, rename={"from_text": "from", "to_text": "to"}):
    """Whether the same evaluator, fed what was stored, fires as it did."""

    from_text: str
    from_ms: int
    to_text: str
    to_ms: int
    live: int
    replayed: int
    same: bool
    differences: list[str]
    """The first 20, in words."""
    not_comparable: str
    """Why a part of it cannot be compared, such as a clock that was set; empty: all of it can."""


class RuleExport(msgspec.Struct, frozen=True, kw_only=True):
    """All rules and scenes, as import takes them."""

    format: int
    rules: list[Carried]
    scenes: dict[str, SceneDraft]
    """By id."""
