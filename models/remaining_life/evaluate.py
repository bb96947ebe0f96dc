"""`python -m models.remaining_life.evaluate --data DIR`: the model on any folder in the layout of C-MAPSS FD001.

Sensors are scaled by the folder's own `train_FD001.txt`, so that units cancel. Without `RUL_FD001.txt` nothing is
scored, and the remaining cycles are printed. `--scores OUT` writes every row of the test file with its score: 0 as new,
1 at the end.
"""

from __future__ import annotations

import argparse
import csv
import json
import platform
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gateway.backends.inference.runtime import Session, session
from gateway.core.errors import GatewayError, Refused

from . import scoring
from .layout import NAMES, Array, Engine, Scaling, read_engines, read_truth, scaling_of
from .regression import WITHIN
from .summaries import summaries
from .train import HERE

RMSE_BAR, COVERAGE_BARS, LATENCY_BAR_MS = 13.2, (0.88, 0.94), 2.0
_CALLS = 400
Figure = dict[str, object]


class Said(NamedTuple):
    """Cycles after some rows, in the folder's own cycles; each [n]."""

    low: Array
    likely: Array
    high: Array


def ask(opened: Session, engine: Engine, scaling: Scaling) -> Said:
    """What the model says after every row of an engine, raw as read. Raises ModelFailed."""
    inputs = summaries(scaling.applied(engine)).astype(np.float32)
    low, likely, high = opened.run({"x": inputs})["y"].astype(float).T * scaling.cycle
    return Said(low, likely, high)


def at_the_end(answers: list[Said]) -> Said:
    """What it says after each engine's last row."""
    return Said(*(np.array([row[-1] for row in column]) for column in zip(*answers, strict=True)))


def figures(said: Said, truth: Array, scale: float = 1.0) -> list[Figure]:
    """The published scores of one answer per engine; `scale` turns the folder's cycles into the public set's.

    Raises Refused when there are not as many truths as answers.
    """
    if len(said.likely) != len(truth):
        raise Refused(f"{NAMES[2]} has {len(truth)} rows for {len(said.likely)} test engines")
    likely, true = said.likely / scale, truth / scale
    held = scoring.coverage(said.low, said.high, truth)
    least, most = COVERAGE_BARS
    return [
        _figure("fd001_rmse", scoring.rmse(likely, true), "cycles", RMSE_BAR),
        _figure("fd001_score", scoring.nasa_score(likely, true), "1"),
        _figure("fd001_rmse_capped", scoring.rmse(scoring.capped(likely), scoring.capped(true)), "cycles"),
        _figure("fd001_score_capped", scoring.nasa_score(scoring.capped(likely), scoring.capped(true)), "1"),
        _figure("fd001_bias", float(np.mean(likely - true)), "cycles"),
        _figure("fd001_coverage", held, "1")
        | {"at_least": least, "at_most": most, "holds": least <= round(held, 3) <= most},
        _figure("fd001_interval_width", float(np.mean(said.high - said.low)) / scale, "cycles"),
    ]


def board(folder: Path, data: Path, scores: Path | None = None) -> dict[str, object]:
    """Figures as a bench prints them, and each engine's answer. Raises Refused, OSError, ModelFailed."""
    scaling = scaling_of(read_engines(data / NAMES[0]))
    engines = read_engines(data / NAMES[1])
    opened = session(folder / "model.onnx")
    answers = [ask(opened, engine, scaling) for engine in engines]
    said = at_the_end(answers)
    shown: list[Figure] = []
    if (data / NAMES[2]).exists():
        truth = read_truth(data / NAMES[2])
        shown = figures(said, truth, scaling.cycle)
        exact = folder / "model.fp32.onnx"
        if exact.exists():
            float_said = at_the_end([ask(session(exact), engine, scaling) for engine in engines])
            shown.append(_figure("fd001_rmse_fp32", scoring.rmse(float_said.likely, truth) / scaling.cycle, "cycles"))
            apart = np.abs(float_said.likely - said.likely) / scaling.cycle
            shown.append(_figure("fd001_int8_apart", float(apart.max()), "cycles"))
    shown.append(_figure("remaining_life_p99", _p99_ms(opened, engines[0], scaling), "ms", LATENCY_BAR_MS))
    shown.append(_figure("remaining_life_size", (folder / "model.onnx").stat().st_size / 1024, "KiB"))
    rows = [
        {"engine": engine.number, "low": round(low, 1), "likely": round(likely, 1), "high": round(high, 1)}
        for engine, low, likely, high in zip(engines, *said, strict=True)
    ]
    made: dict[str, object] = {"bench": "remaining life", "machine": platform.machine(), "figures": shown}
    if scores is not None:
        write_scores(scores, engines, answers, scaling.cycle)
    return made | {"engines": rows}


