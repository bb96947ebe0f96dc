"""`gateway bench ingest`: what the broker and the whole path take in, beside Mosquitto in the same run."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import msgspec

from . import loadgen
from .disk import fsync_p99_ms
from .figures import Figure, NotMeasured, Report, attempt, compare, latency
from .processes import Server, start_broker, start_mosquitto
from .progress import Progress
from .site import Site

NODES = 20
_TELEMETRY_TOPIC = "devices/%s/telemetry"
_THROUGHPUT = ((10, 20, 2.0), (100, 20, 2.0), (10, 1, 0.8), (100, 1, 0.8))
"""Clients, messages in flight per client, at least this many times Mosquitto."""


class Plan(msgspec.Struct, frozen=True):
    """How long and how often things are measured."""

    rounds: int
    seconds: float
    readings: int
    """Per round of the full path."""
    latency_s: float
    probes: int


FULL = Plan(rounds=5, seconds=4, readings=100_000, latency_s=15, probes=1500)
QUICK = Plan(rounds=3, seconds=0.8, readings=15_000, latency_s=3, probes=400)


class Ingest:
    """One run of the bench; everything it writes is below `folder`."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self._folder = folder
        self._plan = plan
        self._progress = Progress(2 * plan.rounds * (len(_THROUGHPUT) + 2) + plan.rounds)

    def run(self) -> Report:
        """Every figure, measured or with the reason why not."""
        figures: list[Figure] = []
        for clients, window, at_least in _THROUGHPUT:
            name = f"qos1_delivered_{clients}_clients_window_{window}"
            figures += attempt(name, "messages/s", lambda: [self._delivered(name, clients, window, at_least)])  # noqa: B023
        figures += attempt("full_path_20_clients", "readings/s", self._full_path)
        figures += attempt("broker_latency_200_per_s_p99", "ms", self._broker_latency)
        figures += attempt("durable_latency_200_per_s_p99", "ms", self._durable_latency)
        self._progress.close()
        return Report("ingest", tuple(figures))

    def _program(self) -> Path:
        return loadgen.build(self._folder / "cache")

    def _rounds(self, what: str, *measures: Callable[[], loadgen.Load]) -> list[list[loadgen.Load]]:
        """Each measure once a round, taking turns, so that what the machine does meanwhile meets them alike."""
        taken: list[list[loadgen.Load]] = [[] for _ in measures]
        for _ in range(self._plan.rounds):
            for index, measure in enumerate(measures):
                self._progress.step(what)
                taken[index].append(measure())
        return taken

    def _delivered(self, name: str, clients: int, window: int, at_least: float) -> Figure:
        program = self._program()
        with (
            start_broker(self._folder / name / "gateway") as ours,
            start_mosquitto(self._folder / name / "mosquitto", "persistence false") as peer,
        ):
            mine, theirs = self._rounds(
                name, *(self._closed_loop(program, server, clients, window) for server in (ours, peer))
            )
        figure = compare(
            name,
            "messages/s",
            [load.received_per_s for load in mine],
            [load.received_per_s for load in theirs],
            at_least=at_least,
        )
        return with_flaws(figure, mine)

    def _closed_loop(self, program: Path, server: Server, clients: int, window: int) -> Callable[[], loadgen.Load]:
        options = loadgen.Options(
            server.port, publishers=clients, window=window, seconds=self._plan.seconds, pid=server.pid
        )
        return lambda: loadgen.run(program, options)

    def _broker_latency(self) -> list[Figure]:
        program, folder = self._program(), self._folder / "latency"
        with (
            start_broker(folder / "gateway") as ours,
            # Without it Mosquitto's small packets wait 40 ms for Nagle and the delayed acknowledgement.
            start_mosquitto(folder / "mosquitto", "persistence false", "set_tcp_nodelay true") as peer,
        ):
            seconds = max(1.0, self._plan.latency_s / self._plan.rounds)
            mine, theirs = self._rounds(
                "latency at 200 messages/s",
                *(
                    lambda server=server: loadgen.run(
                        program, loadgen.Options(server.port, publishers=NODES, rate=200, seconds=seconds)
                    )
                    for server in (ours, peer)
                ),
            )
        pairs = (
            ("broker_latency_200_per_s_p99", _delivery_p99),
            ("broker_ack_latency_200_per_s_p99", _ack_p99),
        )
        return [
            with_flaws(_three_times_or_one_ms(name, list(map(p99, mine)), list(map(p99, theirs))), mine)
            for name, p99 in pairs
        ]

    def _durable_latency(self) -> list[Figure]:
        program, site = self._program(), Site(self._folder / "durable")
        with site.start() as ours:
            credentials = write_credentials(site, NODES)
            floors: list[float] = []
            loads: list[loadgen.Load] = []
            for _ in range(self._plan.rounds):
                self._progress.step("acknowledged on disk at 200 readings/s")
                floors.append(fsync_p99_ms(self._folder, self._plan.probes // self._plan.rounds))
                seconds = max(1.0, self._plan.latency_s / self._plan.rounds)
                options = node_options(ours, credentials, rate=200, seconds=seconds)
                loads.append(loadgen.run(program, options))
        figure = latency("durable_latency_200_per_s_p99", list(map(_ack_p99, loads)), floors, times=2, plus_ms=2)
        figure = msgspec.structs.replace(figure, note="the peer is this disk's fsync of 4 KB appends")
        return [with_flaws(figure, loads)]

    def _full_path(self) -> list[Figure]:
        program, folder, site = (
            self._program(),
            self._folder / "full-path",
            Site(self._folder / "full-path" / "gateway"),
        )
        with site.start() as ours:
            credentials = write_credentials(site, NODES)
            options = node_options(ours, credentials, count=self._plan.readings, seconds=120)
            mine: list[loadgen.Load] = []
            theirs: list[float] = []
            for index in range(self._plan.rounds):
                self._progress.step("the full path")
                mine.append(loadgen.run(program, options))
                self._progress.step("the full path, Mosquitto and a subscriber")
                theirs.append(peer_readings_per_s(program, folder / f"peer-{index}", self._plan.readings))
        figure = compare(
            "full_path_20_clients", "readings/s", [load.acked_per_s for load in mine], theirs, at_least=1.2
        )
        waits = [Figure(f"full_path_ack_{name}", "ms", median(of)) for name, of in _ack_percentiles(mine).items()]
        return [with_flaws(figure, mine), *waits]


def node_options(
    server: Server, credentials: Path, *, rate: float = 0, seconds: float, count: int = 0
) -> loadgen.Options:
    """Registered devices that publish telemetry to the whole gateway and wait for its acknowledgement."""
    return loadgen.Options(
        server.port,
        publishers=NODES,
        subscribers=0,
        rate=rate,
        seconds=seconds,
        count=count,
        telemetry=1,
        pid=server.pid,
        credentials=str(credentials),
    )


def write_credentials(site: Site, count: int) -> Path:
    """Register `count` devices; the file of their credentials the generator reads."""
    path = site.data.parent / "credentials"
    path.touch(mode=0o600)
    path.write_text("\n".join(device.line for device in site.enrol(count)) + "\n")
    return path


def peer_readings_per_s(program: Path, folder: Path, count: int) -> float:
    """Mosquitto with persistence and a subscriber that commits to SQLite: readings committed a second."""
    with start_mosquitto(folder, "persistence true", f"persistence_location {folder}/") as server:
        command = [sys.executable, "-m", "gateway.bench.peer", str(server.port), str(folder / "peer.db"), str(count)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as sink:
            assert sink.stdout is not None
            assert sink.stderr is not None
            if sink.stdout.readline().strip() != "ready":
                raise NotMeasured(f"the peer's subscriber failed: {sink.stderr.read()[-300:]}")
            began = time.monotonic()
            options = loadgen.Options(
                server.port, publishers=NODES, subscribers=0, telemetry=1, count=count, seconds=120
            )
            loadgen.run(program, options)
            last_commit = sink.stdout.readline().strip()
            if sink.wait() or not last_commit:
                raise NotMeasured(f"the peer's subscriber failed: {sink.stderr.read()[-300:]}")
            return count / (float(last_commit) - began)


def with_flaws(figure: Figure, loads: Sequence[loadgen.Load]) -> Figure:
    """The figure, not holding when any of its runs lost, repeated or reordered something."""
    flaws = sorted({load.flaw for load in loads} - {""})
    return msgspec.structs.replace(figure, note="; ".join(flaws), flawed=True) if flaws else figure


def _three_times_or_one_ms(name: str, ours: Sequence[float], peers: Sequence[float]) -> Figure:
    """At most three times the peer's, or 1 ms."""
    times = max(3.0, 1.0 / median(peers))
    return latency(name, ours, peers, times=times, plus_ms=0)


def _delivery_p99(load: loadgen.Load) -> float:
    if load.delivery_ms is None:
        raise NotMeasured("nothing was delivered")
    return load.delivery_ms.p99


def _ack_p99(load: loadgen.Load) -> float:
    if load.ack_ms is None:
        raise NotMeasured("nothing was acknowledged")
    return load.ack_ms.p99


def _ack_percentiles(loads: Sequence[loadgen.Load]) -> dict[str, list[float]]:
    waits = [load.ack_ms for load in loads if load.ack_ms is not None]
    return {"p50": [wait.p50 for wait in waits], "p99": [wait.p99 for wait in waits]} if waits else {}
