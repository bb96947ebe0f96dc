"""`gateway bench command`: from the call of the API to the node that has the command, durable on the way."""

from __future__ import annotations

import json
import ssl
import threading
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import msgspec

from .disk import fsync_p99_ms
from .figures import Figure, NotMeasured, Report, attempt, latency
from .program import OpenSite, Program
from .progress import Progress
from .site import Device

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage

_PATIENCE_S = 10.0
_EVERY_S = 0.02


class Plan(msgspec.Struct, frozen=True):
    """How many commands, and fsyncs of the disk before each round."""

    rounds: int
    commands: int
    probes: int


FULL = Plan(rounds=5, commands=600, probes=300)
QUICK = Plan(rounds=3, commands=200, probes=150)


class _Waits(msgspec.Struct):
    """Of one round, in ms from the call."""

    received: list[float] = []
    answered: list[float] = []
    done: list[float] = []


class Command:
    """One run of the bench; everything it writes is below `folder`."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self._folder = folder
        self._plan = plan
        self._site = OpenSite(folder / "gateway")
        self._progress = Progress(2 * plan.rounds)

    def run(self) -> Report:
        """Every figure, measured or with the reason why not."""
        figures = attempt("command_received_p99", "ms", self._measure)
        self._progress.close()
        return Report("command", tuple(figures))

    def _measure(self) -> list[Figure]:
        rounds: list[_Waits] = []
        floors: list[float] = []
        with self._site.start():
            (device,) = self._site.enrol(1)
            program, node = self._site.program(), _Node(device, self._site.tls_port)
            try:
                for number in range(self._plan.rounds):
                    self._progress.step("the disk alone")
                    floors.append(fsync_p99_ms(self._folder, self._plan.probes))
                    self._progress.step("commands")
                    rounds.append(self._round(program, node, number))
            finally:
                node.close()
                program.close()
        flaw = f"{node.repeated} came twice" if node.repeated else ""
        figure = latency("command_received_p99", [_p99(r.received) for r in rounds], floors, times=2, plus_ms=5)
        note = flaw or "the peer is this disk's fsync of 4 KB appends"
        return [
            msgspec.structs.replace(figure, note=note, flawed=bool(flaw)),
            *(_plain(f"command_{name}_p50", [median(getattr(r, name)) for r in rounds]) for name in _STAGES),
            *(_plain(f"command_{name}_p99", [_p99(getattr(r, name)) for r in rounds]) for name in _STAGES[1:]),
        ]

    def _round(self, program: Program, node: _Node, number: int) -> _Waits:
        """One command after the other, evenly: each is carried out before the next is given."""
        waits = _Waits()
        path = f"/devices/{node.device}/commands"
        for index in range(self._plan.commands):
            order = f"bench-{number}-{index}"
            began = time.monotonic()
            program.got("POST", path, {"verb": "identify", "id": order})
            answered = time.monotonic()
            received, done = node.times(order)
            waits.received.append((received - began) * 1000)
            waits.answered.append((answered - began) * 1000)
            waits.done.append((done - began) * 1000)
            time.sleep(max(0.0, _EVERY_S - (time.monotonic() - began)))
        return waits


_STAGES = ("received", "answered", "done")
"""The node has it; the API has answered 202; the node's `done` is on the gateway's disk."""


class _Node:
    """paho over TLS: notes when a command came and when the gateway had acknowledged that it is done."""

    def __init__(self, device: Device, port: int) -> None:
        try:
            from paho.mqtt.client import Client
            from paho.mqtt.enums import CallbackAPIVersion
        except ImportError as error:
            raise NotMeasured("the node needs paho-mqtt: pip install paho-mqtt") from error
        self.device = device.device_id
        self.repeated = 0
        self._came: dict[str, float] = {}
        self._done: dict[str, float] = {}
        self._mids: dict[int, str] = {}
        self._news = threading.Condition()
        self._subscribed = threading.Event()
        tls = ssl.create_default_context(cadata=device.ca_pem)
        tls.check_hostname = False
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=self.device)
        self._client.tls_set_context(tls)
        self._client.username_pw_set(device.mqtt_username, device.mqtt_password)
        self._client.on_connect = lambda client, *_: client.subscribe(f"devices/{self.device}/command", 1)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._on_message
        self._client.on_publish = lambda _client, _data, mid, *_: self._on_publish(mid)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        if not self._subscribed.wait(_PATIENCE_S):
            raise NotMeasured("the node was not let in")

    def _on_message(self, client: Client, _data: object, message: MQTTMessage) -> None:
        now = time.monotonic()
        order = json.loads(message.payload)["id"]
        if order in self._came:
            self.repeated += 1
            return
        self._came[order] = now
        topic = f"devices/{self.device}/command/ack"
        client.publish(topic, json.dumps({"id": order, "status": "accepted"}), 1)
        info = client.publish(topic, json.dumps({"id": order, "status": "done"}), 1)
        # paho acknowledges on this very thread: the answer cannot be here before we are done.
        self._mids[info.mid] = order

    def _on_publish(self, mid: int) -> None:
        order = self._mids.pop(mid, None)
        if order is not None:
            with self._news:
                self._done[order] = time.monotonic()
                self._news.notify_all()

    def times(self, order: str) -> tuple[float, float]:
        """When it came and when it was done, monotonic; NotMeasured when it never does."""
        with self._news:
            if not self._news.wait_for(lambda: order in self._done, _PATIENCE_S):
                raise NotMeasured(f"the node never got {order}" if order not in self._came else f"{order} hangs")
        return self._came[order], self._done[order]

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()


def _p99(values: list[float]) -> float:
    return sorted(values)[int(0.99 * (len(values) - 1))]


def _plain(name: str, values: list[float]) -> Figure:
    return Figure(name, "ms", float(f"{median(values):.4g}"))
