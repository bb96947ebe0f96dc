"""What the leaves of a rule looked at in a stretch of the past: by what devices stood for then, not by what they do."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Protocol

from ...core.capabilities import Capabilities
from ...core.home import Assignment
from ...core.rules.ages import age_s
from ...core.rules.events import LeafSeries, Series
from ...core.rules.rule import Rule, measured
from ...core.rules.sources import MOST_SERIES, Measured


class Rooms(Protocol):
    """What is asked of the house; `house.House` fulfils it."""

    def device(self, device_id: str) -> Capabilities | None:
        """None: there is no such device (any more)."""

    def assets_in(self, zone_id: str) -> Collection[str]:
        """The assets of a zone and of the zones inside it."""


class Spans:
    """From what a rule names to series, each with the time in which it counted; zones are as they are now."""

    def __init__(
        self,
        house: Rooms,
        of_asset: Callable[[str], list[Assignment]],
        interval_s: Callable[[str], float] = lambda device: 0.0,
    ) -> None:
        self._house = house
        self._of_asset = of_asset
        self._interval_s = interval_s

    def __call__(self, rule: Rule, from_ms: int, to_ms: int) -> tuple[LeafSeries, ...]:
        """What each leaf that looks at values looked at in [from, to)."""
        return tuple(
            LeafSeries(path, tuple(self._series(one, from_ms, to_ms))[:MOST_SERIES]) for path, one in measured(rule)
        )

    def _series(self, source: Measured, from_ms: int, to_ms: int) -> Iterator[Series]:
        if source.device:
            yield Series(source.device, source.metric, self._age_s(source.device, source.metric))
            return
        assets = [source.asset] if source.asset else sorted(self._house.assets_in(source.zone))
        for asset in assets:
            for span in self._of_asset(asset):
                ends_ms = to_ms if span.to_ms is None else span.to_ms
                if span.from_ms < to_ms and ends_ms > from_ms and self._measures(span.device, source.metric):
                    age = self._age_s(span.device, source.metric)
                    yield Series(span.device, source.metric, age, span.from_ms, span.to_ms)

    def _age_s(self, device: str, metric: str) -> int:
        return age_s(metric, self._interval_s(device))

    def _measures(self, device: str, metric: str) -> bool:
        known = self._house.device(device)
        return known is None or metric in known.metrics
