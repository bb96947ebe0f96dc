"""Machines beside their baselines: what all their channels say in one minute, judged together."""

from __future__ import annotations

from collections.abc import Mapping

from ...core.insight import Signal
from ...core.ports.insight import KeptMachine


class Machines:
    """Follows every machine that has a frozen baseline."""

    def take(self, device: str, minute_ms: int, means: Mapping[str, float]) -> list[tuple[str, Signal]]:
        """What a device measured in the interval that began then; (asset, signal), quiet ones too."""
        raise NotImplementedError

    def turn(self, now_ms: int) -> list[tuple[str, Signal]]:
        """Rows that are complete because nothing more comes for them."""
        raise NotImplementedError

    def kept(self) -> dict[str, KeptMachine]:
        """How far each was followed, by asset."""
        raise NotImplementedError

    def restore(self, kept: Mapping[str, KeptMachine]) -> None:
        """Go on from there."""
        raise NotImplementedError
