"""What a verdict can ask of a gateway; each class is one `kind` of `[[checks]]`."""

from __future__ import annotations

from typing import Literal

import msgspec

from .events import EVERYBODY


class Check(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One question about one device of the site, or about every node."""

    device: str = EVERYBODY


class Complete(Check, frozen=True):
    """Every acknowledged reading is in the history, with its values bit for bit and its time."""

    tolerance_s: float = 0.0
    """How far its time may be off; a node without a clock needs some."""


class Once(Check, frozen=True):
    """Nothing is in the history twice, and nothing that was never sent."""

    tolerance_s: float = 0.0


class Delivered(Check, frozen=True):
    """Everything that was measured was acknowledged in the end, apart from what a brown-out destroyed."""


class Rollups(Check, frozen=True):
    """Condensed history says the same as the raw readings."""

    step_s: int = 3600


class Flagged(Check, frozen=True):
    """Readings of a metric carry a flag within some time after a fault began."""

    metric: str
    flag: str
    """OUT_OF_RANGE, JUMP, STUCK, DRIFT, GHOST or TIME."""
    after_s: float
    """When the fault begins."""
    within_s: float


class Clean(Check, frozen=True):
    """No reading of this metric (none named: of any) carries a flag that a sensor fault gets."""

    metric: str = ""
    before_s: float | None = None
    """Only readings before this; None: all."""


class Status(Check, frozen=True):
    """The gateway shows the device with this status at some moment between `after_s` and `within_s` later."""

    status: Literal["online", "offline", "error"]
    after_s: float
    within_s: float


CHECKS: dict[str, type[Check]] = {
    "complete": Complete,
    "once": Once,
    "delivered": Delivered,
    "rollups": Rollups,
    "flagged": Flagged,
    "clean": Clean,
    "status": Status,
}
"""By `kind`."""
