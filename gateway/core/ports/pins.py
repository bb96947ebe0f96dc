"""The Pi's own pins, as the flow sees them."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol


class Light(StrEnum):
    """What the status light shows."""

    OFF = "off"
    WELL = "well"
    PAIRING = "pairing"
    """Blinks."""
    TROUBLE = "trouble"
    """Blinks fast."""


class Pins(Protocol):
    """Light, button, relay and servo; each does nothing where it has no pin."""

    def show(self, light: Light) -> None:
        """Show this until told otherwise."""

    def on_button(self, pressed: Callable[[], None]) -> None:
        """Call `pressed` on the event loop whenever the button goes down."""

    def relay(self, on: bool) -> None:
        """Close or open the relay."""

    def servo(self, position_pct: float) -> None:
        """0 is shut, 100 fully open."""

    def close(self) -> None:
        """Give the pins back."""
