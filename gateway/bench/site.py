"""A whole gateway to measure: `gateway run` with its own data folder, and devices registered as any device is."""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import msgspec

from .figures import NotMeasured
from .processes import Server, accepts, free_port, gateway_command, spawn, wait_until


class Device(msgspec.Struct, frozen=True):
    """What a registered device was given."""

    device_id: str
    mqtt_username: str
    mqtt_password: str
    ca_pem: str

    @property
    def line(self) -> str:
        """As the load generator reads it: client, user, password."""
        return f"{self.device_id} {self.mqtt_username} {self.mqtt_password}"


class Site:
    """A gateway's data folder and configuration, ready to start any number of times on the same ports.

    On loopback only, and without the limit per client: a bench asks a node for more than any node sends.
    """

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.log = folder / "gateway.log"
        self.config = folder / "gateway.toml"
        self.port, self.tls_port, self.panel_port, self.http_port = (free_port() for _ in range(4))
        folder.mkdir(parents=True, exist_ok=True)
        self.config.write_text(
            f'[mqtt]\nbind = ["127.0.0.1"]\ntls_port = {self.tls_port}\nlocal_port = {self.port}\nmessages_per_s = 0\n'
            f'[panel]\nbind = ["127.0.0.1"]\nhttps_port = {self.panel_port}\nhttp_port = {self.http_port}\n'
            "[announce]\nmdns = false\n"
        )

    @property
    def url(self) -> str:
        """Where its API answers in plain HTTP."""
        return f"http://127.0.0.1:{self.http_port}"

    def start(self, *, ready: bool = True) -> Server:
        """`gateway run`; waits until it takes MQTT connections over TLS too, unless told not to."""
        words = ["run", "--config", str(self.config), "--data", str(self.data)]
        server = spawn(gateway_command(*words), self.log)
        server.port = self.port
        if ready:
            wait_until(self._up, server, 60)
        return server

    def _up(self) -> bool:
        return all(accepts(port) for port in (self.port, self.tls_port, self.http_port))

    def enrol(self, count: int, first: int = 0, kind: str = "") -> list[Device]:
        """Register `count` new devices over HTTP with one enrolment token; they say that they are of `kind`."""
        token = self.token(count)
        return [self.register(token, index, kind) for index in range(first, first + count)]

    def token(self, uses: int) -> str:
        """A new enrolment token."""
        words = ["token", "create", "--enrol", "--uses", str(uses), "--data", str(self.data), "--json"]
        made = subprocess.run(gateway_command(*words), capture_output=True, text=True, check=False)
        if made.returncode:
            raise NotMeasured(f"no enrolment token: {(made.stderr or made.stdout).strip()[-300:]}")
        token: str = json.loads(made.stdout)["token"]
        return token

    def register(self, token: str, index: int, kind: str = "") -> Device:
        """Register one device, whose MAC address is made from `index`. Raises OSError when nobody answers."""
        mac = f"02:be:{index >> 24 & 255:02x}:{index >> 16 & 255:02x}:{index >> 8 & 255:02x}:{index & 255:02x}"
        about: dict[str, object] = {"mac_address": mac, "firmware_version": "bench", "token": token}
        if kind:
            about["capabilities"] = {"kind": kind}
        body = json.dumps(about).encode()
        request = urllib.request.Request(
            f"{self.url}/api/devices/register", data=body, headers={"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return msgspec.json.decode(answer.read(), type=Device)
        except urllib.error.HTTPError as error:
            raise NotMeasured(f"registration refused: {error.code} {error.read()[:300].decode()}") from error
