"""Rules while they run: what the bus says goes into the evaluator, and what fires is done."""

from __future__ import annotations

import msgspec

from ...core.rules.engine import Why


class RuleSnapshot(msgspec.Struct, frozen=True):
    """Figures for metrics and `doctor`."""

    rules: dict[str, int] = {}
    """By mode."""
    series: int = 0
    evaluations: int = 0
    firings: dict[str, int] = {}
    """By outcome, in this run."""
    timers_armed: int = 0
    timers: dict[str, int] = {}
    """By the state they ended in, in this run."""
    evaluate_s: tuple[float, int] = (0.0, 0)
    """Sum and count of evaluations of readings outside their band."""
    tape_rows: int = 0


class Live:
    """Listens to the bus by itself."""

    def why(self, rule: str) -> Why:
        """How it stands now. Raises NotFound."""
        raise NotImplementedError

    def snapshot(self) -> RuleSnapshot:
        """Figures of this run."""
        raise NotImplementedError
