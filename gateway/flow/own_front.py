"""What people see and press at this machine itself: the status light and the pairing button."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ..core.errors import Refused
from ..core.ports.gatekeeper import Auditor
from ..core.ports.pins import Light, Pins
from .chronicle import Chronicle
from .pairing import Pairing

_LOOK_S = 0.5
_BUTTON = "pairing button"


class OwnFront:
    """`trouble` says whether something needs a person's attention; `minutes` how long the button opens pairing."""

    def __init__(
        self,
        pins: Pins,
        pairing: Pairing,
        trail: Auditor,
        chronicle: Chronicle,
        minutes: float,
        trouble: Callable[[], bool],
    ) -> None:
        self._pins = pins
        self._pairing = pairing
        self._trail = trail
        self._chronicle = chronicle
        self._minutes = minutes
        self._trouble = trouble
        pins.on_button(self.pressed)

    async def run(self) -> None:
        """Show how things are, until cancelled; then nothing."""
        try:
            while True:
                self.look()
                await asyncio.sleep(_LOOK_S)
        finally:
            self._pins.show(Light.OFF)

    def look(self) -> None:
        """Pairing goes first: whoever has pressed the button waits for it."""
        if self._pairing.is_open:
            self._pins.show(Light.PAIRING)
        else:
            self._pins.show(Light.TROUBLE if self._trouble() else Light.WELL)

    def pressed(self) -> None:
        """Somebody stands here: nodes may ask to join for a while."""
        try:
            self._pairing.open(self._minutes)
        except Refused as error:
            self._chronicle.note("pairing.refused", f"the button was pressed: {error}")
            return
        said = f"for {self._minutes:g} minutes"
        self._trail.note("pairing.button", _BUTTON, said)
        self._chronicle.note("pairing.opened", f"by the button, {said}")
        self.look()
