"""The closed loop: a simulated room warms, the gateway asks, decides and says why, the window moves, the room cools."""

from __future__ import annotations

import itertools
import json
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from paho.mqtt.client import MQTTMessage

from gateway.bench.site import Device

from .home_site import Home, simulated, until
from .pahoclient import Paho

WINDOW = "workshop-window"
# A gate rather than a window, so that what it does is seen in seconds; no rain gauge, so that no real rain shuts it.
SITE = """
[site]
name = "Workshop"
climate = { mean_c = 14.0, swing_c = 0.0 }
[[zones]]
id = "yard"
name = "Yard"
[[assets]]
kind = "room"
id = "workshop"
name = "Workshop"
zone = "yard"
shape = { use = "storage", volume_m3 = 25.0, occupants = 0, window_m3_s = 1.0 }
[[assets]]
kind = "outdoor"
id = "outdoors"
name = "Outdoors"
zone = "yard"
[[devices]]
id = "workshop-window"
name = "Workshop window"
kind = "window"
asset = "workshop"
metrics = ["temperature", "humidity", "co2", "sound_level", "position"]
interval_s = 2.0
[[devices]]
id = "yard-climate"
name = "Yard climate"
kind = "climate"
asset = "outdoors"
metrics = ["temperature", "humidity"]
[[happenings]]
asset = "workshop"
kind = "warm"
every_min = 1.0
at_min = 0.1
for_min = 0.3
amount = 70000
"""


class Heard(msgspec.Struct, frozen=True):
    """One message, and when it came here."""

    at: float
    kind: str
    """`telemetry`, `request`, `control` or `ack`."""
    device: str
    said: dict[str, Any]


class Witness:
    """A service account that reads everything and writes nothing."""

    def __init__(self, home: Home) -> None:
        made = home.made("--mqtt", "witness", "--scope", "read")
        self.heard: list[Heard] = []
        user, password = made["mqtt_username"], made["mqtt_password"]
        self._paho = Paho(home.port, "witness", user=user, password=password, on_message=self._note)
        for topic in ("ml/inference/request/+", "window/+/control", "devices/+/telemetry", "devices/+/command/ack"):
            self._paho.want(topic, 1)

    def _note(self, message: MQTTMessage) -> None:
        levels = message.topic.split("/")
        kind = {"ml": "request", "window": "control"}.get(levels[0], "ack" if levels[-1] == "ack" else levels[-1])
        device = levels[-1] if kind == "request" else levels[1]
        self.heard.append(Heard(time.monotonic(), kind, device, json.loads(message.payload)))

    def of(self, kind: str, device: str = WINDOW) -> list[Heard]:
        """All of a kind, in order."""
        return [one for one in list(self.heard) if one.kind == kind and one.device == device]

    def first(self, kind: str, fits: Callable[[dict[str, Any]], bool], what: str, patience_s: float = 60) -> Heard:
        """The first of a kind that fits; waits for it."""
        until(lambda: any(fits(one.said) for one in self.of(kind)), what, patience_s)
        return next(one for one in self.of(kind) if fits(one.said))

    def close(self) -> None:
        self._paho.close()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path).open()
    yield home
    home.kill()


@pytest.fixture
def witness(home: Home) -> Iterator[Witness]:
    witness = Witness(home)
    yield witness
    witness.close()


@pytest.fixture
def workshop(home: Home, witness: Witness) -> Iterator[None]:
    """The simulated workshop, alive and in its place."""
    site = home.folder / "site.toml"
    site.write_text(SITE)
    token = home.made("--api", "--scope", "operate")["token"]
    with simulated(home, "--furnish", "--site", str(site), api_token=token):
        until(lambda: home.ask("GET", f"/devices/{WINDOW}")[0] == 200, "the window registered")
        until(lambda: home.got("GET", f"/devices/{WINDOW}")["asset"] == "workshop", "the window is in its room")
        yield


