"""A dead node's place is taken by other hardware: what is known stays, and the old credentials are dead at once."""

from __future__ import annotations

import base64
import json
import queue
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from gateway.bench.site import Device

from .home_site import Home, Node, simulated, until

READINGS = 30


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path).open()
    yield home
    home.kill()


def basic(device: Device) -> dict[str, str]:
    words = f"{device.mqtt_username}:{device.mqtt_password}".encode()
    return {"Authorization": "Basic " + base64.b64encode(words).decode(), "Content-Type": "application/json"}


def register(home: Home, mac: str, headers: dict[str, str] | None = None, **more: object) -> tuple[int, Any]:
    body = json.dumps({"mac_address": mac, "firmware_version": "2.0", **more}).encode()
    address = f"{home.url}/api/devices/register"
    request = urllib.request.Request(address, body, headers or {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def is_let_in(home: Home, device: Device) -> bool:
    """Whether the broker takes these credentials."""
    codes: queue.Queue[bool] = queue.Queue()
    client = Client(CallbackAPIVersion.VERSION2, client_id=device.device_id)
    client.username_pw_set(device.mqtt_username, device.mqtt_password)
    client.tls_set_context(ssl.create_default_context(cadata=device.ca_pem))
    client.on_connect = lambda _client, _data, _flags, code, _more: codes.put(not code.is_failure)
    client.connect("127.0.0.1", home.tls_port)
    client.loop_start()
    try:
        return codes.get(timeout=30)
    finally:
        client.disconnect()
        client.loop_stop()


def is_believed(home: Home, device: Device) -> bool:
    """Whether the API takes these credentials."""
    request = urllib.request.Request(f"{home.url}/api/devices/{device.device_id}/shadow", headers=basic(device))
    try:
        with urllib.request.urlopen(request, timeout=30):
            return True
    except urllib.error.HTTPError as error:
        if error.code not in (401, 403):
            raise
        return False


def measure(node: Node, boot: str, first: float) -> None:
    began = time.monotonic()
    for number in range(READINGS):
        uptime_ms = int((time.monotonic() - began) * 1000)
        node.say("telemetry", boot=boot, seq=number, uptime_ms=uptime_ms, soil_moisture=first + number / 100)


@pytest.fixture
def old(home: Home) -> Device:
    """A node of a fern, with a wish and readings of its own, which has died."""
    (device,) = home.enrol(1)
    path = f"/devices/{device.device_id}"
    plant = {"name": "Fern", "thresholds": {"soil_moisture": {"min": 20.0, "max": None}}}
    home.got("POST", f"{path}/provision", {"new_plant": plant})
    home.got("PATCH", f"{path}/shadow", {"desired": {"interval_s": 7}})
    node = Node(home, device)
    node.heard()
    node.say("shadow/reported", version=1, state={"interval_s": 7})
    measure(node, "old", 50.0)
    node.close()
    return device


def values(home: Home, path: str) -> list[float]:
    return [reading["value"] for reading in home.got("GET", f"{path}/history?metric=soil_moisture")["readings"]]


def check_carried_over(home: Home, old: Device, heir: Device) -> None:
    """What the new hardware finds when it comes as the old device."""
    path = f"/devices/{old.device_id}"
    assert heir.device_id == old.device_id
    assert not is_let_in(home, old)
    assert not is_believed(home, old)
    node = Node(home, heir)
    try:
        assert node.heard() == ("shadow/desired", {"version": 1, "state": {"interval_s": 7}})
        assert home.got("GET", f"{path}/shadow")["sync"] == "pending"
        node.say("shadow/reported", version=1, state={"interval_s": 7})
        until(lambda: home.got("GET", f"{path}/shadow")["sync"] == "in_sync", "in sync")
        measure(node, "new", 80.0)
    finally:
        node.close()
    plant = home.got("GET", path)["asset"]
    assert plant == "fern"
    assert len([value for value in values(home, path) if value < 60]) == READINGS
    assert len([value for value in values(home, path) if value >= 80]) == READINGS
    history = home.got("GET", f"{path}/history?metric=soil_moisture")
    assert len(history["breaks"]) == 1
    assert all(not reading.get("quality") for reading in history["readings"])
    assert len(values(home, f"/plants/{plant}")) == len(values(home, path))


def test_a_registered_node_takes_the_place_and_proves_with_its_old_credentials_who_it_is(
    home: Home, old: Device
) -> None:
    (newcomer,) = home.enrol(1, first=50)
    node = Node(home, newcomer)
    node.say("telemetry", boot="b", seq=1, uptime_ms=1000, soil_moisture=70.0)
    node.close()
    home.got("POST", f"/devices/{old.device_id}/swap", {"replacement": newcomer.device_id})
    assert home.ask("GET", f"/devices/{newcomer.device_id}")[0] == 404
    assert not is_let_in(home, newcomer)
    assert not is_let_in(home, old)
    status, given = register(home, "02:be:00:00:00:32", basic(newcomer))
    assert status == 201, given
    check_carried_over(home, old, msgspec.convert(given, Device))
    assert 70.0 in values(home, f"/devices/{old.device_id}")
    status, problem = register(home, "02:be:00:00:00:32", basic(newcomer))
    assert status in (401, 403), problem


def test_without_a_replacement_whoever_has_the_token_becomes_the_device(home: Home, old: Device) -> None:
    swapped = home.got("POST", f"/devices/{old.device_id}/swap", {})
    assert not is_let_in(home, old)
    status, given = register(home, "02:be:00:00:00:77", token=swapped["token"])
    assert status == 201, given
    check_carried_over(home, old, msgspec.convert(given, Device))
    assert register(home, "02:be:00:00:00:78", token=swapped["token"])[0] == 403


def test_one_that_waits_for_approval_becomes_the_device_with_its_claim(home: Home, old: Device) -> None:
    home.got("POST", "/pairing", {"minutes": 5})
    status, claim = register(home, "02:be:00:00:00:79")
    assert status == 202, claim
    (waiting,) = home.got("GET", "/devices?status=provisioning")["devices"]
    home.got("POST", f"/devices/{old.device_id}/swap", {"replacement": waiting["id"]})
    given = home.got("GET", f"/devices/register/{claim['claim']}")
    check_carried_over(home, old, msgspec.convert(given, Device))


def test_a_swap_outlives_a_kill(home: Home, old: Device) -> None:
    (newcomer,) = home.enrol(1, first=50)
    given = home.got("POST", f"/devices/{old.device_id}/commands", {"verb": "identify"})
    home.got("POST", f"/devices/{old.device_id}/swap", {"replacement": newcomer.device_id})
    home.kill()
    home.open()
    told = home.got("GET", f"/devices/{old.device_id}/commands/{given['id']}")
    assert (told["status"], told["detail"]) == ("failed", "the node was replaced before it answered")
    status, credentials = register(home, "02:be:00:00:00:32", basic(newcomer))
    assert status == 201, credentials
    check_carried_over(home, old, msgspec.convert(credentials, Device))


def test_a_simulated_node_comes_back_as_the_one_whose_place_it_was_given(home: Home) -> None:
    window, other = "/devices/living-room-window", "/devices/bedroom-window"

    def hardware() -> str:
        return str(home.got("GET", window)["mac_address"])

    with simulated(home, "--nodes", "2"):
        until(lambda: all(home.ask("GET", path)[0] == 200 for path in (window, other)), "both registered")
        until(lambda: {home.got("GET", path)["status"] for path in (window, other)} == {"online"}, "both online")
        newcomer = home.got("GET", other)["mac_address"]
        assert hardware() != newcomer
        home.got("PATCH", f"{window}/shadow", {"desired": {"interval_s": 3}})
        home.got("POST", f"{window}/swap", {"replacement": "bedroom-window"})
        until(lambda: home.got("GET", window)["status"] == "online", "online again")
        until(lambda: home.got("GET", f"{window}/shadow")["sync"] == "in_sync", "in sync")
        assert hardware() == newcomer
        assert home.got("GET", window)["name"] == "Living room window"
        assert home.ask("GET", other)[0] == 404
        moved = home.got("POST", f"{window}/commands", {"verb": "set_position", "args": {"position": 3}})
        until(lambda: home.got("GET", f"{window}/commands/{moved['id']}")["status"] == "done", "moved")
