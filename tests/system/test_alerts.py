"""Alerts of a whole gateway over a webhook of somebody's own: told once, acknowledged, muted, over."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from .home_site import Home, Node, until

SECRET = "between-us"
FERN = {"name": "Fern", "species": "Boston fern", "thresholds": {"soil_moisture": {"min": 20.0, "max": 80.0}}}
OPTIONS = "[alerts]\nsettle_s = 1\ncooldown_minutes = 0\n"


class Hook:
    """Somebody's server that takes JSON; it may refuse for a while."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.status = 200
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if hook.status < 300:
                    hook.taken({name.lower(): value for name, value in self.headers.items()}, body)
                self.send_response(hook.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class names it
                """Not into the tests' output."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def taken(self, headers: dict[str, str], body: bytes) -> None:
        """A message whose signature is right; another one is as good as none."""
        signed = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        assert any(signed in value for value in headers.values()), headers
        self.got.append((headers, json.loads(body)))

    def said(self) -> list[str]:
        """What it was told, oldest first."""
        return [json.dumps(body, ensure_ascii=False) for _, body in self.got]

    def close(self) -> None:
        """Gone."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    yield made
    made.close()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path, OPTIONS).open()
    yield home
    home.kill()


class Plant:
    """A fern whose soil is measured; alerts go to a webhook."""

    def __init__(self, home: Home, hook: Hook) -> None:
        self.home = home
        self.id = home.got("POST", "/plants", FERN)["id"]
        (self._device,) = home.enrol(1, 0, "plant")
        home.got("POST", f"/devices/{self._device.device_id}/provision", {"asset_id": self.id})
        self.sensor = Node(home, self._device)
        home.got("PUT", "/channels/hall", {"way": {"kind": "webhook", "url": hook.url, "secret": SECRET}})
        self.measure(24.0)

    def measure(self, soil_moisture: float) -> None:
        """Three times, after which a plant is well again; on the gateway's disk afterwards."""
        for _ in range(3):
            self.sensor.say("telemetry", timestamp=time.time() * 1000, soil_moisture=soil_moisture)

    def back(self) -> None:
        """The gateway was away."""
        self.sensor.close()
        self.sensor = Node(self.home, self._device)

    def open(self) -> list[dict[str, Any]]:
        """Alerts that go on."""
        return list(self.home.got("GET", "/alerts?open=true")["alerts"])

    def close(self) -> None:
        """Gone."""
        self.sensor.close()


@pytest.fixture
def plant(home: Home, hook: Hook) -> Iterator[Plant]:
    plant = Plant(home, hook)
    yield plant
    plant.close()


@pytest.mark.timeout(180)
def test_an_alert_is_told_with_the_words_of_its_plant_acknowledged_and_told_when_it_is_over(
    plant: Plant, hook: Hook
) -> None:
    plant.measure(15.2)
    until(hook.said, "it was told")
    assert "soil_moisture is 15.2, threshold min 20.0" in hook.said()[0]
    assert "Fern" in hook.said()[0]
    (alert,) = plant.open()
    assert (alert["kind"], alert["level"], alert["plant_id"]) == ("breach", "warning", plant.id)
    assert (alert["metric"], alert["value"], alert["threshold"]) == ("soil_moisture", 15.2, 20.0)
    plant.home.got("POST", f"/alerts/{alert['id']}/ack")
    plant.home.got("POST", f"/alerts/{alert['id']}/ack")
    plant.measure(25.0)
    until(lambda: len(hook.said()) == 2, "that it is over was told")
    assert plant.open() == []
    known = plant.home.got("GET", f"/alerts/{alert['id']}")
    assert known["acked_ms"] < known["over_ms"] or known["acked_by"]
    assert [one["state"] for one in known["deliveries"]] == ["delivered", "delivered"]
    keys = [headers["idempotency-key"] for headers, _ in hook.got]
    assert len(set(keys)) == 2


@pytest.mark.timeout(240)
def test_a_restart_while_it_goes_on_tells_it_to_nobody_again(home: Home, plant: Plant, hook: Hook) -> None:
    plant.measure(15.2)
    until(hook.said, "it was told")
    (alert,) = plant.open()
    for _ in range(2):
        home.kill()
        home.open()
        plant.back()
        plant.measure(15.0)
    until(lambda: [one["id"] for one in plant.open()] == [alert["id"]], "it is the same alert")
    plant.measure(25.0)
    until(lambda: len(hook.said()) >= 2, "that it is over was told")
    time.sleep(2)
    assert len(hook.said()) == 2


@pytest.mark.timeout(240)
def test_what_a_channel_refused_for_a_while_arrives_in_order(home: Home, plant: Plant, hook: Hook) -> None:
    hook.status = 429
    plant.measure(15.2)
    until(plant.open, "it was noticed")
    plant.measure(25.0)
    until(lambda: plant.open() == [], "it is over")
    assert hook.said() == []
    home.kill()
    hook.status = 200
    home.open()
    until(lambda: len(hook.said()) == 2, "both were told")
    assert "15.2" in hook.said()[0]
    assert "25.0" in hook.said()[1]


@pytest.mark.timeout(180)
def test_while_alerts_are_muted_a_warning_waits(plant: Plant, hook: Hook) -> None:
    plant.home.got("POST", "/alerts/mute", {"minutes": 60})
    plant.measure(15.2)
    until(plant.open, "it was noticed")
    time.sleep(7)  # alerts are looked at every 5 s
    assert hook.said() == []
    plant.home.got("POST", "/alerts/mute", {"minutes": 0})
    until(hook.said, "it was told after all")


@pytest.mark.timeout(180)
def test_a_rule_that_notifies_is_told_once(plant: Plant, hook: Hook) -> None:
    rule = {
        "name": "Dry",
        "when": {"kind": "value", "asset": plant.id, "metric": "soil_moisture", "operator": "<", "value": 22},
        "then": [{"kind": "notify", "level": "info", "text": "the fern is thirsty: {value}"}],
    }
    made = plant.home.got("POST", "/rules", rule)
    plant.home.got("POST", f"/rules/{made['id']}/enable", {"mode": "live"})
    plant.measure(24.0)
    plant.measure(21.0)
    until(hook.said, "it was told")
    assert "the fern is thirsty" in hook.said()[0]
    assert plant.open() == [], "said is over"
    assert len(hook.said()) == 1
