"""Which sequence numbers of one boot have come: what is missing, what comes again."""

from __future__ import annotations

from enum import Enum

_MOST_GAPS = 32
"""Kept apart; beyond that the oldest is given up: counted as missing for good, unsure when it comes after all."""


class Seen(Enum):
    """What a sequence number is beside those before it."""

    NEXT = "next"
    """Above all others."""
    FILLED = "filled"
    """Below the newest, but it had not come yet."""
    AGAIN = "again"
    """It is known already."""
    UNSURE = "unsure"
    """Below the newest, from before anything is remembered: it may be new or come again."""


class Sequence:
    """The numbers of one boot, in bounded memory. `last` and those below may be from an earlier run (-1: none are)."""

    __slots__ = ("_floor", "_gaps", "_given_up", "last")

    def __init__(self, last: int = -1) -> None:
        self.last = last
        """The highest known; -1: none."""
        self._floor = last + 1
        self._gaps: list[tuple[int, int]] = []
        self._given_up = 0

    @property
    def missing(self) -> int:
        """How many between the first and the last number have not come, as far as it is known here."""
        return self._given_up + sum(high - low + 1 for low, high in self._gaps)

    def take(self, seq: int) -> Seen:
        """It has come."""
        last = self.last
        if seq > last:
            if last < 0:
                self._floor = seq
            elif seq > last + 1:
                self._open(last + 1, seq - 1)
            self.last = seq
            return Seen.NEXT
        return self._below(seq)

    def _below(self, seq: int) -> Seen:
        for index in range(len(self._gaps) - 1, -1, -1):
            low, high = self._gaps[index]
            if low <= seq <= high:
                self._gaps[index : index + 1] = [(a, b) for a, b in ((low, seq - 1), (seq + 1, high)) if a <= b]
                self._bound()
                return Seen.FILLED
        return Seen.AGAIN if seq >= self._floor else Seen.UNSURE

    def _open(self, low: int, high: int) -> None:
        self._gaps.append((low, high))
        self._bound()

    def _bound(self) -> None:
        if len(self._gaps) > _MOST_GAPS:
            low, high = self._gaps.pop(0)
            self._given_up += high - low + 1
            self._floor = high + 1
