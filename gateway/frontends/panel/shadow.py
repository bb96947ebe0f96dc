"""What a device should be, and what it says it is."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from ...core.errors import Conflict
from ...core.shadow import Shadow, Sync, delta, sync
from .parts import Parts
from .routes import Route, Who
from .times import maybe_text
from .typed import Asked, NoBody, NoQuery, op


class ShadowSide(msgspec.Struct, frozen=True):
    """What is wanted, or what the node says. Version 0: nothing ever was."""

    version: int
    state: dict[str, Any]
    time: str | None
    time_ms: int | None
    by: str
    """Who wanted it; the MAC address of the node that said it."""


class ShadowShown(msgspec.Struct, frozen=True):
    """Both sides of a device's shadow."""

    device: str
    sync: Sync
    desired: ShadowSide
    reported: ShadowSide
    delta: dict[str, Any]
    """The part of desired that reported does not say."""
    simulated: bool


class ShadowPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of PATCH /api/devices/{id}/shadow: a merge patch (RFC 7396) for `desired`, in which null removes a key.

    `state` is another word for `desired`, as it is called on MQTT; one of them is given. With `version` it is refused
    when desired has another version by now.
    """

    desired: dict[str, Any] | UnsetType = UNSET
    state: dict[str, Any] | UnsetType = UNSET
    version: Annotated[int, msgspec.Meta(ge=0, lt=1 << 53)] | UnsetType = UNSET


def shadow_shown(shadow: Shadow, simulated: bool) -> ShadowShown:
    """A shadow as it is shown."""
    desired = ShadowSide(
        shadow.desired_version, shadow.desired, maybe_text(shadow.desired_ms), shadow.desired_ms, shadow.desired_by
    )
    reported = ShadowSide(
        shadow.reported_version, shadow.reported, maybe_text(shadow.reported_ms), shadow.reported_ms, shadow.hardware
    )
    missing = delta(shadow.desired, shadow.reported)
    return ShadowShown(shadow.device, sync(shadow), desired, reported, missing, simulated)


class ShadowResource:
    """The shadow of a device."""

    def __init__(self, parts: Parts) -> None:
        self._shadows = parts.home.shadows
        self._registry = parts.registry

    def routes(self) -> list[Route]:
        """What is served."""
        path = "/devices/{id}/shadow"
        return [
            op("GET", path, Who.READ, self._get, "What a device should be and says it is", own=True),
            op("PATCH", path, Who.OPERATE, self._want, "Change what a device should be"),
        ]

    async def _get(self, asked: Asked[NoQuery, NoBody]) -> ShadowShown:
        device = self._registry.device(asked.path["id"])
        return shadow_shown(self._shadows.get(device.id), device.simulated)

    async def _want(self, asked: Asked[NoQuery, ShadowPatch]) -> ShadowShown:
        """Patches of desired are merged (RFC 7396) in the order of their arrival, each with a version of its own;
        reported is the node's whole word, and its last one counts. Nobody but the node writes reported, nobody but
        people, programs and rules write desired. They have converged when the node has read the newest desired and says
        everything in it.
        """
        device, body = self._registry.device(asked.path["id"]), asked.body
        version = None if body.version is UNSET else body.version
        shadow = await self._shadows.want(device.id, _patch(body), asked.caller.name, version)
        return shadow_shown(shadow, device.simulated)


def _patch(body: ShadowPatch) -> dict[str, Any]:
    if body.desired is not UNSET and body.state is UNSET:
        return body.desired
    if body.state is not UNSET and body.desired is UNSET:
        return body.state
    raise Conflict("Give the patch as desired or as state: one of them.")
