"""How one device is: what is known of it, put together. Pure."""

from __future__ import annotations

import msgspec

from ..core.messages import DeviceStatus
from .latest import LatestValues
from .presence import Presence
from .trouble import Trouble
from .vitals import KeptVitals


class Standing(msgspec.Struct, frozen=True):
    """How a device is now."""

    status: DeviceStatus
    reason: str = ""
    """Why, in words; empty when there is nothing to say."""
    since_ms: int | None = None
    """Since when it is so; None: not known."""
    flapping: bool = False
    """It goes and comes so often that its status is damped to `online`."""


NOBODY = Standing(DeviceStatus.PROVISIONING)
"""Of a device that was never heard."""


class Watched:
    """What is known of one device. `standing` is what was last announced."""

    __slots__ = ("latest", "presence", "standing", "trouble", "vitals")

    def __init__(self) -> None:
        self.presence = Presence()
        self.trouble = Trouble()
        self.vitals = KeptVitals()
        self.latest = LatestValues()
        self.standing = NOBODY

    def look(self, now_ms: int) -> Standing:
        """How it is now; `standing` tells since when, while the status is the same."""
        status, reason = self._status(now_ms)
        before = self.standing
        if status is DeviceStatus.OFFLINE:
            since_ms = self.presence.since_ms(now_ms)
        else:
            since_ms = before.since_ms if status is before.status else now_ms
        return Standing(status, reason, since_ms, self.presence.flapping)

    def _status(self, now_ms: int) -> tuple[DeviceStatus, str]:
        if not self.presence.there(now_ms):
            if self.presence.heard_ms is None:
                return DeviceStatus.PROVISIONING, ""
            return DeviceStatus.OFFLINE, self.presence.why_away(now_ms)
        if self.trouble.reason:
            return DeviceStatus.ERROR, self.trouble.reason
        return DeviceStatus.ONLINE, "it goes away and comes back again and again" if self.presence.flapping else ""
