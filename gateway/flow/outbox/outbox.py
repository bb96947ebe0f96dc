"""Everything that waits to be told, by lane; each lane works its own off and none waits for another."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import tzinfo

import msgspec
from msgspec.structs import replace

from ...core.alerts.texts import message
from ...core.delivery import ENDS, Delivery, DeliveryState, Parcel
from ...core.errors import Conflict, NotFound, StoreError
from ...core.messages import ClockSet
from ...core.ports.alerts import AlertArchive
from ...core.ports.channel import Channel, DeliveryFailed, Rejected
from ...core.ports.store import Change, Writer
from ..bus import Bus
from ..chronicle import Chronicle
from ..supervise import Leaf
from ..trail import Trail
from .bounds import MOST_WAITING, superfluous
from .carrier import Carrier
from .keeping import Keeping
from .lane import Lane, Waits

DELIVER_MS = 7 * 86_400_000
"""What waits longer is not sent any more."""
_RECALLED = 2000
"""Deliveries that are over and known after a start: none of them is begun again."""
_LOOK_S = 5.0
_WAITS = Waits()
_TEST = "test"
_TEST_TEXT = "A test of your gateway: messages arrive here."


class ChannelCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How one channel is getting on."""

    waiting: int = 0
    oldest_ms: int | None = None
    """When the oldest that waits was made; None: nothing waits."""
    delivered: int = 0
    failed: int = 0
    unsure: int = 0
    repeated: int = 0
    last_ms: int | None = None
    """When something arrived last."""
    complaint: str = ""


