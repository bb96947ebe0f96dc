"""A furnished house whose days are poured into a real gateway by their timestamps, as a node pours a backlog."""

from __future__ import annotations

import json
import re
import ssl
import time
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from gateway.bench.site import Device
from gateway.simulator.furnish import asset_of
from gateway.simulator.site import Site

from .home_site import Home, until
from .pahoclient import Paho

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
_BATCH = 1000
_CHOSEN = ("id", "name", "traits", "zone", "synonyms", "relations")
_METRIC = re.compile(r"^gateway_anomaly_(inbox|behind|steps_total) (\S+)$", re.MULTILINE)

Rows = Iterable[tuple[int, Mapping[str, float]]]
"""(UTC ms, values), in order."""


class PouredHouse:
    """The places of a site, and a device of the gateway for each of the site's."""

    def __init__(self, home: Home, site: Site) -> None:
        self.home = home
        for zone in site.zones:
            home.got("POST", "/zones", {"id": zone.id, "name": zone.name})
        for thing in site.assets:
            made = msgspec.to_builtins(asset_of(site, thing))
            home.got("POST", "/assets", {key: made[key] for key in _CHOSEN if made[key] is not None})
        self.devices: dict[str, Device] = {}
        for of_site, device in zip(site.devices, home.enrol(len(site.devices)), strict=True):
            self.devices[of_site.id] = device
            home.got("POST", f"/devices/{device.device_id}/provision", {"asset_id": of_site.asset})
        self._seq = dict.fromkeys(self.devices, 0)

    def pour(self, rows: Mapping[str, Rows]) -> None:
        """All rows of all devices; they are on the gateway's disk afterwards, and judged."""
        for name, said in rows.items():
            self._pour(name, [(time_ms, values) for time_ms, values in said if values])
        self.judged()

    def _pour(self, name: str, rows: Sequence[tuple[int, Mapping[str, float]]]) -> None:
        device = self.devices[name]
        node = Paho(
            self.home.tls_port,
            device.device_id,
            user=device.mqtt_username,
            password=device.mqtt_password,
            tls=ssl.create_default_context(cadata=device.ca_pem),
        )
        topic = f"devices/{device.device_id}/telemetry"
        for first in range(0, len(rows), _BATCH):
            readings = []
            for time_ms, values in rows[first : first + _BATCH]:
                self._seq[name] += 1
                readings.append({"seq": self._seq[name], "timestamp": time_ms, **values})
            node.put(topic, json.dumps({"boot": "poured", "readings": readings}))
        node.close()

    def judged(self) -> None:
        """Everything that came has been looked at."""
        before = -1.0

        def done() -> bool:
            nonlocal before
            now = self.metrics()
            waits, steps = now["inbox"] + now["behind"], now["steps_total"]
            still = steps == before
            before = steps
            time.sleep(1.1)
            return still and not waits

        until(done, "all readings are judged", 300.0)

    def metrics(self) -> dict[str, float]:
        """How noticing goes."""
        request = urllib.request.Request(f"{self.home.url}/metrics", headers=self.home.authorized)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return {name: float(value) for name, value in _METRIC.findall(answer.read().decode())}

    def episodes(self, asset: str = "") -> list[dict[str, Any]]:
        """Oldest first."""
        words = f"?asset={asset}&limit=500" if asset else "?limit=500"
        found: list[dict[str, Any]] = self.home.got("GET", f"/anomalies{words}")["episodes"]
        return found[::-1]