def decided(home: Home, decision: str) -> dict[str, Any]:
    """What the API knows of a decision."""
    until(lambda: home.ask("GET", f"/decisions/{decision}")[0] == 200, f"decision {decision}")
    return dict(home.got("GET", f"/decisions/{decision}"))


def positions(witness: Witness, since: float) -> list[float]:
    return [one.said["position"] for one in witness.of("telemetry") if one.at >= since and "position" in one.said]


@pytest.mark.usefixtures("workshop")
@pytest.mark.timeout(300)
def test_a_warm_room_is_asked_about_decided_moved_and_cooled_and_everything_says_why(
    home: Home, witness: Witness
) -> None:
    opening = witness.first("control", lambda said: said["position"] >= 50, "the window is told to open", 150)
    control = opening.said
    assert set(control) == {"position", "confidence", "decision", "model"}
    assert 0 <= control["confidence"] <= 1

    request = witness.first("request", lambda said: said["id"] == control["decision"], "the request")
    assert 0 <= opening.at - request.at < 1
    before = [one for one in witness.of("telemetry") if one.at <= request.at]
    assert request.at - before[-1].at < 1, "asked within a second of the reading"
    assert request.said["temperature"] == pytest.approx(before[-1].said["temperature"])
    assert request.said["outdoor_temperature"] is not None
    assert request.said["rain"] is None
    assert request.said["simulated"] is True

    decision = decided(home, control["decision"])
    assert (decision["device"], decision["position"]) == (WINDOW, control["position"])
    assert (decision["model"], decision["confidence"]) == (control["model"], control["confidence"])
    assert decision["inputs"]["temperature"] == pytest.approx(request.said["temperature"])
    assert decision["cause"] == request.said["cause"]
    assert "°C" in decision["why"]
    assert decision["why"].endswith(f": {control['position']} %")
    assert {"rain", "wind"} <= {missing["name"] for missing in decision["missing"]}
    assert decision["simulated"] is True

    until(lambda: decided(home, control["decision"])["outcome"] in ("done", "failed"), "the node has answered", 60)
    on_the_way = {round(pct) for pct in positions(witness, opening.at)}
    assert any(5 < pct < 45 for pct in on_the_way), f"it does not jump: {on_the_way}"

    def cooled() -> bool:
        values = [one.said["temperature"] for one in witness.of("telemetry") if one.at >= opening.at]
        return any(peak - value > 1.5 for peak, value in zip(itertools.accumulate(values, max), values, strict=True))

    until(cooled, "the room cools through the open window", 60)
    assert {one.said["decision"] for one in witness.of("control")} <= {one.said["id"] for one in witness.of("request")}
    assert len({one.said["decision"] for one in witness.of("control")}) == len(witness.of("control"))


@pytest.mark.usefixtures("workshop")
@pytest.mark.timeout(300)
def test_a_persons_will_holds_is_learnt_from_and_is_forgotten(home: Home, witness: Witness) -> None:
    path = f"/devices/{WINDOW}"
    until(lambda: home.got("GET", f"{path}/window")["newest"] is not None, "a first decision")
    override = home.got("POST", f"{path}/override", {"position": 30})
    assert (override["holds"], override["source"]) == (True, "api")
    since = time.monotonic()

    until(lambda: 30 in {round(pct) for pct in positions(witness, since)}, "the window is where it was wanted", 60)
    held = witness.first("request", lambda said: decided(home, said["id"])["outcome"] == "held", "a held decision", 150)
    assert not [one for one in witness.of("control") if one.at > since], "nothing moves a window somebody has set"
    assert decided(home, held.said["id"])["position"] is not None

    (lesson,) = home.got("GET", f"{path}/lessons")["lessons"]
    assert lesson["position"] == 30
    assert lesson["learnt"], lesson
    assert [event["reason"] for event in home.got("GET", "/events?kind=window.learnt")["events"]]
    replayed = home.got("POST", f"/decisions/{held.said['id']}/replay")
    assert replayed["identical"], replayed

    shown = home.got("DELETE", f"{path}/override")
    assert shown["hold"] is None
    assert home.got("POST", f"{path}/forget", {})["lessons"] == []
    assert [event["reason"] for event in home.got("GET", "/events?kind=window.forgot")["events"]]


