"""The baselines that are known, and that the disk has them."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable

import msgspec
from msgspec.structs import replace

from ...core.errors import StoreError
from ...core.insight import Baseline, BaselineState
from ...core.messages import BaselineMoved, ClockSet
from ...core.ports.insight import InsightArchive, baseline_kept
from ...core.ports.store import Change, Writer
from ..bus import Bus
from ..promise import Promise
from ..trail import Trail

_log = logging.getLogger(__name__)

_KEPT = 5
"""Of one machine, as the store does: the one that counts and the one being made are never among those that go."""
_COUNT = (BaselineState.COLLECTING, BaselineState.FROZEN)


class _Written(msgspec.Struct, frozen=True):
    """A receipt."""

    baseline: str
    then: Callable[[str, StoreError | None], None]

    def settled(self, error: StoreError | None) -> None:
        """It is on the disk, or not."""
        self.then(self.baseline, error)


class BaselineShelf:
    """Of every machine, newest asked for first."""

    def __init__(self, writer: Writer, archive: InsightArchive, bus: Bus, trail: Trail) -> None:
        self._writer = writer
        self._archive = archive
        self._bus = bus
        self._trail = trail
        self._of: defaultdict[str, list[Baseline]] = defaultdict(list)
        self._unwritten: set[str] = set()
        """Ids of those that the disk refused as they are now."""

    async def load(self) -> None:
        """What is known from earlier runs. Raises StoreError."""
        for baseline in await self._archive.baselines():
            self._of[baseline.asset].append(baseline)

    @property
    def assets(self) -> list[str]:
        """Ids of those that have any."""
        return list(self._of)

    def of(self, asset: str) -> list[Baseline]:
        """All of one machine."""
        return list(self._of.get(asset, ()))

    def collecting(self) -> list[Baseline]:
        """All that are being made."""
        return [one for known in self._of.values() for one in known if one.state is BaselineState.COLLECTING]

    def now(self, baseline: Baseline) -> Baseline:
        """The same one as it is now."""
        return next((one for one in self._of[baseline.asset] if one.id == baseline.id), baseline)

    async def commit(self, changed: list[Baseline], kind: str = "", who: str = "", said: str = "") -> None:
        """On the disk when this returns, with an entry of the trail where `kind` names one. Raises StoreError."""
        entry = self._trail.entry(kind, who, said) if kind else None
        promise = Promise(lambda error: None)
        noted: list[Change] = [] if entry is None else [entry]
        self._writer.submit([*(baseline_kept(one) for one in changed), *noted], promise)
        await promise.kept()
        self._put(changed)
        if entry is not None:
            self._bus.publish(entry)

    def write(self, changed: list[Baseline]) -> None:
        """Without waiting: it follows from what is on the disk already. What is refused is written again later."""
        self._put(changed)
        self._submit(changed)

    def write_again(self) -> None:
        """What the disk refused."""
        self._submit(one for known in self._of.values() for one in known if one.id in self._unwritten)

    def redate(self, event: ClockSet) -> None:
        """The store has moved its rows in the same way."""
        for known in self._of.values():
            known[:] = [_moved(one, event) for one in known]

    def _submit(self, changed: Iterable[Baseline]) -> None:
        for baseline in list(changed):
            try:
                self._writer.submit([baseline_kept(baseline)], _Written(baseline.id, self._written))
            except StoreError as error:
                self._written(baseline.id, error)

    def _written(self, baseline_id: str, error: StoreError | None) -> None:
        if error is None:
            self._unwritten.discard(baseline_id)
        elif baseline_id not in self._unwritten:
            self._unwritten.add(baseline_id)
            _log.warning("a baseline could not be written, and will be again: %s", error)

    def _put(self, changed: Iterable[Baseline]) -> None:
        for baseline in changed:
            known = self._of[baseline.asset]
            at = next((at for at, one in enumerate(known) if one.id == baseline.id), None)
            if at is None:
                known.insert(0, baseline)
            else:
                known[at] = baseline
            over = sorted(known, key=lambda one: one.state not in _COUNT)[_KEPT:]
            known[:] = [one for one in known if one not in over]
        for baseline in changed:
            self._bus.publish(BaselineMoved(baseline))


def _moved(baseline: Baseline, event: ClockSet) -> Baseline:
    from_ms = event.moved(baseline.from_ms)
    frozen_ms = None if baseline.frozen_ms is None else event.moved(baseline.frozen_ms)
    to_ms = baseline.to_ms + from_ms - baseline.from_ms
    return replace(baseline, asked_ms=event.moved(baseline.asked_ms), frozen_ms=frozen_ms, from_ms=from_ms, to_ms=to_ms)
