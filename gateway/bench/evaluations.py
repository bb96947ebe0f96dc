"""The public sets, scored by the evaluations that come with the models, in processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from .figures import Figure, NotMeasured, attempt
from .thinkers import CLONE

SETS = {
    "nab": (("models.anomaly.evaluate", "nab"), ("nab_standard", "nab_halves"), "labels/combined_windows.json"),
    "skab": (("models.anomaly.evaluate", "skab"), ("skab_f1", "skab_far", "skab_mar", "skab_nab_standard"), "*/*.csv"),
    "cmapss": (("models.remaining_life.evaluate",), ("fd001_rmse", "fd001_coverage"), "train_FD001.txt"),
}
"""By the begin of a folder's name: what scores it, which figures are taken over, and what is in such a folder."""


def figures(sets: Path | None) -> Iterator[Figure]:
    """The boards' figures of the folders below `sets`; None: nobody asked for any."""
    if sets is None:
        return
    for name, (words, wanted, inside) in SETS.items():
        folder = next((one for one in sorted(sets.glob(f"{name}*")) if any(one.glob(inside))), None)
        if folder is None:
            yield Figure(wanted[0], "", note=f"there is no {name}* with {inside} in {sets}")
        else:
            yield from attempt(wanted[0], "", partial(_asked, words, folder, wanted))


def _asked(words: tuple[str, ...], folder: Path, wanted: tuple[str, ...]) -> list[Figure]:
    """Raises NotMeasured."""
    module, *board = words
    command = [sys.executable, "-m", module, *board, "--data", str(folder.resolve()), "--json"]
    done = subprocess.run(command, cwd=CLONE, capture_output=True, text=True, check=False)
    try:
        shown = {figure["name"]: figure for figure in json.loads(done.stdout)["figures"]}
        return [_figure(shown[name]) for name in wanted]
    except (ValueError, KeyError, TypeError) as error:
        raise NotMeasured(f"python -m {module}: {done.stderr.strip()[-300:] or error}") from error


def _figure(shown: dict[str, object]) -> Figure:
    def number(key: str) -> float | None:
        value = shown.get(key)
        return float(value) if isinstance(value, int | float) else None

    return Figure(
        str(shown["name"]), str(shown["unit"]), number("value"), at_least=number("at_least"), at_most=number("at_most")
    )
