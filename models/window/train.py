"""`python -m models.window.train`: the window model from nothing, the same on the same machine. Minutes on one core.

Writes model.onnx, model.fp32.onnx, head.npz, golden.json and manifest.toml; `python -m models.sign window` signs them.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

# Sums of many threads come out in another order each time.
for _library in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_library, "1")

import numpy as np  # noqa: E402

from gateway.core.window.head import PLACE, Prior, read_prior  # noqa: E402

from .calibration import calibrated  # noqa: E402
from .columns import Array, Columns, joined  # noqa: E402
from .export import graph  # noqa: E402
from .figures import Phi, basis_of  # noqa: E402
from .fitting import Shape, heads, hull, prior_of  # noqa: E402
from .living import Score, live  # noqa: E402
from .manifest import golden, manifest  # noqa: E402
from .network import Course, Trunk, phi_as_int8, trained  # noqa: E402
from .owners import Family, owner, owners  # noqa: E402
from .seasons import ALL, FROM_OUTSIDE, Odds, weeks  # noqa: E402
from .teacher_many import basis_many, features_many  # noqa: E402

HERE = Path(__file__).parent
VERSION = 1


@dataclass(frozen=True)
class Plan:
    """How much of everything."""

    owners: int = 480
    """Of the trunk."""
    moments: int = 24_000
    course: Course = field(default_factory=Course)
    fitted: int = 1200
    """Owners of the prior; none of the trunk's."""
    fitted_moments: int = 12_000
    tried: int = 500
    """Owners of the calibration; none of the others."""
    shape: Shape = field(default_factory=Shape)


QUICK = Plan(
    owners=96, moments=6000, course=Course(steps=500), fitted=200, fitted_moments=3000, tried=16, shape=Shape(kept=120)
)


def moments(count: int, seed: int) -> Columns:
    """`count` moments of many houses; a third of them know just what a session file can hold."""
    parts: list[tuple[int, Odds]] = [(count - count // 3, ALL), (count // 3, FROM_OUTSIDE)]
    found = []
    for number, (wanted, odds) in enumerate(parts):
        rng = np.random.default_rng([seed, number])
        columns = joined(weeks(max(8, wanted // 60), 56, rng, odds))
        found.append(columns.take(np.sort(rng.permutation(len(columns))[:wanted])))
    return joined(found)


def trunk_of(plan: Plan, seed: int, without: Family | None = None) -> Trunk:
    """Trained on owners of its own."""
    rng = np.random.default_rng([seed, 10])
    columns = moments(plan.moments, seed)
    people = owners(plan.owners, rng, without)
    wanted = np.stack([person.wants(columns) for person in people], 1).astype(np.float32) / 100.0
    fixed = basis_many(np.zeros((len(columns), 0)), columns)[:, : -len(PLACE)]
    return trained(features_many(columns), fixed, wanted, plan.course, rng)


def prior_from(plan: Plan, trunk: Trunk, seed: int, without: Family | None = None) -> Prior:
    """Fitted to owners the trunk has not seen, calibrated on owners neither has."""
    rng = np.random.default_rng([seed, 20])
    columns = moments(plan.fitted_moments, seed + 1)
    people = [person for person in owners(plan.fitted, rng, without) if person.family is not Family.TEACHER]
    people.append(owner(Family.TEACHER, rng))

    def phi(rows: Array) -> Array:
        return phi_as_int8(trunk, rows.astype(np.float32)).astype(np.float64)

    basis = basis_of(phi, columns)[:, : -len(PLACE)]
    wanted = np.stack([person.wants(columns) for person in people], 1)
    fitted = heads(basis, wanted, plan.shape.ridge)
    prior = prior_of(people, fitted, plan.shape, rng)
    centre, scale = hull(features_many(columns, clip=False))
    prior = replace(prior, hull_centre=centre, hull_scale=scale)
    return calibrated(prior, _scores(plan, phi, prior, seed, without))


def _scores(plan: Plan, phi: Phi, prior: Prior, seed: int, without: Family | None) -> list[Score]:
    rng = np.random.default_rng([seed, 30])
    people = owners(plan.tried, rng, without)
    scores: list[Score] = []
    for person, columns in zip(people, weeks(plan.tried, 56, rng), strict=True):
        basis = basis_of(phi, columns)
        scores += live(prior, basis, person.wants(columns), rng, (0, 2, 6, 12), every=6)[0]
    return scores


def write(folder: Path, trunk: Trunk, prior: Prior, seed: int, version: int = VERSION) -> None:
    """Everything of the model's folder but the card and the signature."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(graph(trunk, quantised=True))
    (folder / "model.fp32.onnx").write_bytes(graph(trunk, quantised=False))
    single = {"mean", "cov", "quantiles"}
    arrays = {name: one.astype(np.float32) if name in single else one for name, one in vars(prior).items()}
    np.savez_compressed(folder / "head.npz", **arrays)
    # What is read back is what answers.
    (folder / "golden.json").write_text(
        golden(folder, read_prior(arrays), moments(2000, seed + 2), seed), encoding="utf-8"
    )
    (folder / "manifest.toml").write_text(manifest(version, {}), encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Train and write."""
    parser = argparse.ArgumentParser(prog="python -m models.window.train", description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--version", type=int, default=VERSION)
    parser.add_argument("--quick", action="store_true", help="a small one in seconds, for trying the way")
    asked = parser.parse_args(arguments)
    plan = QUICK if asked.quick else Plan()
    trunk = trunk_of(plan, asked.seed)
    write(asked.out, trunk, prior_from(plan, trunk, asked.seed), asked.seed, asked.version)
    return 0


if __name__ == "__main__":
    sys.exit(main())
