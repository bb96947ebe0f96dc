"""The fusion model behind the series: loaded when there is first something to ask, so that a quiet house never does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from ...core.anomaly.scoring import Fuse
from ...core.ports.models import RowModel
from ..later import Later


class Seat(Protocol):
    """Who is asked; `model_rows.RowSeat` fulfils it."""

    @property
    def active(self) -> RowModel | None:
        """The version in use; None: none works."""

    def ask(self, row: Sequence[float]) -> tuple[float, ...] | None:
        """Its answer; None: it has none to this row, and whoever asks does without."""


class Fusion:
    """Asks the seat that `load` gives, once it is there. Fulfils Fusing."""

    def __init__(self, load: Callable[[], Awaitable[Seat]]) -> None:
        self.failed = False
        self._load = load
        self._seat: Seat | None = None
        self._wanted = False
        self._later = Later()

    @property
    def label(self) -> str:
        """Which one judges; empty: the formula."""
        active = None if self._seat is None else self._seat.active
        return "" if active is None else active.label

    def fuse(self) -> Fuse | None:
        """The way to ask it; None: there is none, or not yet."""
        self.failed = False
        return None if self._seat is None or self._seat.active is None else self._ask

    def want(self) -> None:
        """There is something to ask: load it, beside everything else."""
        if not self._wanted:
            self._wanted = True
            self._later.do(self._fetch(), "the model behind the series is not loaded")

    async def _fetch(self) -> None:
        try:
            self._seat = await self._load()
        finally:
            self._wanted = self._seat is not None

    def _ask(self, features: Sequence[float]) -> float:
        answer = None if self._seat is None else self._seat.ask(features)
        self.failed = answer is None
        return 0.0 if answer is None else answer[0]
