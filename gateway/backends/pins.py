"""The Pi's pins through gpiozero. The only file that imports it, and only when a pin is configured.

gpiozero's threads end here: what a button does is done on the event loop.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from ..core.ports.pins import Light, Pins

_log = logging.getLogger(__name__)
_BOUNCE_S = 0.05
_PULSE_S = (0.0005, 0.0024)
_HALF_TURN_DEG = 90.0
_DETACH_S = 1.0
_BLINKS_S = {Light.PAIRING: 0.5, Light.TROUBLE: 0.1}


class PinSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Which pins there are, by BCM number. `scratch`: where the library may keep its pipes."""

    scratch: Path
    status_led: int | None = None
    pairing_button: int | None = None
    relay: int | None = None
    servo: int | None = None
    servo_open_deg: float = 90.0
    servo_shut_deg: float = 0.0

    @property
    def any(self) -> bool:
        """Whether any is used."""
        return any(pin is not None for pin in (self.status_led, self.pairing_button, self.relay, self.servo))


class DisabledPins:
    """No pins: none is configured, or this machine has none (`reason`)."""

    def __init__(self, reason: str = "") -> None:
        self.reason = reason

    def show(self, light: Light) -> None:
        """As Pins."""

    def on_button(self, pressed: Callable[[], None]) -> None:
        """As Pins."""

    def relay(self, on: bool) -> None:
        """As Pins."""

    def servo(self, position_pct: float) -> None:
        """As Pins."""

    def close(self) -> None:
        """As Pins."""


class GpioPins:
    """The real ones. `factory` stands in for the machine's. To be made on the event loop.

    Raises ImportError (gpiozero or its driver is not installed), and what gpiozero and its driver raise: see `opened`.
    """

    def __init__(self, settings: PinSettings, factory: Any = None) -> None:
        import gpiozero

        self._loop = asyncio.get_running_loop()
        self._settings = settings
        self._factory = factory or _factory(settings)
        self._shown = Light.OFF
        self._detaching: asyncio.TimerHandle | None = None
        self._devices: list[Any] = []
        self._led = self._made(gpiozero.LED, settings.status_led)
        self._button = self._made(gpiozero.Button, settings.pairing_button, bounce_time=_BOUNCE_S)
        self._relay = self._made(gpiozero.OutputDevice, settings.relay)
        # Angles count from the middle; a servo that turns further is told so by its own angles.
        widest = max(_HALF_TURN_DEG, abs(settings.servo_open_deg), abs(settings.servo_shut_deg))
        self._servo = self._made(
            gpiozero.AngularServo,
            settings.servo,
            initial_angle=None,
            min_angle=-widest,
            max_angle=widest,
            min_pulse_width=_PULSE_S[0],
            max_pulse_width=_PULSE_S[1],
        )

    def _made(self, kind: Callable[..., Any], pin: int | None, **options: object) -> Any:
        if pin is None:
            return None
        try:
            device = kind(pin, pin_factory=self._factory, **options)
        except BaseException:
            self.close()
            raise
        self._devices.append(device)
        return device

    def show(self, light: Light) -> None:
        """As Pins."""
        if self._led is None or light is self._shown:
            return
        self._shown = light
        if light in _BLINKS_S:
            self._led.blink(_BLINKS_S[light], _BLINKS_S[light])
        elif light is Light.WELL:
            self._led.on()
        else:
            self._led.off()

    def on_button(self, pressed: Callable[[], None]) -> None:
        """As Pins."""
        if self._button is not None:
            self._button.when_pressed = lambda: self._loop.call_soon_threadsafe(pressed)

    def relay(self, on: bool) -> None:
        """As Pins."""
        if self._relay is not None:
            self._relay.value = int(on)

    def servo(self, position_pct: float) -> None:
        """As Pins. A second after the last move it is left alone: it would hum and heat."""
        if self._servo is None:
            return
        shut, span = self._settings.servo_shut_deg, self._settings.servo_open_deg - self._settings.servo_shut_deg
        self._servo.angle = shut + span * max(0.0, min(100.0, position_pct)) / 100
        if self._detaching is not None:
            self._detaching.cancel()
        self._detaching = self._loop.call_later(_DETACH_S, self._servo.detach)

    def close(self) -> None:
        """As Pins; the last made first."""
        if self._detaching is not None:
            self._detaching.cancel()
        while self._devices:
            self._devices.pop().close()
        self._factory.close()


def opened(settings: PinSettings) -> Pins:
    """The pins that are configured, or none and why: a gateway without its light is still a gateway."""
    if not settings.any:
        return DisabledPins()
    try:
        return GpioPins(settings)
    except ImportError as error:
        reason = f"{error.name or error} is not installed: pip install 'edge-gateway[pi]'"
    except _errors() as error:
        reason = f"{type(error).__name__}: {error}"
    _log.warning("the pins cannot be used: %s", reason)
    return DisabledPins(reason)


def _errors() -> tuple[type[Exception], ...]:
    """What can go wrong with pins; the driver's own error has no root in common with the rest."""
    from gpiozero import GPIOZeroError

    lgpio = sys.modules.get("lgpio")
    return (GPIOZeroError, OSError, ValueError) if lgpio is None else (GPIOZeroError, OSError, ValueError, lgpio.error)


def _factory(settings: PinSettings) -> Any:
    """lgpio's, which needs no daemon and knows every Pi; another one where GPIOZERO_PIN_FACTORY names it."""
    named = os.environ.get("GPIOZERO_PIN_FACTORY", "")
    if named == "mock":
        from gpiozero.pins.mock import MockFactory, MockPWMPin

        return MockFactory(pin_class=MockPWMPin)
    if named not in ("", "lgpio"):
        from gpiozero import Device

        Device.ensure_pin_factory()
        return Device.pin_factory
    return _lgpio(settings.scratch)


def _lgpio(scratch: Path) -> Any:
    """Imported, lgpio puts a pipe into the folder LG_WD and makes that the working directory; it is not to stay so."""
    os.environ.setdefault("LG_WD", str(scratch.absolute()))
    here = Path.cwd()
    try:
        from gpiozero.pins.lgpio import LGPIOFactory
    finally:
        os.chdir(here)
    return LGPIOFactory()
