"""What is not as usual: how much is watched, what it costs, what was found; and how well machines are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from ..core.health.life import Lasting
from ..core.insight import Component, Nature
from ..core.metrics import MetricTable, counter, gauge, histogram
from ..frontends.panel.parts import InsightParts

MOST_LISTED = 500
_Labelled = tuple[dict[str, str], float]


def table(parts: InsightParts) -> MetricTable:
    """All of it; of machines the first 500 parts are listed, the most urgent first."""
    watched, found = parts.snapshot(), parts.health.maintenance()[:MOST_LISTED]
    series = [({"state": "ready"}, watched.ready), ({"state": "learning"}, watched.series - watched.ready)]
    going_on = Counter(episode.nature for episode in parts.episodes.open())
    return {
        "gateway_anomaly_series": ("gauge", "Series that are watched, and whether they are judged yet", series),
        "gateway_anomaly_episodes_total": ("counter", "Episodes opened by what they are about", _by(watched.opened)),
        "gateway_anomaly_open": ("gauge", "Episodes that go on", _by(going_on)),
        "gateway_anomaly_behind": gauge("Devices whose readings are caught up from the history", watched.behind),
        "gateway_anomaly_inbox": gauge("Readings that wait to be judged", watched.inbox),
        "gateway_anomaly_dropped_total": counter("Readings that did not fit and are read later", watched.dropped),
        "gateway_anomaly_steps_total": counter("Points that series were judged by", watched.steps),
        "gateway_anomaly_step_seconds": histogram("Time of judging one point", watched.step_s),
        "gateway_anomaly_state_bytes": gauge("Size of what was learnt, when it was last kept", watched.state_bytes),
        "gateway_baselines": ("gauge", "Machines by where their commissioning stands", _baselines(parts)),
        "gateway_health": (
            "gauge",
            "Health of a machine's part, 100 as commissioned and 0 at its limit",
            _health(found),
        ),
        "gateway_remaining_days": ("gauge", "Days until a machine's part reaches its limit", _remaining(found)),
    }


def _by(counts: Mapping[Nature, int]) -> list[_Labelled]:
    return [({"nature": nature.value}, float(counts.get(nature, 0))) for nature in Nature]


def _baselines(parts: InsightParts) -> Iterator[_Labelled]:
    standing = Counter(_standing(parts, asset) for asset in parts.machines())
    for state in ("frozen", "collecting", "none"):
        yield {"state": state}, float(standing[state])


def _standing(parts: InsightParts, asset: str) -> str:
    if parts.baselines.of(asset) is not None:
        return "frozen"
    return "none" if parts.baselines.collecting(asset) is None else "collecting"


def _health(found: Sequence[Component]) -> Iterator[_Labelled]:
    for part in found:
        if part.health.index is not None:
            yield _labels(part), part.health.index


def _remaining(found: Sequence[Component]) -> Iterator[_Labelled]:
    for part in found:
        life = part.health.life
        if isinstance(life, Lasting):
            for bound, days in (("low", life.low_days), ("likely", life.likely_days), ("high", life.high_days)):
                if days is not None:
                    yield {**_labels(part), "bound": bound}, days


def _labels(part: Component) -> dict[str, str]:
    return {"asset": part.asset, "component": part.health.component, "simulated": str(part.simulated).lower()}
