"""`python -m models.window.evaluate`: the figures of the window model, on built-in owners or on sessions from outside.

Without anything: 60 built-in owners no training has seen. With `--sessions FILE.jsonl`: the owners of that file.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from gateway.backends.inference.runtime import session
from gateway.core.errors import Refused
from gateway.core.window.head import Head, Prior, read_prior

from . import figures
from .columns import Array, joined
from .figures import Household, Phi
from .following import follow
from .seasons import weeks
from .sessions import Session, read_sessions

HERE = Path(__file__).parent
SEED, OWNERS, LOCAL_SEEDS = 12345, 60, 20
_MOMENTS = (16, 26)
"""Houses and days for the comparison of int8 with float: 20 000 moments."""


def load(folder: Path, file: str = "model.onnx") -> tuple[Phi, Prior]:
    """The trunk and the prior of a model's folder."""
    opened = session(folder / file)

    def phi(rows: Array) -> Array:
        return np.asarray(opened.run({"x": rows.astype(np.float32)})["phi"], dtype=np.float64)

    with np.load(folder / "head.npz", allow_pickle=False) as arrays:
        return phi, read_prior(dict(arrays))


def built_in(folder: Path, count: int = OWNERS, seed: int = SEED, local_seeds: int = LOCAL_SEEDS) -> dict[str, object]:
    """All figures of the model, as `gateway bench` prints them."""
    phi, prior = load(folder)
    homes = figures.households(phi, prior, count, seed)
    local = {region: figures.localities(phi, prior, region, local_seeds) for region in figures.REGIONS}
    overrides = {region: float(np.median([one.overrides for one in found])) for region, found in local.items()}
    drift = {region: float(np.mean([one.drift_pp for one in found])) for region, found in local.items()}
    gap = figures.calibration_gap(*figures.claims(prior, homes))
    inside, outside = figures.outside_confidence(phi, prior, seed)
    shown = [
        _figure("window_error_before", figures.error_pp(homes, 0), "pp"),
        _figure("window_error_after_4", figures.error_pp(homes, 1), "pp"),
        _figure("window_error_after", figures.error_pp(homes, 2), "pp", 4.0),
        _figure("window_overrides", float(np.median([home.scores[-1].lessons for home in homes])), "overrides"),
        _figure("window_owners_worse", figures.made_worse(homes), "owners", 0.0),
        _figure("window_local_overrides", float(np.median(list(overrides.values()))), "overrides", 4.0),
        _figure("window_local_drift", float(np.median(list(drift.values()))), "pp", 8.0),
        _figure("window_worst_region_overrides", max(overrides.values()), "overrides"),
        _figure("window_worst_region_drift", max(drift.values()), "pp"),
        _figure("window_confidence_gap", gap, "1", 0.05),
        _figure("window_confidence_inside", inside, "1"),
        _figure("window_confidence_outside", outside, "1", round(inside - 0.15, 3)),
    ]
    exact = folder / "model.fp32.onnx"
    if exact.exists():
        columns = joined(weeks(*_MOMENTS, np.random.default_rng(seed)))
        heads = [Head(prior), *(home.head for home in homes[:10])]
        p99 = figures.rounding_p99_pp(phi, load(folder, exact.name)[0], heads, columns)
        shown.append(_figure("window_int8_p99", p99, "pp", 2.0))
    regions = {
        region: {
            "overrides": overrides[region],
            "most_overrides": max(one.overrides for one in found),
            "drift": round(drift[region], 2),
            "most_drift": round(max(one.drift_pp for one in found), 2),
        }
        for region, found in local.items()
    }
    return _board(shown) | {"owners": [_household(home) for home in homes], "regions": regions}


def from_sessions(folder: Path, sessions: list[Session]) -> dict[str, object]:
    """The same, of owners from a file."""
    phi, prior = load(folder)
    followed = [follow(phi, prior, one) for one in sessions]
    last = [one.last for one in followed if one.last is not None]
    if not last:
        raise Refused("no row could be scored: none has a temperature and `wanted` or `truth`")
    claimed, held = (np.concatenate([getattr(one, name) for one in last]) for name in ("claimed", "held"))
    shown = [
        _figure("window_error_before", float(np.mean([one.before_pp for one in last])), "pp"),
        _figure("window_error_after", float(np.mean([one.after_pp for one in last])), "pp", 4.0),
        _figure("window_owners_worse", sum(one.worse for one in followed), "owners", 0.0),
        _figure("window_confidence_gap", figures.calibration_gap(claimed, held, min(10, len(claimed))), "1", 0.05),
    ]
    return _board(shown) | {"owners": [one.shown() for one in followed]}


def main(arguments: list[str] | None = None) -> int:
    """0: every bar holds; 1: one does not; 2: a file cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m models.window.evaluate", description=__doc__)
    parser.add_argument("--sessions", type=Path, help="owners from outside, one line of JSON a moment")
    parser.add_argument(
        "--zone", type=ZoneInfo, help="turn the times of the file into this zone's; else they are local"
    )
    parser.add_argument("--model", type=Path, default=HERE, help="folder of the model")
    parser.add_argument("--owners", type=int, default=OWNERS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--card", action="store_true", help="the figures as the card's table")
    asked = parser.parse_args(arguments)
    try:
        if asked.sessions is not None:
            board = from_sessions(asked.model, read_sessions(asked.sessions, asked.zone))
        else:
            board = built_in(asked.model, asked.owners, asked.seed)
    except (OSError, Refused) as error:
        print(error, file=sys.stderr)
        return 2
    show = _card if asked.card else _plain
    print(json.dumps(board) if asked.json else show(board))
    return 0 if all(one.get("holds", True) for one in _figures(board)) else 1


def _figure(name: str, value: float, unit: str, bar: float | None = None) -> dict[str, object]:
    shown: dict[str, object] = {"name": name, "value": round(value, 3), "unit": unit}
    return shown if bar is None else shown | {"at_most": bar, "holds": round(value, 3) <= bar}


def _board(shown: list[dict[str, object]]) -> dict[str, object]:
    return {"bench": "window model", "machine": platform.machine(), "figures": shown}


def _household(home: Household) -> dict[str, object]:
    before, after_4, after = (score.mean_pp for score in home.scores)
    return {
        "owner": home.owner.family.value,
        "overrides": home.scores[-1].lessons,
        "before": round(before, 2),
        "after": round(after, 2),
        "after_4": round(after_4, 2),
        "worse": after > before + 1.0,
    }


def _figures(board: dict[str, object]) -> list[dict[str, object]]:
    shown = board["figures"]
    return shown if isinstance(shown, list) else []


def _plain(board: dict[str, object]) -> str:
    lines = [
        f"{one['name']:28} {one['value']:>9} {one['unit']:10}"
        + ("" if "at_most" not in one else f" at most {one['at_most']}: {'holds' if one['holds'] else 'DOES NOT HOLD'}")
        for one in _figures(board)
    ]
    owners = board["owners"]
    lines += [
        f"{one['owner']:28} {one['before']:>6} -> {one['after']:>6} pp after {one['overrides']} overrides"
        for one in (owners if isinstance(owners, list) else [])
        if "after" in one
    ]
    return "\n".join(lines)


def _card(board: dict[str, object]) -> str:
    rows = [f"| {one['name']} | {one['value']} {one['unit']} | {one.get('at_most', '')} |" for one in _figures(board)]
    return "\n".join(["| figure | measured | at most |", "|---|---|---|", *rows])


if __name__ == "__main__":
    sys.exit(main())
