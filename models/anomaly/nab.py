"""The detector on the Numenta Anomaly Benchmark, by the code that judges series live."""

from __future__ import annotations

import csv
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter_ns

import numpy as np

from gateway.backends.inference.runtime import session
from gateway.core.anomaly.scoring import Fuse
from gateway.core.anomaly.series import Series

from .nab_data import File, read
from .nab_peers import windowed_gaussian
from .nab_scores import PROFILES, Array, Marked, at, best

HERE = Path(__file__).parent
SPLITS, SEED = 12, 0
STANDARD_BAR, HALVES_BAR, P99_BAR_MS = 68.0, 62.0, 0.1
SETTINGS = ("formula", "model")
"""What a half may choose: whether the fusion model is asked."""


def fusion(folder: Path) -> Fuse:
    """The model of a folder, as `Series.step` asks it. Raises ModelFailed."""
    opened = session(folder / "model.onnx")

    def fuse(features: Sequence[float]) -> float:
        return float(opened.run({"x": np.array([features], np.float32)})["y"][0, 0])

    return fuse


def scores(file: File, fuse: Fuse | None) -> tuple[Array, Array]:
    """(score, milliseconds taken) of each row, strictly in their order."""
    series = Series()
    found, took = np.empty(len(file.values)), np.empty(len(file.values))
    for row, (at_s, value) in enumerate(zip(file.times_s.tolist(), file.values.tolist(), strict=True)):
        began = perf_counter_ns()
        found[row] = series.step(at_s, value, int(at_s % 86_400 // 60), fuse).score
        took[row] = (perf_counter_ns() - began) / 1e6
    return found, took


def run(data: Path, out: Path | None = None, folder: Path = HERE) -> dict[str, object]:
    """The board's figures, and each file's; `out`: a folder for rows' scores. Raises OSError, Refused, ModelFailed."""
    files, fuse = read(data), fusion(folder)
    judged = [scores(file, fuse) for file in files]
    said = {"formula": [scores(file, None)[0] for file in files], "model": [found for found, _ in judged]}
    if out is not None:
        for file, found in zip(files, said["model"], strict=True):
            _write(out, file, found)
    paired = {name: _paired(files, found) for name, found in said.items()}
    peer = _paired(files, [windowed_gaussian(file.values) for file in files])
    results = {name: best(paired["model"], profile) for name, profile in PROFILES.items()}
    standard = results["standard"]
    halves, spread = half_splits(paired) if len(files) > 1 else (float("nan"), float("nan"))
    shown = [
        _figure("nab_standard", standard.score, "points", at_least=STANDARD_BAR),
        _figure("nab_low_fp", results["low_fp"].score, "points"),
        _figure("nab_low_fn", results["low_fn"].score, "points"),
        _figure("nab_halves", halves, "points", at_least=HALVES_BAR),
        _figure("nab_halves_spread", spread, "points"),
        _figure("nab_formula_alone", best(paired["formula"]).score, "points"),
        _figure("nab_windowed_gaussian", best(peer).score, "points"),
        _figure("nab_threshold", standard.threshold, "score"),
        _figure("nab_windows", sum(file.mark.windows for file in files), "windows"),
        _figure("nab_windows_found", standard.found, "windows"),
        _figure("nab_false_rows", standard.false, "rows"),
        _figure("step_p99", _p99([took for _, took in judged]), "ms", at_most=P99_BAR_MS),
    ]
    each = [_shown(file, found, standard.threshold) for file, found in zip(files, said["model"], strict=True)]
    return {"bench": "anomaly nab", "machine": platform.machine(), "figures": shown, "files": each}


def half_splits(said: Mapping[str, Sequence[tuple[Marked, Array]]], splits: int = SPLITS) -> tuple[float, float]:
    """Mean and deviation of the other half's standard score, when setting and threshold were chosen on one half."""
    rng = np.random.default_rng(SEED)
    found = []
    count = len(next(iter(said.values())))
    for _ in range(splits):
        order = rng.permutation(count)
        here, there = order[: count // 2], order[count // 2 :]
        chosen = {name: best([files[number] for number in here]) for name, files in said.items()}
        name = max(chosen, key=lambda one: chosen[one].score)
        found.append(at([said[name][number] for number in there], chosen[name].threshold).score)
    return float(np.mean(found)), float(np.std(found))


def plain(board: Mapping[str, object]) -> str:
    """For people: the figures, then each file's."""
    lines = []
    figures, files = board["figures"], board["files"]
    for one in figures if isinstance(figures, list) else []:
        bound = next((f"{way.replace('_', ' ')} {one[way]}" for way in ("at_least", "at_most") if way in one), "")
        lines.append(f"{one['name']:20} {one['value']:>9} {one['unit']:8} {bound}" + _held(one))
    lines += [
        f"{one['file']:60} {one['found']} of {one['windows']} windows, {one['false']} false rows"
        for one in (files if isinstance(files, list) else [])
    ]
    return "\n".join(lines)


def _held(figure: Mapping[str, object]) -> str:
    return "" if "holds" not in figure else ": holds" if figure["holds"] else ": DOES NOT HOLD"


def _p99(took: Sequence[Array]) -> float:
    return float(np.percentile(np.concatenate(took), 99))


def _paired(files: Sequence[File], found: Sequence[Array]) -> list[tuple[Marked, Array]]:
    return [(file.mark, scored) for file, scored in zip(files, found, strict=True)]


def _figure(
    name: str, value: float, unit: str, *, at_least: float | None = None, at_most: float | None = None
) -> dict[str, object]:
    value = round(float(value), 4)
    shown: dict[str, object] = {"name": name, "value": value, "unit": unit}
    if at_least is not None:
        shown |= {"at_least": at_least, "holds": value >= at_least}
    if at_most is not None:
        shown |= {"at_most": at_most, "holds": value <= at_most}
    return shown


def _shown(file: File, found: Array, threshold: float) -> dict[str, object]:
    result = at([(file.mark, found)], threshold)
    return {
        "file": file.name,
        "rows": len(file.values),
        "windows": file.mark.windows,
        "found": result.found,
        "false": result.false,
    }


def _write(out: Path, file: File, found: Array) -> None:
    """As the benchmark keeps results: timestamp,value,anomaly_score."""
    path = out / file.name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as lines:
        table = csv.writer(lines)
        table.writerow(["timestamp", "value", "anomaly_score"])
        rows = zip(file.stamps, file.values.tolist(), found.tolist(), strict=True)
        table.writerows((stamp, value, f"{score:.9g}") for stamp, value, score in rows)
