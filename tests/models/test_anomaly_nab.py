"""Our scorer of the Numenta benchmark, against its rules and its published numbers."""

from __future__ import annotations

import csv
import json
import math
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from gateway.core.errors import Refused
from models.anomaly import evaluate
from models.anomaly.nab import half_splits
from models.anomaly.nab_data import read
from models.anomaly.nab_peers import windowed_gaussian
from models.anomaly.nab_scores import PROFILES, Marked, at, best, marked

ROWS, WINDOW = 1000, (400, 499)


def alarms(*rows: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    scores = np.zeros(ROWS)
    scores[list(rows)] = 1.0
    return scores


def one(*rows: int, profile: str = "standard") -> float:
    return at([(marked(ROWS, [WINDOW]), alarms(*rows))], 0.5, PROFILES[profile]).score


def sigmoid(place: float) -> float:
    return 2.0 / (1.0 + math.exp(5.0 * place)) - 1.0


def test_who_says_nothing_has_nought_and_who_is_right_at_once_a_hundred() -> None:
    assert one() == 0.0
    assert one(400) == pytest.approx(100.0)
    assert one(400, 450, 499) == pytest.approx(100.0)


@pytest.mark.parametrize("row", [410, 450, 499])
def test_a_later_alarm_in_a_window_is_worth_less_by_the_published_curve(row: int) -> None:
    worth = sigmoid(-(499 - row + 1) / 100) / sigmoid(-1.0)
    assert one(row) == pytest.approx(100.0 * (worth + 1.0) / 2.0)


def test_a_false_alarm_costs_most_before_any_window_and_least_just_behind_one() -> None:
    assert one(200) == pytest.approx(-100.0 * 0.11 / 2.0)
    assert one(510) == pytest.approx(100.0 * 0.11 * sigmoid(11 / 99) / 2.0)
    assert one(900) == pytest.approx(-100.0 * 0.11 / 2.0)


def test_the_profiles_weigh_false_and_missed_as_published() -> None:
    assert one(200, profile="low_fp") == pytest.approx(2.0 * one(200))
    assert one(200, profile="low_fn") == pytest.approx(-100.0 * 0.11 / 3.0)
    assert one(400, 200, profile="low_fn") == pytest.approx(100.0 - 100.0 * 0.11 / 3.0)


def test_the_first_rows_are_on_probation() -> None:
    assert marked(1000, []).first == 150
    assert marked(1127, []).first == 169
    assert marked(22695, []).first == 750
    assert one(100) == 0.0


def test_a_window_on_probation_can_be_neither_found_nor_missed_but_is_wanted() -> None:
    mark = marked(ROWS, [(50, 99), WINDOW])
    assert at([(mark, alarms(400))], 0.5).score == pytest.approx(100.0 * 2.0 / 3.0)


def test_the_best_threshold_takes_all_rows_of_one_score_together() -> None:
    scores = np.full(ROWS, 0.3)
    scores[[200, 450]] = 0.9
    result = best([(marked(ROWS, [WINDOW]), scores)])
    assert result.threshold == 0.9
    assert (result.found, result.false) == (1, 1)
    worth = sigmoid(-0.5) / sigmoid(-1.0)
    assert result.score == pytest.approx(100.0 * (1.0 + worth - 0.11) / 2.0)


def test_saying_nothing_is_best_where_every_alarm_is_false() -> None:
    result = best([(marked(ROWS, [WINDOW]), alarms(200, 300))])
    assert (result.score, result.threshold) == (0.0, 1.1)


def test_one_threshold_is_for_all_files() -> None:
    first, second = marked(ROWS, [WINDOW]), marked(ROWS, [(600, 699)])
    low, high = alarms(400) * 0.4, alarms(600) * 0.8
    high[200:400] = 0.5
    assert best([(first, low), (second, high)]).threshold == 0.8


def test_halves_choose_on_one_half_and_are_judged_on_the_other() -> None:
    files: list[Marked] = [marked(ROWS, [WINDOW]) for _ in range(8)]
    blind = [(mark, alarms(200)) for mark in files]
    seeing = [(mark, alarms(400)) for mark in files]
    assert half_splits({"blind": blind, "seeing": seeing}) == pytest.approx((100.0, 0.0))
    assert half_splits({"blind": blind})[0] == 0.0


def test_the_windowed_gaussian_is_a_tail_of_what_came_before() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(5.0, 2.0, 7000)
    values[6950] = 40.0
    scores = windowed_gaussian(values)
    assert scores[6950] == 1.0
    window = values[500:6900]
    tail = 0.5 * math.erfc(abs(values[6940] - window.mean()) / window.std() / math.sqrt(2.0))
    assert scores[6940] == pytest.approx(1.0 - tail, abs=1e-9)


def folder(path: Path, *, days: int = 12) -> Path:
    """Two series in the benchmark's layout: one with a spike in a window, one without any."""
    rng = np.random.default_rng(3)
    labels: dict[str, list[list[str]]] = {}
    for name, spike in (("real/odd.csv", True), ("real/calm.csv", False)):
        begin = datetime(2014, 2, 14, 14, 30)  # noqa: DTZ001
        count = days * 288
        values = 50 + 10 * np.sin(np.arange(count) * 2 * np.pi / 288) + rng.normal(0, 1.0, count)
        stamps = [str(begin + timedelta(minutes=5 * number)) for number in range(count)]
        labels[name] = [[f"{stamps[2900]}.000000", f"{stamps[3100]}.000000"]] if spike else []
        values[2950] += 40.0 if spike else 0.0
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        with (path / name).open("w", newline="") as lines:
            csv.writer(lines).writerows([("timestamp", "value"), *zip(stamps, values, strict=True)])
    (path / "labels").mkdir()
    (path / "labels" / "combined_windows.json").write_text(json.dumps(labels))
    return path


def test_a_folder_in_the_public_layout_is_evaluated_and_its_scores_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = folder(tmp_path / "data"), tmp_path / "out"
    evaluate.main(["nab", "--data", str(data), "--scores", str(out), "--json"])
    board = json.loads(capsys.readouterr().out)
    figures = {figure["name"]: figure["value"] for figure in board["figures"]}
    assert figures["nab_windows_found"] == figures["nab_windows"] == 1
    assert figures["nab_standard"] > 90.0
    rows = list(csv.DictReader((out / "real" / "odd.csv").read_text().splitlines()))
    assert len(rows) == 12 * 288
    scores = [float(row["anomaly_score"]) for row in rows]
    assert all(0.0 <= score <= 1.0 for score in scores)
    assert max(range(700, len(scores)), key=scores.__getitem__) == 2950


def test_what_people_see_names_every_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evaluate.main(["nab", "--data", str(folder(tmp_path))])
    said = capsys.readouterr().out
    assert "real/odd.csv" in said
    assert "1 of 1 windows" in said


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ("{", "no JSON|not JSON"),
        ("{}", "names no file"),
        ('{"real/none.csv": []}', "not there"),
        ('{"../odd.csv": []}', "elsewhere"),
        ('{"real/odd.csv": [["1999-01-01 00:00:00", "1999-01-02 00:00:00"]]}', "not among its times"),
    ],
)
def test_labels_that_do_not_fit_are_refused_by_name(tmp_path: Path, labels: str, said: str) -> None:
    folder(tmp_path)
    (tmp_path / "labels" / "combined_windows.json").write_text(labels)
    with pytest.raises(Refused, match=said):
        read(tmp_path)


def test_a_folder_without_labels_ends_with_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate.main(["nab", "--data", str(tmp_path)]) == 2
    assert "combined_windows.json" in capsys.readouterr().err
