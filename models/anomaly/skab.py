"""The machines' baseline on the Skoltech Anomaly Benchmark: a run's first 400 rows commission it, the rest is judged.

Strictly causal, one setting for all files, by the code that judges machines live. `run` is what
`python -m models.anomaly.evaluate skab` calls.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter_ns

from gateway.core.anomaly.machine import DEFAULT, REARM, Follower, commission, over_limit
from gateway.core.anomaly.machine_band import Manner
from gateway.core.errors import Refused

from .skab_data import TRAINING_ROWS, Run, read_runs
from .skab_scores import PROFILES, WINDOW_S, Changes, Outliers, changes, nab, outliers
from .skab_splits import Split, half_splits

SPLITS = 12
LIMIT = 0.5
F1_BAR, FAR_BAR_PCT, NAB_BAR = 0.80, 14.0, 32.0
_MANNERS = tuple(Manner(smooth_rows=near, before_rows=far) for near in (2.0, 4.0, 8.0) for far in (12.0, 20.0, 40.0))
_OVER = (0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.5)
"""What a split may choose from: half-lives, and limits over the baseline's own."""


@dataclass(frozen=True, slots=True)
class Scores:
    """What a baseline says of a run: one entry a row, of its training part, too."""

    run: Run
    score: tuple[float, ...]
    change: tuple[float, ...]
    changed: tuple[bool, ...]
    stated_far_pct: float
    """What the baseline itself expects of its own healthy rows."""
    regimes: int
    refused: str = ""
    """Why there is no baseline: then nothing is ever told."""

    def outliers(self, over: float = 1.0) -> Outliers:
        """Rows by truth and alarm at a limit so many times the baseline's own."""
        truth = _labels(self.run.anomaly)
        return outliers(truth[TRAINING_ROWS:], [over_limit(one) >= over for one in self.score[TRAINING_ROWS:]])

    def changes(self, over: float | None = None) -> Changes:
        """Labelled changes and those told; by the baseline's own limit, or at one so many times it."""
        told = self.changed if over is None else _told(self.change, over)
        times, truth = self.run.times_s[TRAINING_ROWS:], _labels(self.run.changepoint)[TRAINING_ROWS:]
        return changes(_at(times, truth), _at(times, told[TRAINING_ROWS:]))


def judge(
    run: Run, manner: Manner = DEFAULT, training: int = TRAINING_ROWS, taken_ns: list[int] | None = None
) -> Scores:
    """One run, row by row, commissioned on its first `training` rows. `taken_ns` gets the time that each row took."""
    nothing = (0.0,) * len(run.rows)
    try:
        baseline = commission(run.channels, run.rows[:training], run.interval_s, manner)
    except Refused as why:
        return Scores(run, nothing, nothing, (False,) * len(run.rows), 0.0, 0, str(why))
    follower = Follower(baseline)
    score, change, changed = [], [], []
    for row in run.rows:
        begin = perf_counter_ns()
        judged = follower.take(row)
        if taken_ns is not None:
            taken_ns.append(perf_counter_ns() - begin)
        score.append(judged.score)
        change.append(judged.change)
        changed.append(judged.changed)
    stated = 100.0 * baseline.false_alarms()
    return Scores(run, tuple(score), tuple(change), tuple(changed), stated, baseline.tree.count)


