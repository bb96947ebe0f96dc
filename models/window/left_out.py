"""`python -m models.window.left_out`: how owners fare whose family nobody foresaw.

The prior is fitted anew without one family, on the trunk as it is shipped, and scored on owners of that family; and
the shipped model is scored in other climates and in houses that measure less.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

import numpy as np

from gateway.core.window.head import PLACE

from . import figures
from .evaluate import HERE, load
from .fitting import heads, prior_of
from .owners import Family, owner, owners
from .seasons import ALL, COAST, CONTINENT, FROM_OUTSIDE, TEMPERATE
from .train import Plan, moments

SEED = 4
_PLAN = Plan()
HOUSES = {
    "coast": (ALL, COAST),
    "continent": (ALL, CONTINENT),
    "no outdoor sensor": (replace(ALL, outdoor=0.0, rain=0.0), TEMPERATE),
    "no sound": (replace(ALL, sound=0.0), TEMPERATE),
    "what a session file holds": (FROM_OUTSIDE, TEMPERATE),
}


def main(arguments: list[str] | None = None) -> int:
    """Prints the two tables of the card."""
    parser = argparse.ArgumentParser(prog="python -m models.window.left_out", description=__doc__)
    parser.add_argument("--owners", type=int, default=16)
    asked = parser.parse_args(arguments)
    phi, shipped = load(HERE)
    rng = np.random.default_rng(SEED)
    columns = moments(_PLAN.fitted_moments, SEED)
    basis = figures.basis_of(phi, columns)[:, : -len(PLACE)]
    people = [one for one in owners(_PLAN.fitted, rng) if one.family is not Family.TEACHER]
    people.append(owner(Family.TEACHER, rng))
    fitted = heads(basis, np.stack([one.wants(columns) for one in people], 1), _PLAN.shape.ridge)
    print("| family left out | before | after | worse | with it | worse |\n|---|---|---|---|---|---|")
    for family in (one for one in Family if one is not Family.TEACHER):
        rest = [number for number, one in enumerate(people) if one.family is not family]
        prior = prior_of([people[number] for number in rest], fitted[rest], _PLAN.shape, rng)
        cells = [family.value]
        for tried in (prior, shipped):
            homes = figures.households(phi, tried, asked.owners, SEED, family=family)
            cells += [f"{figures.error_pp(homes, 0):.1f}"] if tried is prior else []
            cells += [f"{figures.error_pp(homes, 2):.1f}", f"{figures.made_worse(homes)}"]
        print("| " + " | ".join(cells) + " |", flush=True)
    print("\n| houses | before | after | worse |\n|---|---|---|---|")
    for name, (odds, climate) in HOUSES.items():
        homes = figures.households(phi, shipped, 2 * asked.owners, SEED, odds, climate)
        errors = [f"{figures.error_pp(homes, at):.1f}" for at in (0, 2)]
        print("| " + " | ".join([name, *errors, f"{figures.made_worse(homes)} of {len(homes)}"]) + " |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
