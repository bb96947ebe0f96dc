"""One lane: the messages to one target over one channel, strictly one after the other.

Only the head is ever in flight. That it is being sent is on the disk before the request leaves, so that a kill leaves
a head whose fate is unknown; nothing goes before that is settled: the channel is asked whether the message arrived,
and only if nobody can say it is sent once more, marked as perhaps a repetition. That is how order survives, nothing is
lost and nothing comes twice.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import tzinfo
from itertools import takewhile

import msgspec
from msgspec.structs import replace

from ...core.alerts.alert import AlertKind
from ...core.alerts.policy import OVER
from ...core.alerts.texts import message, one_for
from ...core.delivery import Delivery, DeliveryState, Parcel
from ...core.ports.channel import Channel, DeliveryFailed, Found, Perhaps, Rejected, Shut, Slower
from ..chronicle import Chronicle
from .carrier import Carrier
from .keeping import Keeping
from .rates import Pace

_LOOKS = 2
"""So often it must be absent before it is sent anew."""
_PATIENCE_S = 180.0
"""A channel has its own time-outs; this is for one that forgot."""
_IDLE_S = 3600.0
_FOR_EVER_S = 10.0 * 365 * 86_400
_JOIN_FROM = 6
_QUEUED, _SENDING, _UNSURE = DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.UNSURE


class Waits(msgspec.Struct, frozen=True, kw_only=True):
    """How long is waited for what, in seconds."""

    first_pause_s: float = 1.0
    longest_pause_s: float = 60.0
    """Between two tries while nothing arrives."""
    first_look_s: float = 5.0
    """What may still be on its way inside the other side's machines has so long."""
    next_look_s: float = 20.0
    repeat_s: float = 30.0
    """When nobody can say whether a message arrived, it is repeated after that, and then ever later."""
    longest_repeat_s: float = 3600.0


