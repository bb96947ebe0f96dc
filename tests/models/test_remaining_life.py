from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gateway.backends.inference import graph, manifest
from gateway.backends.inference.runtime import session
from gateway.core.health.features import COLUMNS, OUTPUTS
from models.remaining_life import evaluate, train
from models.remaining_life.interval import CONFIDENCE, KNOTS, Interval, Unseen, conformal
from models.remaining_life.layout import NAMES, read_engines, scaling_of
from models.remaining_life.network import Course, trained
from models.remaining_life.regression import WITHIN, fitted, rows_of
from models.remaining_life.summaries import LEAST_CYCLES

from .turbofans import Array, write

SMALL = Course(members=2, hidden=(16, 8), epochs=30)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("data"), trained=16, tested=40)


@pytest.fixture(scope="module")
def folder(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("model")
    train.train(read_engines(data / NAMES[0]), made, SMALL, seed=3, folds=4)
    return made


def test_the_shipped_model_answers_what_it_answered_when_it_was_made() -> None:
    known = manifest.read(train.HERE)
    files = manifest.files_of(train.HERE, known, 16 << 20)
    graph.check(files["model.onnx"])
    opened = session(files["model.onnx"])
    cases = json.loads(files["golden.json"])["cases"]
    assert len(cases) == train.GOLDEN
    for case in cases:
        said = opened.run({"x": np.array([case["inputs"]["x"]], np.float32)})["y"][0]
        assert np.abs(said - case["outputs"]["y"]).max() <= known.golden_tolerance


def test_the_shipped_manifest_says_what_goes_in_and_comes_out() -> None:
    known = manifest.read(train.HERE)
    assert (known.name, known.version) == ("remaining_life", train.VERSION)
    assert tuple((one.name, one.unit, one.centre, one.scale) for one in known.inputs[0].columns) == COLUMNS
    assert known.outputs[0].shape == (1, len(OUTPUTS))
    assert known.figures["fd001_rmse"] <= evaluate.RMSE_BAR


def test_a_fleet_like_the_trained_one_is_foretold(data: Path, folder: Path) -> None:
    shown = {str(one["name"]): one["value"] for one in evaluate.board(folder, data)["figures"]}  # type: ignore[attr-defined]
    assert shown["fd001_rmse"] < 20.0  # 40 for whoever always says the mean
    assert 0.75 <= shown["fd001_coverage"] <= 1.0
    assert shown["fd001_int8_apart"] < 6.0
    assert abs(shown["fd001_rmse"] - shown["fd001_rmse_fp32"]) < 0.5


def test_the_graph_says_what_the_networks_say(data: Path, folder: Path) -> None:
    raw = read_engines(data / NAMES[0])
    scaling = scaling_of(raw)
    engines = [scaling.applied(one) for one in raw]
    inputs = rows_of(engines[:3]).inputs
    made = fitted(engines, SMALL, seed=3)
    said = session(folder / "model.fp32.onnx").run({"x": inputs.astype(np.float32)})["y"]
    assert np.abs(said[:, 1] - np.maximum(made.cycles(inputs), 0.0)).max() < 0.01
    assert (said[:, 0] <= said[:, 1]).all()
    assert (said[:, 1] <= said[:, 2]).all()
    assert (said[:, 0] >= 0.0).all()


def test_other_units_give_the_same_figures(folder: Path, tmp_path: Path) -> None:
    def other_units(rows: Array) -> Array:
        made = rows.copy()
        made[:, 5:] = made[:, 5:] * np.linspace(0.5, 4.0, 21) - 273.15
        made[:, 1] += 300.0
        return made

    boards = [evaluate.board(folder, write(tmp_path / "a")), evaluate.board(folder, write(tmp_path / "b", other_units))]
    plain, other = (np.array([row["likely"] for row in board["engines"]]) for board in boards)  # type: ignore[attr-defined]
    assert np.abs(plain - other).max() < 1.0


def test_a_fleet_that_lasts_ten_times_as_long_is_told_its_own_cycles(folder: Path, tmp_path: Path) -> None:
    def slow(rows: Array) -> Array:
        made = rows.copy()
        made[:, 1] *= 10.0
        return made

    plain, other = (evaluate.board(folder, write(tmp_path / str(at), change))
                    for at, change in enumerate((lambda rows: rows, slow)))  # fmt: skip
    ratio = [b["likely"] / a["likely"] for a, b in zip(plain["engines"], other["engines"], strict=True)]  # type: ignore[call-overload]
    assert np.median(ratio) == pytest.approx(10.0, rel=0.15)


def test_the_same_seed_makes_the_same_model(data: Path, tmp_path: Path) -> None:
    quick = ["--data", str(data), "--quick", "--out"]
    assert train.main([*quick, str(tmp_path / "a")]) == 0
    assert train.main([*quick, str(tmp_path / "b")]) == 0
    for name in ("model.onnx", "golden.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert manifest.parse((tmp_path / "a" / "manifest.toml").read_bytes() + b"[files]\n").contract == 1


def test_histories_are_cut_where_a_test_may_cut_them(data: Path) -> None:
    engines = read_engines(data / NAMES[0])
    inputs, cycles, odds = rows_of(engines)
    assert cycles.min() >= 1.0
    assert cycles.max() <= WITHIN
    assert odds.sum() == pytest.approx(1.0)
    age = [name for name, *_ in COLUMNS].index("age")
    assert inputs[:, age].min() * COLUMNS[age][3] >= LEAST_CYCLES


def test_networks_learn_the_mean_not_the_loudest() -> None:
    rng = np.random.default_rng(1)
    rows = rng.standard_normal((600, 3)).astype(np.float32)
    cycles = (60.0 + 30.0 * np.tanh(rows[:, 0])).astype(np.float32)
    odds = np.full(600, 1.0 / 600)
    said = trained(rows, cycles, odds, replace(SMALL, epochs=120), 1).cycles(rows)
    assert np.sqrt(np.mean((said - cycles) ** 2)) < 6.0
    assert abs(float(np.mean(said - cycles))) < 2.0


def test_an_interval_holds_its_promise_for_engines_it_was_not_made_of() -> None:
    rng = np.random.default_rng(2)

    def said(engines: int) -> Unseen:
        truth = rng.uniform(1.0, 140.0, (engines, 30))
        likely = np.maximum(truth + rng.normal(0.0, 1.0, (engines, 1)) * (2.0 + 0.1 * truth), 0.0)
        fold = np.repeat(np.arange(engines) % 10, 30)
        return Unseen(likely.ravel(), truth.ravel(), np.full(truth.size, 1.0 / truth.size), fold)

    made = conformal(said(200), 200)
    strangers = said(2000)
    low, high = made.edges(strangers.likely)
    held = np.mean((low <= strangers.truth) & (strangers.truth <= high))
    assert 0.87 <= held <= 0.95
    assert made.above[-1] - made.below[-1] > 2 * (made.above[0] - made.below[0])
    assert CONFIDENCE == 0.9


def test_an_interval_never_reaches_below_nothing() -> None:
    low, high = Interval(np.full(len(KNOTS), -20.0), np.full(len(KNOTS), 5.0)).edges(np.array([0.0, 10.0, 500.0]))
    assert list(low) == [0.0, 0.0, 480.0]
    assert list(high) == [5.0, 15.0, 505.0]


def test_scores_of_every_row_lie_between_0_and_1_and_rise_with_wear(data: Path, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "scores.csv"
    assert evaluate.main(["--data", str(data), "--model", str(folder), "--scores", str(out), "--json"]) in (0, 1)
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(np.loadtxt(data / NAMES[1]))
    assert all(0.0 <= float(row["score"]) <= 1.0 for row in rows)
    assert all(float(row["low"]) <= float(row["likely"]) <= float(row["high"]) for row in rows)


def test_figures_are_recorded_in_the_manifest(data: Path, folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "model"
    shutil.copytree(folder, copy)
    for _ in range(2):
        evaluate.main(["--data", str(data), "--model", str(copy), "--record"])
    said = manifest.parse((copy / "manifest.toml").read_bytes() + b"[files]\n")
    assert said.figures["fd001_rmse"] > 0.0


def test_without_truth_nothing_is_scored_and_with_too_few_it_is_refused(
    data: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in NAMES[:2]:
        (tmp_path / name).write_bytes((data / name).read_bytes())
    asked = ["--data", str(tmp_path), "--model", str(folder)]
    assert evaluate.main(asked) == 0
    said = capsys.readouterr().out
    assert "fd001_rmse" not in said
    assert "engine    1:" in said
    (tmp_path / NAMES[2]).write_text("1\n2\n")
    assert evaluate.main(asked) == 2
    assert "2 rows for 40 test engines" in capsys.readouterr().err
    assert evaluate.main(["--data", str(tmp_path / "nowhere")]) == 2
