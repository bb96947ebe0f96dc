"""Who is asked what holds now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ...core.insight import Component, Episode
from ..devices import Device


class PartWell(Protocol):
    """How one part of the gateway is."""

    @property
    def ok(self) -> bool:
        """Nothing is wrong with it."""

    @property
    def detail(self) -> str:
        """What is."""


class Roll(Protocol):
    """Every device there is; `Registry` fulfils it."""

    def devices(self) -> list[Device]:
        """All of them."""

    def device(self, device_id: str) -> Device:
        """Raises NotFound."""

    def known(self, device_id: str) -> bool:
        """Whether there is one of this id."""

    def simulated(self, device_id: str) -> bool:
        """Whether it is a simulated one."""


class Unusual(Protocol):
    """What is not as usual; `Episodes` fulfils it."""

    def open(self) -> list[Episode]:
        """Those that go on."""


class Wear(Protocol):
    """How worn machines are; `Health` fulfils it."""

    def of(self, asset: str) -> Sequence[Component]:
        """The parts of one machine."""

    def maintenance(self) -> Sequence[Component]:
        """The parts of all of them."""
