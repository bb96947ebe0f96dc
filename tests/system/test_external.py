"""A service decides about windows: over MQTT, with an account of its own, and only where the settings say so."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import MQTTMessage

from gateway.bench.site import Device

from .home_site import Home, until
from .pahoclient import Paho

EXTERNAL = '[inference]\nmode = "external"\nanswer_s = {answer_s}\n[window]\nmin_interval_s = 0\n'
ASKED = ("id", "cause", "temperature", "humidity", "sound_volume", "outdoor_temperature", "missing")


class Window:
    """A node as the first documents have it: it declares nothing, and listens for controls."""

    def __init__(self, home: Home) -> None:
        (self.device,) = home.enrol(1)
        self.id = self.device.device_id
        self._paho = _connected(home, self.device)
        self._paho.want(f"window/{self.id}/control", 1)

    def read(self, **values: float) -> None:
        """A reading; on the gateway's disk afterwards."""
        self._paho.put(f"devices/{self.id}/telemetry", json.dumps(values))

    def control(self) -> dict[str, Any]:
        """The next control."""
        message = self._paho.take()
        assert (message.topic, message.retain) == (f"window/{self.id}/control", False)
        return dict(json.loads(message.payload))

    @property
    def controlled(self) -> int:
        """How many controls wait to be looked at."""
        return self._paho.got.qsize()

    def acknowledge(self, control: dict[str, Any]) -> None:
        said = {"id": control["decision"], "status": "done"}
        self._paho.put(f"devices/{self.id}/command/ack", json.dumps(said))

    def close(self) -> None:
        self._paho.close()


def _connected(home: Home, device: Device) -> Paho:
    tls = ssl.create_default_context(cadata=device.ca_pem)
    return Paho(home.tls_port, device.device_id, user=device.mqtt_username, password=device.mqtt_password, tls=tls)


class Brain:
    """A service that answers every request with `position`; None: it stays silent."""

    def __init__(self, home: Home) -> None:
        self.position: float | None = 63
        self.requests: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        made = home.made("--mqtt", "brain", "--scope", "operate")
        self.paho = Paho(
            home.port,
            "brain",
            user=made["mqtt_username"],
            password=made["mqtt_password"],
            on_message=self._asked,
        )
        self.paho.want("ml/inference/request/+", 1)

    def _asked(self, message: MQTTMessage) -> None:
        request = json.loads(message.payload)
        with self._lock:
            self.requests.append(request)
        if self.position is not None:
            said = {"position": self.position, "confidence": 0.7, "decision": request["id"], "model": "brain@7"}
            self.paho.client.publish(f"window/{message.topic.rpartition('/')[2]}/control", json.dumps(said), 1)

    def last(self) -> dict[str, Any]:
        until(lambda: self.requests, "a request")
        return self.requests[-1]

    def close(self) -> None:
        self.paho.close()


@pytest.fixture
def home(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Home]:
    options = getattr(request, "param", EXTERNAL.format(answer_s=60))
    home = Home(tmp_path, options).open()
    yield home
    home.kill()


@pytest.fixture
def window(home: Home) -> Iterator[Window]:
    window = Window(home)
    yield window
    window.close()


def decisions(home: Home, window: Window) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = home.got("GET", f"/decisions?device={window.id}")["decisions"]
    return found


def audited(home: Home, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = home.got("GET", f"/audit?kind={kind}")["audit"]
    return found


def test_a_service_that_answers_requests_drives_the_window(home: Home, window: Window) -> None:
    brain = Brain(home)
    window.read(temperature=26.4, humidity=50, sound_level=38)
    control = window.control()
    request = brain.last()
    assert {name: request[name] for name in ASKED} == {
        "id": control["decision"],
        "cause": "first values",
        "temperature": 26.4,
        "humidity": 50,
        "sound_volume": 38,
        "outdoor_temperature": None,
        "missing": request["missing"],
    }
    assert (control["position"], control["confidence"], control["model"]) == (63, 0.7, "external:brain@7")
    window.acknowledge(control)
    until(lambda: decisions(home, window)[0]["outcome"] == "done", "it is written down as done")
    (shown,) = decisions(home, window)
    assert (shown["id"], shown["model"], shown["position"]) == (request["id"], "external:brain@7", 63)
    assert shown["inputs"]["temperature"] == 26.4
    brain.position = 15
    window.read(temperature=22.0, humidity=50, sound_level=38)
    assert window.control()["position"] == 15
    brain.close()


def test_what_a_service_says_unasked_reaches_no_window(home: Home, window: Window) -> None:
    brain = Brain(home)
    topic = f"window/{window.id}/control"
    for payload in ('{"position": 50}', '{"position": 150}', "far", '{"position": 50, "decision": "0123456789abcdef"}'):
        brain.paho.put(topic, payload)
    brain.paho.put("window/no-such-window/control", '{"position": 50}')
    until(lambda: len(audited(home, "external.refused")) == 5, "each refusal is audited")
    assert {entry["who"] for entry in audited(home, "external.refused")} == {"brain"}
    window.read(temperature=26.4)
    assert window.control()["decision"] == brain.last()["id"], "the first it hears is the answer to a request"
    brain.paho.put(topic, json.dumps({"position": 5, "decision": brain.last()["id"]}))
    assert window.controlled == 0, "one answer to a request"
    brain.close()


def test_a_person_overrules_the_service(home: Home, window: Window) -> None:
    brain = Brain(home)
    window.read(temperature=26.4)
    window.control()
    home.got("POST", f"/devices/{window.id}/override", {"position": 30})
    order = window.control()
    assert (order["position"], order["model"]) == (30, "override"), "a node without commands gets it as a control"
    window.read(temperature=29.0)
    until(lambda: decisions(home, window)[0]["outcome"] == "held", "what it decides is only written down")
    assert window.controlled == 0
    brain.close()


@pytest.mark.parametrize("home", [EXTERNAL.format(answer_s=0.5)], indirect=True)
def test_when_nobody_answers_the_gateway_decides_itself(home: Home, window: Window) -> None:
    brain = Brain(home)
    brain.position = None
    window.read(temperature=28.4)
    control = window.control()
    assert not control["model"].startswith("external:")
    (shown,) = decisions(home, window)
    assert (shown["id"], shown["detail"]) == (control["decision"], "nobody answered within 0.5 s")
    late = {"position": 5, "decision": control["decision"]}
    brain.paho.put(f"window/{window.id}/control", json.dumps(late))
    until(lambda: audited(home, "external.refused"), "too late is refused")
    assert window.controlled == 0
    brain.close()


@pytest.mark.parametrize("home", [""], indirect=True)
def test_where_the_gateway_decides_a_service_that_tries_to_is_cut_off_and_audited(home: Home, window: Window) -> None:
    brain = Brain(home)
    brain.position = None
    window.read(temperature=28.4)
    assert window.control()["decision"] == brain.last()["id"], "services may read along"
    brain.paho.send(f"window/{window.id}/control", '{"position": 50}')
    until(lambda: audited(home, "mqtt.denied.publish"), "it is audited")
    assert window.controlled == 0
    brain.close()
