"""`gateway bench footprint`: start-up, memory, overload and a storm of reconnections."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import msgspec

from ..core.mqtt import packets
from . import loadgen
from .figures import Figure, NotMeasured, Report, attempt
from .imports import import_costs_ms
from .ingest import node_options
from .processes import Server
from .progress import Progress
from .site import Device, Site
from .watcher import Watcher, recovered_after_s

_NODES = 200
_FLOODERS = 20
_OVERLOAD = 5


class Plan(msgspec.Struct, frozen=True):
    """How long and how often things are measured."""

    starts: int
    settle_s: float
    nodes_s: float
    """How long the 200 nodes publish before memory is read."""
    capacity_s: float
    overload_s: float


FULL = Plan(starts=5, settle_s=10, nodes_s=30, capacity_s=5, overload_s=60)
QUICK = Plan(starts=3, settle_s=3, nodes_s=6, capacity_s=2, overload_s=8)


class Footprint:
    """One run of the bench; everything it writes is below `folder`."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self._folder = folder
        self._plan = plan
        self._site = Site(folder / "gateway")
        self._devices: list[Device] = []
        self._progress = Progress(plan.starts + 6)

    def run(self) -> Report:
        """Every figure, measured or with the reason why not."""
        figures: list[Figure] = []
        figures += attempt("start_to_first_connect", "s", self._start_up)
        figures += attempt("rss_idle", "MB", self._idle)
        figures += attempt("rss_200_tls_nodes", "MB", self._crowd)
        figures += attempt("overload_rss_growth", "MB", self._overload)
        figures += attempt("import_total", "ms", self._imports)
        self._progress.close()
        return Report("footprint", tuple(figures))

    def _enrolled(self, server: Server) -> list[Device]:
        """The devices of this run; registered the first time a gateway is up."""
        if not self._devices:
            self._progress.step("registering devices")
            self._devices = self._site.enrol(_NODES + 1)
            (self._folder / "ca.pem").write_text(self._devices[0].ca_pem)
            for name, devices in (("nodes", self._devices[:_NODES]), ("flooders", self._devices[:_FLOODERS])):
                path = self._folder / name
                path.touch(mode=0o600)
                path.write_text("\n".join(device.line for device in devices) + "\n")
        assert server.alive
        return self._devices

    def _start_up(self) -> list[Figure]:
        with self._site.start() as server:
            device = self._enrolled(server)[0]
        took: list[float] = []
        for _ in range(self._plan.starts):
            self._progress.step("starting")
            began = time.monotonic()
            with self._site.start(ready=False) as server:
                took.append(first_connect(server, device) - began)
        return [Figure("start_to_first_connect", "s", round(median(took), 3), at_most=1.0)]

    def _idle(self) -> list[Figure]:
        self._progress.step("idle")
        with self._site.start() as server:
            time.sleep(self._plan.settle_s)
            return [Figure("rss_idle", "MB", round(server.rss_mb(), 1), at_most=80)]

    def _crowd(self) -> list[Figure]:
        server = self._site.start()
        try:
            self._enrolled(server)
            self._progress.step("200 nodes over TLS")
            with self._nodes() as look:
                wait_for(look, lambda state: state["publishing"] == _NODES, 60, "200 nodes publishing")
                time.sleep(self._plan.nodes_s)
                rss_mb = server.rss_mb()
                self._progress.step("200 nodes coming back")
                stopped_at = time.monotonic()
                server.stop()
                server = self._site.start(ready=False)
                # The clock runs from the moment the restarted gateway listens again.
                first_connect(server, self._devices[_NODES])
                up_at = time.monotonic()
                state = wait_for(look, lambda state: state["all_back_at"] > stopped_at, 60, "200 nodes back")
        finally:
            server.stop()
        return [
            Figure("rss_200_tls_nodes", "MB", round(rss_mb, 1), at_most=120),
            Figure("restart_to_200_nodes_publishing", "s", round(max(0.0, state["all_back_at"] - up_at), 2), at_most=5),
        ]

    @contextmanager
    def _nodes(self) -> Iterator[Callable[[], dict[str, float]]]:
        """200 nodes in their own process; yields a function that waits for their next report."""
        arguments = [str(self._folder / "nodes"), str(self._folder / "ca.pem"), str(self._site.tls_port)]
        command = [sys.executable, "-m", "gateway.bench.nodes", *arguments]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:

            def look() -> dict[str, float]:
                assert process.stdout is not None
                line = process.stdout.readline()
                if not line:
                    raise NotMeasured("the simulated nodes ended")
                state: dict[str, float] = json.loads(line)
                return state

            try:
                yield look
            finally:
                process.kill()

    def _overload(self) -> list[Figure]:
        program = loadgen.build(self._folder / "cache")
        with self._site.start() as server:
            devices = self._enrolled(server)
            self._progress.step("finding the capacity")
            flood = msgspec.structs.replace(
                node_options(server, self._folder / "flooders", seconds=self._plan.capacity_s), patience_s=10
            )
            capacity = loadgen.run(program, flood).acked_per_s
            time.sleep(2)
            before_mb = server.rss_mb()
            watcher = Watcher(devices[_NODES], self._folder / "ca.pem", self._site.tls_port)
            try:
                time.sleep(3)
                self._progress.step(f"{_OVERLOAD} times the capacity of {capacity:.0f} readings/s")
                flood = msgspec.structs.replace(
                    flood, rate=_OVERLOAD * capacity, window=20_000, seconds=self._plan.overload_s, patience_s=0
                )
                load = loadgen.run(program, flood)
                ended_at = time.monotonic()
                time.sleep(8)
                waits, losses = watcher.waits(), watcher.losses
            finally:
                watcher.close()
            grown_mb = max(load.peak_rss_mb, server.rss_mb()) - before_mb
        calm_s = median([wait.took_s for wait in waits[:5] if wait.took_s is not None] or [0.05])
        recovered_s = recovered_after_s(waits, ended_at, max(0.1, 10 * calm_s))
        lost = f"{load.closed} flooding connections were cut" if load.closed else ""
        return [
            Figure("overload_rss_growth", "MB", round(grown_mb, 1), at_most=64, note=lost),
            Figure("overload_offered", "readings/s", round(_OVERLOAD * capacity), note=f"{load.held} held back"),
            Figure("overload_node_disconnections", "", float(losses), at_most=0),
            Figure("overload_recovery", "s", round(max(0.0, recovered_s), 2), at_most=5),
        ]

    def _imports(self) -> list[Figure]:
        self._progress.step("imports")
        costs = import_costs_ms("gateway.app")
        return [Figure(f"import_{name}", "ms", round(cost, 1)) for name, cost in costs.items()]


def first_connect(server: Server, device: Device, patience_s: float = 30) -> float:
    """The monotonic time at which the server accepted this device's CONNECT, tried without pause since its start."""
    import socket

    hello = packets.encode_connect(
        packets.Connect(device.device_id, username=device.mqtt_username, password=device.mqtt_password.encode())
    )
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline and server.alive:
        try:
            with socket.create_connection(("127.0.0.1", server.port), 1) as wire:
                wire.sendall(hello)
                if wire.recv(4) == packets.encode_connack(packets.ACCEPTED):
                    accepted_at = time.monotonic()
                    wire.sendall(packets.DISCONNECT_BYTES)
                    return accepted_at
        except OSError:
            os.sched_yield()
        time.sleep(0.002)
    raise NotMeasured(f"no CONNECT was accepted: {server.output()[-600:].strip()}")


def wait_for(
    look: Callable[[], dict[str, float]], enough: Callable[[dict[str, float]], bool], patience_s: float, what: str
) -> dict[str, float]:
    """The first report that is enough."""
    deadline = time.monotonic() + patience_s
    while not enough(state := look()):
        if time.monotonic() > deadline:
            raise NotMeasured(f"{what}: not within {patience_s:.0f} s, last seen {state}")
    return state