class Lane:
    """Works its queue off while its channel is there. Its state is here and on the disk, not in the task.

    `dice` in [0, 1) spreads the tries of many lanes. `over` is told of those that have come to an end.
    """

    def __init__(
        self,
        name: str,
        carrier: Carrier,
        keeping: Keeping,
        chronicle: Chronicle,
        clock: Callable[[], int],
        zone: tzinfo,
        dice: Callable[[], float],
        deliver_ms: int,
        over: Callable[[Iterable[Delivery]], None],
        waits: Waits,
    ) -> None:
        self.name = name
        self.queue: deque[Delivery] = deque()
        self.newest = ""
        """What the other side calls what arrived last."""
        self._carrier = carrier
        self._keeping = keeping
        self._chronicle = chronicle
        self._clock = clock
        self._zone = zone
        self._dice = dice
        self._deliver_ms = deliver_ms
        self._over = over
        self._waits = waits
        self._wake = asyncio.Event()
        self._pace = Pace()
        self._failures = 0
        self._not_before_s = 0.0
        self._held_s = 0.0
        """The other side said how long; success elsewhere changes nothing about that."""
        self._blocked_s = 0.0
        """Its target takes nothing until then, as far as is known."""
        self._flying = False
        """A request is under way, or about to be."""
        self._unwanted: set[str] = set()
        """What was under way when its target was removed."""
        self._look_s: float | None = None
        """When to find out about the head in flight; None: that is not decided yet."""
        self._absent = self._unknown = 0
        self._repeat = self._bare = False
        carrier.join(name, self.relieve)

    # What happens around it

    def relieve(self) -> None:
        """There is reason to try at once."""
        self._failures, self._not_before_s = 0, 0.0
        self._wake.set()

    def unblock(self) -> None:
        """Its target takes messages again, as far as is known."""
        self._blocked_s = 0.0
        self._carrier.unblocked(self.name)
        self.relieve()

    def reopened(self) -> None:
        """Another channel is in place of the one that said how long to wait."""
        self._held_s = 0.0
        self.unblock()

    def forsake(self, why: str) -> list[Delivery]:
        """Its target is removed: nothing waits any more, and what is under way just now is not tried again."""
        self._blocked_s = 0.0
        self._carrier.unblocked(self.name)
        if self._flying:
            self._unwanted = {one.parcel.id for one in self.queue if one.state is _SENDING}
        return self.drop(lambda one: True, why, under_way=not self._flying)

    def add(self, deliveries: Iterable[Delivery]) -> None:
        """They come after what is there."""
        self.queue.extend(deliveries)
        self._wake.set()

    def changed(self, change: Callable[[Parcel], Parcel]) -> list[Delivery]:
        """Every parcel is another from now on; what waits, as it is now."""
        self.queue = deque(replace(one, parcel=change(one.parcel)) for one in self.queue)
        return list(self.queue)

    def drop(self, which: Callable[[Delivery], bool], why: str, *, under_way: bool = False) -> list[Delivery]:
        """They are not sent; those on their way stay, unless nobody knows what became of them or `under_way`."""
        gone = [one for one in self.queue if (under_way or one.state is not _SENDING) and which(one)]
        if not gone:
            return []
        ids = {one.parcel.id for one in gone}
        if self.queue[0].parcel.id in ids:
            self._begin_anew()
        self.queue = deque(one for one in self.queue if one.parcel.id not in ids)
        ended = [replace(one, state=DeliveryState.DROPPED, detail=why, ended_ms=self._clock()) for one in gone]
        self._wake.set()
        return ended

    # Its course

    async def run(self) -> None:
        """Until cancelled; what is in flight then is found out about by the next run."""
        self._look_s = None
        while True:
            if unwanted := list(takewhile(lambda one: one.parcel.id in self._unwanted, self.queue)):
                self._blocked_s = 0.0
                self._carrier.unblocked(self.name)
                await self._end(unwanted, DeliveryState.DROPPED, detail="nobody is there any more")
                continue
            heads = self._heads()
            if old := list(takewhile(self._is_too_old, heads)):
                await self._end(old, DeliveryState.FAILED, detail="too old")
                continue
            wait_s = self._wait_s(heads)
            if wait_s > 0:
                await self._rest(wait_s)
            elif self._carrier.channel is not None:
                if heads[0].state is _QUEUED or self._repeat:
                    self._flying = True
                    try:
                        await self._send(heads, self._carrier.channel)
                    finally:
                        self._flying = False
                else:
                    await self._look(heads, self._carrier.channel)

    def _heads(self) -> list[Delivery]:
        """What is in flight, or what goes next: one, or many nodes that went together."""
        flying = list(takewhile(lambda one: one.state in (_SENDING, _UNSURE), self.queue))
        if flying or not self.queue:
            return flying
        first = self.queue[0].parcel
        if first.kind != AlertKind.OFFLINE:
            return [self.queue[0]]
        alike = list(takewhile(lambda one: _alike(one.parcel, first), self.queue))
        return alike if len(alike) >= _JOIN_FROM else alike[:1]

    def _is_too_old(self, one: Delivery) -> bool:
        return self._clock() - one.parcel.made_ms > self._deliver_ms

    def _wait_s(self, heads: Sequence[Delivery]) -> float:
        """Seconds until there is something to do."""
        now_s = asyncio.get_running_loop().time()
        channel, free_s = self._carrier.channel, self._carrier.wait_s()
        if not heads or channel is None or free_s is None:
            return _IDLE_S
        waits = [free_s, self._not_before_s - now_s, self._held_s - now_s, self._blocked_s - now_s]
        if heads[0].state is _QUEUED:
            waits.append(self._pace.wait_s(channel.rate, now_s))
        else:
            if self._look_s is None:
                self._look_s = now_s + self._waits.first_look_s
            waits.append(self._look_s - now_s)
        return max(waits)

    async def _rest(self, seconds: float) -> None:
        self._wake.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _send(self, heads: Sequence[Delivery], channel: Channel) -> None:
        repeat, bare = self._repeat or heads[0].repeated, self._bare
        before = list(heads)
        heads = self._put([replace(one, state=_SENDING, tried=one.tried + 1, repeated=repeat) for one in heads])
        # An alarm takes along what waits before it: the order holds.
        urgent = any(one.parcel.level == "alarm" for one in self.queue)
        if not await self._keeping.durably(heads, owe=urgent) and not urgent:
            # A kill after the request would make it come twice. What is urgent goes all the same.
            self._keeping.submit(self._put(before))
            self._pause("the disk takes nothing")
            return
        self._repeat = False
        self._pace.sent(asyncio.get_running_loop().time())
        parcels = [one.parcel for one in heads]
        text = message(parcels, self._clock(), self._zone, repeat=repeat, bare=bare)
        try:
            async with asyncio.timeout(_PATIENCE_S):
                ref = await channel.deliver(one_for(parcels), text, repeat=repeat, bare=bare)
        except TimeoutError:
            self._doubt(heads, "no answer came")
        except DeliveryFailed as failure:
            await self._failed(heads, failure)
        else:
            await self._arrived(heads, ref)

    async def _failed(self, heads: Sequence[Delivery], failure: DeliveryFailed) -> None:
        match failure:
            case Perhaps():
                self._doubt(heads, str(failure))
            case Rejected() if not self._bare:
                self._bare = True
                self._back(heads, str(failure))
            case Rejected():
                await self._end(heads, DeliveryState.FAILED, detail=str(failure))
            case _:
                self._back(heads, str(failure))
                self._hold(failure)

    def _hold(self, failure: DeliveryFailed) -> None:
        """Wait as long as the other side says, or ever longer."""
        now_s = asyncio.get_running_loop().time()
        match failure:
            case Slower():
                self._held_s = now_s + failure.after_s + 1
                self._carrier.slower(failure)
            case Shut() if failure.whole:
                self._carrier.shut(failure)
            case Shut():
                self._blocked_s = now_s + (_FOR_EVER_S if failure.again_s is None else failure.again_s)
                self._carrier.blocked(self.name, str(failure))
            case _:
                self._pause(str(failure))

    async def _look(self, heads: Sequence[Delivery], channel: Channel) -> None:
        """Find out what became of the head."""
        parcel = one_for([one.parcel for one in heads])
        try:
            async with asyncio.timeout(_PATIENCE_S):
                found = await channel.find(parcel, self.newest)
        except TimeoutError:
            self._pause("no answer came")
            return
        except DeliveryFailed as failure:
            self._hold(failure)
            return
        ids = {one.parcel.id for one in heads}
        heads = list(takewhile(lambda one: one.parcel.id in ids, self.queue))
        if not heads:
            return  # it was dropped meanwhile; of many in one the others are still asked about
        now_s = asyncio.get_running_loop().time()
        if isinstance(found, Found):
            await self._arrived(heads, found.ref)
        elif found == "unknown":
            self._unknown += 1
            self._repeat = True
            wait_s = self._waits.repeat_s * 2 ** min(self._unknown - 1, 16)
            self._look_s = now_s + min(wait_s, self._waits.longest_repeat_s)
        else:
            self._absent += 1
            self._look_s = now_s + self._waits.next_look_s
            if self._absent >= _LOOKS:
                self._begin_anew()
                self._back([replace(one, repeated=False) for one in heads], "it had not arrived")

    async def _arrived(self, heads: Sequence[Delivery], ref: str) -> None:
        self.newest = ref
        self._failures = 0
        self._carrier.unblocked(self.name)
        self._carrier.succeeded()
        await self._end(heads, DeliveryState.DELIVERED, ref)

    def _doubt(self, heads: Sequence[Delivery], why: str) -> None:
        """Nobody knows whether it arrived."""
        self._carrier.unsure += 1
        self._carrier.failing(why)
        self._absent, self._look_s = 0, asyncio.get_running_loop().time() + self._waits.first_look_s
        self._keeping.submit(self._put([replace(one, state=_UNSURE, detail=why) for one in heads]))

    def _back(self, heads: Sequence[Delivery], why: str) -> None:
        """It surely did not arrive. Nobody waits for the disk: a kill makes it a head to find out about."""
        self._keeping.submit(self._put([replace(one, state=_QUEUED, detail=why) for one in heads]))

    async def _end(self, heads: Sequence[Delivery], state: DeliveryState, ref: str = "", detail: str = "") -> None:
        ended = self._put([replace(one, state=state, ref=ref, detail=detail, ended_ms=self._clock()) for one in heads])
        self._begin_anew()
        self._unwanted.clear()
        for one in ended:
            self.queue.popleft()
            self._carrier.count(one)
            if state is DeliveryState.FAILED:
                self._chronicle.note("alert.undelivered", f"{self.name}: {one.parcel.title}: {detail}")
        self._over(ended)
        await self._keeping.durably(ended, owe=True)

    def _put(self, heads: list[Delivery]) -> list[Delivery]:
        """The heads of the queue are so from now on; their parcels may have been dated anew meanwhile."""
        now = [replace(one, parcel=self.queue[place].parcel) for place, one in enumerate(heads)]
        for place, one in enumerate(now):
            self.queue[place] = one
        return now

    def _begin_anew(self) -> None:
        self._look_s = None
        self._absent = self._unknown = 0
        self._repeat = self._bare = False

    def _pause(self, why: str) -> None:
        self._carrier.failing(why)
        pause_s = min(self._waits.first_pause_s * 2**self._failures, self._waits.longest_pause_s)
        self._failures = min(self._failures + 1, 16)
        self._not_before_s = asyncio.get_running_loop().time() + pause_s * (0.8 + 0.4 * self._dice())


def _alike(one: Parcel, other: Parcel) -> bool:
    """Whether both are nodes that went, or both came back."""
    return one.kind == other.kind and (one.part == OVER) == (other.part == OVER) and one.part != "test"
