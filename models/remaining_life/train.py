"""`python -m models.remaining_life.train --data DIR`: the reference model from C-MAPSS FD001; minutes on one core.

Seeded: the same machine makes the same bytes. Writes model.onnx, model.fp32.onnx, golden.json and manifest.toml;
`python -m models.sign remaining_life` signs them. Only `train_FD001.txt` is read.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

# Sums of many threads come out in another order each time.
for _library in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_library, "1")

import numpy as np  # noqa: E402

from gateway.backends.inference.runtime import session  # noqa: E402
from gateway.core.errors import Refused  # noqa: E402
from gateway.core.health.features import COLUMNS, OUTPUTS  # noqa: E402

from .export import graph  # noqa: E402
from .interval import FOLDS, conformal, unseen  # noqa: E402
from .layout import NAMES, Array, Engine, read_engines, scaling_of  # noqa: E402
from .network import Course  # noqa: E402
from .regression import fitted, rows_of  # noqa: E402

HERE = Path(__file__).parent
VERSION = 1
GOLDEN = 24
_TOLERANCE_CYCLES = 1.0
_QUICK = Course(members=2, hidden=(16, 8), epochs=2)


def train(
    engines: list[Engine], folder: Path, course: Course, seed: int, version: int = VERSION, folds: int = FOLDS
) -> float:
    """Write the model of these engines, raw as read; returns its error of held-out engines in cycles."""
    scaling = scaling_of(engines)
    known = [scaling.applied(engine) for engine in engines]
    held_out = unseen(known, course, seed, min(folds, len(known)))
    interval = conformal(held_out, len(known))
    made = fitted(known, course, seed)
    cut = rows_of(known)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(graph(made, interval, made.standardised(cut.inputs)))
    (folder / "model.fp32.onnx").write_bytes(graph(made, interval, None))
    drawn = np.random.default_rng([seed, 70]).choice(len(cut.odds), GOLDEN, p=cut.odds)
    (folder / "golden.json").write_text(golden(folder, cut.inputs[drawn]), encoding="utf-8")
    (folder / "manifest.toml").write_text(manifest(version, {}), encoding="utf-8")
    squares = (held_out.likely - held_out.truth) ** 2
    return float(np.sqrt(held_out.odds @ squares / held_out.odds.sum()))


def golden(folder: Path, inputs: Array) -> str:
    """Inputs [n, WIDTH] and what the graph answers here, as JSON."""
    opened = session(folder / "model.onnx")
    cases = []
    for row in inputs.astype(np.float32):
        said = opened.run({"x": row[None]})["y"][0]
        outputs = {"y": [round(float(value), 4) for value in said]}
        cases.append({"inputs": {"x": [float(value) for value in row]}, "outputs": outputs})
    return json.dumps({"cases": cases}, separators=(",", ":")) + "\n"


def manifest(version: int, figures: dict[str, float]) -> str:
    """manifest.toml up to the figures; `models.sign` adds sums and signature."""
    inputs = "".join(
        f'    {{name = "{name}", unit = "{unit}", centre = {centre}, scale = {scale}}},\n'
        for name, unit, centre, scale in COLUMNS
    )
    measured = "".join(f"{name} = {value}\n" for name, value in figures.items())
    return f"""name = "remaining_life"
version = {version}
made = "{datetime.now(UTC).date().isoformat()}"
summary = "How many cycles a C-MAPSS turbofan has left, with an interval: a reference, decides nothing in a house"
latency_budget_ms = 2.0
golden_tolerance = {_TOLERANCE_CYCLES}
contract = 1

[[inputs]]
name = "x"
dtype = "float32"
shape = [1, {len(COLUMNS)}]
columns = [
{inputs}]

[[outputs]]
name = "y"
dtype = "float32"
shape = [1, {len(OUTPUTS)}]

[figures]
{measured}"""


def main(arguments: list[str] | None = None) -> int:
    """Train and write; 2: the data cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m models.remaining_life.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help=f"folder with {NAMES[0]}")
    parser.add_argument("--out", type=Path, default=HERE, metavar="DIR", help="folder to write to")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--members", type=int, default=Course.members, help="networks of the ensemble")
    parser.add_argument("--version", type=int, default=VERSION)
    parser.add_argument("--quick", action="store_true", help="a small one in seconds, for trying the way")
    asked = parser.parse_args(arguments)
    course, folds = (_QUICK, 3) if asked.quick else (replace(Course(), members=asked.members), FOLDS)
    try:
        error = train(read_engines(asked.data / NAMES[0]), asked.out, course, asked.seed, asked.version, folds)
    except (OSError, Refused) as refused:
        print(refused, file=sys.stderr)
        return 2
    print(f"error of held-out training engines: {error:.2f} cycles; {(asked.out / 'model.onnx').stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