def run(data: Path, scores: Path | None = None, splits: int = SPLITS) -> dict[str, object]:
    """The board's figures of all runs in a folder, as `gateway bench` prints them; `scores` gets a file a run.

    `splits` halves choose settings and limits on one half and are scored on the other; 0 leaves that out. Raises
    Refused when there is nothing to judge.
    """
    runs = read_runs(data)
    taken_ns: list[int] = []
    judged = [judge(one, taken_ns=taken_ns) for one in runs]
    if scores is not None:
        for one in judged:
            _write(scores, one)
    labelled = [one for one in judged if one.run.anomaly is not None and one.run.changepoint is not None]
    if not labelled:
        raise Refused(f"no run in {data} has the columns anomaly and changepoint")
    shown = _board_figures(labelled) + _free(judged)
    taken_ns.sort()
    shown.append(_figure("skab_row_p99", taken_ns[len(taken_ns) * 99 // 100] / 1e6, "ms"))
    if splits and len(labelled) > 3:
        shown += _split_figures(labelled, splits)
    return {
        "bench": "anomaly skab",
        "machine": platform.machine(),
        "figures": shown,
        "runs": [_shown(one) for one in labelled],
    }


def _board_figures(labelled: Sequence[Scores]) -> list[dict[str, object]]:
    rows = sum((one.outliers() for one in labelled), Outliers())
    always = Outliers(found=rows.found + rows.missed, false=rows.false + rows.quiet)
    told = [one.changes() for one in labelled]
    found = [part * WINDOW_S for one in told for part in one.found]
    shown = [
        _figure("skab_f1", rows.f1, "1", at_least=F1_BAR),
        _figure("skab_far", rows.far_pct, "%", at_most=FAR_BAR_PCT),
        _figure("skab_mar", rows.mar_pct, "%"),
        _figure("skab_always_alarm_f1", always.f1, "1"),
    ]
    if any(one.found or one.missed for one in told):
        shown += [
            _figure("skab_nab_standard", nab(told), "1", at_least=NAB_BAR),
            _figure("skab_nab_low_fp", nab(told, PROFILES["low_fp"]), "1"),
            _figure("skab_nab_low_fn", nab(told, PROFILES["low_fn"]), "1"),
            _figure("skab_changes_found", len(found), "changes"),
            _figure("skab_changes_missed", sum(one.missed for one in told), "changes"),
            _figure("skab_changes_false", sum(one.false for one in told), "changes"),
            _figure("skab_metronome_nab", _metronome(labelled), "1"),
        ]
    if found:
        shown.append(_figure("skab_change_delay", sum(found) / len(found), "s"))
    return shown


def _metronome(labelled: Sequence[Scores]) -> float:
    """What the board gives for telling a change every 60 rows whatever is measured: the mean of all phases."""
    total = 0.0
    for phase in range(60):
        files = []
        for one in labelled:
            times = one.run.times_s[TRAINING_ROWS:]
            truth = _labels(one.run.changepoint)[TRAINING_ROWS:]
            files.append(changes(_at(times, truth), times[phase::60]))
        total += nab(files)
    return total / 60


def _free(judged: Iterable[Scores]) -> list[dict[str, object]]:
    """False alarms in runs without labels, which are without faults: commissioned as the others, and on a quarter."""
    free = [one for one in judged if one.run.anomaly is None]
    if not free:
        return []
    longer = [(judge(one.run, training=len(one.run.rows) // 4), len(one.run.rows) // 4) for one in free]
    return [
        _figure("skab_fault_free_far", _alarm_pct([(one, TRAINING_ROWS) for one in free]), "%"),
        _figure("skab_fault_free_far_quarter", _alarm_pct(longer), "%"),
    ]


def _alarm_pct(judged: Iterable[tuple[Scores, int]]) -> float:
    scored = [score >= LIMIT for one, training in judged for score in one.score[training:]]
    return 100.0 * sum(scored) / len(scored)


def _split_figures(labelled: Sequence[Scores], splits: int) -> list[dict[str, object]]:
    """Settings chosen on half of the runs, scored on the other half."""
    others = [[judge(one.run, manner) for one in labelled] for manner in _MANNERS]
    rows = [[one.outliers(over) for one in scores] for scores in others for over in _OVER]
    told = [[one.changes(over) for one in scores] for scores in others for over in _OVER]
    found: list[Split] = half_splits(rows, told, splits, FAR_BAR_PCT)
    return [
        _figure(f"skab_split_{name}", sum(getattr(one, name) for one in found) / len(found), unit)
        for name, unit in (("f1", "1"), ("far", "%"), ("mar", "%"), ("nab", "1"))
    ]


def _told(change: Sequence[float], over: float) -> list[bool]:
    """As `Follower` tells changes, at another limit."""
    told, armed = [], True
    for one in change:
        measure = over_limit(one) / over
        begins = armed and measure >= 1.0
        armed = measure < REARM or (armed and not begins)
        told.append(begins)
    return told


def _at(times: Sequence[float], marked: Sequence[bool]) -> list[float]:
    return [time for time, one in zip(times, marked, strict=True) if one]


def _labels(labels: Sequence[bool] | None) -> Sequence[bool]:
    if labels is None:
        raise ValueError("a run without labels cannot be scored")
    return labels


def _write(folder: Path, one: Scores) -> None:
    """`<folder>/<group>/<file>`: datetime;score;change;changed, one line a row of the run."""
    path = folder / one.run.name
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["datetime;score;change;changed"]
    for stamp, score, change, changed in zip(one.run.stamps, one.score, one.change, one.changed, strict=True):
        lines.append(f"{stamp};{score:.6f};{change:.6f};{int(changed)}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _figure(
    name: str, value: float, unit: str, at_least: float | None = None, at_most: float | None = None
) -> dict[str, object]:
    shown: dict[str, object] = {"name": name, "value": round(value, 3), "unit": unit}
    if at_least is not None:
        shown |= {"at_least": at_least, "holds": value >= at_least}
    if at_most is not None:
        shown |= {"at_most": at_most, "holds": value <= at_most}
    return shown


def _shown(one: Scores) -> dict[str, object]:
    rows, told = one.outliers(), one.changes()
    shown: dict[str, object] = {
        "run": one.run.name,
        "f1": round(rows.f1, 3),
        "far": round(rows.far_pct, 1),
        "mar": round(rows.mar_pct, 1),
        "changes_found": len(told.found),
        "changes_missed": told.missed,
        "changes_false": told.false,
        "stated_far": round(one.stated_far_pct, 2),
        "regimes": one.regimes,
    }
    return shown | {"refused": one.refused} if one.refused else shown


def plain(board: Mapping[str, object]) -> str:
    """The figures as lines for a person."""
    figures = board["figures"]
    lines = []
    for one in figures if isinstance(figures, list) else []:
        bar = f"at least {one['at_least']}" if "at_least" in one else f"at most {one.get('at_most')}"
        said = f"  {bar}: {'holds' if one['holds'] else 'DOES NOT HOLD'}" if "holds" in one else ""
        lines.append(f"{one['name']:28} {one['value']:>9} {one['unit']:8}{said}")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """0: every bar holds; 1: one does not; 2: the runs cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m models.anomaly.skab", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with <group>/<n>.csv")
    parser.add_argument("--scores", type=Path, help="a folder that gets a file of scores for each run")
    parser.add_argument("--splits", type=int, default=SPLITS, help="half-splits of the honest figure; 0: none")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    try:
        board = run(asked.data, asked.scores, asked.splits)
    except (OSError, Refused) as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(board) if asked.json else plain(board))
    figures = board["figures"]
    return 0 if all(one.get("holds", True) for one in (figures if isinstance(figures, list) else [])) else 1


if __name__ == "__main__":
    sys.exit(main())
