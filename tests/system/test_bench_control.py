"""The benches of deciding measure what they say."""

from __future__ import annotations

from pathlib import Path

from gateway.bench.control import Control, Plan


def test_every_reading_that_matters_is_answered_with_a_control(tmp_path: Path) -> None:
    report = Control(tmp_path, Plan(nodes=8, rounds=1, readings=3, probes=5)).run()
    assert report.figures[0].value is not None, report.text()
    assert [figure.name for figure in report.figures] == ["control_p50", "control_p99", "control_worst"]
    assert all(figure.value is not None and not figure.flawed for figure in report.figures), report.text()
