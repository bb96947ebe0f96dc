"""What scores a benchmark's file is what judges a house."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gateway.core.anomaly.scoring import Fuse, Scored
from gateway.core.anomaly.series import Series
from models.anomaly import nab
from models.anomaly.nab_data import File
from models.anomaly.nab_scores import Marked
from tests.fakes import START_MS
from tests.flow.anomalies.site import MINUTE, Site


def test_a_file_of_values_has_the_same_scores_live_and_in_the_benchmark(monkeypatch: pytest.MonkeyPatch) -> None:
    values = [20.0 + math.sin(at / 40.0) + (30.0 if at in (700, 1100) else 0.0) for at in range(1200)]
    times_s = np.array([(START_MS + at * MINUTE) / 1000.0 for at in range(len(values))])
    said: list[float] = []
    step = Series.step

    def heard(self: Series, at_s: float, value: float, minute: int, fuse: Fuse | None = None) -> Scored:
        scored = step(self, at_s, value, minute, fuse)
        said.append(scored.score)
        return scored

    monkeypatch.setattr(Series, "step", heard)
    unlabelled = Marked(np.zeros(len(values)), np.full(len(values), -1, dtype=np.int64), 0, 0)
    in_benchmark, _ = nab.scores(File("some.csv", (), times_s, np.array(values), unlabelled), None)
    assert said == in_benchmark.tolist()
    said.clear()
    site = Site()
    for value in values:
        site.says("a", temperature=value)
        site.turn(minutes=1)
    site.turn(minutes=2)
    assert said == in_benchmark.tolist()
    assert sum(score > 0.3 for score in said) >= 2
