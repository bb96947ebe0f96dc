"""`gateway bench control`: from a reading that a window node publishes to the position it is told, everything live."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import msgspec

from .disk import fsync_p99_ms
from .figures import Figure, NotMeasured, Report, attempt
from .program import OpenSite, Program
from .progress import Progress
from .site import Device
from .window_node import COLD_C, HOT_C, MODEL_S, WindowNode

_WINDOWS = 5
_MESSAGES_S = 50.0
_EVERY_S = 0.5
"""Between two readings of a window."""


class Plan(msgspec.Struct, frozen=True):
    """How many nodes in all, readings of each window, and fsyncs of the disk before each round."""

    nodes: int
    rounds: int
    readings: int
    probes: int


FULL = Plan(nodes=200, rounds=5, readings=80, probes=300)
QUICK = Plan(nodes=200, rounds=3, readings=20, probes=150)


class Control:
    """One run of the bench; everything it writes is below `folder`."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self._folder = folder
        self._plan = plan
        self._site = OpenSite(folder / "gateway")
        with self._site.config.open("a") as config:
            config.write("[window]\nmin_interval_s = 0\n")
        self._progress = Progress(2 * plan.rounds + 2)

    def run(self) -> Report:
        """Every figure, measured or with the reason why not."""
        figures = attempt("control_p99", "ms", self._measure)
        self._progress.close()
        return Report("control", tuple(figures))

    def _measure(self) -> list[Figure]:
        with self._site.start():
            self._progress.step("windows and their rooms")
            windows = self._site.enrol(_WINDOWS, first=self._plan.nodes, kind="window")
            program = self._site.program()
            try:
                _put_to_rooms(program, windows)
            finally:
                program.close()
            self._progress.step(f"{self._plan.nodes} nodes over TLS")
            with self._crowd(), _open(windows, self._site.tls_port) as nodes:
                for node in nodes:
                    node.ask(HOT_C, MODEL_S)
                    node.ask(COLD_C)
                return self._figures(nodes)

    def _figures(self, nodes: list[WindowNode]) -> list[Figure]:
        rounds: list[list[float]] = []
        floors: list[float] = []
        for _ in range(self._plan.rounds):
            self._progress.step("the disk alone")
            floors.append(fsync_p99_ms(self._folder, self._plan.probes))
            self._progress.step("readings and controls")
            rounds.append(self._round(nodes))
        flaw = "; ".join(sorted({node.flaw for node in nodes if node.flaw}))
        note = flaw or f"a commit on the way; p99 of this disk's fsync {median(floors):.2g} ms"
        return [
            Figure("control_p50", "ms", _short(median(map(median, rounds))), at_most=8, note=flaw, flawed=bool(flaw)),
            Figure("control_p99", "ms", _short(median(map(_p99, rounds))), at_most=30, note=note, flawed=bool(flaw)),
            Figure("control_worst", "ms", _short(max(map(max, rounds)))),
        ]

    def _round(self, nodes: list[WindowNode]) -> list[float]:
        """All windows at once, each at its own pace: ms from each reading to its control."""
        with ThreadPoolExecutor(len(nodes)) as pool:
            waits = pool.map(lambda node: node.alternate(self._plan.readings, _EVERY_S), nodes)
            return [wait for one in waits for wait in one]

    @contextmanager
    def _crowd(self) -> Iterator[None]:
        """The nodes that are no windows, in a process of their own; with the windows they send `_MESSAGES_S`."""
        devices = self._site.enrol(self._plan.nodes - _WINDOWS)
        credentials, ca = self._folder / "nodes", self._folder / "ca.pem"
        credentials.touch(mode=0o600)
        credentials.write_text("\n".join(device.line for device in devices) + "\n")
        ca.write_text(devices[0].ca_pem)
        period_s = len(devices) / (_MESSAGES_S - _WINDOWS / _EVERY_S)
        command = [sys.executable, "-m", "gateway.bench.nodes", str(credentials), str(ca), str(self._site.tls_port)]
        with subprocess.Popen([*command, str(period_s)], stdout=subprocess.PIPE, text=True) as process:
            try:
                _wait_for_all(process, len(devices))
                yield
            finally:
                process.kill()


def _wait_for_all(process: subprocess.Popen[str], count: int) -> None:
    assert process.stdout is not None
    deadline = time.monotonic() + 60
    for line in process.stdout:
        if json.loads(line)["connected"] == count:
            return
        if time.monotonic() > deadline:
            break
    raise NotMeasured(f"{count} nodes are not all connected")


def _put_to_rooms(program: Program, windows: list[Device]) -> None:
    program.got("POST", "/zones", {"id": "house", "name": "House"})
    for number, window in enumerate(windows):
        room = {"id": f"room-{number}", "name": f"Room {number}", "kind": "room", "zone": "house"}
        program.got("POST", "/assets", room)
        program.got("POST", f"/devices/{window.device_id}/provision", {"asset_id": room["id"]})


@contextmanager
def _open(devices: list[Device], port: int) -> Iterator[list[WindowNode]]:
    nodes: list[WindowNode] = []
    try:
        nodes.extend(WindowNode(device, port) for device in devices)
        yield nodes
    finally:
        for node in nodes:
            node.close()


def _p99(values: list[float]) -> float:
    return sorted(values)[int(0.99 * (len(values) - 1))]


def _short(value: float) -> float:
    return float(f"{value:.4g}")
