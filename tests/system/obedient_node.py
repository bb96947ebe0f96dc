"""A node as somebody else would build it: paho, a flash made of files, and the contract of commands and shadows.

    python -m tests.system.obedient_node FOLDER

`node.json` in FOLDER says {"url", "port", "mac", "token"}. It registers, comes back by itself, asks with its last
credentials when they die, and may be killed at any moment: it notes an order before it acts, does it at most once, and
every effect is a line of `ledger`. It has no clock.
"""

from __future__ import annotations

import base64
import json
import os
import queue
import random
import ssl
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from tests.system import ledger

REMEMBERED = 64
AGAIN_S = 0.3
HASTE_S = 0.03
"""It takes a moment between noting, doing and saying, so that a kill finds it anywhere."""


class Flash:
    """What outlives a kill."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, name: str, otherwise: Any) -> Any:
        path = self.folder / name
        return json.loads(path.read_text()) if path.exists() else otherwise

    def keep(self, name: str, value: object) -> None:
        fresh = self.folder / f"{name}.new"
        with fresh.open("w") as file:
            file.write(json.dumps(value))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.folder / name)


class Node:
    """One life of the node, from start to kill."""

    def __init__(self, folder: Path) -> None:
        self.flash = Flash(folder)
        self.ledger = folder / "ledger"
        self.about: dict[str, Any] = self.flash.load("node.json", {})
        self.shadow: dict[str, Any] = self.flash.load("shadow.json", {"device": "", "version": 0, "state": {}})
        self.lock = threading.RLock()
        self.acks: dict[str, dict[str, Any]] = self.flash.load("orders.json", {})
        self.settle_what_was_begun()
        self.sent: dict[int, tuple[str, str]] = {}
        self.work: queue.Queue[tuple[str, float]] = queue.Queue()
        self.device = ""
        self.client: Client | None = None
        self.dead = threading.Event()

    def settle_what_was_begun(self) -> None:
        """After a kill the ledger knows what was done; nothing that was begun is ever begun again."""
        done = ledger.effects(self.ledger)
        for order, ack in self.acks.items():
            if ack["status"] == "accepted":
                ended = ("done", "") if done[order] else ("failed", "interrupted by a restart")
                ack.update(status=ended[0], detail=ended[1], told=False)
        self.flash.keep("orders.json", self.acks)

    def run(self) -> None:
        threading.Thread(target=self.obey, daemon=True).start()
        credentials = self.flash.load("credentials.json", None) or self.register(None)
        while True:
            self.connect(credentials)
            credentials = self.register(credentials)

    def register(self, last: dict[str, Any] | None) -> dict[str, Any]:
        """Ask until the gateway takes us in; the last credentials prove who asks."""
        body = {"mac_address": self.about["mac"], "firmware_version": "1.0", "token": self.about.get("token")}
        headers = {"Content-Type": "application/json"}
        if last is not None:
            body.pop("token")
            words = f"{last['mqtt_username']}:{last['mqtt_password']}".encode()
            headers["Authorization"] = "Basic " + base64.b64encode(words).decode()
        url = f"{self.about['url']}/api/devices/register"
        while True:
            try:
                request = urllib.request.Request(url, json.dumps(body).encode(), headers)
                with urllib.request.urlopen(request, timeout=20) as answer:
                    given: dict[str, Any] = json.load(answer)
                if "device_id" in given:
                    self.flash.keep("credentials.json", given)
                    return given
                print("waits for approval", flush=True)
            except urllib.error.HTTPError as error:
                print("registering:", error.code, error.read().decode(errors="replace")[:200], flush=True)
            except (OSError, ValueError) as error:
                print("registering:", error, flush=True)
            time.sleep(AGAIN_S)

    def connect(self, credentials: dict[str, Any]) -> None:
        """Be this device until the gateway does not take its credentials any more."""
        with self.lock:
            self.device = credentials["device_id"]
            if self.shadow["device"] != self.device:
                self.shadow = {"device": self.device, "version": 0, "state": {}}
                self.flash.keep("shadow.json", self.shadow)
            self.sent.clear()
        client = Client(CallbackAPIVersion.VERSION2, client_id=self.device, clean_session=False)
        client.username_pw_set(credentials["mqtt_username"], credentials["mqtt_password"])
        client.tls_set_context(ssl.create_default_context(cadata=credentials["ca_pem"]))
        client.reconnect_delay_set(1, 1)
        client._reconnect_min_delay = 0.05  # type: ignore[assignment]
        client._reconnect_max_delay = 0.2  # type: ignore[assignment]
        client.on_connect = self.connected
        client.on_message = self.heard
        client.on_publish = lambda _client, _data, mid, _code, _more: self.told(mid)
        self.dead.clear()
        self.client = client
        client.connect_async("127.0.0.1", self.about["port"])
        client.loop_start()
        self.dead.wait()
        print("turned away as", self.device, flush=True)
        self.client = None
        client.disconnect()
        client.loop_stop()

    def connected(self, client: Client, _data: object, _flags: object, code: Any, _more: object) -> None:
        if code.is_failure:
            # Anything but a busy gateway: these credentials are no good.
            if str(code) != "Server unavailable":
                self.dead.set()
            return
        print("online as", self.device, flush=True)
        client.subscribe([(f"devices/{self.device}/command", 1), (f"devices/{self.device}/shadow/desired", 1)])
        with self.lock:
            self.report()
            for order, ack in self.acks.items():
                if not ack["told"]:
                    self.say(order)

    def heard(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        """paho acknowledges when this returns: by then it is in the flash."""
        if message.topic.endswith("/command"):
            self.command(json.loads(message.payload))
        elif message.payload:
            self.desired(json.loads(message.payload))

    def command(self, order: dict[str, Any]) -> None:
        with self.lock:
            known = order["id"] in self.acks
            if not known:
                self.note(order["id"], "accepted")
            self.say(order["id"])
        if not known:
            self.work.put((order["id"], time.monotonic() + order["ttl_ms"] / 1000))

    def obey(self) -> None:
        while True:
            order, until = self.work.get()
            time.sleep(random.random() * HASTE_S)
            if time.monotonic() >= until:
                self.end(order, "failed", "it came too late")
                continue
            ledger.write(self.ledger, order)
            time.sleep(random.random() * HASTE_S)
            self.end(order, "done", "")

    def end(self, order: str, status: str, detail: str) -> None:
        with self.lock:
            self.note(order, status, detail)
            self.say(order)

    def note(self, order: str, status: str, detail: str = "") -> None:
        self.acks[order] = {"status": status, "detail": detail, "told": False}
        while len(self.acks) > REMEMBERED:
            del self.acks[next(iter(self.acks))]
        self.flash.keep("orders.json", self.acks)

    def say(self, order: str) -> None:
        ack = self.acks[order]
        payload = json.dumps({"id": order, "status": ack["status"], "detail": ack["detail"]})
        client = self.client
        if client is not None:
            self.sent[client.publish(f"devices/{self.device}/command/ack", payload, 1).mid] = (order, ack["status"])

    def told(self, mid: int) -> None:
        """The gateway has it on its disk. Not kept at once: told twice is told.

        Without our lock: paho holds its own here, and takes it while we hold ours.
        """
        order, status = self.sent.pop(mid, ("", ""))
        ack = self.acks.get(order)
        if ack is not None and ack["status"] == status:
            ack["told"] = True

    def desired(self, wanted: dict[str, Any]) -> None:
        with self.lock:
            if wanted["version"] != self.shadow["version"]:
                self.shadow = {"device": self.device, "version": wanted["version"], "state": wanted["state"]}
                self.flash.keep("shadow.json", self.shadow)
            self.report()

    def report(self) -> None:
        said = json.dumps({"version": self.shadow["version"], "state": self.shadow["state"]})
        if self.client is not None:
            self.client.publish(f"devices/{self.device}/shadow/reported", said, 1)


if __name__ == "__main__":
    Node(Path(sys.argv[1])).run()
