"""What Prometheus is told of windows, of what people wanted instead, and of models."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.core.metrics import Distribution, MetricTable
from gateway.flow.model_seats import MODELS
from gateway.frontends.panel.metrics import exposition
from gateway.metrics import automation
from tests.fakes import START_MS
from tests.frontends.panel.automation import GOOD_MODEL
from tests.frontends.panel.house import House


@pytest.fixture
async def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    await house.automation.load()
    return house


def shown(house: House) -> MetricTable:
    """Each metric's samples as a list, to be looked at more than once."""
    table = automation.table(house.automation.parts(), house.registry.devices())
    return {name: (kind, text, list(samples)) for name, (kind, text, samples) in table.items()}


def values(table: MetricTable, name: str, label: str) -> dict[str, object]:
    return {labels[label]: value for labels, value in table[name][2]}


async def test_what_has_not_happened_is_told_as_none(house: House) -> None:
    table = shown(house)
    assert values(table, "gateway_overrides_total", "source") == {"api": 0.0, "command": 0.0, "hand": 0.0}
    assert values(table, "gateway_model_rollbacks_total", "name") == dict.fromkeys(MODELS, 0.0)
    buffers = values(table, "gateway_audio_buffers_total", "result")
    assert buffers == dict.fromkeys(("heard", "level_only", "unreadable", "dropped"), 0.0)
    assert table["gateway_decisions_total"][2] == []


async def test_decisions_are_counted_by_outcome_and_model_and_timed(house: House) -> None:
    window = await house.automation.window()
    house.automation.decision(window, START_MS)
    house.post.there.clear()
    house.automation.decision(window, START_MS + 1, 21.0)
    table = shown(house)
    assert table["gateway_decisions_total"][2] == [
        ({"outcome": "sent", "model": "window@1"}, 1.0),
        ({"outcome": "away", "model": "window@1"}, 1.0),
    ]
    ((_, took),) = table["gateway_decision_seconds"][2]
    assert isinstance(took, Distribution)
    assert sum(took.counts) == 2


async def test_what_people_want_and_what_was_learnt_is_counted_and_simulated_is_visible(house: House) -> None:
    window = await house.automation.window(simulated=True)
    await house.device("aa:bb:cc:dd:ee:0c")
    house.announce(window, temperature=26.0)
    await house.automation.overrides.set(window, 30.0, "anna")
    table = shown(house)
    assert values(table, "gateway_overrides_total", "source")["api"] == 1.0
    assert table["gateway_lessons"][2] == [({"device": window, "simulated": "true"}, 1.0)]


async def test_every_version_says_what_it_is_used_for(house: House) -> None:
    await house.automation.care.install(GOOD_MODEL, "anna")
    await house.automation.care.promote("window", "anna")
    await house.automation.care.install(GOOD_MODEL, "anna")
    found = {labels["version"]: labels["state"] for labels, _ in shown(house)["gateway_model_info"][2]}
    assert found == {"1": "previous", "2": "active", "3": "shadow"}


async def test_names_and_numbers_are_as_prometheus_wants_them(house: House) -> None:
    text = exposition(automation.table(house.automation.parts(), house.registry.devices()))
    assert "# TYPE gateway_decision_seconds histogram" in text
    assert 'gateway_model_info{name="window",version="1",state="active"} 1.0' in text
