"""What Prometheus is told of what is not as usual, and of machines."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.core.home import Asset, FanTraits, PumpTraits, RoomTraits, Traits
from gateway.core.insight import Nature
from gateway.core.metrics import Histogram, MetricTable
from gateway.flow.anomalies.snapshot import AnomalySnapshot
from gateway.frontends.panel.metrics import exposition
from gateway.metrics import insight
from tests.fakes import START_MS
from tests.frontends.panel.house import House
from tests.frontends.panel.insight import NOT_ENOUGH, component, episode, lasting


@pytest.fixture
async def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    places: list[tuple[str, Traits]] = [
        ("pump", PumpTraits()), ("fan", FanTraits()), ("boiler-pump", PumpTraits()), ("hall", RoomTraits()),
    ]  # fmt: skip
    for name, traits in places:
        await house.home.home.put_asset(Asset(name, name.title(), traits), new=True)
    return house


def shown(house: House) -> MetricTable:
    """Each metric's samples as a list, to be looked at more than once."""
    table = insight.table(house.automation.insight.parts())
    return {name: (kind, text, list(samples)) for name, (kind, text, samples) in table.items()}


def values(table: MetricTable, name: str, label: str) -> dict[str, object]:
    return {labels[label]: value for labels, value in table[name][2]}


async def test_what_has_not_happened_is_told_as_none(house: House) -> None:
    table = shown(house)
    assert values(table, "gateway_anomaly_open", "nature") == {"sensor": 0.0, "machine": 0.0, "unusual": 0.0}
    assert values(table, "gateway_anomaly_episodes_total", "nature") == {"sensor": 0, "machine": 0, "unusual": 0}
    assert values(table, "gateway_baselines", "state") == {"frozen": 0.0, "collecting": 0.0, "none": 3.0}
    assert (table["gateway_health"][2], table["gateway_remaining_days"][2]) == ([], [])


async def test_what_is_watched_and_what_it_costs_is_told(house: House) -> None:
    seconds = Histogram()
    seconds.observe(0.002)
    house.automation.insight.snapshot = AnomalySnapshot(
        series=20,
        ready=15,
        behind=2,
        inbox=9,
        dropped=7,
        steps=1000,
        step_s=seconds.snapshot(),
        state_bytes=4096,
        opened={Nature.SENSOR: 3},
    )
    table = shown(house)
    assert values(table, "gateway_anomaly_series", "state") == {"ready": 15, "learning": 5}
    assert values(table, "gateway_anomaly_episodes_total", "nature") == {"sensor": 3, "machine": 0, "unusual": 0}
    for name, value in (
        ("behind", 2), ("inbox", 9), ("dropped_total", 7), ("steps_total", 1000), ("state_bytes", 4096),
    ):  # fmt: skip
        assert table[f"gateway_anomaly_{name}"][2] == [({}, value)], name


async def test_episodes_that_go_on_are_counted_by_nature(house: House) -> None:
    known = house.automation.insight.episodes
    known.tell(episode(1))
    known.tell(episode(2, nature=Nature.UNUSUAL))
    known.tell(replace(episode(3), closed_ms=START_MS))
    assert values(shown(house), "gateway_anomaly_open", "nature") == {"sensor": 0.0, "machine": 1.0, "unusual": 1.0}


async def test_machines_are_counted_by_their_baselines(house: House) -> None:
    baselines = house.automation.insight.baselines
    for name in ("pump", "fan"):
        await baselines.commission(name, "anna", 24)
    baselines.freeze("pump", b"x")
    await baselines.commission("pump", "anna", 24)
    found = values(shown(house), "gateway_baselines", "state")
    assert found == {"frozen": 1.0, "collecting": 1.0, "none": 1.0}


async def test_parts_of_machines_tell_their_health_and_what_is_left(house: House) -> None:
    worn = component("pump", lasting(high=None), 48.5)
    house.automation.insight.health.parts = [
        replace(worn, simulated=True), component("fan", NOT_ENOUGH, None, "bearing"),
    ]  # fmt: skip
    table = shown(house)
    label = {"asset": "pump", "component": "bearing", "simulated": "true"}
    assert table["gateway_health"][2] == [(label, 48.5)]
    assert table["gateway_remaining_days"][2] == [
        ({**label, "bound": "low"}, 40.0),
        ({**label, "bound": "likely"}, 60.0),
    ]


async def test_of_very_many_parts_only_the_first_are_listed(house: House) -> None:
    house.automation.insight.health.parts = [component(f"pump-{n}", lasting()) for n in range(600)]
    table = shown(house)
    assert len(list(table["gateway_health"][2])) == insight.MOST_LISTED
    assert len(list(table["gateway_remaining_days"][2])) == 3 * insight.MOST_LISTED


async def test_names_and_numbers_are_as_prometheus_wants_them(house: House) -> None:
    house.automation.insight.health.parts = [component("pump", lasting())]
    text = exposition(insight.table(house.automation.insight.parts()))
    assert "# TYPE gateway_anomaly_step_seconds histogram" in text
    assert 'gateway_health{asset="pump",component="bearing",simulated="false"} 62.0' in text
