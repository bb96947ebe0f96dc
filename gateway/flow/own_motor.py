"""The window servo of this machine: it moves evenly, and one order at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

TICK_S = 0.1
SPEED_PCT_S = 15.0
_SAY_TICKS = 10


class Move(msgspec.Struct, frozen=True):
    """Where to, in percent open, and the id of the order it answers."""

    target_pct: float
    order: str


class OwnMotor:
    """Moves towards the newest order; the one before has failed.

    `servo` is told every step, `said` where it is once a second and at the end, `ended` (order, whether it got there).
    """

    def __init__(
        self,
        servo: Callable[[float], None],
        said: Callable[[float], None],
        ended: Callable[[str, bool], None],
        position_pct: float | None = None,
    ) -> None:
        self.position_pct = position_pct
        """None: not known before the first order."""
        self._servo = servo
        self._said = said
        self._ended = ended
        self._move: Move | None = None
        self._wake = asyncio.Event()

    def go(self, move: Move) -> None:
        """Start towards it."""
        before, self._move = self._move, move
        self._wake.set()
        if before is not None:
            self._ended(before.order, False)

    async def run(self) -> None:
        """Follow the orders, until cancelled."""
        ticks = 0
        while True:
            await self._wake.wait()
            move = self._move
            if move is None:
                self._wake.clear()
            elif self._step(move):
                ticks = 0
                self._move = None
                self._said(move.target_pct)
                self._ended(move.order, True)
            else:
                ticks += 1
                if ticks % _SAY_TICKS == 0 and self.position_pct is not None:
                    self._said(self.position_pct)
                await asyncio.sleep(TICK_S)

    def _step(self, move: Move) -> bool:
        """One tick; whether it is there. From nobody knows where it goes at once, as fast as the servo is."""
        here = move.target_pct if self.position_pct is None else self.position_pct
        most = SPEED_PCT_S * TICK_S
        self.position_pct = here + max(-most, min(most, move.target_pct - here))
        self._servo(self.position_pct)
        return self.position_pct == move.target_pct
