"""Which device measures which asset, and when it did.

An assignment's history lives in the document of its device. To which asset a reading belongs is worked out when
somebody asks, from these spans: nothing is written or looked up per reading.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager

import msgspec

from ..core.errors import Conflict
from ..core.home import Assignment
from ..core.messages import AssignmentChanged, ClockSet, DeviceChanged
from ..core.ports.documents import Document, Documents
from ..core.ports.gatekeeper import Auditor
from .bus import Bus
from .chronicle import Chronicle
from .collection import read_all
from .home import Home
from .later import Later

_COLLECTION = "assignments"
MOST_SPANS = 200
"""Kept of one device; the oldest are forgotten first."""


class _Span(msgspec.Struct, frozen=True):
    asset: str
    from_ms: int
    to_ms: int | None = None


class _Document(msgspec.Struct, frozen=True):
    spans: list[_Span]


class Assignments:
    """Documents first, then memory, then the bus; one change at a time. Listens to the bus by itself.

    `home` knows the assets and is told who must go before one is deleted; `chronicle` hears of each assignment.
    """

    def __init__(
        self,
        documents: Documents,
        bus: Bus,
        trail: Auditor,
        clock: Callable[[], int],
        home: Home | None = None,
        chronicle: Chronicle | None = None,
    ) -> None:
        self._documents = documents
        self._bus = bus
        self._trail = trail
        self._clock = clock
        self._home = home
        self._chronicle = chronicle
        self._changing = asyncio.Lock()
        self._later = Later()
        self._spans: dict[str, list[Assignment]] = {}
        self._by_asset: dict[str, list[Assignment]] | None = None
        self._present: dict[str, list[str]] = {}
        if home is not None:
            home.attach(self)
        bus.on(ClockSet, self.clock_set)
        bus.on(DeviceChanged, self._device_changed)

    def load(self) -> None:
        """Read the documents; an unreadable one is left out, loudly."""
        for device, document in read_all(self._documents, _COLLECTION, _Document).items():
            spans = [Assignment(device, span.asset, span.from_ms, span.to_ms) for span in document.spans]
            self._spans[device] = _apart(sorted(spans, key=lambda span: span.from_ms))
        self._by_asset = None

    # Asking

    def current(self, device: str) -> str | None:
        """The asset a device measures now; None: none."""
        open_span = self.present(device)
        return None if open_span is None else open_span.asset

    def present(self, device: str) -> Assignment | None:
        """The assignment that holds now."""
        spans = self._spans.get(device)
        return spans[-1] if spans and spans[-1].to_ms is None else None

    def at(self, device: str, time_ms: int) -> str | None:
        """The asset a device measured at this time; None: none."""
        for span in reversed(self._spans.get(device, ())):
            if span.from_ms <= time_ms:
                return span.asset if span.to_ms is None or time_ms < span.to_ms else None
        return None

    def of_asset(self, asset: str) -> list[Assignment]:
        """Every time a device measured this asset, by its begin."""
        return list(self._index().get(asset, ()))

    def devices_at(self, asset: str) -> list[str]:
        """The devices that measure this asset now."""
        self._index()
        return list(self._present.get(asset, ()))

    def of_device(self, device: str) -> list[Assignment]:
        """All that a device has measured, by its begin."""
        return list(self._spans.get(device, ()))

    # Changing

    async def assign(self, device: str, asset: str, who: str, since_ms: int | None = None) -> Assignment:
        """The device measures this asset, from now on or since a moment that has been; elsewhere it ends then.

        Said again with an earlier `since_ms` the assignment begins earlier. Raises NotFound (no such asset), Conflict
        (`since_ms` lies ahead, or before the assignment that ends), StoreError.
        """
        async with self._changing:
            described = self._described(asset)
            now_ms = self._clock()
            from_ms = now_ms if since_ms is None else since_ms
            if from_ms > now_ms:
                raise Conflict("since: this moment has not come yet.")
            present = self.present(device)
            if present is not None and present.asset == asset and (since_ms is None or since_ms >= present.from_ms):
                return present
            spans = self._with(device, asset, from_ms)
            await self._put(device, spans)
            before = None if present is None else present.asset
            if before != asset:
                self._tell(device, asset, before, f"now at {described}")
        self._trail.note("device.assigned", who, f"{device} at {asset}")
        return spans[-1]

    async def unassign(self, device: str, who: str) -> None:
        """The device measures nothing that is known from now on; nothing changes when it did not. Raises StoreError."""
        async with self._changing:
            present = self.present(device)
            if present is None:
                return
            await self._put(device, _closed(self._spans[device], self._clock()))
            self._tell(device, None, present.asset, f"no longer at {self._name(present.asset)}")
        self._trail.note("device.unassigned", who, f"{device} at {present.asset}")

    @asynccontextmanager
    async def vacated(self, asset: str) -> AsyncIterator[None]:
        """No device stands for this asset any more, and none can be assigned to it within. Raises StoreError."""
        async with self._changing:
            devices, now_ms, name = self.devices_at(asset), self._clock(), self._name(asset)
            if devices:
                await self._put_all({device: _closed(self._spans[device], now_ms) for device in devices})
            for device in devices:
                self._tell(device, None, asset, f"no longer at {name}")
            yield

    async def erase(self, asset: str) -> None:
        """Forget who stood for an asset of this id before: another one will be called so. Raises StoreError."""
        async with self._changing:
            devices = {span.device for span in self.of_asset(asset)}
            left = {device: [span for span in self._spans[device] if span.asset != asset] for device in devices}
            if left:
                await self._put_all(left)

    def forget(self, device: str) -> None:
        """The device is gone; what it measured is no asset's any more."""
        before = self.current(device)
        if self._spans.pop(device, None) is None:
            return
        self._by_asset = None
        if before is not None:
            self._bus.publish(AssignmentChanged(device, None, before))
        self._later.do(self._drop(device), "the assignments of a deleted device are still in its document")

    def clock_set(self, event: ClockSet) -> None:
        """Spans that began or ended in this run move with its readings; a small correction moves neither."""
        if not event.redates:
            return
        moved = {
            device: after
            for device, spans in self._spans.items()
            if (after := _apart([_moved(span, event) for span in spans])) != spans
        }
        self._spans |= moved
        self._by_asset = None
        if moved:
            self._later.do(self._keep(moved), "assignments may begin at a wrong time: the clock was set")

    # What becomes of the spans

    def _with(self, device: str, asset: str, from_ms: int) -> list[Assignment]:
        """The device's spans with a new one. Raises Conflict where another one stands."""
        spans = list(self._spans.get(device, ()))
        if spans and spans[-1].to_ms is None:
            last = spans.pop()
            if last.asset != asset:
                if from_ms < last.from_ms:
                    raise Conflict(f"since: then {device} was not yet at {last.asset}, where it is now.")
                if from_ms > last.from_ms:
                    spans.append(msgspec.structs.replace(last, to_ms=from_ms))
        if spans and (spans[-1].to_ms or 0) > from_ms:
            raise Conflict(f"since: then {device} was at {spans[-1].asset}.")
        return [*spans, Assignment(device, asset, from_ms)]

    def _device_changed(self, event: DeviceChanged) -> None:
        if event.status is None:
            self.forget(event.device)

    def _tell(self, device: str, asset: str | None, before: str | None, reason: str) -> None:
        self._bus.publish(AssignmentChanged(device, asset, before))
        if self._chronicle is not None:
            kind = "device.unassigned" if asset is None else "device.assigned"
            self._chronicle.note(kind, reason, device, asset=asset or before or "")

    def _described(self, asset: str) -> str:
        """`Fern (plant)`. Raises NotFound."""
        if self._home is None:
            return asset
        found = self._home.asset(asset)
        return f"{found.name} ({found.kind.replace('_', ' ')})"

    def _name(self, asset: str) -> str:
        known = None if self._home is None else self._home.plan.asset(asset)
        return asset if known is None else known.name

    def _index(self) -> Mapping[str, list[Assignment]]:
        if self._by_asset is None:
            by_asset: defaultdict[str, list[Assignment]] = defaultdict(list)
            present: defaultdict[str, list[str]] = defaultdict(list)
            for device, spans in self._spans.items():
                for span in spans:
                    by_asset[span.asset].append(span)
                    if span.to_ms is None:
                        present[span.asset].append(device)
            for known in by_asset.values():
                known.sort(key=lambda span: (span.from_ms, span.device))
            self._by_asset, self._present = by_asset, present
        return self._by_asset

    # Keeping

    async def _put(self, device: str, spans: list[Assignment]) -> None:
        await self._put_all({device: spans})

    async def _put_all(self, changed: Mapping[str, list[Assignment]]) -> None:
        kept = {device: spans[-MOST_SPANS:] for device, spans in changed.items()}
        gone = [device for device, spans in kept.items() if not spans]
        await self._documents.change(
            _COLLECTION, {device: _document(spans) for device, spans in kept.items() if spans}, gone
        )
        self._spans |= kept
        for device in gone:
            del self._spans[device]
        self._by_asset = None

    async def _keep(self, moved: Mapping[str, list[Assignment]]) -> None:
        async with self._changing:
            # Whatever was changed since has been written with what was moved.
            await self._put_all({device: spans for device, spans in moved.items() if self._spans.get(device) == spans})

    async def _drop(self, device: str) -> None:
        async with self._changing:
            if device not in self._spans:
                await self._documents.delete(_COLLECTION, device)


def _closed(spans: list[Assignment], to_ms: int) -> list[Assignment]:
    """With the present one ended; one that never lasted is left out."""
    last = spans[-1]
    ended = [msgspec.structs.replace(last, to_ms=to_ms)] if to_ms > last.from_ms else []
    return [*spans[:-1], *ended]


def _apart(spans: Iterable[Assignment]) -> list[Assignment]:
    """By their begin and without overlaps: where a clock ran ahead or a document was edited, the later one counts."""
    found: list[Assignment] = []
    for span in spans:
        while found and (found[-1].to_ms is None or found[-1].to_ms > span.from_ms):
            last = found.pop()
            if last.from_ms < span.from_ms:
                found.append(msgspec.structs.replace(last, to_ms=span.from_ms))
        found.append(span)
    return found


def _moved(span: Assignment, event: ClockSet) -> Assignment:
    to_ms = None if span.to_ms is None else event.moved(span.to_ms)
    return msgspec.structs.replace(span, from_ms=event.moved(span.from_ms), to_ms=to_ms)


def _document(spans: Iterable[Assignment]) -> Document:
    kept = _Document([_Span(span.asset, span.from_ms, span.to_ms) for span in spans])
    document: Document = msgspec.to_builtins(kept)
    return document
