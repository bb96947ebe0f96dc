"""A well-behaved node during a flood: paho-mqtt over TLS, one reading a second, each acknowledgement timed."""

from __future__ import annotations

import json
import ssl
import threading
import time
from pathlib import Path

import msgspec

from .figures import NotMeasured
from .site import Device


class Wait(msgspec.Struct, frozen=True):
    """One reading: when it was sent (monotonic) and how long its acknowledgement took; None: never came."""

    sent_at: float
    took_s: float | None


class Watcher:
    """Publishes until closed; counts how often its connection ended."""

    def __init__(self, device: Device, ca: Path, port: int, every_s: float = 0.5) -> None:
        try:
            from paho.mqtt.client import Client
            from paho.mqtt.enums import CallbackAPIVersion
        except ImportError as error:
            raise NotMeasured("the well-behaved node needs paho-mqtt: pip install paho-mqtt") from error
        self.losses = 0
        self._topic = f"devices/{device.device_id}/telemetry"
        self._every_s = every_s
        self._sent_at: dict[int, float] = {}
        self._waits: list[Wait] = []
        self._ended = threading.Event()
        self._connected = threading.Event()
        tls = ssl.create_default_context(cafile=str(ca))
        tls.check_hostname = False
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=device.device_id)
        self._client.tls_set_context(tls)
        self._client.username_pw_set(device.mqtt_username, device.mqtt_password)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = self._on_publish
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        if not self._connected.wait(20):
            raise NotMeasured("the well-behaved node was not let in")
        self._thread = threading.Thread(target=self._publish, daemon=True)
        self._thread.start()

    def _on_connect(self, *_ignored: object) -> None:
        self._connected.set()

    def _on_disconnect(self, *_ignored: object) -> None:
        if not self._ended.is_set():
            self.losses += 1

    def _on_publish(self, _client: object, _data: object, mid: int, *_ignored: object) -> None:
        sent_at = self._sent_at.pop(mid, None)
        if sent_at is not None:
            self._waits.append(Wait(sent_at, time.monotonic() - sent_at))

    def _publish(self) -> None:
        seq = 0
        while not self._ended.wait(self._every_s):
            seq += 1
            payload = json.dumps({"boot": "watcher", "seq": seq, "uptime_ms": seq * 1000, "temperature": 21.5})
            now = time.monotonic()
            info = self._client.publish(self._topic, payload, 1)
            self._sent_at[info.mid] = now

    def waits(self) -> list[Wait]:
        """Every reading sent so far, in the order of sending."""
        pending = [Wait(at, None) for at in self._sent_at.copy().values()]
        return sorted([*self._waits, *pending], key=lambda wait: wait.sent_at)

    def close(self) -> None:
        """Leave."""
        self._ended.set()
        self._thread.join()
        self._client.disconnect()
        self._client.loop_stop()


def recovered_after_s(waits: list[Wait], ended_at: float, limit_s: float) -> float:
    """Seconds from `ended_at` after which every reading was acknowledged within `limit_s`."""
    last = ended_at
    for wait in waits:
        if wait.took_s is None:
            last = max(last, time.monotonic())
        elif wait.took_s > limit_s:
            last = max(last, wait.sent_at + wait.took_s)
    return last - ended_at
