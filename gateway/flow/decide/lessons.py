"""What owners have taught: which of their overrides counted as lessons, at any time, and in which order.

What a model knows of an owner is a fold over these, so forgetting is leaving out, and whoever asks later what counted
then gets the same lessons.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Protocol

from ...core.decisions import Override
from ...core.home import Assignment
from ...core.ports.models import Lesson

MOST_ACTIVE = 256
"""Lessons of one device that count; when there are more, the oldest lapse."""
LAPSING = 32
"""So many lapse together: what a model was taught goes on from where it is as long as its first lessons stay."""
_MOST_KNOWN = 4 * MOST_ACTIVE
_NEAREST = 64
"""Moments around a decision at which its lessons are looked for."""

Since = Callable[[str, int], int]
"""(device, a time) -> from when on lessons counted then."""


class Spans(Protocol):
    """Where devices stood; Assignments fulfils it."""

    def of_device(self, device: str) -> list[Assignment]:
        """All that a device has measured, by its begin."""


def since(spans: Spans) -> Since:
    """Lessons count for the room in which they were given; a window that never was elsewhere keeps all of them."""

    def from_ms(device: str, at_ms: int) -> int:
        known = [span for span in spans.of_device(device) if span.from_ms <= at_ms]
        for index in range(len(known) - 1, 0, -1):
            if known[index - 1].asset != known[index].asset:
                return known[index].from_ms
        return 0

    return from_ms


def lesson(override: Override) -> Lesson:
    """What it teaches. It has a moment."""
    assert override.moment is not None
    return Lesson(override.id, override.moment, override.position)


class Lessons:
    """The overrides of each device that teach or once taught, in the order in which they were given."""

    def __init__(self, clock: Callable[[], int], since: Since = lambda device, at_ms: 0) -> None:
        self._clock = clock
        self._since = since
        self._known: dict[str, dict[str, Override]] = {}
        self._digests: dict[str, str] = {}

    def put(self, override: Override) -> None:
        """A new one, or what became of a known one."""
        known = self._known.setdefault(override.device, {})
        known[override.id] = override
        self._digests.pop(override.device, None)
        if len(known) > _MOST_KNOWN:
            counts = {one.id for one in self.active(override.device)}
            del known[next((one for one in known if one not in counts), next(iter(known)))]

    def drop(self, override: Override) -> None:
        """It never came to be."""
        self._known.get(override.device, {}).pop(override.id, None)
        self._digests.pop(override.device, None)

    def forget(self, device: str) -> None:
        """The device is gone."""
        self._known.pop(device, None)
        self._digests.pop(device, None)

    def moved(self, device: str) -> None:
        """It stands somewhere else now."""
        self._digests.pop(device, None)

    def re_date(self, moved: Callable[[Override], Override]) -> None:
        """The clock was wrong."""
        for known in self._known.values():
            known.update({override.id: moved(override) for override in known.values()})
        self._digests.clear()

    # Asking

    def devices(self) -> list[str]:
        """Those that were ever taught anything."""
        return list(self._known)

    def find(self, device: str, override_id: str) -> Override | None:
        """One of them."""
        return self._known.get(device, {}).get(override_id)

    def anywhere(self, override_id: str) -> Override | None:
        """One of any device; an id is given once."""
        found = (known.get(override_id) for known in self._known.values())
        return next((override for override in found if override is not None), None)

    def all(self, device: str) -> list[Override]:
        """What counts and what does not any more, in the order in which it came."""
        return list(self._known.get(device, {}).values())

    def active(self, device: str) -> list[Override]:
        """What counts now, oldest first."""
        return self._unrevoked(device)[-MOST_ACTIVE:]

    def lapsing(self, device: str, coming: int) -> list[Override]:
        """What is to be revoked when so many are added, oldest first."""
        counting = self._unrevoked(device)
        blocks = -((MOST_ACTIVE - len(counting) - coming) // LAPSING)
        return counting[: max(0, blocks) * LAPSING]

    def _unrevoked(self, device: str) -> list[Override]:
        from_ms = self._since(device, self._clock())
        known = self._known.get(device, {}).values()
        return [one for one in known if one.revoked_ms is None and one.time_ms >= from_ms]

    def at(self, device: str, at_ms: int) -> list[Override]:
        """What counted then, oldest first."""
        from_ms = self._since(device, at_ms)
        known = self._known.get(device, {}).values()
        return [one for one in known if one.teaches(at_ms) and one.time_ms >= from_ms][-MOST_ACTIVE:]

    def digest(self, device: str) -> str:
        """What counts now, in 16 hex digits; empty when nothing does."""
        found = self._digests.get(device)
        if found is None:
            found = self._digests[device] = digest(self.active(device))
        return found

    def folded(self, device: str) -> list[Lesson]:
        """What a model is to know of this device now."""
        return [lesson(override) for override in self.active(device)]

    def named(self, device: str, wanted: str, at_ms: int) -> list[Lesson] | None:
        """The lessons that a decision of then rests on, by their digest; None: they are not known any more."""
        if not wanted:
            return []
        known = self._known.get(device, {}).values()
        changed = {time_ms for one in known for time_ms in (one.time_ms, one.revoked_ms) if time_ms is not None}
        # Within one millisecond a lesson may have come before or after; the rest is for clocks that were set.
        nearest = sorted({at_ms, at_ms - 1} | changed, key=lambda time_ms: abs(time_ms - at_ms))
        for time_ms in nearest[:_NEAREST]:
            found = self.at(device, time_ms)
            if digest(found) == wanted:
                return [lesson(override) for override in found]
        return None


def digest(overrides: Sequence[Override]) -> str:
    """16 hex digits for exactly these in this order; empty for none."""
    if not overrides:
        return ""
    named = "\n".join(override.id for override in overrides)
    return hashlib.blake2b(named.encode(), digest_size=8).hexdigest()
