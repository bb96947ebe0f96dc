"""The benches of deciding measure what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.bench import inference
from gateway.bench.control import Control, Plan
from gateway.bench.deciding import measured
from gateway.bench.figures import NotMeasured

COUNTED = """
gateway_decision_seconds_bucket{le="0.0005"} 980
gateway_decision_seconds_bucket{le="0.001"} 1000
gateway_decision_seconds_bucket{le="+Inf"} 1000
gateway_decision_seconds_count 1000
"""


def test_every_reading_that_matters_is_answered_with_a_control(tmp_path: Path) -> None:
    report = Control(tmp_path, Plan(nodes=8, rounds=1, readings=3, probes=5)).run()
    assert report.figures[0].value is not None, report.text()
    assert [figure.name for figure in report.figures] == ["control_p50", "control_p99", "control_worst"]
    assert all(figure.value is not None and not figure.flawed for figure in report.figures), report.text()


def test_the_p99_of_a_histogram_lies_within_its_bucket_and_needs_decisions() -> None:
    assert inference.p99_ms(COUNTED) == pytest.approx(0.75)
    with pytest.raises(NotMeasured, match="no decision"):
        inference.p99_ms("gateway_decision_seconds_count 0")
    with pytest.raises(NotMeasured, match="above"):
        inference.p99_ms(COUNTED.replace(" 1000", " 985", 1))


async def test_decisions_are_measured_untaught_taught_and_with_a_shadow_beside(tmp_path: Path) -> None:
    took = await measured(tmp_path, 2, 10)
    for rounds in (took.untaught, took.taught, took.shadowed):
        assert [len(one) for one in rounds] == [10, 10]
        assert all(0 < ms < 1000 for one in rounds for ms in one)
