"""Which series cannot be believed and why, what is left of devices that are gone, and the owner's word on both."""

from __future__ import annotations

from typing import Literal

import msgspec

from ...core.quality import Quality as Bit
from ...flow.ghosts import Ghost
from ...flow.thresholds import DISMISSIBLE, Threshold
from .parts import Parts
from .quality_names import quality_names
from .receipts import commit
from .routes import Route, Who
from .typed import Asked, NoBody, NoQuery, op

Dismissible = Literal["jump", "stuck", "drift", "stale"]


class SeriesShown(msgspec.Struct, frozen=True):
    """One series that is flagged."""

    device: str
    metric: str
    quality: tuple[str, ...]
    reason: str
    """In words, as the event log has it."""
    simulated: bool


class ThresholdShown(msgspec.Struct, frozen=True):
    """What the owner has said of one series."""

    device: str
    metric: str
    low: float | None
    high: float | None
    normal: tuple[str, ...]


class QualityShown(msgspec.Struct, frozen=True):
    """Answer to GET /api/quality."""

    flagged: list[SeriesShown]
    thresholds: list[ThresholdShown]
    ghosts: list[Ghost]


class OwnersWord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of POST /api/devices/{id}/quality/{metric}. What is absent stays as it is.

    `normal`: true for everything that is flagged now, false for nothing any more, or the names of what never is wrong.
    """

    normal: bool | list[Dismissible] | msgspec.UnsetType = msgspec.UNSET
    low: float | msgspec.UnsetType | None = msgspec.UNSET
    high: float | msgspec.UnsetType | None = msgspec.UNSET


class Quality:
    """The quality resource."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def routes(self) -> list[Route]:
        """What is served."""
        return [
            op("GET", "/quality", Who.READ, self._list, "Which series cannot be believed, and why"),
            op("POST", "/devices/{id}/quality/{metric}", Who.OPERATE, self._say, "The owner's word on one series"),
            op("DELETE", "/quality/ghosts/{device}", Who.ADMIN, self._clear, "Clear what is left of a device"),
        ]

    async def _list(self, asked: Asked[NoQuery, NoBody]) -> QualityShown:
        registry, doubts = self._parts.registry, self._parts.doubts
        flagged = [
            SeriesShown(device, metric, quality_names(bits), why, registry.simulated(device))
            for device, series in sorted(doubts.verdicts.flagged().items())
            for metric, (bits, why) in sorted(series.items())
        ]
        thresholds = [
            _shown(device.id, metric, threshold)
            for device in registry.devices()
            for metric, threshold in sorted(doubts.thresholds.of(device.id).items())
        ]
        return QualityShown(flagged, thresholds, doubts.ghosts.found)

    async def _say(self, asked: Asked[NoQuery, OwnersWord]) -> ThresholdShown:
        device, metric = asked.path["id"], asked.path["metric"]
        self._parts.registry.device(device)
        word, doubts = asked.body, self._parts.doubts
        threshold = doubts.thresholds.get(device, metric)
        if word.low is not msgspec.UNSET:
            threshold = msgspec.structs.replace(threshold, low=word.low)
        if word.high is not msgspec.UNSET:
            threshold = msgspec.structs.replace(threshold, high=word.high)
        if word.normal is not msgspec.UNSET:
            bits, _ = doubts.verdicts.flagged().get(device, {}).get(metric, (0, ""))
            threshold = msgspec.structs.replace(threshold, normal=_normal(word.normal, threshold.normal | bits))
        await doubts.judge.set(device, metric, threshold)
        return _shown(device, metric, threshold)

    async def _clear(self, asked: Asked[NoQuery, NoBody]) -> None:
        await commit(self._parts.writer, self._parts.doubts.ghosts.clear(asked.path["device"]))


def _normal(said: bool | list[Dismissible], now: int) -> int:
    if isinstance(said, bool):
        return now & int(DISMISSIBLE) if said else 0
    return sum({int(Bit[name.upper()]) for name in said})


def _shown(device: str, metric: str, threshold: Threshold) -> ThresholdShown:
    return ThresholdShown(device, metric, threshold.low, threshold.high, quality_names(threshold.normal))
