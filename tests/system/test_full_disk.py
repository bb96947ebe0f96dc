"""`gateway run` on a real file system that fills up: said loudly, control and page go on, and it recovers by itself."""

from __future__ import annotations

import json
import socket
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.bench.site import Site
from gateway.cli.remote import Remote
from tests.backends.small_disk import fill, small_disk

from .pahoclient import Paho
from .test_power_cut_gateway import trusting, values

DISK_KIB = 64 * 1024
BATCH = 500
"""Readings in a message: what is set aside for a full disk has to be used up before it is one."""
PATIENCE_S = 60


def until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def health(site: Site) -> dict[str, Any]:
    with urllib.request.urlopen(f"{site.url}/api/health", timeout=30) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def kinds(site: Site) -> list[str]:
    """The event log, oldest first, as far as it is about the store."""
    found = json.loads(Remote(site.data).ask("GET", "/api/events?kind=store."))
    return [event["kind"] for event in reversed(found["events"])]


@pytest.mark.timeout(300)
def test_a_full_disk_is_said_and_survived_and_over_when_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", DISK_KIB) as disk:
        site = Site(disk)
        with site.start():
            (device,) = site.enrol(1)
            node = Paho(
                site.tls_port, device.device_id, clean=False,
                user=device.mqtt_username, password=device.mqtt_password, tls=trusting(device),
            )  # fmt: skip
            topic = f"devices/{device.device_id}/telemetry"
            sent = 0

            def send() -> int:
                nonlocal sent
                uptime_ms = int(time.monotonic() * 1000)
                numbers = range(sent, sent + BATCH)
                sent += BATCH
                readings = [{"seq": number, "uptime_ms": uptime_ms + number, "co2": number} for number in numbers]
                return node.send(topic, json.dumps({"boot": "full", "readings": readings}))

            send()
            assert node.flushed(PATIENCE_S)
            assert health(site)["parts"]["store"] == {"ok": True, "detail": ""}

            filler = fill(disk)
            until(lambda: bool(send()) and not health(site)["parts"]["store"]["ok"])
            told = health(site)
            assert told["status"] == "degraded"
            assert "the disk is full" in told["parts"]["store"]["detail"]
            # Nothing more is acknowledged; the page, the API and other MQTT clients go on.
            waiting = send()
            assert not node.flushed(1)
            assert waiting not in node.acknowledged
            assert Remote(site.data).ask("GET", "/api/devices")
            with socket.create_connection(("127.0.0.1", site.port), timeout=30):
                pass
            assert "the store failed" in site.log.read_text()

            filler.unlink()
            until(lambda: bool(health(site)["parts"]["store"]["ok"]))
            until(lambda: node.flushed(1))
            assert values(site, device, "co2") == [float(number) for number in range(sent)]
            until(lambda: kinds(site)[-1:] == ["store.works"])
            node.close()
