"""Whether a version that was just promoted stays: judged beside the one before, at every decision."""

from __future__ import annotations

import math
from collections import deque

from ..core.ports.models import Thought

DECISIONS = 200
"""A new version is watched for so many."""
_FAR_PP = 40.0
_FAR_OF_FIVE = 3
_MEAN_PP = 25.0
_REMEMBERED = 20
_SLOW_IN_A_ROW = 3
_SLOWER = 4.0
_FLOOR_MS, _UNKNOWN_MS = 2.0, 50.0
"""A call that finds cold caches may take the first; a version that was never tried here the second."""


class Probation:
    """The watch over one version. `p99_ms`: of a call when it was tried on this machine, 0 when it was not."""

    def __init__(self, left: int, p99_ms: float) -> None:
        self.left = left
        self._most_ms = max(_SLOWER * p99_ms, _FLOOR_MS) if p99_ms else _UNKNOWN_MS
        self._slow = 0
        self._apart: deque[float] = deque(maxlen=_REMEMBERED)

    def judge(self, new: Thought, old: Thought | None) -> str:
        """Why the new version has to go, in words; empty: it stays. `old`: the same moment by the one before."""
        self.left -= 1
        self._slow = self._slow + 1 if new.took_s * 1000.0 > self._most_ms else 0
        if self._slow >= _SLOW_IN_A_ROW:
            return f"{self._slow} answers in a row took longer than {self._most_ms:g} ms"
        if old is not None and math.isfinite(old.position_pct):
            self._apart.append(abs(new.position_pct - old.position_pct))
        return self._divergence()

    def _divergence(self) -> str:
        far = sum(apart > _FAR_PP for apart in list(self._apart)[-5:])
        if far >= _FAR_OF_FIVE:
            return f"{far} of 5 answers were more than {_FAR_PP:.0f} percent points off those of the version before"
        mean = sum(self._apart) / _REMEMBERED
        if len(self._apart) == _REMEMBERED and mean > _MEAN_PP:
            return f"{_REMEMBERED} answers were {mean:.0f} percent points off those of the version before in the mean"
        return ""
