"""A sensor and what a rule switches by it, as a bench needs them: paho over TLS, from each reading to its command."""

from __future__ import annotations

import json
import ssl
import threading
import time
from typing import TYPE_CHECKING, Any

from .figures import NotMeasured
from .site import Device

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage

HOT_C, COLD_C = 30.0, 20.0
_PATIENCE_S = 10.0
_VERBS = {HOT_C: "turn_on", COLD_C: "turn_off"}


class Pair:
    """`flaw`: what went wrong."""

    def __init__(self, sensor: Device, switch: Device, port: int) -> None:
        self.flaw = ""
        self._sensor = sensor.device_id
        self._switch = switch.device_id
        self._seq = 0
        self._wanted = ""
        self._came: float | None = None
        self._orders: set[str] = set()
        self._news = threading.Condition()
        self._clients = [_connected(sensor, port), _connected(switch, port)]
        listening = threading.Event()
        self._clients[1].on_subscribe = lambda *_: listening.set()
        self._clients[1].on_message = lambda client, _data, message: self._on_command(client, message)
        self._clients[1].subscribe(f"devices/{self._switch}/command", 1)
        if not listening.wait(_PATIENCE_S):
            raise NotMeasured("the switch was not let in")

    def ask(self, temperature_c: float) -> float:
        """Say how warm it is; ms until the command for that has come, else NotMeasured."""
        with self._news:
            self._wanted, self._came = _VERBS[temperature_c], None
        began = time.monotonic()
        self.say(temperature_c)
        with self._news:
            if not self._news.wait_for(lambda: self._came is not None, _PATIENCE_S):
                raise NotMeasured(f"{temperature_c:g} °C gave no command within {_PATIENCE_S:g} s")
            assert self._came is not None
            return (self._came - began) * 1000

    def say(self, temperature_c: float) -> None:
        """Send a reading."""
        self._seq += 1
        reading = {
            "boot": "bench",
            "seq": self._seq,
            "uptime_ms": int(time.monotonic() * 1000),
            "temperature": temperature_c,
        }
        self._clients[0].publish(f"devices/{self._sensor}/telemetry", json.dumps(reading), 1)

    def _on_command(self, client: Client, message: MQTTMessage) -> None:
        now = time.monotonic()
        order: dict[str, Any] = json.loads(message.payload)
        with self._news:
            if order["id"] in self._orders:
                self.flaw = "a command came twice"
            elif order["verb"] != self._wanted or self._came is not None:
                self.flaw = f"{order['verb']} came when {self._wanted} was due"
            else:
                self._came = now
            self._orders.add(order["id"])
            self._news.notify_all()
        for status in ("accepted", "done"):
            client.publish(f"devices/{self._switch}/command/ack", json.dumps({"id": order["id"], "status": status}), 1)

    def close(self) -> None:
        """Leave."""
        for client in self._clients:
            client.disconnect()
            client.loop_stop()


def _connected(device: Device, port: int) -> Client:
    try:
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion
    except ImportError as error:
        raise NotMeasured("the nodes need paho-mqtt: pip install paho-mqtt") from error
    tls = ssl.create_default_context(cadata=device.ca_pem)
    tls.check_hostname = False  # loopback is reached by address; the certificate is still verified
    client = Client(CallbackAPIVersion.VERSION2, client_id=device.device_id)
    client.tls_set_context(tls)
    client.username_pw_set(device.mqtt_username, device.mqtt_password)
    in_ = threading.Event()
    client.on_connect = lambda *_: in_.set()
    client.connect("127.0.0.1", port)
    client.loop_start()
    if not in_.wait(_PATIENCE_S):
        raise NotMeasured("a node was not let in")
    return client
