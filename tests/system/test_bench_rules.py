"""The rules and sensors of `gateway bench rules`, in small."""

from __future__ import annotations

from collections import Counter
from datetime import UTC
from pathlib import Path

from gateway.bench import rule_sets
from gateway.bench.ruled_house import BERLIN, RuledHouse, flat_out, paced
from gateway.bench.rules import QUICK, Rules
from gateway.core.rules.check import problems
from gateway.core.rules.engine import Engine, Setup
from tests.fakes import START_MS

SETUP = Setup(UTC, *BERLIN)


def test_the_rules_are_such_as_people_may_write() -> None:
    rules = rule_sets.written(200, 40)
    assert [found for kept in rules for found in problems(kept.rule, None)] == []
    kinds = Counter(kept.rule.name.partition(" ")[0] for kept in rules)
    assert kinds == {"threshold": 120, "window": 30, "clock": 30, "zone": 20}
    assert rule_sets.written(200, 40) == rules


def test_every_rule_looks_at_sensors_that_there_are() -> None:
    engine, names = Engine(SETUP), {rule_sets.device(number) for number in range(40)}
    for kept in rule_sets.written(200, 40):
        looked = rule_sets.looked(kept.rule)
        assert {one.device for leaf in looked for one in leaf.series} <= names
        engine.put(kept, looked, None, START_MS)
    assert set(engine.devices()) <= names


def test_sensors_say_the_same_again_for_the_same_seed() -> None:
    ours, again = rule_sets.Sensors(5), rule_sets.Sensors(5)
    said = [ours.next(START_MS + number) for number in range(50)]
    assert [again.next(START_MS + number) for number in range(50)] == said
    assert {reading.device for reading in said} == {rule_sets.device(number) for number in range(5)}
    assert all(set(reading.values) == set(rule_sets.METRICS) for reading in said)


async def test_rules_at_work_evaluate_what_sensors_say_and_none_of_them_breaks(tmp_path: Path) -> None:
    house = RuledHouse(tmp_path, rule_sets.written(100, 20), 20, SETUP)
    try:
        house.load()
        before = house.evaluations
        assert len(await paced(house.say, 200, 0.5)) >= 50
        assert await flat_out(house.say, 0.2) > 0
        assert house.evaluations > before
        assert house.running.broken == {}
    finally:
        await house.close()


async def test_a_history_is_rehearsed_with_every_reading_of_it(tmp_path: Path) -> None:
    bench = Rules(tmp_path, QUICK)
    figures = {figure.name: figure for figure in await bench.backtests(devices=2, days=1)}
    assert figures.keys() == {"backtest_30d_20n", "backtest_30d_one"}
    assert "17280 readings" in figures["backtest_30d_20n"].note
    assert "8640 readings" in figures["backtest_30d_one"].note
