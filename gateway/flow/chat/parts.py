"""What conversations ask and move: parts of the gateway, handed over by whoever makes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, tzinfo
from typing import Protocol

import msgspec

from ...core.ports.assistant import Assistant
from ...core.ports.decisions import DecisionArchive
from ...core.ports.gatekeeper import Auditor
from ...core.ports.rules import RuleArchive
from ...core.ports.store import History
from ...core.rules.words import Names
from ..alerts.book import AlertBook
from ..anomalies.episodes import Episodes
from ..assignments import Assignments
from ..bus import Bus
from ..commands import Commands
from ..decide.overrides import Overrides
from ..health.health import Health
from ..home import Home
from ..plants import Plants
from ..registry import Registry
from ..rules.backtest import Backtest
from ..rules.book import Rules
from ..rules.doing import Doing
from ..rules.live import Live
from ..rules.scenes import SceneBook
from ..shadows import Shadows
from ..timers.timers import Timers
from ..values import Values
from ..watch import Watch


class Manners(Protocol):
    """How people are spoken with; `[language]` of the configuration fulfils it."""

    @property
    def enabled(self) -> bool:
        """Whether sentences are understood at all."""

    @property
    def act_at_once(self) -> bool:
        """False: every order is asked about first."""

    @property
    def night_from(self) -> str:
        """`HH:MM`."""

    @property
    def night_to(self) -> str:
        """`HH:MM`."""


class Well(Protocol):
    """How one part of the gateway is."""

    @property
    def ok(self) -> bool:
        """Whether it does what it is for."""

    @property
    def detail(self) -> str:
        """For everybody to read."""


class HouseParts(msgspec.Struct, frozen=True, kw_only=True):
    """The home and its devices."""

    registry: Registry
    home: Home
    assignments: Assignments
    values: Values
    plants: Plants
    watch: Watch
    commands: Commands
    shadows: Shadows
    history: History


class RuleTalkParts(msgspec.Struct, frozen=True, kw_only=True):
    """Rules, timers and scenes."""

    rules: Rules
    scenes: SceneBook
    live: Live
    timers: Timers
    backtest: Backtest
    archive: RuleArchive
    names: Names
    doing: Doing


class ChatParts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything. What is None is not there; then sentences about it are answered so."""

    settings: Manners
    house: HouseParts
    bus: Bus
    trail: Auditor
    clock: Callable[[], int]
    clock_known: Callable[[], bool] = lambda: True
    zone: tzinfo = UTC
    sun: bool = False
    """Whether it is known where the site is."""
    rules: RuleTalkParts | None = None
    overrides: Overrides | None = None
    decisions: DecisionArchive | None = None
    alerts: AlertBook | None = None
    episodes: Episodes | None = None
    health: Health | None = None
    wellbeing: Callable[[], Mapping[str, Well]] = dict
    """How the gateway's parts are, by name."""
    assistant: Callable[[], Assistant | None] = lambda: None
