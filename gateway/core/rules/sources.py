"""What a rule looks at: a metric of a device, of an asset, or of all that measures it in a zone. Pure."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ..spelling import DeviceOrNone, MetricName, PlaceOrNone

Operator = Literal[">", ">=", "<", "<=", "==", "!="]
Aggregate = Literal["mean", "min", "max", "rise", "rate", "sum", "count"]
Together = Literal["any", "all", "mean", "min", "max"]
Seconds = Annotated[int, Meta(ge=0, le=604_800)]

SMALLEST_WINDOW_S = 60
LONGEST_WINDOW_S = 86_400
MOST_SERIES = 64
"""That one comparison looks at, such as all thermometers of a zone."""


class Measured(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="kind"
):
    """What looks at a measured value. Exactly one of `device`, `asset` and `zone` is named.

    Only values that the quality gate believes and that came in time count; see `events.Heard`.
    """

    device: DeviceOrNone = ""
    asset: PlaceOrNone = ""
    zone: PlaceOrNone = ""
    """Everything in it and in the zones inside it."""
    metric: MetricName
    of: Together = "mean"
    """Of several series: whether any or all of them hold, or the mean, minimum, maximum of their values is compared.
    Of one series all five are the same."""
    window_s: Annotated[int, Meta(ge=0, le=LONGEST_WINDOW_S)] = 0
    """Seconds that `aggregate` looks back; 0: the newest value."""
    aggregate: Aggregate | None = None
    """Over the window. rise: last - first; rate: rise per hour; sum and count are per reading, not per second."""
    hysteresis: Annotated[float, Meta(ge=0, le=1e9)] | None = None
    """Once true, it stays so until the value is this much on the other side. None: the rule's, where that counts."""
