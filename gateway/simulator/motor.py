"""The motor of a window: it takes its time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

_TICK_S = 0.2
_PCT_PER_TICK = 3.0


class Move(msgspec.Struct, frozen=True):
    """Where to, and the order it answers (empty: nobody waits for an answer)."""

    target_pct: float
    order: str = ""
    decided: bool = False
    """The order was an automatic decision, not a person's or a rule's command."""


class Motor:
    """Moves at 15 % a second towards the latest order; an earlier one that was on its way has failed.

    `placed` is told every position, `ended` each move and whether it arrived.
    """

    def __init__(self, placed: Callable[[float], None], ended: Callable[[Move, bool], None]) -> None:
        self._placed = placed
        self._ended = ended
        self._move: Move | None = None
        self._changed = asyncio.Event()
        self.position_pct = 0.0

    def go(self, move: Move) -> None:
        """Start towards `move.target_pct`, which is kept within 0 to 100."""
        if self._move is not None:
            self._ended(self._move, False)
        self._move = move
        self._changed.set()

    async def run(self) -> None:
        """Keep moving to where it should be, for ever."""
        while True:
            await self._changed.wait()
            move = self._move
            if move is None or self._step(move):
                self._move = None
                self._changed.clear()
                if move is not None:
                    self._ended(move, True)
            else:
                await asyncio.sleep(_TICK_S)

    def _step(self, move: Move) -> bool:
        """One tick; whether it has arrived."""
        target_pct = min(100.0, max(0.0, move.target_pct))
        way_pct = target_pct - self.position_pct
        if not way_pct:
            return True
        self.position_pct += min(_PCT_PER_TICK, max(-_PCT_PER_TICK, way_pct))
        self._placed(self.position_pct)
        return False
