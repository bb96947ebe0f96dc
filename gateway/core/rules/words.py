"""Rules, their parts and why they fired in words. Pure."""

from __future__ import annotations

from typing import Protocol

from .actions import Then
from .rule import If, OneWhen, Rule


class Names(Protocol):
    """What people call things; an id nobody knows is its own name."""

    def asset(self, asset_id: str) -> str:
        """Of an asset."""

    def device(self, device_id: str) -> str:
        """Of a device."""

    def zone(self, zone_id: str) -> str:
        """Of a zone."""

    def scene(self, scene_id: str) -> str:
        """Of a scene."""


def sentence(rule: Rule, names: Names) -> str:
    """The whole rule as a person would say it."""
    raise NotImplementedError


def clause(one: OneWhen | If, names: Names) -> str:
    """A trigger or a condition, such as `humidity in Bathroom is above 70 %`."""
    raise NotImplementedError


def deed(action: Then, names: Names) -> str:
    """An action, such as `turn on Bathroom fan for 20 min`."""
    raise NotImplementedError
