"""Deliveries on their way to the disk; what it refuses is written again later, as it is then."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from ...core.alerts.news import DeliveryMoved
from ...core.delivery import Delivery
from ...core.errors import StoreError
from ...core.ports.alerts import delivery_kept
from ...core.ports.store import Change, Writer
from ..bus import Bus
from ..promise import Promise


class _Written(msgspec.Struct, frozen=True):
    """A receipt."""

    then: Callable[[StoreError | None], None]

    def settled(self, error: StoreError | None) -> None:
        """It is on the disk, or not."""
        self.then(error)


class Keeping:
    """Writes whole deliveries and tells that they have moved."""

    def __init__(self, writer: Writer, bus: Bus) -> None:
        self._writer = writer
        self._bus = bus
        self._last: dict[str, Delivery] = {}
        """On their way: what was submitted last of each."""
        self._owed: dict[str, Delivery] = {}

    @property
    def owed(self) -> int:
        """How many are not on the disk as they are, because it refused them."""
        return len(self._owed)

    def submit(
        self,
        deliveries: Sequence[Delivery],
        also: Sequence[Change] = (),
        then: Callable[[StoreError | None], None] = lambda error: None,
    ) -> None:
        """Write them, together with what else belongs to it; nobody waits.

        What is owed goes before what else there is: what says that a message was handed over is never on the disk
        without it, and the order of messages there stays as they were made.
        """
        if also:
            new = {one.parcel.id for one in deliveries}
            deliveries = [*(one for name, one in self._owed.items() if name not in new), *deliveries]

        def settled(error: StoreError | None) -> None:
            self._settled(deliveries, error)
            then(error)

        self._begin(deliveries)
        try:
            self._writer.submit([*also, *map(delivery_kept, deliveries)], _Written(settled))
        except StoreError as error:
            settled(error)
        self._tell(deliveries)

    async def durably(self, deliveries: Sequence[Delivery], *, owe: bool) -> bool:
        """Whether they are on the disk when this returns. `owe`: if not, they are written as soon as it works."""
        self._begin(deliveries)
        promise = Promise(lambda error: self._settled(deliveries, error, owe=owe))
        try:
            self._writer.submit([*map(delivery_kept, deliveries)], promise)
            self._tell(deliveries)
            await promise.kept()
        except StoreError as error:
            self._settled(deliveries, error, owe=owe)
            return False
        return True

    def again(self) -> None:
        """Try once more what the disk refused."""
        if self._owed:
            self.submit(list(self._owed.values()))

    def _begin(self, deliveries: Sequence[Delivery]) -> None:
        for one in deliveries:
            self._owed.pop(one.parcel.id, None)
            self._last[one.parcel.id] = one

    def _settled(self, deliveries: Sequence[Delivery], error: StoreError | None, *, owe: bool = True) -> None:
        # A newer one that is on its way, or on the disk, has all of it.
        for one in deliveries:
            if self._last.get(one.parcel.id) is one:
                del self._last[one.parcel.id]
                if error is not None and owe:
                    self._owed[one.parcel.id] = one

    def _tell(self, deliveries: Sequence[Delivery]) -> None:
        for one in deliveries:
            self._bus.publish(DeliveryMoved(one))