@pytest.mark.usefixtures("workshop")
@pytest.mark.timeout(300)
def test_decisions_outlive_a_kill_and_are_replayed_to_the_same_answer(home: Home, witness: Witness) -> None:
    def known() -> list[dict[str, Any]]:
        return list(home.got("GET", f"/decisions?device={WINDOW}")["decisions"])

    until(lambda: len(known()) >= 3, "three decisions", 150)
    home.kill()
    home.open()
    before = known()[-3:]
    assert len(before) == 3
    for decision in before:
        replayed = home.got("POST", f"/decisions/{decision['id']}/replay")
        assert replayed["identical"], replayed
        assert (replayed["was"], replayed["model"]) == (replayed["now"], decision["model"])


class Bare:
    """A node of the older documents: it says nothing of itself, listens for its control, and says what it measures."""

    def __init__(self, home: Home, device: Device) -> None:
        self.id = device.device_id
        self.controls: list[tuple[float, dict[str, Any]]] = []
        tls = ssl.create_default_context(cadata=device.ca_pem)
        user, password = device.mqtt_username, device.mqtt_password
        self._paho = Paho(home.tls_port, self.id, user=user, password=password, tls=tls, on_message=self._note)
        self._paho.want(f"window/{self.id}/control", 1)
        self._seq = itertools.count(1)

    def _note(self, message: MQTTMessage) -> None:
        self.controls.append((time.monotonic(), json.loads(message.payload)))

    def say(self, **values: float) -> float:
        """When it was said."""
        at = time.monotonic()
        self._paho.put(f"devices/{self.id}/telemetry", json.dumps(values))
        return at

    def close(self) -> None:
        self._paho.close()


def test_a_node_that_declares_nothing_gets_a_control_within_a_second_and_none_without_a_temperature(
    home: Home,
) -> None:
    cold, blind = home.enrol(2)
    node, other = Bare(home, cold), Bare(home, blind)
    try:
        node.say(temperature=20.0, humidity=45.0, sound_volume=38.0)
        until(lambda: home.got("GET", f"/decisions?device={node.id}")["decisions"], "a first decision")
        time.sleep(5.5)  # [window] min_interval_s
        warm_at = node.say(temperature=28.0, humidity=45.0, sound_volume=38.0)
        until(lambda: any(at >= warm_at for at, _ in node.controls), "a control")
        at, control = next(one for one in node.controls if one[0] >= warm_at)
        assert at - warm_at < 1
        assert control["position"] > 30

        other.say(humidity=80.0, sound_volume=38.0)
        until(lambda: home.got("GET", "/events?kind=window.blind")["events"], "an event about what is missing")
        assert "no temperature" in home.log.read_text()
        assert home.got("GET", f"/decisions?device={other.id}")["decisions"] == []
        assert not other.controls
    finally:
        node.close()
        other.close()


def test_a_temperature_that_is_old_or_in_doubt_moves_nothing(home: Home) -> None:
    old, impossible = home.enrol(2)
    late, odd = Bare(home, old), Bare(home, impossible)
    try:
        late.say(timestamp=(time.time() - 20 * 60) * 1000, temperature=29.0, humidity=45.0)
        odd.say(temperature=300.0, humidity=45.0)
        late.say(humidity=60.0)
        odd.say(humidity=60.0)
        until(lambda: len(home.got("GET", "/events?kind=window.blind")["events"]) == 2, "both are told")
        reasons = {event["device"]: event["reason"] for event in home.got("GET", "/events?kind=window.blind")["events"]}
        assert "20 min old" in reasons[late.id]
        assert "out of range" in reasons[odd.id]
        for node in (late, odd):
            assert not node.controls
            assert home.got("GET", f"/decisions?device={node.id}")["decisions"] == []
    finally:
        late.close()
        odd.close()
