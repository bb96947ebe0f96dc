"""The motor of a window: it takes its time, and neither starts nor stops with a jerk."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

import msgspec

TICK_S = 0.1
SPEED_PCT_S = 15.0
GAIN_PCT_S2 = 15.0
"""How much faster or slower it gets in a second."""
_GAIN_PCT_S = GAIN_PCT_S2 * TICK_S
"""The same in one tick."""


class Move(msgspec.Struct, frozen=True):
    """Where to, and the order it answers (empty: nobody waits for an answer)."""

    target_pct: float
    order: str = ""
    decided: bool = False
    """The order was an automatic decision, not a person's or a rule's command."""


class Motor:
    """Moves towards the latest order; an earlier one that was on its way has failed.

    It speeds up, runs and brakes, also when it has to turn round: 0 to 100 % takes 7.7 s.
    `placed` is told every position, `ended` each move and whether it arrived.
    """

    def __init__(self, placed: Callable[[float], None], ended: Callable[[Move, bool], None]) -> None:
        self._placed = placed
        self._ended = ended
        self._move: Move | None = None
        self._changed = asyncio.Event()
        self._speed_pct_s = 0.0
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
                await asyncio.sleep(TICK_S)

    def _step(self, move: Move) -> bool:
        """One tick; whether it has arrived."""
        target_pct = min(100.0, max(0.0, move.target_pct))
        way_pct = target_pct - self.position_pct
        if not way_pct and not self._speed_pct_s:
            return True
        self._speed_pct_s = _next_speed(self._speed_pct_s, way_pct)
        step_pct = self._speed_pct_s * TICK_S
        slow = abs(self._speed_pct_s) <= 2.0 * _GAIN_PCT_S
        if slow and step_pct * way_pct >= 0.0 and abs(step_pct) >= abs(way_pct):
            self.position_pct, self._speed_pct_s = target_pct, 0.0
        else:
            self._advance(step_pct)
        self._placed(self.position_pct)
        return False

    def _advance(self, step_pct: float) -> None:
        self.position_pct += step_pct
        if not 0.0 < self.position_pct < 100.0:
            self.position_pct = min(100.0, max(0.0, self.position_pct))
            self._speed_pct_s = 0.0


def _next_speed(speed_pct_s: float, way_pct: float) -> float:
    """The speed after one tick: the fastest from which it still stops in time, or as near to that as it gets."""
    half = _GAIN_PCT_S / 2.0
    stopping = math.sqrt(half * half + 2.0 * GAIN_PCT_S2 * abs(way_pct)) - half
    wanted = math.copysign(min(SPEED_PCT_S, stopping), way_pct)
    return speed_pct_s + min(_GAIN_PCT_S, max(-_GAIN_PCT_S, wanted - speed_pct_s))
