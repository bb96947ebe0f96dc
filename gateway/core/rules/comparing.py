"""Comparisons of one figure with their latches. Pure.

Truths are 1 (true), 0 (false) and -1 (unknown).
"""

from __future__ import annotations

from math import inf

import msgspec

from .firing import Truth
from .sources import Operator

NAMES: dict[int, Truth] = {1: "true", 0: "false", -1: "unknown"}
EMPTY = (inf, -inf)
"""A band in which nothing is."""


class Test(msgspec.Struct, frozen=True):
    """Whether a figure compares so; `hysteresis` holds it true once it is."""

    operator: Operator | str
    value: float
    high: float = 0.0
    hysteresis: float = 0.0

    def settle(self, figure: float, truth: int) -> int:
        """What it is now that it was `truth`."""
        slack = self.hysteresis if truth == 1 else 0.0
        match self.operator:
            case ">":
                return int(figure > self.value - slack)
            case ">=":
                return int(figure >= self.value - slack)
            case "<":
                return int(figure < self.value + slack)
            case "<=":
                return int(figure <= self.value + slack)
            case "==":
                return int(figure == self.value)
            case "!=":
                return int(figure != self.value)
            case _:
                return int(self.value - slack <= figure < self.high + slack)

    def band(self, figure: float, truth: int) -> tuple[float, float]:
        """Borders between which it stays `truth`, which it is of this figure."""
        if truth < 0:
            return EMPTY
        slack = self.hysteresis if truth == 1 else 0.0
        match self.operator:
            case ">" | ">=":
                return (self.value - slack, inf) if truth else (-inf, self.value)
            case "<" | "<=":
                return (-inf, self.value + slack) if truth else (self.value, inf)
            case "==" | "!=":
                if figure == self.value:
                    return EMPTY
                return (self.value, inf) if figure > self.value else (-inf, self.value)
            case _:
                if truth:
                    return self.value - slack, self.high + slack
                return (-inf, self.value) if figure < self.value else (self.high, inf)


class Step(msgspec.Struct, frozen=True):
    """Whether a figure has moved away by so much from where it last was."""

    by: float
