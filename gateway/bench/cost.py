"""`gateway bench cost`: what a reading costs the processor, to its last consequence, beside storing without asking."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

from . import loadgen
from .figures import Figure, NotMeasured, Report, attempt, compare
from .ingest import NODES, node_options, with_flaws, write_credentials
from .processes import Server, announced, spawn, wait_until
from .progress import Progress
from .site import Site

_QUIET = 0.02
"""Of a core: whatever the readings caused is done when a process asks for no more, twice in a row."""
_LOOK_S = 1.0
_PATIENCE_S = 90


class Plan(msgspec.Struct, frozen=True):
    """How often how many readings are sent to each."""

    rounds: int
    readings: int


FULL = Plan(rounds=7, readings=100_000)
QUICK = Plan(rounds=3, readings=20_000)


class Cost:
    """One run of the bench; everything it writes is below `folder`."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self._folder = folder
        self._plan = plan
        self._progress = Progress(2 * plan.rounds)

    def run(self) -> Report:
        """The figure, measured or with the reason why not."""
        figures = attempt("full_path_cost_beside_the_spine", "us of processor/reading", self._measure)
        self._progress.close()
        return Report("cost", tuple(figures))

    def _measure(self) -> list[Figure]:
        program, site = loadgen.build(self._folder / "cache"), Site(self._folder / "gateway")
        costs: tuple[list[float], list[float]] = [], []
        loads: list[loadgen.Load] = []
        with site.start() as gateway, start_spine(self._folder / "spine", NODES) as spine:
            both = (gateway, write_credentials(site, NODES)), (spine, self._folder / "spine" / "credentials")
            for _ in range(self._plan.rounds):
                for (server, credentials), found in zip(both, costs, strict=True):
                    self._progress.step("what a reading costs")
                    options = node_options(server, credentials, count=self._plan.readings, seconds=120)
                    took_us, load = microseconds_a_reading(server, partial(loadgen.run, program, options))
                    found.append(took_us)
                    loads.append(load)
        return [with_flaws(beside(*costs), loads)]


def start_spine(folder: Path, nodes: int) -> Server:
    """`gateway.bench.spine` on a free port; its nodes sign in with what is in `folder / "credentials"`."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "gateway.bench.spine", str(folder), str(nodes)]
    server = spawn(command, folder / "spine.log")
    wait_until(lambda: announced(server), server)
    return server


def microseconds_a_reading(server: Server, load: Callable[[], loadgen.Load]) -> tuple[float, loadgen.Load]:
    """Processor time for what `load` sends and all that follows from it: settled rows, rollups, checkpoints.

    Without what the process uses anyway, as measured in the quiet second afterwards.
    """
    before_s, began = server.cpu_s(), time.monotonic()
    done = load()
    if not done.acked:
        raise NotMeasured("no reading was acknowledged")
    idle = _wait_until_quiet(server)
    spent_s = server.cpu_s() - before_s - idle * (time.monotonic() - began)
    return spent_s * 1e6 / done.acked, done


def beside(ours: list[float], spine: list[float]) -> Figure:
    """The figure; its ratio is how many times the spine's cost ours is."""
    figure = compare("full_path_cost_beside_the_spine", "us of processor/reading", ours, spine, at_least=0)
    return Figure(figure.name, figure.unit, figure.value, figure.peer, figure.ratio, at_most=1.5)


def _wait_until_quiet(server: Server) -> float:
    """The part of a core that it uses then."""
    deadline, quiet, spent_s, idle = time.monotonic() + _PATIENCE_S, 0, server.cpu_s(), 0.0
    while quiet < 2:
        if time.monotonic() > deadline:
            raise NotMeasured(f"{server.log.stem} was still busy {_PATIENCE_S} s after the last reading")
        time.sleep(_LOOK_S)
        was_s, spent_s = spent_s, server.cpu_s()
        idle = (spent_s - was_s) / _LOOK_S
        quiet = quiet + 1 if idle <= _QUIET else 0
    return idle
