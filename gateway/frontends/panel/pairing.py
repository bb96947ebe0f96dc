"""The pairing window, during which new devices may ask to be approved."""

from __future__ import annotations

from typing import Annotated

import msgspec

from .parts import Parts
from .routes import Route, Who
from .times import to_text
from .typed import Asked, NoBody, NoQuery, op


class PairingBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of POST /api/pairing; 0 minutes closes it."""

    minutes: Annotated[float, msgspec.Meta(ge=0, le=24 * 60)] = 10


class PairingShown(msgspec.Struct, frozen=True):
    """Whether the window is open, and until when."""

    open: bool
    until: str | None
    until_ms: int | None


class Pairing:
    """Opens and closes the window."""

    def __init__(self, parts: Parts) -> None:
        self._registry = parts.registry
        self._now_ms = parts.now_ms

    def routes(self) -> list[Route]:
        """What is served."""
        return [
            op("GET", "/pairing", Who.READ, self._get, "Whether new devices may ask to join"),
            op("POST", "/pairing", Who.ADMIN, self._open, "Let new devices ask to join for a while"),
            op("DELETE", "/pairing", Who.ADMIN, self._close, "Close the pairing window"),
        ]

    async def _get(self, asked: Asked[NoQuery, NoBody]) -> PairingShown:
        return self._shown()

    async def _open(self, asked: Asked[NoQuery, PairingBody]) -> PairingShown:
        if asked.body.minutes:
            self._registry.pairing.open(asked.body.minutes)
        else:
            self._registry.pairing.close()
        return self._shown()

    async def _close(self, asked: Asked[NoQuery, NoBody]) -> PairingShown:
        self._registry.pairing.close()
        return self._shown()

    def _shown(self) -> PairingShown:
        until_ms = self._registry.pairing.until_ms
        if until_ms <= self._now_ms():
            return PairingShown(False, None, None)
        return PairingShown(True, to_text(until_ms), until_ms)
