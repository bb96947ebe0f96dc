"""A dead node's place is taken by other hardware, in one action."""

from __future__ import annotations

from typing import Annotated

import msgspec

from .device_view import DeviceShown, DeviceView
from .names import DeviceId
from .parts import Parts
from .routes import Route, Who
from .times import maybe_text
from .typed import Asked, NoQuery, op

_LONGEST_MINUTES = 1440


class SwapBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of POST /api/devices/{id}/swap.

    `replacement` is the id under which the new hardware is known already. Without it the answer has a token, and
    whoever registers with it within `minutes` becomes the device.
    """

    replacement: DeviceId | None = None
    minutes: Annotated[float, msgspec.Meta(gt=0, le=_LONGEST_MINUTES)] = 60


class SwapShown(msgspec.Struct, frozen=True):
    """What came of a swap. The token is said once; null: the replacement was named."""

    device: DeviceShown
    token: str | None
    expires_at: str | None
    expires_ms: int | None
    warnings: list[str]
    """What a person should know, in words."""


class SwapResource:
    """POST /api/devices/{id}/swap: id, name, asset, shadow and history stay; the old credentials die at once."""

    def __init__(self, parts: Parts) -> None:
        self._registry = parts.registry
        self._watch = parts.watch
        self._view = DeviceView(parts)

    def routes(self) -> list[Route]:
        """What is served."""
        return [op("POST", "/devices/{id}/swap", Who.ADMIN, self._swap, "Put new hardware in a device's place")]

    async def _swap(self, asked: Asked[NoQuery, SwapBody]) -> SwapShown:
        """Id, name, asset, configuration and history stay; the credentials of both die at once, open commands end as
        failed, and the history has a break, as other sensors are calibrated otherwise.
        """
        device, body = asked.path["id"], asked.body
        newest_ms = max((time_ms for _, time_ms in self._watch.values(device).values()), default=None)
        swapped = await self._registry.swap(device, body.replacement, asked.caller.name, body.minutes, newest_ms)
        return SwapShown(
            self._view.one(device),
            swapped.token,
            maybe_text(swapped.until_ms),
            swapped.until_ms,
            list(swapped.warnings),
        )
