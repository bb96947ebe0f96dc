"""Where alerts come from: somebody who knows what holds now."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from ...core.alerts.alert import Alert, AlertKind, Concern


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """All concerns of one kind."""

    kind: AlertKind
    concerns: Callable[[], Sequence[Concern]]
    """What holds now."""
    sure: Callable[[Alert], bool] = lambda alert: True
    """Whether an alert that is open, and of which nothing is among `concerns`, is over."""
    ended: Callable[[Alert], str | None] = lambda alert: "all is well again"
    """How it is now that it is over; None: nobody need hear of that."""
