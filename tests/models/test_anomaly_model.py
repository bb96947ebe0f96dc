"""The fusion model: what it is taught on, what is shipped, and that int8 says what float says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gateway.backends.inference import manifest
from gateway.backends.inference.runtime import session
from gateway.core.anomaly.scoring import score_of
from gateway.core.anomaly.series import ASK
from gateway.core.anomaly.views import FEATURES
from models.anomaly.export import graph
from models.anomaly.lives import KINDS, Clock, life
from models.anomaly.network import FORMULA, Course, trained
from models.anomaly.records import Records, calibrated, records
from models.anomaly.train import write

SHIPPED = Path(__file__).parents[2] / "models" / "anomaly"


def invented(count: int = 400, seed: int = 1) -> Records:
    """Records whose second feature tells faults from life."""
    rng = np.random.default_rng(seed)
    rows = np.abs(rng.normal(0.5, 0.5, (count, len(FEATURES)))).astype(np.float32)
    faulty = (rows[:, 1] > 0.6).astype(np.float32)
    return Records(rows, faulty, np.where(faulty > 0, 0.0, 0.1))


def test_the_same_seed_lives_the_same_life() -> None:
    first, again = (life(np.random.default_rng(5), faults=True) for _ in range(2))
    assert np.array_equal(first.values, again.values)
    assert np.array_equal(first.faulty, again.faulty)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_normal_life_is_numbers_that_move(kind: object) -> None:
    assert callable(kind)
    values = kind(Clock(3000, 288, np.random.default_rng(2)))
    assert values.shape == (3000,)
    assert np.isfinite(values).all()
    assert np.ptp(values) > 0.0


def test_a_life_with_faults_says_where_they_are_and_one_without_has_none() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        broken, whole = life(rng, faults=True), life(rng, faults=False)
        assert broken.faulty.any()
        assert not broken.faulty[: len(broken.values) // 4].any()
        assert not whole.faulty.any()
        assert (np.diff(whole.times_s) > 0.0).all()


def test_records_are_what_the_formula_asks_about() -> None:
    found = records(6, seed=4)
    assert found.rows.shape == (len(found.faulty), len(FEATURES))
    assert found.rows[:, FORMULA].min() >= 0.49
    assert (found.weights[found.faulty > 0] == 0.0).all()


def test_the_network_learns_what_tells_faults_from_life() -> None:
    known, unknown = invented(), invented(seed=2)
    net = trained(known.rows, known.faulty, Course(steps=400), np.random.default_rng(1))
    raw = net.raw(unknown.rows)
    faulty = unknown.faulty > 0
    assert np.mean(raw[faulty][:, None] > raw[~faulty][None, :]) > 0.8


def test_the_graphs_say_what_the_network_and_its_calibration_say() -> None:
    known = invented()
    net = trained(known.rows, known.faulty, Course(steps=100), np.random.default_rng(1))
    net = replace(net, knots=((-3.0, 0.2), (0.0, 0.3), (1.0, 0.6), (2.0, 0.7)))
    raws, scores = zip(*net.knots, strict=True)
    for quantised in (False, True):
        said = session(graph(net, quantised=quantised)).run({"x": known.rows})["y"][:, 0]
        raw = net.raw(known.rows, quantised=quantised)
        inside = (raw > -3.0) & (raw < 2.0)
        assert inside.sum() > 100
        rounding = 0.02 if quantised else 1e-5  # onnxruntime rounds what hidden layers pass on in its own order
        assert said[inside] == pytest.approx(np.interp(raw, raws, scores)[inside], abs=rounding)
        assert ((said >= 0.0) & (said <= 1.0)).all()


def test_calibration_is_how_often_normal_life_is_beyond() -> None:
    raw = np.arange(1000, dtype=np.float32)
    knots = calibrated(raw, np.full(1000, 0.01), (4.0, 1.0, 0.1))
    assert [place for place, _ in knots] == pytest.approx([600.0, 900.0, 990.0], abs=1.5)
    assert knots[1][1] == pytest.approx(score_of(300.0 / 604_800), abs=0.01)
    assert [score for _, score in knots] == sorted(score for _, score in knots)


def test_a_folder_is_written_that_the_gateway_could_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, invented(), invented(seed=3), 7, Course(steps=50))
    assert "formula:" in capsys.readouterr().out
    assert f"shape = [1, {len(FEATURES)}]" in (tmp_path / "manifest.toml").read_text()
    assert len(json.loads((tmp_path / "golden.json").read_text())["cases"]) == 32


def test_what_is_shipped_takes_the_features_of_today_and_answers_as_its_golden_vectors() -> None:
    said = manifest.read(SHIPPED)
    assert [column.name for column in said.inputs[0].columns] == [name for name, *_ in FEATURES]
    opened = session(SHIPPED / "model.onnx")
    for case in json.loads((SHIPPED / "golden.json").read_text())["cases"]:
        answer = opened.run({"x": np.array([case["inputs"]["x"]], np.float32)})["y"]
        assert answer[0] == pytest.approx(case["outputs"]["y"], abs=said.golden_tolerance)
        assert answer[0, 0] > ASK - 0.05


def test_int8_says_what_float_says() -> None:
    rows = np.array(
        [case["inputs"]["x"] for case in json.loads((SHIPPED / "golden.json").read_text())["cases"]], np.float32
    )
    whole, exact = (session(SHIPPED / name).run({"x": rows})["y"] for name in ("model.onnx", "model.fp32.onnx"))
    assert whole == pytest.approx(exact, abs=0.02)
