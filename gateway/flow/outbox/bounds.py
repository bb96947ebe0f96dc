"""What goes when too much waits: the least important, the oldest first; never an alarm."""

from __future__ import annotations

from collections.abc import Iterable

from ...core.delivery import Delivery, DeliveryState

MOST_WAITING = 10_000


def superfluous(waiting: Iterable[Delivery], too_many: int) -> list[Delivery]:
    """So many that may go, or fewer: `waiting` in its order, what is on its way stays."""
    found: list[Delivery] = []
    if too_many <= 0:
        return found
    still = [one for one in waiting if one.state is DeliveryState.QUEUED]
    for level in ("info", "warning"):
        found += [one for one in still if one.parcel.level == level][: too_many - len(found)]
    return found
