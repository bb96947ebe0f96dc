"""Distributions: what is counted where, and how Prometheus is told."""

from __future__ import annotations

from gateway.core.metrics import Histogram, histogram
from gateway.frontends.panel.metrics import exposition


def test_a_value_is_counted_in_the_first_bucket_that_holds_it() -> None:
    measured = Histogram((0.1, 1.0))
    for value in (0.05, 0.1, 0.5, 7.0):
        measured.observe(value)
    assert measured.snapshot().counts == (2, 1, 1)
    assert measured.snapshot().total == 7.65


def test_prometheus_is_told_cumulative_buckets_the_sum_and_the_count() -> None:
    measured = Histogram((0.1, 1.0))
    for value in (0.05, 0.5, 7.0):
        measured.observe(value)
    assert exposition({"took_seconds": histogram("How long", measured.snapshot())}).splitlines() == [
        "# HELP took_seconds How long",
        "# TYPE took_seconds histogram",
        'took_seconds_bucket{le="0.1"} 1',
        'took_seconds_bucket{le="1.0"} 2',
        'took_seconds_bucket{le="+Inf"} 3',
        "took_seconds_sum 7.55",
        "took_seconds_count 3",
    ]
