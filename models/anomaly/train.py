"""`python -m models.anomaly.train`: the fusion model from invented lives only. Seeded; some minutes on one core.

It prints the formula's own calibration too, which stands in gateway/core/anomaly/series.py.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from .export import golden, graph, manifest
from .network import FORMULA, Course, trained
from .records import Records, calibrated, records

HERE = Path(__file__).parent
VERSION = 1
LIVES, CALIBRATION_LIVES = 1600, 800
RATES = (8.0, 4.0, 2.0, 1.0, 0.5, 0.2, 0.1, 0.05)
"""Records of normal life a week at which the score is fixed; between and beyond them it runs straight on."""


def main(arguments: list[str] | None = None) -> int:
    """Train and write everything of the folder but the card and the signature."""
    parser = argparse.ArgumentParser(prog="python -m models.anomaly.train", description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--version", type=int, default=VERSION)
    parser.add_argument("--quick", action="store_true", help="a small one in seconds, for trying the way")
    asked = parser.parse_args(arguments)
    part = 25 if asked.quick else 1
    write(
        asked.out,
        records(LIVES // part, asked.seed),
        records(CALIBRATION_LIVES // part, asked.seed + 1),
        asked.seed,
        Course(steps=6000 // part),
        asked.version,
    )
    return 0


def write(folder: Path, taught: Records, normal: Records, seed: int, course: Course, version: int = VERSION) -> None:
    """Fit to `taught`, calibrate on `normal`, which the network has not seen, and write the folder."""
    rng = np.random.default_rng([seed, 10])
    net = trained(taught.rows, taught.faulty, course, rng)
    life = normal.weights > 0.0
    net = replace(net, knots=calibrated(net.raw(normal.rows, quantised=True)[life], normal.weights[life], RATES))
    formula = calibrated(normal.rows[life, FORMULA], normal.weights[life], RATES)
    print("formula:", ", ".join(f"({raw:.2f}, {score:.3f})" for raw, score in formula))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(graph(net, quantised=True))
    (folder / "model.fp32.onnx").write_bytes(graph(net, quantised=False))
    (folder / "golden.json").write_text(golden(folder, normal.rows, rng), encoding="utf-8")
    (folder / "manifest.toml").write_text(manifest(version, {}), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
