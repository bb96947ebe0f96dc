"""Small stand-ins for what lies behind the ports; they keep the ports' promises."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from gateway.core.commands import CODES, Command, CommandStatus, Step, with_step
from gateway.core.decisions import Decision, Override
from gateway.core.errors import StoreError
from gateway.core.insight import Baseline, Episode
from gateway.core.ports.decisions import DecisionKept, DecisionMoved, OverrideKept, decided, overridden
from gateway.core.ports.documents import Document
from gateway.core.ports.insight import (
    BaselineKept,
    EpisodeKept,
    HealthKept,
    KeptAnomalies,
    baseline_of,
    episode_of,
)
from gateway.core.ports.orders import CommandKept, CommandStep, DesiredKept, ReportedKept
from gateway.core.ports.store import Change, Receipt
from gateway.core.shadow import Shadow

START_MS = 1_767_787_200_000
"""2026-01-07T12:00:00Z."""


class FixedClock:
    """UTC milliseconds that pass only when told to."""

    def __init__(self, now_ms: int = START_MS) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        return self.now_ms

    def advance(self, *, ms: int = 0, s: float = 0, minutes: float = 0, days: float = 0) -> int:
        """Let time pass."""
        self.now_ms += ms + round(s * 1000 + minutes * 60_000 + days * 86_400_000)
        return self.now_ms


STATUSES = {code: status for status, code in CODES.items()}


class MemoryDocuments:
    """Documents in memory. `fail_after` counts down the changes that still succeed."""

    def __init__(self) -> None:
        self.collections: dict[str, dict[str, Document]] = {}
        self.fail_after: int | None = None

    def all(self, collection: str) -> dict[str, Document]:
        return copy.deepcopy(self.collections.get(collection, {}))

    async def put(self, collection: str, key: str, document: Document) -> None:
        self._change()
        self.collections.setdefault(collection, {})[key] = copy.deepcopy(document)

    async def delete(self, collection: str, key: str) -> None:
        self._change()
        self.collections.get(collection, {}).pop(key, None)

    async def change(self, collection: str, put: Mapping[str, Document], delete: Collection[str] = ()) -> None:
        self._change()
        known = self.collections.setdefault(collection, {})
        for key in delete:
            known.pop(key, None)
        known.update(copy.deepcopy(dict(put)))

    def _change(self) -> None:
        if self.fail_after is not None:
            if self.fail_after <= 0:
                raise StoreError("the disk is gone")
            self.fail_after -= 1


class MemoryWriter:
    """A writer whose disk is instant: receipts are settled before `submit` returns. `error` makes it fail."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.error: StoreError | None = None
        self.congested = False
        self._relieved: list[Callable[[], None]] = []

    def submit(self, changes: Sequence[Change], receipt: Receipt | None = None) -> None:
        if self.error is None:
            self.changes.extend(changes)
        if receipt is not None:
            receipt.settled(self.error)

    def when_relieved(self, callback: Callable[[], None]) -> None:
        if self.congested:
            self._relieved.append(callback)
        else:
            callback()

    def relieve(self) -> None:
        """No longer congested: tell everybody who waits."""
        self.congested = False
        waiting, self._relieved = self._relieved, []
        for callback in waiting:
            callback()


class MemoryOrders:
    """Reads commands and shadows back from what a MemoryWriter was given."""

    def __init__(self, writer: MemoryWriter) -> None:
        self._writer = writer

    def _commands(self) -> list[Command]:
        found: dict[str, Command] = {}
        for change in self._writer.changes:
            if isinstance(change, CommandKept) and change.id not in found:
                first = Step(CommandStatus.QUEUED, change.created_ms)
                args = msgspec.json.decode(change.args)
                said = (
                    change.created_ms,
                    change.expires_ms,
                    change.who,
                    change.correlation,
                    change.boot,
                    change.hardware,
                )
                found[change.id] = Command(change.id, change.device, change.verb, args, *said, (first,))
            elif isinstance(change, CommandStep) and change.id in found:
                step = Step(STATUSES[change.status], change.time_ms, change.detail)
                found[change.id] = with_step(found[change.id], step)
        return list(found.values())

    async def open_commands(self) -> list[Command]:
        return [command for command in self._commands() if command.open or command.status is CommandStatus.EXPIRED]

    async def commands(
        self, device: str = "", limit: int = 50, before: str = "", correlation: str = ""
    ) -> list[Command]:
        known = self._commands()
        ids = [command.id for command in known]
        end = ids.index(before) if before in ids else len(ids)
        return [
            command
            for command in known[:end][::-1]
            if device in ("", command.device) and correlation in ("", command.correlation)
        ][:limit]

    async def command(self, command_id: str) -> Command | None:
        return next((command for command in self._commands() if command.id == command_id), None)

    async def shadows(self) -> list[Shadow]:
        found: dict[str, Shadow] = {}
        for change in self._writer.changes:
            if isinstance(change, DesiredKept):
                known = found.get(change.device, Shadow(change.device))
                if change.version > known.desired_version:
                    state, at = msgspec.json.decode(change.state), change.time_ms
                    found[change.device] = replace(
                        known, desired_version=change.version, desired=state, desired_ms=at, desired_by=change.by
                    )
            elif isinstance(change, ReportedKept):
                known = found.get(change.device, Shadow(change.device))
                state, at = msgspec.json.decode(change.state), change.time_ms
                found[change.device] = replace(
                    known, reported_version=change.version, reported=state, reported_ms=at, hardware=change.hardware
                )
        return list(found.values())


