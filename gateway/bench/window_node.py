"""A window's node as a bench needs it: paho over TLS, and the time from each reading to the control for it."""

from __future__ import annotations

import json
import random
import ssl
import threading
import time
from typing import TYPE_CHECKING

from .figures import NotMeasured
from .site import Device

if TYPE_CHECKING:
    from paho.mqtt.client import MQTTMessage

COLD_C, HOT_C = 20.0, 30.0
MODEL_S = 60.0
"""The first decision waits for the model, which is loaded when the first window appears."""
_PATIENCE_S = 10.0
_OPEN_PCT = 30


class WindowNode:
    """paho over TLS: says how warm it is and notes when it is told a position for that. `flaw`: what went wrong."""

    def __init__(self, device: Device, port: int) -> None:
        try:
            from paho.mqtt.client import Client
            from paho.mqtt.enums import CallbackAPIVersion
        except ImportError as error:
            raise NotMeasured("the nodes need paho-mqtt: pip install paho-mqtt") from error
        self._device = device.device_id
        self._seq = 0
        self._warm = False
        self._told_at: float | None = None
        self._decisions: set[str] = set()
        self._news = threading.Condition()
        self._subscribed = threading.Event()
        self.flaw = ""
        tls = ssl.create_default_context(cadata=device.ca_pem)
        tls.check_hostname = False  # loopback is reached by address; the certificate is still verified
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=self._device)
        self._client.tls_set_context(tls)
        self._client.username_pw_set(device.mqtt_username, device.mqtt_password)
        self._client.on_connect = lambda client, *_: client.subscribe(f"window/{self._device}/control", 1)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = lambda _client, _data, message: self._on_control(message)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        if not self._subscribed.wait(_PATIENCE_S):
            raise NotMeasured("a window was not let in")

    def alternate(self, readings: int, every_s: float) -> list[float]:
        """Hot and cold in turn, from a moment of its own on; ms each until it was told."""
        waits: list[float] = []
        due = time.monotonic() + every_s * random.random()
        for _ in range(readings):
            time.sleep(max(0.0, due - time.monotonic()))
            waits.append(self.ask(COLD_C if self._warm else HOT_C))
            due += every_s
        return waits

    def ask(self, temperature_c: float, patience_s: float = _PATIENCE_S) -> float:
        """Say how warm it is; ms until the position for that has come, else NotMeasured."""
        self._seq += 1
        reading = {
            "boot": "bench",
            "seq": self._seq,
            "uptime_ms": int(time.monotonic() * 1000),
            "temperature": temperature_c,
            "humidity": 45.0,
            "sound_level": 38.0,
        }
        payload = json.dumps(reading)
        with self._news:
            self._warm = temperature_c == HOT_C
            self._told_at = None
        began = time.monotonic()
        self._client.publish(f"devices/{self._device}/telemetry", payload, 1)
        with self._news:
            if not self._news.wait_for(lambda: self._told_at is not None, patience_s):
                raise NotMeasured(f"{temperature_c:g} °C gave no control within {patience_s:g} s")
            assert self._told_at is not None
            return (self._told_at - began) * 1000

    def _on_control(self, message: MQTTMessage) -> None:
        now = time.monotonic()
        control = json.loads(message.payload)
        with self._news:
            if control["decision"] in self._decisions:
                self.flaw = "a control came twice"
            elif (control["position"] > _OPEN_PCT) is not self._warm:
                self.flaw = f"a control of {control['position']} % when it was {'hot' if self._warm else 'cold'}"
            elif self._told_at is not None:
                self.flaw = "a control nobody had given cause for"
            else:
                self._told_at = now
            self._decisions.add(control["decision"])
            self._news.notify_all()

    def sound(self, payload: bytes) -> None:
        """Send two seconds of what it hears."""
        self._client.publish(f"devices/{self._device}/audio", payload, 1)

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()