class Outbox:
    """Channels are opened and closed while it runs. `zone`: the site's; `dice` in [0, 1)."""

    def __init__(
        self,
        writer: Writer,
        archive: AlertArchive,
        bus: Bus,
        trail: Trail,
        chronicle: Chronicle,
        clock: Callable[[], int],
        zone: tzinfo,
        dice: Callable[[], float] = random.random,
        waits: Waits = _WAITS,
    ) -> None:
        self.refused = 0
        """Messages that were not taken because too many wait already."""
        self._archive = archive
        self._trail = trail
        self._chronicle = chronicle
        self._clock = clock
        self._zone = zone
        self._dice = dice
        self._waits = waits
        self._keeping = Keeping(writer, bus)
        self._carriers: dict[str, Carrier] = {}
        self._lanes: dict[str, Lane] = {}
        self._ended: deque[str] = deque(maxlen=_RECALLED)
        self._known: set[str] = set()
        self._tasks: dict[str, asyncio.Task[None]] | None = None
        """None: nothing runs."""
        bus.on(ClockSet, self._clock_set)

    async def load(self) -> None:
        """What waits since earlier runs; before anything is put. Raises StoreError."""
        for one in await self._archive.deliveries(limit=_RECALLED):
            lane = self._lane(one.parcel.lane)
            self._known.add(one.parcel.id)
            if one.state in ENDS:
                self._ended.append(one.parcel.id)
                lane.newest = one.ref or lane.newest
            else:
                lane.add([one])

    async def run(self) -> None:
        """Work the lanes off, until cancelled."""
        self._tasks = {}
        try:
            for name in self._lanes:
                self._begin(name)
            while True:
                await asyncio.sleep(_LOOK_S)
                self._keeping.again()
        finally:
            tasks, self._tasks = self._tasks.values(), None
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks)

    # What is to be told

    def put(
        self,
        parcels: Sequence[Parcel],
        also: Sequence[Change] = (),
        then: Callable[[StoreError | None], None] = lambda error: None,
    ) -> None:
        """Tell them; one whose id is known changes nothing. Never blocks.

        `also` is written with them, all or nothing; `then` is told what came of it.
        """
        new = [Delivery(parcel=parcel) for parcel in parcels if parcel.id not in self._known]
        dropped = self._make_room(len(new))
        room = MOST_WAITING - self._count()
        if room < len(new):
            self._refuse(new[max(room, 0) :])
            new = new[: max(room, 0)]
        self._known.update(one.parcel.id for one in new)
        if new or also or dropped:
            self._keeping.submit([*dropped, *new], also, then)
        for one in new:
            self._lane(one.parcel.lane).add([one])

    def withdraw(self, alert: str, part: str, why: str) -> None:
        """Messages of an alert whose part begins so are not needed any more, where they still wait."""

        def needless(one: Delivery) -> bool:
            parcel = one.parcel
            return one.state is DeliveryState.QUEUED and parcel.alert == alert and parcel.part.startswith(part)

        self._ended_all([one for lane in self._lanes.values() for one in lane.drop(needless, why)])

    async def test(self, name: str) -> str:
        """Send a line now, beside the lanes; what the other side calls it. Raises NotFound, DeliveryFailed.

        Everybody it goes to is tried, whoever of them cannot be reached.
        """
        channel = self._channel(name)
        refs: list[str] = []
        failed: list[DeliveryFailed] = []
        for target in await channel.targets():
            now_ms = self._clock()
            parcel = Parcel(
                id=f"{_TEST}-{now_ms:x}@{name}/{target}",
                lane=f"{name}/{target}",
                alert=_TEST,
                part=_TEST,
                level="info",
                made_ms=now_ms,
                happened_ms=now_ms,
                title=_TEST_TEXT,
                text=_TEST_TEXT,
            )
            text = message([parcel], now_ms, self._zone)
            try:
                refs.append(await channel.deliver(parcel, text, repeat=False))
            except DeliveryFailed as error:
                failed.append(error)
        if failed:
            raise failed[0]
        if not refs:
            raise Rejected("nobody is there to be told")
        return refs[0]

    async def drop(self, delivery: str, who: str) -> Delivery:
        """Do not send it. Raises NotFound, Conflict (it is on its way), StoreError."""
        for lane in self._lanes.values():
            for one in lane.queue:
                if one.parcel.id == delivery:
                    if one.state is DeliveryState.SENDING:
                        raise Conflict("It is on its way just now.")
                    ended = lane.drop(lambda known: known.parcel.id == delivery, f"dropped by {who}")
                    self._over(ended)
                    if not await self._keeping.durably(ended, owe=True):
                        raise StoreError("It is not sent, but that could not be written down yet.")
                    self._trail.note("delivery.dropped", who, delivery)
                    return ended[0]
        raise NotFound(f"Nothing that waits is called {delivery}.")

    # Channels

    def open(self, channel: Channel) -> None:
        """It is there from now on; what waits for it goes out. One of the same name is replaced."""
        self._carrier(channel.name).open(channel)
        for lane in self._of(channel.name):
            lane.reopened()

    def close(self, name: str, *, drop: bool = False) -> None:
        """It is not there any more. `drop`: what waits for it ends as DROPPED."""
        self._carrier(name).open(None)
        if drop:
            self._forsake(self._of(name), "the channel was removed")

    def close_target(self, name: str, target: str) -> None:
        """Nobody is there any more: what waits for them ends as DROPPED."""
        self._forsake([lane for lane in self._of(name) if lane.name == f"{name}/{target}"], "the person was removed")

    def unblock(self, name: str, target: str) -> None:
        """A target that took nothing any more has been heard of: try again."""
        found = self._lanes.get(f"{name}/{target}")
        if found is not None:
            found.unblock()

    def channel(self, name: str) -> Channel | None:
        """The one that is open under this name."""
        found = self._carriers.get(name)
        return None if found is None else found.channel

    # Asking

    def waiting(self, channel: str = "") -> list[Delivery]:
        """Those without an end, in their order."""
        lanes = self._of(channel) if channel else list(self._lanes.values())
        found = [one for lane in lanes for one in lane.queue]
        return sorted(found, key=lambda one: one.parcel.made_ms)

    def complaint(self, channel: str) -> str:
        """What is wrong with a channel that is in use; empty: nothing."""
        found = self._carriers.get(channel)
        return "" if found is None or found.channel is None else found.complaint

    def snapshot(self) -> Mapping[str, ChannelCounts]:
        """By channel, for metrics and the panel."""
        return {name: self._counts(carrier) for name, carrier in self._carriers.items()}

    def complaints(self) -> Mapping[str, str]:
        """What is wrong by part; empty: nothing."""
        said = {f"channel-{name}": self.complaint(name) for name, one in self._carriers.items() if one.channel}
        full = self.refused and 2 * self._count() > MOST_WAITING
        return {**said, "outbox": f"{self.refused} messages were not taken: too many wait" if full else ""}

    # How it is done

    def _lane(self, name: str) -> Lane:
        known = self._lanes.get(name)
        if known is None:
            carrier = self._carrier(name.partition("/")[0])
            parts = carrier, self._keeping, self._chronicle, self._clock, self._zone, self._dice
            known = self._lanes[name] = Lane(name, *parts, DELIVER_MS, self._over, self._waits)
            self._begin(name)
        return known

    def _begin(self, name: str) -> None:
        if self._tasks is not None:
            lane = Leaf(f"outbox {name}", self._lanes[name].run)
            self._tasks[name] = asyncio.get_running_loop().create_task(lane.supervise())

    def _carrier(self, name: str) -> Carrier:
        return self._carriers.setdefault(name, Carrier(name, self._clock))

    def _channel(self, name: str) -> Channel:
        found = self.channel(name)
        if found is None:
            raise NotFound(f"There is no channel {name} that is in use.")
        return found

    def _of(self, channel: str) -> list[Lane]:
        return [lane for name, lane in self._lanes.items() if name.partition("/")[0] == channel]

    def _over(self, ended: Iterable[Delivery]) -> None:
        """Their ids are remembered for a while."""
        for one in ended:
            if len(self._ended) == self._ended.maxlen:
                self._known.discard(self._ended[0])
            self._ended.append(one.parcel.id)

    def _forsake(self, lanes: Sequence[Lane], why: str) -> None:
        self._ended_all([one for lane in lanes for one in lane.forsake(why)])

    def _ended_all(self, ended: Sequence[Delivery]) -> None:
        self._over(ended)
        if ended:
            self._keeping.submit(ended)

    def _count(self) -> int:
        return sum(len(lane.queue) for lane in self._lanes.values())

    def _make_room(self, new: int) -> list[Delivery]:
        """What goes so that so many more can come."""
        too_many = self._count() + new - MOST_WAITING
        if too_many <= 0:
            return []
        ids = {one.parcel.id for one in superfluous(self.waiting(), too_many)}
        if not ids:
            return []
        why = "too many messages wait"
        ended = [one for lane in self._lanes.values() for one in lane.drop(lambda one: one.parcel.id in ids, why)]
        self._over(ended)
        self._chronicle.note("outbox.dropped", f"{why}: {len(ended)} of the least important are not sent")
        return ended

    def _refuse(self, these: Sequence[Delivery]) -> None:
        self.refused += len(these)
        self._chronicle.note("outbox.refused", f"too many messages wait: {these[0].parcel.title} is not sent")

    def _counts(self, carrier: Carrier) -> ChannelCounts:
        waiting = [one for lane in self._of(carrier.name) for one in lane.queue]
        return ChannelCounts(
            waiting=len(waiting),
            oldest_ms=min((one.parcel.made_ms for one in waiting), default=None),
            delivered=carrier.delivered,
            failed=carrier.failed,
            unsure=carrier.unsure,
            repeated=carrier.repeated,
            last_ms=carrier.last_ms,
            complaint=carrier.complaint,
        )

    def _clock_set(self, event: ClockSet) -> None:
        """What waits was made by the clock as it was."""
        if not event.redates:
            return

        def moved(parcel: Parcel) -> Parcel:
            made_ms, happened_ms = event.moved(parcel.made_ms), event.moved(parcel.happened_ms)
            return replace(parcel, made_ms=made_ms, happened_ms=happened_ms)

        waiting = [one for lane in self._lanes.values() for one in lane.changed(moved)]
        if waiting:
            self._keeping.submit(waiting)
