"""The benchmark from a folder: read, judged causally, scored, and the same for channels in other units."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path

import pytest

from gateway.core.errors import Refused
from models.anomaly.skab import judge, main, run
from models.anomaly.skab_data import TRAINING_ROWS, read_run, read_runs
from models.anomaly.skab_scores import Outliers, changes
from models.anomaly.skab_splits import half_splits

CHANNELS = ("Flow", "Vibration", "Temperature")
FAULT = range(500, 600)


def write(
    path: Path,
    seed: int,
    *,
    rows: int = 700,
    labels: bool = True,
    scale: float = 1.0,
    shift: float = 0.0,
    reverse: bool = False,
) -> None:
    """A run with a fault in `FAULT`: less flow, more vibration."""
    chance = random.Random(seed)
    order = [2, 1, 0] if reverse else [0, 1, 2]
    path.parent.mkdir(parents=True, exist_ok=True)
    warm = 0.0
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file, delimiter=";")
        lines.writerow(["datetime", *(CHANNELS[at] for at in order), *(["anomaly", "changepoint"] if labels else [])])
        for at in range(rows):
            warm += 0.05 * chance.gauss(0, 1) - 0.01 * warm
            sick = 1.0 if labels and at in FAULT else 0.0
            values = [32 + chance.gauss(0, 1) - 6 * sick, 0.2 + 0.01 * chance.gauss(0, 1) + 0.05 * sick, 79 + warm]
            values = [value * scale + shift for value in values]
            marks = [int(at in FAULT), int(at in (FAULT.start, FAULT.stop))] if labels else []
            lines.writerow([f"2020-03-09 10:{at // 60:02}:{at % 60:02}", *(values[place] for place in order), *marks])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for at in range(4):
        write(tmp_path / "valve" / f"{at}.csv", at)
    return tmp_path


def figures(board: dict[str, object]) -> dict[str, float]:
    shown = board["figures"]
    assert isinstance(shown, list)
    return {one["name"]: one["value"] for one in shown}


def test_a_clear_fault_is_found_with_hardly_a_false_alarm(folder: Path) -> None:
    board = figures(run(folder, splits=0))
    assert board["skab_f1"] > 0.9
    assert board["skab_far"] < 8.0
    assert board["skab_changes_missed"] == 0
    assert board["skab_always_alarm_f1"] == pytest.approx(2 * 100 / (300 + 100), abs=1e-3)


def test_the_figures_are_those_of_the_rows_after_the_training_part(folder: Path) -> None:
    scores = [judge(one) for one in read_runs(folder)]
    counted = sum((one.outliers() for one in scores), Outliers())
    assert counted.found + counted.false + counted.missed + counted.quiet == 4 * (700 - TRAINING_ROWS)


def test_later_rows_change_no_earlier_score(folder: Path) -> None:
    whole = judge(read_run(folder / "valve/0.csv", "0"))
    lines = (folder / "valve/0.csv").read_text(encoding="utf-8").splitlines()
    (folder / "cut.csv").write_text("\n".join(lines[:561]) + "\n", encoding="utf-8")
    cut = judge(read_run(folder / "cut.csv", "cut"))
    assert cut.score == whole.score[:560]
    assert cut.changed == whole.changed[:560]


@pytest.mark.parametrize(("scale", "shift", "reverse"), [(1e3, 0.0, False), (-1.8, 32.0, False), (1e-3, 5.0, True)])
def test_other_units_and_order_of_the_channels_give_the_same_figures(
    tmp_path: Path, scale: float, shift: float, reverse: bool
) -> None:
    for at in range(2):
        write(tmp_path / "plain/valve" / f"{at}.csv", at)
        write(tmp_path / "other/valve" / f"{at}.csv", at, scale=scale, shift=shift, reverse=reverse)
    plain, other = figures(run(tmp_path / "plain", splits=0)), figures(run(tmp_path / "other", splits=0))
    del plain["skab_row_p99"], other["skab_row_p99"]
    assert plain == other


def test_scores_of_each_row_are_written_beside_their_times(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["--data", str(folder), "--scores", str(out), "--splits", "0", "--json"]) in (0, 1)
    with (out / "valve/3.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file, delimiter=";"))
    assert len(lines) == 700
    assert lines[0]["datetime"] == "2020-03-09 10:00:00"
    assert all(0.0 <= float(line["score"]) <= 1.0 for line in lines)
    assert float(lines[550]["score"]) > 0.5 > float(lines[480]["score"])


def test_the_command_says_which_bars_hold(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(folder), "--splits", "2"]) == 0
    said = capsys.readouterr().out
    assert "skab_f1" in said
    assert "holds" in said
    assert "DOES NOT HOLD" not in said
    main(["--data", str(folder), "--splits", "2", "--json"])
    board = json.loads(capsys.readouterr().out)
    assert board["bench"] == "anomaly skab"
    assert {"skab_split_f1", "skab_split_far", "skab_split_nab"} <= {one["name"] for one in board["figures"]}
    assert len(board["runs"]) == 4


def test_runs_without_labels_count_for_false_alarms_only(folder: Path) -> None:
    labelled = figures(run(folder, splits=0))
    write(folder / "anomaly-free" / "anomaly-free.csv", 9, rows=2400, labels=False)
    board = figures(run(folder, splits=0))
    assert board["skab_f1"] == labelled["skab_f1"]
    assert board["skab_fault_free_far_quarter"] < 5.0
    assert "skab_fault_free_far" not in labelled


def test_a_run_that_cannot_be_commissioned_is_said_and_counts_as_missed(folder: Path) -> None:
    write(folder / "valve" / "9.csv", 9, scale=0.0)
    board = run(folder, splits=0)
    runs = board["runs"]
    assert isinstance(runs, list)
    last = runs[-1]
    assert "no channel moved" in last["refused"]
    assert last["mar"] == 100.0


def test_empty_cells_are_missing_values(folder: Path) -> None:
    path = folder / "valve/0.csv"
    lines = [line.split(";") for line in path.read_text(encoding="utf-8").splitlines()]
    for cells in lines[450:]:
        cells[2] = ""
    path.write_text("\n".join(";".join(cells) for cells in lines) + "\n", encoding="utf-8")
    assert judge(read_run(path, "0")).outliers().f1 > 0.8, "flow alone tells"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("time;a\n1;2\n", "does not begin with datetime"),
        ("datetime;a;anomaly;changepoint\n2020-01-01;1;0;0\n", "1 rows"),
        ("datetime;a\n2020-01-01;1;2\n", "line 2: 3 columns"),
    ],
)
def test_what_is_no_run_is_refused_with_its_name(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "group").mkdir()
    (tmp_path / "group/1.csv").write_text(text, encoding="utf-8")
    with pytest.raises(Refused, match=rf"group/1.csv.*{said}"):
        read_runs(tmp_path)


def test_a_folder_without_runs_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path)]) == 2
    assert "no <group>/<n>.csv" in capsys.readouterr().err


def test_a_split_is_scored_only_on_the_half_that_chose_nothing() -> None:
    # Setting 0 is perfect on the first two runs, 1 on the others: what is chosen on one half fails on the other.
    good, bad = Outliers(found=10, quiet=10), Outliers(missed=10, quiet=10)
    rows = [[good, good, bad, bad], [bad, bad, good, good]]
    at_once, never = changes([0.0], [0.0]), changes([0.0], [])
    told = [[at_once, at_once, never, never], [never, never, at_once, at_once]]
    found = half_splits(rows, told, 40, 14.0)
    assert len(found) == 40
    assert 0.0 in {one.f1 for one in found}
    assert max(one.f1 for one in found) < 1.0
    assert max(one.nab for one in found) < 100.0
