"""What each device should be and says it is, and that both become the same after any disconnection.

Merge patches of `desired` are applied in the order of their arrival, one at a time for a device, each with a version of
its own; `reported` is the node's whole word, and its last one counts. The two are kept by changes of their own, so that
neither can overwrite the other.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

import msgspec
from msgspec.structs import replace

from ..core import capabilities
from ..core.errors import Conflict, NotFound, StoreError
from ..core.messages import (
    ClockSet,
    DeviceChanged,
    DeviceSwapped,
    ShadowMoved,
)
from ..core.ports.intake import NOTHING, Taken
from ..core.ports.orders import DesiredKept, OrderArchive, ReportedKept
from ..core.ports.post import Post
from ..core.ports.store import Retained, Writer
from ..core.shadow import Reported, Shadow, State, Sync, delta, merged, read_reported, sync
from .bus import Bus
from .chronicle import Chronicle
from .correlation import correlated, current
from .order_book import as_noted
from .order_making import Target
from .promise import Promise
from .shadow_notes import ShadowNotes
from .shadow_post import ShadowPost
from .shadow_words import changed
from .trail import Trail

_MINUTE_S = 60.0
_ITSELF = "the gateway"
_log = logging.getLogger(__name__)


class Said(msgspec.Struct, frozen=True):
    """What a node says it is is on the disk. `set_ms`: how far the clock had been set when it came."""

    device: str
    reported: Reported
    time_ms: int
    hardware: str
    set_ms: int


class Shadows:
    """The shadows of all devices."""

    def __init__(
        self,
        writer: Writer,
        archive: OrderArchive,
        bus: Bus,
        trail: Trail,
        chronicle: Chronicle,
        clock: Callable[[], int],
        target: Target,
    ) -> None:
        self._writer = writer
        self._archive = archive
        self._bus = bus
        self._trail = trail
        self._clock = clock
        self._target = target
        self._shadows: dict[str, Shadow] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._taken: dict[str, tuple[int, bytes, str]] = {}
        """What each device said last, perhaps not on the disk yet."""
        self._ahead: set[str] = set()
        """Their nodes have read a newer version than there is."""
        self._raised: set[str] = set()
        """In this minute: a node that always says more must not keep the disk busy."""
        self._wake = asyncio.Event()
        self._set_ms = 0
        self._notes = ShadowNotes(chronicle)
        self._nodes = ShadowPost(bus, self.get)
        bus.on(Said, self._said)
        bus.on(ClockSet, self._clock_set)
        bus.on(DeviceSwapped, lambda event: self._renew(event.device))
        bus.on(DeviceChanged, self._device_changed)

    async def load(self) -> None:
        """Recall them; what hardware that is not there any more said is nobody's."""
        for shadow in await self._archive.shadows():
            device = shadow.device
            try:
                known = self._target.device(device)
            except NotFound:
                continue
            self._shadows[device] = shadow
            if shadow.hardware not in ("", known.mac):
                self._renew(device)
            self._notes.recall(self._shadows[device], known.capabilities)
            self._check_ahead(self._shadows[device])

    def attach(self, post: Post, retained: Callable[[], Mapping[str, Retained]]) -> None:
        """By whom nodes are told, and what it keeps; before anybody can connect."""
        self._nodes.attach(post, retained)

    def reconcile(self) -> None:
        """At the start: what is retained for nodes is what is wanted; a crash may have come between."""
        self._nodes.reconcile(self._shadows)

    async def run(self) -> None:
        """Remind nodes, and overtake those that are ahead, until cancelled."""
        loop = asyncio.get_running_loop()
        due_s = loop.time() + _MINUTE_S
        while True:
            await self._overtake()
            try:
                await asyncio.wait_for(self._wake.wait(), max(due_s - loop.time(), 0))
            except TimeoutError:
                due_s += _MINUTE_S
                self.look()
            self._wake.clear()

    def look(self) -> None:
        """Once a minute: who still has not read what is wanted is told again, ever more rarely."""
        self._raised.clear()
        if self._ahead:
            self._wake.set()
        self._nodes.remind()

    def get(self, device: str) -> Shadow:
        """The one of this device; an empty one where nothing was ever wanted or said."""
        return self._shadows.get(device) or Shadow(device)

    @property
    def pending_count(self) -> int:
        """How many nodes have not read the newest desired yet."""
        return sum(sync(shadow) is Sync.PENDING for shadow in self._shadows.values())

    # Desired

    async def want(self, device: str, patch: Mapping[str, object], who: str, version: int | None = None) -> Shadow:
        """Merge `patch` into desired: durable when this returns, and published. What changes nothing has no version.

        Raises NotFound; Conflict when desired has another version than `version`; Refused, naming the key, when the
        device has no such setting or not in these limits; StoreError.
        """
        self._target.device(device)
        lock = self._locks.setdefault(device, asyncio.Lock())
        await lock.acquire()
        promise: Promise | None = None
        try:
            before = self.get(device)
            if version is not None and version != before.desired_version:
                raise Conflict(f"desired has version {before.desired_version} by now.")
            state = self._merged(before, patch)
            if not delta(state, before.desired) and not delta(before.desired, state):
                return before
            promise = self._keep(before, self._next(before, state, who), lock)
        finally:
            if promise is None:
                lock.release()
        await promise.kept()
        return self.get(device)

    def _merged(self, before: Shadow, patch: Mapping[str, object]) -> State:
        """Only what the patch touches is checked: a node in another's place may not know the rest."""
        state = merged(before.desired, patch)
        known = capabilities.read(self._target.device(before.device).capabilities)
        capabilities.check_settings(known, {key: state[key] for key in patch if key in state})
        return state

    def _next(self, before: Shadow, state: State, who: str) -> Shadow:
        # Above what the node has read, too: after a restored backup it may have read more than is known here.
        version = max(before.desired_version, before.reported_version) + 1
        return replace(before, desired_version=version, desired=state, desired_ms=self._clock(), desired_by=who)

    def _keep(self, before: Shadow, after: Shadow, lock: asyncio.Lock) -> Promise:
        """Commit it; the next one's turn comes when that is done, whoever still waits for it."""
        device, by, set_ms, correlation = after.device, after.desired_by, self._set_ms, current()
        words = changed(before, after)
        entry = self._trail.entry("shadow.desired", by, f"{device}: {words}")

        def settled(error: StoreError | None) -> None:
            lock.release()
            if error is None:
                self._target.device(device)
                with correlated(correlation):
                    self._wanted(after, set_ms, words)
                    if entry is not None:
                        self._bus.publish(entry)

        at_ms = after.desired_ms or 0
        change = DesiredKept(device, after.desired_version, msgspec.json.encode(after.desired), at_ms, by)
        promise = Promise(settled)
        self._writer.submit([change] if entry is None else [change, entry], promise)
        return promise

    def _wanted(self, after: Shadow, set_ms: int, words: str) -> None:
        """It is on the disk; what the node said meanwhile stays."""
        device, desired_ms = after.device, (after.desired_ms or 0) + self._set_ms - set_ms
        shadow = self._shadows[device] = replace(
            self.get(device),
            desired_version=after.desired_version,
            desired=after.desired,
            desired_ms=desired_ms,
            desired_by=after.desired_by,
        )
        self._nodes.tell(shadow)
        self._moved(shadow)
        self._notes.wanted(device, words)

    async def _overtake(self) -> None:
        """Where a node has read a newer version than there is, what is wanted becomes newer still."""
        for device in sorted(self._ahead - self._raised):
            lock = self._locks.setdefault(device, asyncio.Lock())
            await lock.acquire()
            self._ahead.discard(device)
            self._raised.add(device)
            promise: Promise | None = None
            try:
                before = self.get(device)
                if before.reported_version > before.desired_version > 0:
                    promise = self._keep(before, self._next(before, before.desired, _ITSELF), lock)
            finally:
                if promise is None:
                    lock.release()
            if promise is not None:
                await self._told_newer(device, promise)

    async def _told_newer(self, device: str, promise: Promise) -> None:
        try:
            await promise.kept()
        except StoreError as error:
            _log.warning("%s has read a newer version than is known, and none above it can be kept: %s", device, error)
            self._ahead.add(device)
        except NotFound:
            return  # it was deleted meanwhile

    # Reported

    def reported(self, device: str, payload: bytes, now_ms: int) -> Taken:
        """A node's word on itself; the same again changes nothing. Raises Unreadable."""
        said = read_reported(payload)
        try:
            hardware = self._target.device(device).mac
        except NotFound:
            return NOTHING
        state, known = msgspec.json.encode(said.state), self.get(device)
        new = (said.version, state, hardware)
        old = (known.reported_version, msgspec.json.encode(known.reported), known.hardware)
        if known.reported_ms is not None and new == old and self._taken.get(device, new) == new:
            return NOTHING
        self._taken[device] = new
        change = ReportedKept(device, said.version, state, now_ms, hardware)
        return Taken((change,), (Said(device, said, now_ms, hardware, self._set_ms),))

    def _said(self, event: Said) -> None:
        device = event.device
        try:
            if self._target.device(device).mac != event.hardware:
                return  # other hardware has taken its place meanwhile
        except NotFound:
            return
        before = self.get(device)
        after = self._shadows[device] = replace(
            before,
            reported_version=event.reported.version,
            reported=event.reported.state,
            reported_ms=event.time_ms + self._set_ms - event.set_ms,
            hardware=event.hardware,
        )
        self._notes.reported(before, after)
        self._moved(after)
        self._check_ahead(after)

    def _check_ahead(self, shadow: Shadow) -> None:
        if shadow.reported_version > shadow.desired_version > 0:
            self._ahead.add(shadow.device)
            self._wake.set()

    def _renew(self, device: str) -> None:
        """Other hardware: nothing is known of what it is; what is wanted of it stays."""
        shadow = self.get(device)
        if shadow.reported_ms is None and device not in self._taken:
            return
        now_ms = self._clock()
        self._taken.pop(device, None)
        self._writer.submit((ReportedKept(device, 0, b"{}", now_ms),))
        self._shadows[device] = replace(shadow, reported_version=0, reported={}, reported_ms=now_ms, hardware="")
        self._notes.renewed(device)
        self._moved(self._shadows[device])

    # What happens around it

    def _moved(self, shadow: Shadow) -> None:
        self._bus.publish(ShadowMoved(shadow, sync(shadow), self._target.simulated(shadow.device)))

    def _clock_set(self, event: ClockSet) -> None:
        if event.redates:
            self._set_ms += event.shift_ms
            moved = as_noted(event)
            for device, shadow in self._shadows.items():
                self._shadows[device] = replace(
                    shadow,
                    desired_ms=None if shadow.desired_ms is None else moved(shadow.desired_ms),
                    reported_ms=None if shadow.reported_ms is None else moved(shadow.reported_ms),
                )

    def _device_changed(self, event: DeviceChanged) -> None:
        device = event.device
        if event.status is None:
            for known in (self._shadows, self._locks, self._taken):
                known.pop(device, None)
            self._ahead.discard(device)
            self._notes.forget(device)
            self._nodes.forget(device)
        elif self.get(device).desired_version:
            self._notes.declared(self.get(device), self._target.device(device).capabilities)