class MemoryDecisions:
    """Reads decisions and overrides back from what a MemoryWriter was given."""

    def __init__(self, writer: MemoryWriter) -> None:
        self._writer = writer

    def _decisions(self) -> list[Decision]:
        found: dict[str, DecisionKept] = {}
        for change in self._writer.changes:
            if isinstance(change, DecisionKept):
                found.setdefault(change.id, change)
            elif isinstance(change, DecisionMoved) and change.id in found:
                found[change.id] = replace(found[change.id], outcome=change.outcome, detail=change.detail)
        return [decided(kept) for kept in found.values()]

    async def decisions(
        self, device: str = "", limit: int = 50, before: str = "", correlation: str = ""
    ) -> list[Decision]:
        known = self._decisions()
        ids = [decision.id for decision in known]
        end = ids.index(before) if before in ids else len(ids)
        return [
            decision
            for decision in known[:end][::-1]
            if device in ("", decision.device) and correlation in ("", decision.correlation)
        ][:limit]

    async def decision(self, decision_id: str) -> Decision | None:
        return next((decision for decision in self._decisions() if decision.id == decision_id), None)

    async def overrides(self, device: str = "") -> list[Override]:
        found: dict[str, OverrideKept] = {}
        for change in self._writer.changes:
            if isinstance(change, OverrideKept):
                first = found.setdefault(change.id, change)
                found[change.id] = replace(
                    first,
                    until_ms=change.until_ms,
                    learnt=change.learnt,
                    revoked_ms=change.revoked_ms,
                    ended_ms=change.ended_ms,
                )
        return [overridden(kept) for kept in found.values() if device in ("", kept.device)]


class MemoryInsight:
    """Reads episodes, baselines and days of health back from what a MemoryWriter was given."""

    def __init__(self, writer: MemoryWriter) -> None:
        self._writer = writer

    def _episodes(self) -> list[Episode]:
        found = {change.id: change for change in self._writer.changes if isinstance(change, EpisodeKept)}
        return sorted((episode_of(kept) for kept in found.values()), key=lambda one: one.opened_ms)

    async def episodes(
        self,
        *,
        asset: str = "",
        device: str = "",
        from_ms: int | None = None,
        to_ms: int | None = None,
        open_only: bool = False,
        limit: int = 100,
        before: str = "",
        correlation: str = "",
    ) -> list[Episode]:
        known = self._episodes()
        ids = [episode.id for episode in known]
        end = ids.index(before) if before in ids else len(ids)
        since, until = -(1 << 62) if from_ms is None else from_ms, 1 << 62 if to_ms is None else to_ms
        return [
            episode
            for episode in known[:end][::-1]
            if asset in ("", episode.asset)
            and device in ("", episode.device)
            and episode.over(since, until)
            and (episode.is_open or not open_only)
            and correlation in ("", episode.correlation)
        ][:limit]

    async def episode(self, episode_id: str) -> Episode | None:
        return next((episode for episode in self._episodes() if episode.id == episode_id), None)

    async def judged(self, since_ms: int) -> list[Episode]:
        return [one for one in self._episodes() if one.verdict or one.is_open or one.opened_ms >= since_ms]

    async def baselines(self, asset: str = "") -> list[Baseline]:
        found = {change.id: change for change in self._writer.changes if isinstance(change, BaselineKept)}
        known = [baseline_of(kept) for kept in found.values() if asset in ("", kept.asset)]
        return sorted(known, key=lambda one: -one.asked_ms)

    async def health(self, asset: str = "") -> list[HealthKept]:
        said = [change for change in self._writer.changes if isinstance(change, HealthKept)]
        found = {(one.asset, one.recipe, one.day): one for one in said if asset in ("", one.asset)}
        return sorted(found.values(), key=lambda one: one.day)


class MemoryAnomalyMemory:
    """Keeps what was learnt in memory."""

    def __init__(self) -> None:
        self.kept = KeptAnomalies()
        self.saves = 0

    def load(self) -> KeptAnomalies:
        return self.kept

    def save(self, kept: KeptAnomalies) -> int:
        self.kept, self.saves = kept, self.saves + 1
        return len(msgspec.msgpack.encode(kept))


class MemoryPost:
    """Sends messages nowhere and remembers them; `there` are the devices that are connected."""

    def __init__(self) -> None:
        self.there: set[str] = set()
        self.handed: list[tuple[str, str, bytes]] = []
        self.published: list[tuple[str, bytes, int, bool]] = []

    def hand(self, device: str, topic: str, payload: bytes) -> bool:
        if device not in self.there:
            return False
        self.handed.append((device, topic, payload))
        return True

    def publish(
        self, topic: str, payload: bytes, qos: int = 0, retain: bool = False, receipt: Receipt | None = None
    ) -> None:
        self.published.append((topic, payload, qos, retain))
        if receipt is not None:
            receipt.settled(None)
