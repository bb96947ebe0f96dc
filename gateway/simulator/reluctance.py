"""Nodes that do not do as they are told, for trying what happens then: `--orders fail=0.1,ignore=0.05,slow=3`."""

from __future__ import annotations

import msgspec

from ..core.errors import ConfigError
from .world.noise import chance

_LONGEST_S = 86_400.0


class Reluctance(msgspec.Struct, frozen=True):
    """Which part of its orders a node fails or never answers, and how long it hesitates before each.

    An order that is ignored is ignored every time it comes.
    """

    fail: float = 0.0
    ignore: float = 0.0
    slow_s: float = 0.0
    seed: int = 1

    def fails(self, device: str, order: str) -> bool:
        """Whether this one fails."""
        return chance(self.seed, "fail", device, order) < self.fail

    def ignores(self, device: str, order: str) -> bool:
        """Whether this one is never answered."""
        return chance(self.seed, "ignore", device, order) < self.ignore


def parse(text: str, seed: int) -> Reluctance:
    """`fail=0.1,ignore=0.05,slow=3`, any of them. Raises ConfigError."""
    given: dict[str, float] = {}
    for part in filter(None, text.split(",")):
        key, _, value = part.partition("=")
        most = _LONGEST_S if key.strip() == "slow" else 1.0
        try:
            given[key.strip()] = number = float(value)
        except ValueError as error:
            raise ConfigError(f"--orders: {value!r} is not a number") from error
        if key.strip() not in ("fail", "ignore", "slow"):
            raise ConfigError(f"--orders: there is no {key.strip()!r}; there are fail, ignore and slow")
        if not 0.0 <= number <= most:
            raise ConfigError(f"--orders: {key.strip()} is 0 to {most:g}")
    return Reluctance(given.get("fail", 0.0), given.get("ignore", 0.0), given.get("slow", 0.0), seed)
