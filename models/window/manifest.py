"""What travels beside the graph: the manifest without its signature, and golden vectors."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np

from gateway.backends.inference.runtime import session
from gateway.core.window.features import COLUMNS, features
from gateway.core.window.head import Head, Prior, basis, confidence, distance
from gateway.core.window.moment import Moment

from .columns import Array, Columns
from .network import SIZES

MOMENTS = 32
LESSONS = (0, 3, 9)
_TOLERANCE_PP = 0.5


def golden(folder: Path, prior: Prior, columns: Columns, seed: int) -> str:
    """`MOMENTS` moments, each with one of `LESSONS` lessons, as JSON: what this machine answers."""
    opened = session(folder / "model.onnx")
    rng = np.random.default_rng([seed, 40])

    def phi(moment: Moment) -> Array:
        row = np.array([features(moment)], dtype=np.float32)
        return np.asarray(opened.run({"x": row})["phi"][0], dtype=np.float64)

    cases = []
    for number, row in enumerate(rng.choice(len(columns), MOMENTS, replace=False)):
        moment = columns.moment(int(row))
        taught = [columns.moment(int(other)) for other in rng.choice(len(columns), LESSONS[number % len(LESSONS)])]
        lessons = [(lesson, float(rng.integers(0, 21) * 5)) for lesson in taught]
        head = Head(prior)
        for lesson, wanted in lessons:
            head.learn(basis(phi(lesson), lesson), wanted)
        opinion = head.opinion(basis(phi(moment), moment))
        away = distance(features(moment, clip=False), prior)
        cases.append(
            {
                "moment": msgspec.to_builtins(moment),
                "lessons": [{"moment": msgspec.to_builtins(lesson), "wanted": wanted} for lesson, wanted in lessons],
                "inputs": {"x": [float(np.float32(value)) for value in features(moment)]},
                "outputs": {"phi": [round(float(value), 5) for value in phi(moment)]},
                "position": round(opinion.position_pct, 4),
                "confidence": round(confidence(opinion.spread_pp, head.lessons, away, prior), 5),
            }
        )
    return json.dumps({"cases": cases}, ensure_ascii=False, separators=(",", ":")) + "\n"


def manifest(version: int, figures: dict[str, float]) -> str:
    """manifest.toml up to the figures; `models.sign` adds sums and signature."""
    columns = "".join(
        f'    {{name = "{name}", unit = "{unit}", centre = {centre}, scale = {scale}}},\n'
        for name, unit, centre, scale in COLUMNS
    )
    measured = "".join(f"{name} = {value}\n" for name, value in figures.items())
    return f"""name = "window"
version = {version}
made = "{datetime.now(UTC).date().isoformat()}"
summary = "How far a window should be open, and how sure that is"
latency_budget_ms = 1.0
golden_tolerance = {_TOLERANCE_PP}
contract = 1

[[inputs]]
name = "x"
dtype = "float32"
shape = [1, {SIZES[0]}]
columns = [
{columns}]

[[outputs]]
name = "phi"
dtype = "float32"
shape = [1, {SIZES[-1]}]

[figures]
{measured}"""
