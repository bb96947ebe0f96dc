"""How long to wait before trying again."""

from __future__ import annotations

import random


class Backoff:
    """Waits that grow from `first_s` to `most_s`, jittered so that a whole fleet does not come back at once."""

    def __init__(self, rng: random.Random, first_s: float = 0.25, most_s: float = 10.0) -> None:
        self._rng = rng
        self._first_s = first_s
        self._most_s = most_s
        self.failures = 0
        """Tries since the last success."""

    def next_s(self) -> float:
        """Count one failure; seconds to wait after it, between half of the step and all of it."""
        step_s = min(self._most_s, self._first_s * 2.0 ** min(self.failures, 20))
        self.failures += 1
        return step_s * self._rng.uniform(0.5, 1.0)

    def reset(self) -> None:
        """It works again."""
        self.failures = 0
