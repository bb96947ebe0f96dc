"""Figures, bars and reports as scripts rely on them."""

from __future__ import annotations

import json
import os
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway.bench import loadgen
from gateway.bench.cost import beside, microseconds_a_reading, start_spine
from gateway.bench.disk import fsync_p99_ms
from gateway.bench.figures import Figure, NotMeasured, Report, attempt, compare, latency
from gateway.bench.imports import import_costs_ms
from gateway.bench.processes import free_port, start_mosquitto
from gateway.bench.watcher import Wait, recovered_after_s


def test_the_bar_is_on_the_ratio_where_there_is_one() -> None:
    figure = compare("x", "/s", [100, 300, 200], [50, 90, 100], at_least=2.0)
    assert (figure.value, figure.peer, figure.ratio, figure.holds) == (200, 90, 2.222, True)
    assert not compare("x", "/s", [100], [90], at_least=2.0).holds


def test_a_latency_may_be_so_many_times_the_peers_and_so_many_milliseconds_more() -> None:
    assert latency("x", [5.9], [2.0], times=2, plus_ms=2).holds
    assert not latency("x", [6.1], [2.0], times=2, plus_ms=2).holds


def test_a_port_is_handed_out_once_however_the_dice_fall() -> None:
    dice = random.getstate()
    try:
        first = free_port()
        random.setstate(dice)
        assert free_port() != first
    finally:
        random.setstate(dice)


def test_a_bar_without_a_peer_is_on_the_value() -> None:
    assert Figure("x", "MB", 80.0, at_most=80).holds
    assert not Figure("x", "MB", 80.1, at_most=80).holds


def test_what_was_not_measured_does_not_hold_and_says_why() -> None:
    def measure() -> list[Figure]:
        raise NotMeasured("the peer is missing: apt install mosquitto")

    report = Report("b", tuple(attempt("x", "s", measure)))
    assert not report.holds
    assert "not measured: the peer is missing: apt install mosquitto" in report.text()


def test_a_flawed_measurement_does_not_hold() -> None:
    assert not Figure("x", "/s", 5.0, at_least=1, note="1 missing", flawed=True).holds


def test_the_json_has_the_published_keys() -> None:
    report = Report("b", (Figure("x", "s", 1.0, peer=2.0, ratio=0.5, at_most=1.0),))
    said = json.loads(report.json())
    assert said["bench"] == "b"
    assert "cores" in said["machine"]
    expected = {"name": "x", "unit": "s", "value": 1.0, "peer": 2.0, "ratio": 0.5, "at_most": 1.0, "holds": True}
    assert said["figures"] == [expected]


def test_recovery_lasts_until_the_last_slow_acknowledgement_came() -> None:
    waits = [Wait(9.0, 4.0), Wait(11.0, 0.5), Wait(12.0, 0.01)]
    assert recovered_after_s(waits, ended_at=10.0, limit_s=0.1) == pytest.approx(3.0)
    assert recovered_after_s(waits[2:], ended_at=10.0, limit_s=0.1) == 0


def test_the_disk_probe_leaves_nothing_behind(tmp_path: Path) -> None:
    assert fsync_p99_ms(tmp_path, 5, every_s=0) > 0
    assert list(tmp_path.iterdir()) == []


def test_import_costs_are_counted_by_package() -> None:
    costs = import_costs_ms("gateway.core.mqtt.packets")
    assert costs["total"] >= sum(cost for name, cost in costs.items() if name != "total") > 0
    assert "msgspec" in costs


def test_a_module_that_does_not_exist_is_not_measured() -> None:
    with pytest.raises(NotMeasured, match="cannot be imported"):
        import_costs_ms("gateway.nothing")


def test_a_missing_peer_names_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_args, **_words: None)
    with pytest.raises(NotMeasured, match="apt install mosquitto"):
        start_mosquitto(tmp_path)
    assert os.listdir(tmp_path) == []


def test_the_spine_acknowledges_what_it_has_committed_and_a_reading_costs_it_something(tmp_path: Path) -> None:
    program = loadgen.build(tmp_path)
    with start_spine(tmp_path, 3) as spine:
        options = loadgen.Options(
            spine.port,
            publishers=3,
            subscribers=0,
            telemetry=1,
            count=300,
            seconds=30,
            credentials=str(tmp_path / "credentials"),
        )
        took_us, load = microseconds_a_reading(spine, lambda: loadgen.run(program, options))
    with closing(sqlite3.connect(tmp_path / "spine.db")) as database:
        assert database.execute("SELECT count(DISTINCT boot * 1000000 + seq) FROM reading").fetchone() == (load.acked,)
    assert load.acked == 300
    assert took_us > 0


def test_the_cost_may_be_half_more_than_the_spines() -> None:
    assert beside([29.0], [20.0]).holds
    assert not beside([31.0], [20.0]).holds
