"""`gateway bench devices`: how long the list of 500 devices takes, with places and newest values."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from statistics import median

import msgspec

from . import loadgen
from .figures import Figure, NotMeasured, Report, attempt
from .ingest import node_options
from .processes import Server
from .program import OpenSite, Program
from .progress import Progress
from .site import Device

_DEVICES = 500
_FEEDERS = 20
_RATE = 50
_ROOMS, _ZONES = 50, 10
_ROUNDS = 5
"""The median of their p99 counts: a round that met a busy machine does not move it."""


class Plan(msgspec.Struct, frozen=True):
    """How often is asked."""

    requests: int


FULL = Plan(requests=1000)
QUICK = Plan(requests=150)


class Devices:
    """One run of the bench; everything it writes is below `folder`."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self._folder = folder
        self._plan = plan
        self._site = OpenSite(folder / "gateway")
        self._progress = Progress(4)

    def run(self) -> Report:
        """Every figure, measured or with the reason why not."""
        figures = attempt("devices_500_p99", "ms", self._measure)
        self._progress.close()
        return Report("devices", tuple(figures))

    def _measure(self) -> list[Figure]:
        with self._site.start() as server:
            self._progress.step(f"registering {_DEVICES} devices")
            devices = self._site.enrol(_DEVICES)
            program = self._site.program()
            try:
                self._progress.step("a reading of each")
                for index, device in enumerate(devices):
                    self._read(device, index)
                self._progress.step("putting them to rooms")
                self._furnish(program, devices)
                self._progress.step("asking")
                spent_s = server.cpu_s()
                took_ms, size = self._ask(server, program, devices)
                each_ms = (server.cpu_s() - spent_s) * 1000 / len(took_ms)
            finally:
                program.close()
        step = len(took_ms) // _ROUNDS
        rounds = [sorted(took_ms[number * step : (number + 1) * step]) for number in range(_ROUNDS)]
        p99_ms = median(took[int(0.99 * (len(took) - 1))] for took in rounds)
        return [
            Figure("devices_500_p99", "ms", _short(p99_ms), at_most=50),
            Figure("devices_500_p50", "ms", _short(median(took_ms))),
            Figure(
                "devices_500_cpu", "ms", _short(each_ms), note="of the gateway for each, and the readings meanwhile"
            ),
            Figure("devices_500_answer", "KB", _short(size / 1024)),
        ]

    def _read(self, device: Device, index: int) -> None:
        words = base64.b64encode(f"{device.mqtt_username}:{device.mqtt_password}".encode()).decode()
        node = Program(self._site.http_port, f"Basic {words}")
        reading = {"boot": "bench", "seq": 1, "uptime_ms": 1000, "temperature": 20 + index / 100, "humidity": 50.0}
        node.got("POST", f"/devices/{device.device_id}/telemetry", {**reading, "soil_moisture": 40.0, "co2": 600})
        node.close()

    def _furnish(self, program: Program, devices: list[Device]) -> None:
        for number in range(_ZONES):
            program.got("POST", "/zones", {"id": f"zone-{number}", "name": f"Zone {number}"})
        for number in range(_ROOMS):
            room = {"id": f"room-{number}", "name": f"Room {number}", "kind": "room", "zone": f"zone-{number % _ZONES}"}
            program.got("POST", "/assets", room)
        for number, device in enumerate(devices):
            program.got("POST", f"/devices/{device.device_id}/provision", {"asset_id": f"room-{number % _ROOMS}"})

    def _ask(self, server: Server, program: Program, devices: list[Device]) -> tuple[list[float], int]:
        """Every answer's time in ms, and the size of the last, while readings arrive."""
        credentials = self._folder / "feeders"
        credentials.touch(mode=0o600)
        credentials.write_text("\n".join(device.line for device in devices[:_FEEDERS]) + "\n")
        options = node_options(server, credentials, rate=_RATE, seconds=3600)
        took_ms: list[float] = []
        said = b"{}"
        with loadgen.start(loadgen.build(self._folder / "cache"), options) as feeding:
            try:
                for _ in range(self._plan.requests):
                    began = time.monotonic()
                    said = program.got("GET", "/devices")
                    took_ms.append((time.monotonic() - began) * 1000)
                    time.sleep(0.02)
            finally:
                feeding.kill()
        if len(json.loads(said)["devices"]) != _DEVICES:
            raise NotMeasured("not all devices were in the answer")
        return took_ms, len(said)


def _short(value: float) -> float:
    return float(f"{value:.4g}")
