"""A measured figure with its bar, and the report a bench prints."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import msgspec

from ..core.errors import GatewayError


class NotMeasured(GatewayError):
    """Something outside is missing; its text says what and how to get it."""


class Figure(msgspec.Struct, frozen=True, omit_defaults=True):
    """One figure. The bar (`at_least`, `at_most`) is on `ratio` where there is one, else on `value`.

    `value` None: not measured, for the reason in `note`; it then does not hold. Without a bar it always holds.
    """

    name: str
    unit: str
    value: float | None = None
    peer: float | None = None
    ratio: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    note: str = ""
    flawed: bool = False
    """Measured, but something else was wrong (a message was missing); see `note`."""

    @property
    def holds(self) -> bool:
        """Whether the figure meets its bar."""
        judged = self.value if self.ratio is None else self.ratio
        if judged is None or self.flawed:
            return False
        return (self.at_least is None or judged >= self.at_least) and (self.at_most is None or judged <= self.at_most)


class Report(msgspec.Struct, frozen=True):
    """Everything one bench found out."""

    bench: str
    figures: tuple[Figure, ...]

    @property
    def holds(self) -> bool:
        """Whether every figure meets its bar."""
        return all(figure.holds for figure in self.figures)

    def json(self) -> bytes:
        """PROTOCOL's form, one line."""
        figures = [{**msgspec.to_builtins(figure), "holds": figure.holds} for figure in self.figures]
        return msgspec.json.encode({"bench": self.bench, "machine": machine(), "figures": figures})

    def text(self) -> str:
        """The same for a person, one line a figure."""
        return "\n".join(_line(figure) for figure in self.figures)


def _line(figure: Figure) -> str:
    mark = "ok  " if figure.holds else "FAIL"
    if figure.value is None:
        return f"{mark} {figure.name}: not measured: {figure.note}"
    parts = [f"{mark} {figure.name}: {figure.value:,.4g} {figure.unit}"]
    if figure.peer is not None:
        parts.append(f"peer {figure.peer:,.4g}")
    if figure.ratio is not None:
        parts.append(f"ratio {figure.ratio:.2f}")
    if figure.at_least is not None:
        parts.append(f"at least {figure.at_least:.4g}")
    if figure.at_most is not None:
        parts.append(f"at most {figure.at_most:.4g}")
    if figure.note:
        parts.append(figure.note)
    return ", ".join(parts)


def compare(name: str, unit: str, ours: Sequence[float], peers: Sequence[float], *, at_least: float) -> Figure:
    """The median of ours over the median of the peer's, which has to reach `at_least`."""
    value, peer = median(ours), median(peers)
    return Figure(name, unit, _short(value), _short(peer), _short(value / peer), at_least=at_least)


def latency(name: str, ours: Sequence[float], peers: Sequence[float], *, times: float, plus_ms: float) -> Figure:
    """Median latency in ms beside a peer's; the bar is `times` the peer's plus `plus_ms`, said as a ratio."""
    value, peer = median(ours), median(peers)
    return Figure(name, "ms", _short(value), _short(peer), _short(value / peer), at_most=_short(times + plus_ms / peer))


def attempt(name: str, unit: str, measure: Callable[[], Sequence[Figure]]) -> list[Figure]:
    """The figures of `measure`, or one that says why there are none."""
    try:
        return list(measure())
    except NotMeasured as error:
        return [Figure(name, unit, note=str(error))]


def _short(value: float) -> float:
    return float(f"{value:.4g}")


def machine() -> str:
    """What this ran on, in a few words."""
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{_processor()}, {os.cpu_count()} cores, {system}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    for line in lines:
        name, _, value = line.partition(":")
        if name.strip() in ("model name", "Model"):
            return f"{value.strip()} ({platform.machine()})"
    return platform.machine()
