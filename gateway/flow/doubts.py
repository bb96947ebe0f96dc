"""What ingest asks about the values of a reading: can they be believed?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

CLEAN: dict[str, int] = {}
"""Nothing is wrong with any metric."""


class Doubts(Protocol):
    """Whether values can be believed; `flow.judge.Judge` fulfils it."""

    def judge(
        self, device: str, values: Mapping[str, float], time_ms: int, now_ms: int, boot: str, seq: int
    ) -> Mapping[str, int]:
        """Bits of `Quality` of the metrics that have any, for a reading dated `time_ms` that arrived at `now_ms`."""


class Trusting:
    """Believes everything."""

    def judge(
        self, device: str, values: Mapping[str, float], time_ms: int, now_ms: int, boot: str, seq: int
    ) -> Mapping[str, int]:
        """Nothing to say."""
        return CLEAN


def both(first: Mapping[str, int], second: Mapping[str, int]) -> dict[str, int]:
    """The bits of both, by metric."""
    return {metric: first.get(metric, 0) | second.get(metric, 0) for metric in {**first, **second}}
