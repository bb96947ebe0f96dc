"""`gateway bench wear`: what a day of 20 nodes writes to the disk, by the kernel's count, and what a value takes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import msgspec

from .figures import Figure, NotMeasured, Report, attempt
from .progress import Progress

_MB = 1_000_000
_METRICS = 4


class Plan(msgspec.Struct, frozen=True):
    """How much of a day is lived through; the rest is extrapolated."""

    hours: float
    peer_minutes: float


FULL = Plan(hours=30, peer_minutes=30)
QUICK = Plan(hours=9, peer_minutes=5)


class Wear:
    """One run of the bench; everything it writes is below `folder`."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self._folder = folder
        self._plan = plan
        self._progress = Progress(3)

    def run(self) -> Report:
        """Every figure, measured or with the reason why not."""
        figures: list[Figure] = []
        for policy, most_mb in (("at_once", 1000.0), ("gentle", 150.0)):
            name = f"written_per_day_{policy}"
            figures += attempt(name, "MB", lambda: self._policy(name, policy, most_mb))  # noqa: B023 - called at once
        figures += attempt("written_per_day_plain_sqlite", "MB", self._peer)
        self._progress.close()
        return Report("wear", tuple(figures))

    def _policy(self, name: str, policy: str, most_mb: float) -> list[Figure]:
        lived = self._lived(policy, self._plan.hours)
        figures = [
            Figure(name, "MB", round(lived["written_per_day"] / _MB, 1), at_most=most_mb),
            Figure(f"written_per_value_{policy}", "B", round(lived["written_per_value"], 1)),
        ]
        if policy == "at_once":
            figures += [
                Figure("stored_per_value_fresh", "B", round(lived["fresh"], 2), at_most=16),
                Figure("stored_per_value_settled", "B", round(lived["settled"], 2), at_most=6),
            ]
        return figures

    def _peer(self) -> list[Figure]:
        """A subscriber that commits each message to a plain SQLite table in WAL mode."""
        lived = self._lived("plain", self._plan.peer_minutes / 60)
        return [Figure("written_per_day_plain_sqlite", "MB", round(lived["written_per_day"] / _MB, 1))]

    def _lived(self, policy: str, hours: float) -> dict[str, float]:
        """In a process of its own, because the kernel counts by process."""
        self._progress.step(f"{hours:g} hours, {policy.replace('_', ' ')}")
        command = [sys.executable, "-m", "gateway.bench.wear_days", policy, str(hours), str(self._folder / policy)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotMeasured(f"{policy}: {done.stderr.strip()[-500:]}")
        lived: dict[str, float] = json.loads(done.stdout)
        return lived
