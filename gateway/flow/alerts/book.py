"""Alerts as levels: what holds now is compared with what is open."""

from __future__ import annotations

import msgspec

from ...core.alerts.alert import Alert


class AlertSnapshot(msgspec.Struct, frozen=True):
    """Alerts at one moment, for metrics."""

    open: dict[str, int]
    """By level."""
    total: dict[str, int]
    """Opened since the start, by kind."""


class AlertBook:
    """Fed by its sources; asks the outbox to tell what is due."""

    def open(self) -> list[Alert]:
        """Those that are not over, newest first."""
        raise NotImplementedError

    @property
    def muted_until_ms(self) -> int:
        """Until then only alarms come; 0: nothing is muted."""
        raise NotImplementedError

    async def ack(self, alert_id: str, who: str) -> Alert:
        """Somebody knows; again: as it was. Raises NotFound, StoreError."""
        raise NotImplementedError

    async def mute(self, minutes: int, who: str) -> int:
        """Only alarms for so long (0: everything comes again); until when, UTC ms. Raises StoreError."""
        raise NotImplementedError

    def snapshot(self) -> AlertSnapshot:
        """For metrics."""
        raise NotImplementedError
