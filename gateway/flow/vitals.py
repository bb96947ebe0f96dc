"""What a node says of itself in its heartbeats, and what that tells: a restart, other firmware. Pure."""

from __future__ import annotations

from collections.abc import Callable

from ..core.messages import Vitals
from .presence import Said
from .words import duration


class KeptVitals:
    """The vitals of one device; what a heartbeat leaves out stays as it was."""

    __slots__ = ("known",)

    def __init__(self) -> None:
        self.known: tuple[Vitals, int] | None = None
        """With the UTC ms of the last heartbeat."""

    def take(self, vitals: Vitals, now_ms: int) -> list[Said]:
        """A heartbeat arrived; the events it makes."""
        if self.known is None:
            self.known = vitals, now_ms
            return []
        before = self.known[0]
        self.known = _merged(before, vitals), now_ms
        return [*_restart(before, vitals), *_update(before, vitals)]

    def shift(self, moved: Callable[[int], int]) -> None:
        """The gateway's clock was set."""
        if self.known is not None:
            self.known = self.known[0], moved(self.known[1])


def _merged(before: Vitals, now: Vitals) -> Vitals:
    return Vitals(
        uptime_ms=before.uptime_ms if now.uptime_ms is None else now.uptime_ms,
        boot=now.boot or before.boot,
        free_heap_bytes=before.free_heap_bytes if now.free_heap_bytes is None else now.free_heap_bytes,
        rssi_dbm=before.rssi_dbm if now.rssi_dbm is None else now.rssi_dbm,
        firmware=now.firmware or before.firmware,
        self_test=now.self_test or before.self_test,
    )


def _restart(before: Vitals, now: Vitals) -> list[Said]:
    if now.boot is not None and before.boot is not None:
        restarted = now.boot != before.boot
    else:
        restarted = None not in (before.uptime_ms, now.uptime_ms) and (now.uptime_ms or 0) < (before.uptime_ms or 0)
    if not restarted:
        return []
    if before.uptime_ms is None:
        return [Said("device.rebooted", "it started again")]
    return [Said("device.rebooted", f"it started again; before that it ran for {duration(before.uptime_ms)} or longer")]


def _update(before: Vitals, now: Vitals) -> list[Said]:
    if now.firmware is None or before.firmware in (None, now.firmware):
        return []
    return [Said("device.firmware", f"firmware {before.firmware} became {now.firmware}")]
