"""What the owner knows better: limits of a series, and what of it is normal."""

from __future__ import annotations

import logging

import msgspec

from ..core.errors import Refused
from ..core.judging.rules import Rule, rule
from ..core.ports.documents import Documents
from ..core.quality import Quality

_COLLECTION = "quality"
_log = logging.getLogger(__name__)
DISMISSIBLE = Quality.STUCK | Quality.DRIFT | Quality.JUMP | Quality.STALE
"""What may be normal for a series; impossible values are a matter of its limits."""


class Threshold(msgspec.Struct, frozen=True, omit_defaults=True):
    """One series as its owner sees it. None: as usual for the metric."""

    low: float | None = None
    high: float | None = None
    normal: int = 0
    """Bits of `Quality` that are never raised for it."""


DEFAULT = Threshold()


class Thresholds:
    """The owner's thresholds, by device and metric."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._known: dict[str, dict[str, Threshold]] = {}

    def load(self) -> None:
        """Read them; an unreadable device's are left out, loudly."""
        for device, document in self._documents.all(_COLLECTION).items():
            try:
                self._known[device] = msgspec.convert(document, dict[str, Threshold])
            except msgspec.ValidationError as error:
                _log.error("the thresholds of device %s are unreadable and left out: %s", device, error)

    def of(self, device: str) -> dict[str, Threshold]:
        """By metric, only those that are set."""
        return dict(self._known.get(device, {}))

    def get(self, device: str, metric: str) -> Threshold:
        """The threshold of one series."""
        known = self._known.get(device)
        return DEFAULT if known is None else known.get(metric, DEFAULT)

    def rule(self, device: str, metric: str) -> Rule:
        """What is known of the metric, with the owner's limits."""
        found, threshold = rule(metric), self.get(device, metric)
        low = found.low if threshold.low is None else threshold.low
        high = found.high if threshold.high is None else threshold.high
        if (low, high) == (found.low, found.high):
            return found
        errors = tuple(value for value in found.errors if not low <= value <= high)
        return msgspec.structs.replace(found, low=low, high=high, errors=errors)

    async def put(self, device: str, metric: str, threshold: Threshold) -> None:
        """Set one; as if nothing was said: forget it. Raises Refused, StoreError."""
        if threshold.normal & ~DISMISSIBLE:
            raise Refused("Only stuck, drift, jump and stale can be normal; for a range, set low and high.")
        if threshold.low is not None and threshold.high is not None and threshold.low >= threshold.high:
            raise Refused("low must be below high.")
        known = self.of(device)
        known[metric] = threshold
        if threshold == DEFAULT:
            del known[metric]
        if known:
            await self._documents.put(_COLLECTION, device, msgspec.to_builtins(known))
        else:
            await self._documents.delete(_COLLECTION, device)
        self._known[device] = known

    async def forget(self, device: str) -> None:
        """The device is gone."""
        if self._known.pop(device, None) is not None:
            await self._documents.delete(_COLLECTION, device)
