"""Puts together what is known of episodes, of the baselines of machines and of their health."""

from __future__ import annotations

import logging

from ...core.anomaly import machine
from ...core.health.condition import Driver
from ...core.health.life import Lasting, Life, NotEnough, NoWear, Reached
from ...core.home import Asset
from ...core.insight import Baseline, Component, Episode, Signal
from ...flow.anomalies.places import MACHINES
from ...flow.home import Home
from .insight_shown import (
    BaselineShown,
    CommissioningShown,
    ComponentShown,
    ConditionDayShown,
    DriverShown,
    EpisodeShown,
    IndexTrendShown,
    LifeName,
    MachineHealthShown,
    RemainingShown,
    SignalShown,
    Standing,
)
from .parts import InsightParts
from .times import maybe_text, to_text

_NO_MACHINE = "{name} is none of the machines that can be commissioned: pumps, fans and water heaters."
_NO_COMPONENTS = "Nothing is measured that tells of its condition."
_log = logging.getLogger(__name__)


class InsightView:
    """Makes of the flow's values what is shown."""

    def __init__(self, insight: InsightParts, home: Home) -> None:
        self._baselines = insight.baselines
        self._health = insight.health
        self._places = insight.places
        self._hours = insight.commissioning_hours
        self._home = home

    def machines(self) -> list[Asset]:
        """Every asset that can have a baseline."""
        return [asset for asset in self._home.assets() if asset.kind in MACHINES]

    def episode(self, episode: Episode) -> EpisodeShown:
        """An episode as it is shown."""
        return EpisodeShown(
            id=episode.id,
            asset=episode.asset,
            asset_name=self._places.name(episode.asset or episode.device),
            device=episode.device,
            metric=episode.metric,
            nature=episode.nature,
            opened=to_text(episode.opened_ms),
            opened_ms=episode.opened_ms,
            seen=to_text(episode.seen_ms),
            seen_ms=episode.seen_ms,
            closed=maybe_text(episode.closed_ms),
            closed_ms=episode.closed_ms,
            score=episode.score,
            need=episode.need,
            reason=episode.reason,
            signals=[_signal(signal) for signal in episode.signals],
            model=episode.model,
            correlation=episode.correlation,
            verdict=episode.verdict,
            judged_by=episode.judged_by,
            judged=maybe_text(episode.judged_ms),
            judged_ms=episode.judged_ms,
            simulated=episode.simulated,
        )

    def baseline(self, asset_id: str) -> BaselineShown:
        """Of any asset: one that is no machine can have none. NotFound."""
        asset = self._home.asset(asset_id)
        now, collecting = self._baselines.of(asset.id), self._baselines.collecting(asset.id)
        possible = asset.kind in MACHINES
        return BaselineShown(
            asset=asset.id,
            asset_name=asset.name,
            possible=possible,
            reason="" if possible else _NO_MACHINE.format(name=asset.name),
            state=self._standing(asset.id),
            hours=self._hours,
            resting="" if now is None else self._baselines.resting(asset.id),
            baseline=None if now is None else _commissioning(now),
            collecting=None if collecting is None else _commissioning(collecting),
            history=[_commissioning(one) for one in self._baselines.history(asset.id)],
            simulated=self._simulated(asset.id),
        )

    def machine(self, asset: Asset) -> MachineHealthShown:
        """How well a machine is."""
        parts = [self.component(part) for part in self._health.of(asset.id)]
        known = [part.health for part in parts if part.health is not None]
        return MachineHealthShown(
            asset=asset.id,
            name=asset.name,
            kind=asset.kind,
            baseline=self._standing(asset.id),
            health=min(known) if known else None,
            text=parts[0].text if parts else _NO_COMPONENTS,
            components=parts,
            simulated=self._simulated(asset.id),
        )

    def component(self, part: Component) -> ComponentShown:
        """A part of a machine as it is shown."""
        health = part.health
        drivers = [_driver(driver) for driver in health.drivers]
        trend = health.trend
        return ComponentShown(
            asset=part.asset,
            asset_name=self._places.name(part.asset),
            component=health.component,
            health=health.index,
            life=_life(health.life),
            remaining=_remaining(health.life),
            trend=None if trend is None else IndexTrendShown(trend.per_month, trend.low, trend.high),
            driver=drivers[0] if drivers else None,
            drivers=drivers,
            text=part.text,
            days=[ConditionDayShown(time_ms, value) for time_ms, value in part.days],
            simulated=part.simulated,
        )

    def _standing(self, asset: str) -> Standing:
        if self._baselines.of(asset) is not None:
            return "frozen"
        return "none" if self._baselines.collecting(asset) is None else "collecting"

    def _simulated(self, asset: str) -> bool:
        return any(self._places.simulated(device) for device in self._places.devices_at(asset))


def _signal(signal: Signal) -> SignalShown:
    at = to_text(signal.time_ms)
    return SignalShown(signal.device, signal.metric, signal.nature, signal.text, at, signal.time_ms, signal.score)


def _commissioning(baseline: Baseline) -> CommissioningShown:
    return CommissioningShown(
        id=baseline.id,
        state=baseline.state,
        from_text=to_text(baseline.from_ms),
        from_ms=baseline.from_ms,
        to_text=to_text(baseline.to_ms),
        to_ms=baseline.to_ms,
        who=baseline.who,
        asked=to_text(baseline.asked_ms),
        asked_ms=baseline.asked_ms,
        frozen=maybe_text(baseline.frozen_ms),
        frozen_ms=baseline.frozen_ms,
        channels=list(baseline.channels),
        unjudged=_unjudged(baseline),
        lost=list(baseline.lost),
        rows=baseline.rows,
        digest=baseline.digest,
        detail=baseline.detail,
    )


def _unjudged(baseline: Baseline) -> list[str]:
    try:
        return list(machine.Baseline.of(baseline.frozen).unjudged) if baseline.frozen else []
    except ValueError as error:
        # Of another version: nothing is judged by it, and whoever follows machines says so.
        _log.debug("the baseline %s cannot be looked into: %s", baseline.id, error)
        return []


def _driver(driver: Driver) -> DriverShown:
    said = driver.indicator
    return DriverShown(said.sensor, said.label, said.unit, driver.value, driver.baseline, driver.limit, driver.points)


def _life(life: Life) -> LifeName:
    match life:
        case NotEnough():
            return "not_enough_history"
        case NoWear():
            return "no_wear_seen"
        case Reached():
            return "limit_reached"
        case Lasting():
            return "range"


def _remaining(life: Life) -> RemainingShown | None:
    if not isinstance(life, Lasting):
        return None
    return RemainingShown(life.low_days, life.likely_days, life.high_days, life.confidence)
