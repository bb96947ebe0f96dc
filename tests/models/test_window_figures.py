from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gateway.backends.inference import manifest
from gateway.backends.inference.golden import check_window
from gateway.backends.inference.window import WindowModel
from gateway.core.window.features import features
from gateway.core.window.head import Head, basis, confidence
from models.window import figures
from models.window.evaluate import HERE, load
from models.window.seasons import weeks
from models.window.train import VERSION


def test_the_shipped_model_answers_what_it_answered_when_it_was_made() -> None:
    known = manifest.read(HERE)
    files = manifest.files_of(HERE, known, 16 << 20)
    check_window(WindowModel.open(HERE), files, known)
    assert known.version == VERSION


def test_owners_it_never_saw_are_better_off_after_their_overrides() -> None:
    phi, prior = load(HERE)
    homes = figures.households(phi, prior, 6, seed=77)
    assert figures.error_pp(homes, 2) < 0.8 * figures.error_pp(homes, 0)
    assert figures.error_pp(homes, 2) < 5.0
    claimed, held = figures.claims(prior, homes)
    assert abs(claimed.mean() - held.mean()) < 0.1


def test_an_evening_is_learnt_in_a_few_overrides_and_the_rest_of_the_day_stays() -> None:
    phi, prior = load(HERE)
    found = figures.localities(phi, prior, "18-22 h", seeds=3)
    assert np.median([one.overrides for one in found]) <= 4
    assert np.mean([one.drift_pp for one in found]) <= 8.0


def test_confidence_falls_out_of_range() -> None:
    phi, prior = load(HERE)
    inside, outside = figures.outside_confidence(phi, prior, seed=5)
    assert outside < inside - 0.1


def test_int8_says_what_float_says() -> None:
    phi, prior = load(HERE)
    exact, _ = load(HERE, "model.fp32.onnx")
    columns = weeks(1, 20, np.random.default_rng(8))[0]
    taught = Head(prior)
    for row in range(0, 300, 40):
        moment = columns.moment(row)
        at = basis(phi(np.array([features(moment)]))[0], moment)
        taught.learn(at, min(100.0, taught.opinion(at).position_pct + 30.0))
    assert figures.rounding_p99_pp(phi, exact, [Head(prior), taught], columns) <= 2.0


def test_the_gap_is_nothing_when_claims_are_true_and_large_when_they_boast() -> None:
    rng = np.random.default_rng(1)
    claimed = rng.uniform(0.0, 1.0, 20_000)
    held = (rng.random(20_000) < claimed).astype(float)
    assert figures.calibration_gap(claimed, held) < 0.02
    assert figures.calibration_gap(np.full(1000, 0.95), np.zeros(1000)) == pytest.approx(0.95)


def test_an_untaught_confidence_lies_between_0_and_1_for_any_spread() -> None:
    _, prior = load(HERE)
    for spread in (0.01, 1.0, 5.0, 20.0, 300.0):
        for lessons in (0, 2, 6, 100):
            assert 0.0 <= confidence(spread, lessons, 0.5, prior) <= 1.0


def test_the_cards_figures_are_the_manifests() -> None:
    measured = manifest.read(HERE).figures
    card = (HERE / "README.md").read_text(encoding="utf-8")
    shown = {name: float(value) for name, value in re.findall(r"^\| (window_\w+) \| ([\d.]+) ", card, re.MULTILINE)}
    assert shown
    assert shown == measured


def test_training_from_nothing_makes_a_model_that_loads(tmp_path: Path) -> None:
    made = subprocess.run(
        [sys.executable, "-m", "models.window.train", "--quick", "--seed", "2", "--out", str(tmp_path)],
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    phi, prior = load(tmp_path)
    assert phi(np.zeros((3, 24))).shape == (3, 48)
    assert len(prior.weight) > 50
    assert {path.name for path in tmp_path.iterdir()} == {
        "golden.json", "head.npz", "manifest.toml", "model.fp32.onnx", "model.onnx",
    }  # fmt: skip
