"""A gateway with obedient nodes as processes of their own, and its API as a program uses it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from gateway.bench.processes import Server
from gateway.bench.program import OpenSite
from gateway.bench.site import Device

from . import ledger
from .pahoclient import Paho

CLONE = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0


class Lost(Exception):
    """No answer: the gateway was killed before it, or after what was asked for was done."""


class Home(OpenSite):
    """The data folder of a gateway, its processes, and a program with scope admin."""

    def __init__(self, folder: Path, options: str = "") -> None:
        super().__init__(folder)
        self.folder = folder
        with self.config.open("a") as config:
            config.write(options)
        self._token = ""
        self.server: Server | None = None

    def open(self) -> Home:
        """Start it; the first time a token is made."""
        self.server = self.start()
        if not self._token:
            self._token = self.made("--api", "--scope", "admin")["token"]
        return self

    def kill(self) -> None:
        """A power cut."""
        if self.server is not None:
            self.server.kill()

    @property
    def authorized(self) -> dict[str, str]:
        """Headers that let the program in."""
        return {"Authorization": f"Bearer {self._token}"}

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """(status, answer) of a request below /api. Raises Lost."""
        data = None if body is None else json.dumps(body).encode()
        headers = {**self.authorized, "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/api{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, _said(error)
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise Lost(str(error)) from error

    def got(self, method: str, path: str, body: object = None) -> Any:
        """The answer of a request that goes well."""
        status, said = self.ask(method, path, body)
        assert status < 300, f"{method} {path}: {status} {said}"
        return said

    def account(self, name: str, scope: str = "read") -> Paho:
        """A program on MQTT."""
        made = self.made("--mqtt", name, "--scope", scope)
        return Paho(self.port, name, user=made["mqtt_username"], password=made["mqtt_password"])


def _said(error: urllib.error.HTTPError) -> Any:
    try:
        return json.loads(error.read())
    except (OSError, ValueError, http.client.HTTPException) as broken:
        raise Lost(str(broken)) from broken


class Hardware:
    """One node of metal and flash; it runs, is killed, and runs again."""

    def __init__(self, home: Home, number: int, token: str | None) -> None:
        self.folder = home.folder / f"node-{number}"
        self.folder.mkdir()
        self.mac = f"02:0b:ed:00:{number >> 8:02x}:{number & 255:02x}"
        about = {"url": home.url, "port": home.tls_port, "mac": self.mac, "token": token}
        (self.folder / "node.json").write_text(json.dumps(about))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Hardware:
        """Switch it on."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.system.obedient_node", str(self.folder)],
                cwd=CLONE,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        return self

    def kill(self) -> None:
        """The power goes."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    @property
    def device(self) -> str:
        """Who the gateway says it is; empty: nobody yet."""
        path = self.folder / "credentials.json"
        return str(json.loads(path.read_text())["device_id"]) if path.exists() else ""

    @property
    def log(self) -> str:
        """What it said."""
        return (self.folder / "log").read_text()

    def effects(self) -> Counter[str]:
        """What it really did."""
        return ledger.effects(self.folder / "ledger")


def until(fact: Callable[[], object], what: str, patience_s: float = PATIENCE_S) -> None:
    """Wait for a fact of other processes."""
    deadline = time.monotonic() + patience_s
    while not fact():
        assert time.monotonic() < deadline, f"not within {patience_s:.0f} s: {what}"
        time.sleep(0.05)


class Node:
    """A device in this process: paho over TLS, whose answers the test gives itself."""

    def __init__(self, home: Home, device: Device) -> None:
        self.id = device.device_id
        self._paho = Paho(
            home.tls_port,
            device.device_id,
            user=device.mqtt_username,
            password=device.mqtt_password,
            tls=ssl.create_default_context(cadata=device.ca_pem),
        )
        self._paho.want(f"devices/{self.id}/command", 1)
        self._paho.want(f"devices/{self.id}/shadow/desired", 1)

    def heard(self) -> tuple[str, dict[str, Any]]:
        """The next message: (`command` or `shadow/desired`, what it says)."""
        message = self._paho.take()
        return message.topic.removeprefix(f"devices/{self.id}/"), json.loads(message.payload)

    def order(self) -> dict[str, Any]:
        """The next message, which is a command."""
        what, said = self.heard()
        assert what == "command", (what, said)
        return said

    def say(self, what: str, **said: object) -> None:
        """Publish below its own id; it is on the gateway's disk afterwards."""
        self._paho.put(f"devices/{self.id}/{what}", json.dumps(said))

    def answer(self, order: dict[str, Any], *statuses: str, detail: str = "") -> None:
        """Acknowledge a command."""
        for status in statuses:
            self.say("command/ack", id=order["id"], status=status, detail=detail)

    def close(self) -> None:
        """Gone."""
        self._paho.close()


@contextlib.contextmanager
def simulated(home: Home, *words: str, api_token: str = "") -> Iterator[None]:
    """`gateway simulate` against the gateway; its nodes are the same ones every time."""
    command = [sys.executable, "-m", "gateway", "simulate", "--gateway", home.url, "--token", home.token(20)]
    state = ["--state", str(home.folder / "simulator")]
    environment = {**os.environ, "GATEWAY_API_TOKEN": api_token}
    with (home.folder / "simulator.log").open("ab") as log:
        process = subprocess.Popen(
            [*command, *state, *words], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment
        )
    try:
        yield
    except BaseException:
        print("".join((home.folder / "simulator.log").read_text().splitlines(keepends=True)[-40:]))  # shown by pytest
        raise
    finally:
        process.terminate()
        process.wait(30)
