"""What hangs at this machine itself as one part of the gateway: pins and microphone, as a device like any other."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path

from . import __version__
from .backends.microphone import Microphone, MicrophoneSettings
from .backends.pins import DisabledPins, PinSettings, opened
from .config.automation_settings import Pins as PinOptions
from .config.settings import Settings
from .core.commands import Command
from .core.errors import Refused
from .core.ports.gatekeeper import Auditor
from .core.ports.intake import Intake
from .core.ports.post import Post
from .core.ports.store import Writer
from .flow.assignments import Assignments
from .flow.bus import Bus
from .flow.chronicle import Chronicle
from .flow.own_device import OwnSettings
from .flow.own_front import OwnFront
from .flow.own_node import OwnNode
from .flow.registry import Registry
from .flow.watch import Watch

_log = logging.getLogger(__name__)


class OwnMachine:
    """Made on the event loop. `enrol` comes before the broker listens, `begin` once it does.

    `server` is what makes this gateway this one; `trouble`: whether something needs a person's attention;
    `commanded`: what a device was told in earlier runs.
    """

    def __init__(
        self,
        settings: Settings,
        data: Path,
        server: str,
        registry: Registry,
        intake: Intake,
        writer: Writer,
        bus: Bus,
        trail: Auditor,
        chronicle: Chronicle,
        clock: Callable[[], int],
        assignments: Assignments,
        watch: Watch,
        trouble: Callable[[], bool],
        commanded: Callable[[str], Iterable[Command]],
    ) -> None:
        chosen = _pins(settings.pins, data)
        self._settings = settings
        self._assignments = assignments
        self._pins = opened(chosen)
        there = not isinstance(self._pins, DisabledPins)
        own = OwnSettings(
            server=server,
            firmware=__version__,
            servo=there and chosen.servo is not None,
            relay=there and chosen.relay is not None,
            microphone=settings.microphone.enabled,
        )

        def position_pct(device: str) -> float | None:
            known = watch.values(device).get("position")
            return None if known is None else known[0]

        self._node = OwnNode(registry, intake, writer, bus, clock, self._pins, own, position_pct, commanded)
        self._front = OwnFront(self._pins, registry.pairing, trail, chronicle, settings.pairing.window_minutes, trouble)
        self._lit = there
        self._anything = own.anything

    async def enrol(self) -> None:
        """Be a device where there is anything to be one for. Raises StoreError."""
        await self._node.enrol()
        asset, device = self._settings.microphone.asset, self._node.id
        if asset and device and self._assignments.current(device) is None:
            try:
                await self._assignments.assign(device, asset, "settings")
            except Refused as error:
                _log.warning("microphone.asset: %s", error)

    def post(self, outer: Post) -> Post:
        """The way to all nodes, itself among them."""
        return self._node.post(outer) if self._anything else outer

    def begin(self) -> None:
        """It is there from now on."""
        self._node.begin()

    @property
    def leaves(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """What nothing waits for, by name; only what is there."""
        found: dict[str, Callable[[], Awaitable[None]]] = {}
        if self._anything:
            found["own node"] = self._node.run
        if self._lit:
            found["light and button"] = self._front.run
        if self._settings.microphone.enabled:
            chosen = MicrophoneSettings(device=self._settings.microphone.device)
            found["microphone"] = Microphone(chosen, self._node.hear_sound).run
        return found

    def complaints(self) -> Mapping[str, str]:
        """What is wrong by part; empty: nothing."""
        reason = self._pins.reason if isinstance(self._pins, DisabledPins) else ""
        return {"pins": reason} if reason else {}

    def close(self) -> None:
        """It is gone, and lets go of its pins."""
        self._node.close()
        self._pins.close()


def _pins(options: PinOptions, data: Path) -> PinSettings:
    """What the pins are handed of the settings."""
    return PinSettings(
        scratch=data,
        status_led=options.status_led,
        pairing_button=options.pairing_button,
        relay=options.relay,
        servo=options.servo,
        servo_open_deg=options.servo_open_deg,
        servo_shut_deg=options.servo_shut_deg,
    )
