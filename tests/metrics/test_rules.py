"""What Prometheus is told of rules and timers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gateway.core.metrics import MetricTable
from gateway.core.timers import TimerState
from gateway.flow.rules.live import RuleSnapshot
from gateway.frontends.panel.metrics import exposition
from gateway.metrics import rules
from tests.frontends.panel.house import House
from tests.frontends.panel.rules import timer


def shown(house: House, snapshot: RuleSnapshot) -> MetricTable:
    """Each metric's samples as a list, to be looked at more than once."""
    house.automation.rules.live.now = snapshot
    table = rules.table(house.automation.rules.parts())
    return {name: (kind, text, list(samples)) for name, (kind, text, samples) in table.items()}


def by(table: MetricTable, name: str, label: str) -> dict[str, Any]:
    return {labels[label]: value for labels, value in table[name][2]}


async def test_what_has_not_happened_is_told_as_none(tmp_path: Path) -> None:
    table = shown(House(tmp_path), RuleSnapshot())
    assert by(table, "gateway_rules", "mode") == {"off": 0.0, "shadow": 0.0, "live": 0.0, "tripped": 0.0}
    assert set(by(table, "gateway_rule_firings_total", "outcome").values()) == {0.0}
    assert set(by(table, "gateway_timers_total", "state")) == {"done", "cancelled", "skipped", "replaced"}


async def test_rules_what_they_cost_and_how_timers_ended_are_told(tmp_path: Path) -> None:
    house = House(tmp_path)
    timers = house.automation.rules.timers
    timers.arm(timer("a-0", time_ms=house.clock()))
    timers.ended.update({TimerState.DONE: 3})
    snapshot = RuleSnapshot(
        rules={"live": 2, "tripped": 1},
        series=20,
        evaluations=1000,
        firings={"done": 7, "held": 1},
        evaluate_s=(0.25, 100),
        tape_rows=44,
    )
    table = shown(house, snapshot)
    assert by(table, "gateway_rules", "mode") == {"off": 0.0, "shadow": 0.0, "live": 2.0, "tripped": 1.0}
    assert by(table, "gateway_rule_firings_total", "outcome")["done"] == 7.0
    assert by(table, "gateway_timers_total", "state")["done"] == 3.0
    lines = exposition(table).splitlines()
    assert {
        "gateway_rule_series 20.0",
        "gateway_rule_evaluations_total 1000.0",
        'gateway_rule_evaluate_seconds_bucket{le="+Inf"} 100',
        "gateway_rule_evaluate_seconds_sum 0.25",
        "gateway_rule_evaluate_seconds_count 100",
        "gateway_timers_armed 1.0",
        "gateway_rule_tape_rows 44.0",
    } <= set(lines)