def write_scores(path: Path, engines: list[Engine], answers: list[Said], scale: float = 1.0) -> None:
    """One line per row of the test file; `scale` as in `figures`. Raises OSError."""
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(["engine", "cycle", "score", "low", "likely", "high"])
        for engine, said in zip(engines, answers, strict=True):
            score = 1.0 - np.clip(said.likely / (scale * WITHIN), 0.0, 1.0)
            for cycle, worn, low, likely, high in zip(engine.cycles, score, *said, strict=True):
                lines.writerow(
                    [engine.number, f"{cycle:g}", f"{worn:.4f}", f"{low:.1f}", f"{likely:.1f}", f"{high:.1f}"]
                )


def main(arguments: list[str] | None = None) -> int:
    """0: every bar holds; 1: one does not; 2: the folder cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m models.remaining_life.evaluate", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help=f"folder with {', '.join(NAMES)}")
    parser.add_argument("--model", type=Path, default=HERE, metavar="DIR", help="folder of the model")
    parser.add_argument(
        "--scores", type=Path, metavar="OUT", help="CSV: engine, cycle, score in [0,1], low, likely, high"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--record", action="store_true", help="write the figures into the manifest; sign it anew then")
    asked = parser.parse_args(arguments)
    try:
        made = board(asked.model, asked.data, asked.scores)
    except (OSError, GatewayError) as error:
        print(error, file=sys.stderr)
        return 2
    shown = _shown(made)
    if asked.record:
        record(asked.model / "manifest.toml", shown)
    print(json.dumps(made) if asked.json else _plain(made))
    return 0 if all(one.get("holds", True) for one in shown) else 1


def record(path: Path, shown: list[Figure]) -> None:
    """Replace the figures of a manifest. Raises OSError."""
    stem = path.read_text(encoding="utf-8").partition("\n[figures]\n")[0]
    measured = "".join(f"{one['name']} = {one['value']}\n" for one in shown)
    path.write_text(f"{stem}\n[figures]\n{measured}", encoding="utf-8")


def _p99_ms(opened: Session, engine: Engine, scaling: Scaling) -> float:
    """Of the graph, one row a call, in time of the processor."""
    row = summaries(scaling.applied(engine))[-1:].astype(np.float32)
    taken = []
    for _ in range(_CALLS):
        started = time.thread_time()
        opened.run({"x": row})
        taken.append((time.thread_time() - started) * 1000.0)
    return sorted(taken)[round(0.99 * _CALLS) - 1]


def _figure(name: str, value: float, unit: str, bar: float | None = None) -> Figure:
    shown: Figure = {"name": name, "value": round(value, 3), "unit": unit}
    return shown if bar is None else shown | {"at_most": bar, "holds": round(value, 3) <= bar}


def _shown(made: dict[str, object]) -> list[Figure]:
    found = made["figures"]
    return found if isinstance(found, list) else []


def _plain(made: dict[str, object]) -> str:
    lines = []
    for one in _shown(made):
        bars = [
            f"{words} {one[key]:g}" for key, words in (("at_least", "at least"), ("at_most", "at most")) if key in one
        ]
        verdict = f" {', '.join(bars)}: {'holds' if one['holds'] else 'DOES NOT HOLD'}" if bars else ""
        lines.append(f"{one['name']:22} {one['value']:>10} {one['unit']:8}{verdict}")
    scored = any(str(one["name"]).startswith("fd001") for one in _shown(made))
    engines = made["engines"]
    if not scored and isinstance(engines, list):
        lines += [
            f"engine {one['engine']:>4}: {one['low']:>6} to {one['high']:>6} cycles, likely {one['likely']}"
            for one in engines
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
