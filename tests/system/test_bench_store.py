"""The benches of the store live through time as they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.bench import filling
from gateway.bench.history import History, Plan
from gateway.bench.wear_days import METRICS, NODES, Days, messages, plain


def test_an_hour_has_as_many_messages_as_its_nodes_send_in_order() -> None:
    stream = list(messages(1))
    assert len(stream) == NODES * 360
    assert [time_ms for time_ms, _ in stream] == sorted(time_ms for time_ms, _ in stream)
    assert all(reading.at_ms == time_ms and len(reading.values) == len(METRICS) for time_ms, reading in stream)


def test_a_sensor_has_its_resolution_and_never_stands_still_for_long() -> None:
    values = [value for value, _ in zip(filling.temperatures(1, 0, 10_000), range(1000), strict=False)]
    assert all(value == round(value, 2) for value in values)
    assert len(set(values)) > 50


@pytest.mark.parametrize("gentle", [False, True])
async def test_days_are_lived_through_and_stored(tmp_path: Path, gentle: bool) -> None:
    lived = await Days(tmp_path, gentle).live(0.05)
    assert lived["settled"] > 0
    assert lived["written_per_day"] >= 0


def test_the_plain_peer_stores_every_value(tmp_path: Path) -> None:
    assert plain(tmp_path, 0.02)["written_per_day"] >= 0


def test_every_question_of_the_history_bench_is_answered(tmp_path: Path) -> None:
    bench = History(tmp_path, Plan(readings=20_000, queries=2, starts=1))
    figures = {figure.name: figure for figure in bench.run().figures}
    for name in ("history_24h_raw_p99", "history_30d_by_hour_p99", "history_1y_by_day_p99", "stored_per_value_settled"):
        assert figures[name].value is not None, figures[name].note
