"""Whether a rule can be, beyond its shape: every problem, each with the path of what is wrong. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

import msgspec

from ..capabilities import Capabilities
from ..home import Asset, Zone
from .rule import Rule


class Problem(msgspec.Struct, frozen=True):
    """What is wrong with a rule, and where: `if.of[0].value`."""

    path: str
    reason: str


class Known(Protocol):
    """What there is in the house, as far as a check needs it."""

    def asset(self, asset_id: str) -> Asset | None:
        """None: there is none."""

    def zone(self, zone_id: str) -> Zone | None:
        """None: there is none."""

    def device(self, device_id: str) -> Capabilities | None:
        """What a device can do, its metrics completed by what it has sent; None: there is no such device."""

    def devices_at(self, asset_id: str) -> Collection[str]:
        """The devices that measure an asset now."""

    def assets_in(self, zone_id: str) -> Collection[str]:
        """The assets of a zone and of the zones inside it."""

    def heard(self, device_id: str) -> bool:
        """Whether somebody would hear a command now."""

    @property
    def scenes(self) -> Mapping[str, object]:
        """Scenes by id."""

    @property
    def place(self) -> tuple[float, float] | None:
        """Latitude and longitude; None: not said."""


def problems(rule: Rule, known: Known | None, *, admin: bool = True) -> list[Problem]:
    """Everything that keeps the rule from being kept. `known` None: nothing is known of the house; only what the rule
    says by itself is checked. `admin`: whether the caller may write rules that go before people.
    """
    raise NotImplementedError


def warnings(rule: Rule, known: Known | None) -> list[Problem]:
    """What is allowed but not what somebody would want: never true, always true, nobody hears it."""
    raise NotImplementedError
