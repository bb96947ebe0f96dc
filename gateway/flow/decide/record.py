"""The decisions of late, at hand; the archive has them all."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from msgspec.structs import replace

from ...core.decisions import OUTCOMES, Decision, Outcome
from ...core.errors import NotFound, StoreError
from ...core.messages import ClockSet
from ...core.ports.decisions import DecisionArchive, DecisionMoved, kept
from ...core.ports.store import Writer

MOST = 64
"""At hand of one window."""
RECALLED = 1000
"""Read at start."""


class Records:
    """Written down as they are made; a decision that the disk has refused stays at hand alone."""

    def __init__(self, writer: Writer, archive: DecisionArchive, simulated: Callable[[str], bool]) -> None:
        self._writer = writer
        self._archive = archive
        self._simulated = simulated
        self._known: dict[str, Decision] = {}
        self._of: dict[str, deque[str]] = {}
        self._unsettled: dict[str, None] = {}

    async def load(self) -> None:
        """The newest of earlier runs. Raises StoreError."""
        for decision in (await self._archive.decisions(limit=RECALLED))[::-1]:
            self._remember(self._marked(decision))

    def add(self, decision: Decision) -> None:
        """A new one: at hand at once, on the disk as soon as it can be."""
        self._remember(decision)
        self._unsettled[decision.id] = None
        self._writer.submit((kept(decision),), _Settled(self._unsettled, decision.id))

    def show(self, decision: Decision) -> None:
        """One that is not decided yet: at hand alone."""
        self._remember(decision)
        self._unsettled[decision.id] = None

    def moved(self, decision: Decision, outcome: Outcome, detail: str) -> Decision:
        """What became of one."""
        after = replace(decision, outcome=outcome, detail=detail)
        if decision.id in self._known:
            self._known[decision.id] = after
        self._writer.submit((DecisionMoved(decision.id, OUTCOMES[outcome], detail),))
        return after

    def find(self, decision_id: str) -> Decision | None:
        """One of those at hand."""
        return self._known.get(decision_id)

    def of(self, device: str) -> list[Decision]:
        """Those at hand of a window, newest first."""
        return [self._known[decision_id] for decision_id in reversed(self._of.get(device, ()))]

    async def get(self, decision_id: str) -> Decision:
        """One, however old. Raises NotFound, StoreError."""
        found = self._known.get(decision_id) or await self._archive.decision(decision_id)
        if found is None:
            raise NotFound(f"There is no decision {decision_id}.")
        return self._marked(found)

    async def history(
        self, device: str = "", limit: int = 50, before: str = "", correlation: str = ""
    ) -> list[Decision]:
        """Newest first, older than the decision `before`. Raises StoreError."""
        waiting = list(self._unsettled)
        if before in self._unsettled:
            waiting, before = waiting[: waiting.index(before)], ""
        elif before:
            waiting = []
        archived = await self._archive.decisions(device, limit, before, correlation)
        there = {decision.id for decision in archived}
        fresh = [self._known[decision_id] for decision_id in reversed(waiting) if decision_id in self._known]
        wanted = [
            decision
            for decision in fresh
            if decision.id not in there
            and device in ("", decision.device)
            and correlation in ("", decision.correlation)
        ]
        return [self._marked(self._known.get(one.id, one)) for one in (*wanted, *archived)][:limit]

    def forget(self, device: str) -> None:
        """The device is gone; the store erases what is on the disk."""
        for decision_id in self._of.pop(device, ()):
            self._known.pop(decision_id, None)
            self._unsettled.pop(decision_id, None)

    def re_date(self, event: ClockSet) -> None:
        """The clock was set; in the store the same moves with the notes."""
        if event.redates:
            self._known = {
                decision_id: replace(decision, time_ms=event.moved(decision.time_ms))
                for decision_id, decision in self._known.items()
            }

    def _remember(self, decision: Decision) -> None:
        if decision.id not in self._known:
            ids = self._of.setdefault(decision.device, deque())
            ids.append(decision.id)
            if len(ids) > MOST:
                self._known.pop(ids.popleft(), None)
        self._known[decision.id] = decision

    def _marked(self, decision: Decision) -> Decision:
        """Whether it is simulated follows from its device."""
        simulated = self._simulated(decision.device)
        return decision if decision.simulated == simulated else replace(decision, simulated=simulated)


class _Settled:
    """The archive knows of it now, or never will."""

    def __init__(self, unsettled: dict[str, None], decision_id: str) -> None:
        self._unsettled = unsettled
        self._id = decision_id

    def settled(self, error: StoreError | None) -> None:
        self._unsettled.pop(self._id, None)
