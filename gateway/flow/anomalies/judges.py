"""Who judges beside the detectors of single series: machines' baselines, and the fusion model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from ...core.anomaly.scoring import Fuse
from ...core.insight import Signal
from ...core.ports.insight import KeptMachine


class MachineRows(Protocol):
    """Machines beside their baselines; `machines.Machines` fulfils it."""

    def take(self, device: str, minute_ms: int, means: Mapping[str, float]) -> list[tuple[str, Signal]]:
        """What a device measured in the interval that began then; (asset, signal), quiet ones too."""

    def turn(self, now_ms: int) -> list[tuple[str, Signal]]:
        """Rows that are complete because nothing more comes for them."""

    def kept(self) -> dict[str, KeptMachine]:
        """How far each was followed, by asset."""

    def restore(self, kept: Mapping[str, KeptMachine]) -> None:
        """Go on from there."""

    def follows(self, asset: str) -> bool:
        """Whether a baseline judges this asset."""

    def restart(self, asset: str) -> None:
        """Somebody has switched it: what was before says nothing of what comes."""


class Fusing(Protocol):
    """The model behind the series; `fusion.Fusion` fulfils it."""

    failed: bool
    """It had no answer when it was asked last: the formula counts."""

    @property
    def label(self) -> str:
        """Which one judges, as `anomaly@2`; empty: the formula."""

    def fuse(self) -> Fuse | None:
        """The way to ask it; None: there is none, or not yet."""

    def want(self) -> None:
        """There is something to ask, and nobody to be asked."""


class DisabledFusion:
    """No model: the formula judges."""

    label = ""
    failed = False

    def fuse(self) -> Fuse | None:
        """None."""
        return None

    def want(self) -> None:
        """Nothing comes of it."""
