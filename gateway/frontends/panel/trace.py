"""One reading, message or request, followed to whatever it caused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from ...core.access import Scope
from ...core.errors import NotFound
from ...core.messages import Reading
from ...core.ports.alerts import AlertArchive
from ...core.ports.rules import RuleArchive
from ...core.ports.store import History
from ...flow.anomalies.episodes import Episodes
from ...flow.commands import Commands
from ...flow.decide.decide import Decide
from .parts import Parts
from .quality_names import quality_names
from .routes import Route, Who
from .times import to_text
from .typed import Asked, NoBody, NoQuery, op

_MOST = 500
_SAID = "chat.said"
"""In the trail: that somebody said something, and what it was taken for; everybody may follow that."""


class TraceStep(msgspec.Struct, frozen=True):
    """Something that was caused. `what` names the log it is from: `event`, `audit`, …"""

    what: str
    time: str
    time_ms: int
    kind: str
    who: str
    """The device or the principal."""
    text: str
    simulated: bool = False


class Source(msgspec.Struct, frozen=True):
    """Where steps come from, and the scope it takes to see them."""

    scope: Scope
    steps: Callable[[str], Awaitable[list[TraceStep]]]


class ReadingShown(msgspec.Struct, frozen=True):
    """The reading that a correlation id names."""

    device: str
    boot: str
    seq: int
    time: str
    time_ms: int
    values: dict[str, float]
    quality: dict[str, tuple[str, ...]]
    """By metric; only those with something wrong."""
    simulated: bool


class TraceShown(msgspec.Struct, frozen=True):
    """Answer to GET /api/trace/{correlation}: the steps in the order in which they happened."""

    correlation: str
    reading: ReadingShown | None
    steps: list[TraceStep]


class Trace:
    """GET /api/trace/{correlation}. What causes something new adds a source to `sources`."""

    def __init__(self, parts: Parts) -> None:
        self._history = parts.history
        self._registry = parts.registry
        simulated, insight, rules = parts.registry.simulated, parts.automation.insight, parts.automation.rules
        self._sources = (
            *sources(parts.history, simulated),
            commands(parts.home.commands, simulated),
            decisions(parts.automation.decide),
            *(() if insight is None else (anomalies(insight.episodes),)),
            *(() if rules is None else (firings(rules.archive),)),
            *(() if parts.outward is None else (alerts(parts.outward.archive),)),
        )

    def routes(self) -> list[Route]:
        """What is served."""
        return [op("GET", "/trace/{correlation:.+}", Who.READ, self._get, "What a reading, message or request caused")]

    async def _get(self, asked: Asked[NoQuery, NoBody]) -> TraceShown:
        correlation, scope = asked.path["correlation"], asked.caller.scope
        seen = [source for source in self._sources if scope is not None and scope.includes(source.scope)]
        reading = await self._reading(correlation)
        found = await asyncio.gather(*(source.steps(correlation) for source in seen))
        steps = sorted((step for some in found for step in some), key=lambda step: step.time_ms)
        if reading is None and not steps:
            raise NotFound(f"nothing is known of {correlation}")
        return TraceShown(correlation, reading, steps)

    async def _reading(self, correlation: str) -> ReadingShown | None:
        device, _, rest = correlation.partition("/")
        boot, _, seq = rest.rpartition("/")
        if not boot or not seq.isdecimal() or len(seq) > 16:
            return None
        found = await self._history.reading(device, "" if boot == "-" else boot, int(seq))
        return None if found is None else self._shown(found)

    def _shown(self, reading: Reading) -> ReadingShown:
        return ReadingShown(
            reading.device,
            reading.boot,
            reading.seq,
            to_text(reading.time_ms),
            reading.time_ms,
            reading.values,
            {metric: quality_names(bits) for metric, bits in reading.quality.items() if bits},
            self._registry.simulated(reading.device),
        )


def sources(history: History, simulated: Callable[[str], bool]) -> tuple[Source, ...]:
    """Every log that remembers what caused its entries."""

    async def events(correlation: str) -> list[TraceStep]:
        return [
            TraceStep(
                "event", to_text(event.time_ms), event.time_ms, event.kind, event.device, event.reason, event.simulated
            )
            for event in reversed(await history.happened(_MOST, correlation=correlation))
        ]

    async def audit(correlation: str) -> list[TraceStep]:
        return [
            TraceStep("audit", to_text(entry.time_ms), entry.time_ms, entry.kind, entry.who, entry.detail)
            for entry in reversed(await history.audit(_MOST, correlation=correlation))
            if entry.kind != _SAID
        ]

    async def said(correlation: str) -> list[TraceStep]:
        return [
            TraceStep("say", to_text(entry.time_ms), entry.time_ms, entry.kind, entry.who, entry.detail)
            for entry in reversed(await history.audit(_MOST, kind=_SAID, correlation=correlation))
        ]

    async def quarantine(correlation: str) -> list[TraceStep]:
        return [
            TraceStep(
                "quarantine",
                to_text(kept.time_ms),
                kept.time_ms,
                "message.quarantined",
                kept.device,
                kept.reason,
                simulated(kept.device),
            )
            for kept in (entry.message for entry in await history.quarantine(_MOST, correlation))
        ]

    open_to_all = (Source(Scope.READ, steps) for steps in (events, quarantine, said))
    return *open_to_all, Source(Scope.ADMIN, audit)


def commands(known: Commands, simulated: Callable[[str], bool]) -> Source:
    """What became of the commands that were asked for."""

    async def steps(correlation: str) -> list[TraceStep]:
        return [
            TraceStep(
                "command",
                to_text(step.time_ms),
                step.time_ms,
                f"command.{step.status}",
                command.device,
                ": ".join(text for text in (command.verb, step.detail) if text),
                simulated(command.device),
            )
            for command in reversed(await known.caused(correlation))
            for step in command.steps
        ]

    return Source(Scope.READ, steps)


def decisions(known: Decide) -> Source:
    """What was decided about windows."""

    async def steps(correlation: str) -> list[TraceStep]:
        return [
            TraceStep(
                "decision",
                to_text(decision.time_ms),
                decision.time_ms,
                f"window.{decision.outcome}",
                decision.device,
                "; ".join(text for text in (decision.why, decision.detail) if text),
                decision.simulated,
            )
            for decision in reversed(await known.caused(correlation))
        ]

    return Source(Scope.READ, steps)


def anomalies(known: Episodes) -> Source:
    """What was not as usual, from the reading that showed it first; its end is in the event log."""

    async def steps(correlation: str) -> list[TraceStep]:
        return [
            TraceStep(
                "anomaly",
                to_text(episode.opened_ms),
                episode.opened_ms,
                f"anomaly.{episode.nature}",
                episode.device or episode.asset,
                episode.reason,
                episode.simulated,
            )
            for episode in reversed(await known.history(limit=_MOST, correlation=correlation))
        ]

    return Source(Scope.READ, steps)


def firings(known: RuleArchive) -> Source:
    """What rules did because of it; what became of their commands is told by those."""

    async def steps(correlation: str) -> list[TraceStep]:
        return [
            TraceStep(
                "rule",
                to_text(firing.noted_ms),
                firing.noted_ms,
                f"rule.{firing.outcome}",
                firing.rule,
                "; ".join(text for text in (firing.why, *(act.detail for act in firing.acts)) if text),
                firing.simulated,
            )
            for firing in reversed(await known.firings(limit=_MOST, correlation=correlation))
        ]

    return Source(Scope.READ, steps)


def alerts(known: AlertArchive) -> Source:
    """What people were to know because of it, and until when."""

    async def steps(correlation: str) -> list[TraceStep]:
        found = []
        for alert in reversed(await known.alerts(limit=_MOST, correlation=correlation)):
            who = alert.device or alert.asset
            told = (
                (alert.opened_ms, f"alert.{alert.kind}", f"{alert.title}: {alert.text}"),
                (alert.acked_ms, "alert.acked", f"by {alert.acked_by}"),
                (alert.over_ms, "alert.over", alert.over_text),
            )
            found += [
                TraceStep("alert", to_text(time_ms), time_ms, kind, who, text, alert.simulated)
                for time_ms, kind, text in told
                if time_ms is not None
            ]
        return found

    return Source(Scope.READ, steps)
