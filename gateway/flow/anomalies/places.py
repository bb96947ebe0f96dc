"""What episodes and baselines must know of the home; the composition root fulfils it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, tzinfo
from typing import Protocol

import msgspec

from ...core.home import AssetKind

MACHINES: Collection[AssetKind] = (AssetKind.PUMP, AssetKind.FAN, AssetKind.WATER_HEATER)
"""Kinds that can be commissioned."""


class Places(Protocol):
    """Where devices are, and what they are at."""

    def place(self, device: str) -> str | None:
        """The id of the asset it is assigned to; None: it is at none."""

    def kind(self, asset: str) -> AssetKind | None:
        """None: there is no such asset."""

    def name(self, asset: str) -> str:
        """What people call an asset, or a device when there is no such asset."""

    def devices_at(self, asset: str) -> list[str]:
        """The devices that are assigned to it."""

    def simulated(self, device: str) -> bool:
        """Whether everything it says must be marked SIMULATED."""

    def hardware(self, device: str) -> str:
        """The node that it is now."""


def is_simulated(places: Places, asset: str) -> bool:
    """Whether any of what is measured there is."""
    return any(places.simulated(device) for device in places.devices_at(asset))


class AnomalySettings(msgspec.Struct, frozen=True, kw_only=True):
    """How closely it is watched."""

    enabled: bool = True
    interval_s: int = 60
    learn_days: float = 3.0
    commissioning_hours: int = 168
    zone: tzinfo = UTC
    """Of the site: what is usual at a time of day is so on the wall's clock."""
