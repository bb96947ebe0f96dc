"""Drift of uptime counters, through latency and backlogs."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.boots import DRIFT_MS, Boot
from gateway.core.drift import Drift

EPOCH_MS = 1_790_000_000_000
HOUR_MS = 3_600_000
MINUTE_MS = 60_000


def heard(boot: Boot, uptime_ms: int, arrival_ms: int) -> None:
    boot.arrived(uptime_ms, arrival_ms, "", True, lambda home, known, estimate: None)


def live(ppm: float, hours: float, seed: int, worst_ms: float = 3000) -> Boot:
    """A heartbeat a minute from a node whose counter is wrong by so much; now and then hours of backlog."""
    dice = random.Random(seed)
    boot = Boot()
    queue_ms = 0.0
    for minute in range(round(hours * 60)):
        true_ms = minute * MINUTE_MS
        uptime_ms = round(true_ms / (1 + ppm / 1e6))
        if dice.random() < 0.002:
            queue_ms = dice.uniform(0, 3 * HOUR_MS)
        queue_ms = max(0.0, queue_ms - 10 * MINUTE_MS)
        latency_ms = min(dice.expovariate(1 / 150), worst_ms) + queue_ms
        heard(boot, uptime_ms, EPOCH_MS + true_ms + round(latency_ms))
    return boot


@pytest.mark.parametrize("ppm", [-120.0, -50.0, -10.0, 0.0, 10.0, 50.0, 120.0])
@pytest.mark.parametrize("hours", [30, 24 * 7, 24 * 60])
def test_every_reading_of_a_drifting_counter_stays_dated_to_seconds(ppm: float, hours: float) -> None:
    boot = live(ppm, hours, seed=round(ppm) + round(hours))
    for part in (0.0, 0.25, 0.5, 0.75, 1.0):
        true_ms = hours * HOUR_MS * part
        dated_ms = boot.at(round(true_ms / (1 + ppm / 1e6)))
        assert dated_ms is not None
        assert abs(dated_ms - EPOCH_MS - true_ms) < DRIFT_MS + 1500


@given(st.integers(0, 2**32), st.floats(0, 20_000))
def test_latency_and_backlogs_do_not_look_like_drift(seed: int, worst_ms: float) -> None:
    boot = live(0.0, 26, seed, worst_ms)
    assert abs(boot.drift_ppm) < 25
    dated_ms = boot.at(26 * HOUR_MS)
    assert dated_ms is not None
    assert abs(dated_ms - EPOCH_MS - 26 * HOUR_MS) < DRIFT_MS + 500


def test_a_corrected_boot_keeps_the_order_of_its_readings() -> None:
    boot = live(120.0, 24 * 7, seed=3)
    times = [boot.at(uptime_ms) or 0 for uptime_ms in range(0, 24 * 7 * HOUR_MS, 977)]
    assert times == sorted(times)
    assert boot.drift_ppm == pytest.approx(120, abs=3)


def test_a_short_acquaintance_says_nothing_about_a_long_boot() -> None:
    boot = Boot(EPOCH_MS, kept=True)
    month_ms = 30 * 24 * HOUR_MS
    for minute in range(60 * 12):
        uptime_ms = month_ms + minute * MINUTE_MS
        heard(boot, uptime_ms, EPOCH_MS + round(uptime_ms * (1 + 100e-6)))
    assert boot.drift_ppm == 0.0


def test_its_memory_does_not_grow() -> None:
    drift = Drift()
    for minute in range(0, 60 * 24 * 400, 7):
        drift.observe(minute * MINUTE_MS, EPOCH_MS + minute * MINUTE_MS)
    assert len(drift._uptimes) <= 24
    assert drift.span_ms > 390 * 24 * HOUR_MS


@given(st.lists(st.tuples(st.integers(0, 10**10), st.integers(0, 10**7)), max_size=200))
def test_no_order_of_arrivals_breaks_it(arrivals: list[tuple[int, int]]) -> None:
    drift = Drift()
    for uptime_ms, latency_ms in arrivals:
        drift.observe(uptime_ms, EPOCH_MS + uptime_ms + latency_ms)
        line = drift.line()
        assert line is None or abs(line.ppm) <= 500
