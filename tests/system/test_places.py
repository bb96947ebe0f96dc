"""Plants as document 002 has them, and values by the names people use, from outside and through a kill."""

from __future__ import annotations

import json
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.bench.site import Device

from .home_site import Home, Node, simulated, until

FERN = {"name": "Fern", "species": "Boston fern", "thresholds": {"soil_moisture": {"min": 20.0, "max": None}}}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path).open()
    yield home
    home.kill()


class Sensor:
    """A node that says what it is told to measure."""

    def __init__(self, home: Home, device: Device) -> None:
        self.path = f"/devices/{device.device_id}"
        self.id = device.device_id
        self._node = Node(home, device)
        self._seq = 0

    def measure(self, **values: float) -> None:
        """One reading; it is on the gateway's disk afterwards."""
        self._seq += 1
        # By its own clock: after a slow first message uptimes are dated late, and where it stood then would count.
        self._node.say("telemetry", boot="b", seq=self._seq, timestamp=int(time.time() * 1000), **values)

    def close(self) -> None:
        self._node.close()


@pytest.fixture
def sensor(home: Home) -> Iterator[Sensor]:
    sensor = Sensor(home, home.enrol(1)[0])
    yield sensor
    sensor.close()


def breaches(home: Home) -> list[dict[str, Any]]:
    return list(home.got("GET", "/events?kind=plant.breach")["events"])


def moisture(home: Home, path: str) -> list[float]:
    return [reading["value"] for reading in home.got("GET", f"{path}/history?metric=soil_moisture")["readings"]]


def test_plants_are_made_changed_and_removed_and_a_limit_may_be_null(home: Home) -> None:
    made = home.got("POST", "/plants", FERN)
    assert made["status"] == "unassigned"
    changed = home.got("PUT", f"/plants/{made['id']}", {"thresholds": {"humidity": {"min": None, "max": 80}}})
    assert (changed["name"], changed["species"]) == ("Fern", "Boston fern")
    assert changed["thresholds"] == {"humidity": {"min": None, "max": 80}}
    assert [plant["id"] for plant in home.got("GET", "/plants")["plants"]] == [made["id"]]
    assert home.ask("DELETE", f"/plants/{made['id']}")[0] in (200, 204)
    assert home.ask("GET", f"/plants/{made['id']}")[0] == 404


def test_nothing_is_judged_before_a_device_belongs_to_a_plant_and_a_breach_is_said_once(
    home: Home, sensor: Sensor
) -> None:
    sensor.measure(soil_moisture=15.0, temperature=21.0)
    (found,) = home.got("GET", "/devices?unassigned=true")["devices"]
    assert (found["id"], found["asset"]) == (sensor.id, None)
    assert moisture(home, sensor.path) == [15.0]
    assert breaches(home) == []
    assert home.got("POST", f"{sensor.path}/provision", {"new_plant": FERN})["asset"] == "fern"
    assert home.got("GET", "/devices?unassigned=true")["devices"] == []
    sensor.measure(soil_moisture=15.2, temperature=21.0)
    until(lambda: breaches(home), "a breach")
    (event,) = breaches(home)
    assert event["reason"] == "soil_moisture is 15.2, threshold min 20.0"
    assert event["device"] == sensor.id
    home.kill()
    home.open()
    sensor.measure(soil_moisture=15.1)
    plant = home.got("GET", "/plants/fern")
    assert plant["status"] == "alert"
    assert len(breaches(home)) == 1
    assert moisture(home, "/plants/fern") == [15.2, 15.1]


def test_a_plants_history_is_of_what_stood_there_at_its_time(home: Home, sensor: Sensor) -> None:
    home.got("POST", "/plants", FERN)
    home.got("POST", "/plants", {"name": "Basil"})
    for plant, value in (("fern", 50.0), ("basil", 60.0), ("fern", 51.0)):
        home.got("POST", f"{sensor.path}/provision", {"plant_id": plant})
        time.sleep(0.2)  # the node's clock here is not the one that dates the assignment
        sensor.measure(soil_moisture=value)
        time.sleep(0.2)
    assert moisture(home, "/plants/fern") == [50.0, 51.0]
    assert moisture(home, "/plants/basil") == [60.0]
    assert moisture(home, sensor.path) == [50.0, 60.0, 51.0]
    attached = home.got("GET", "/plants/fern/devices")
    assert [device["id"] for device in attached["devices"]] == [sensor.id]


def test_however_it_is_asked_there_is_one_answer(home: Home, sensor: Sensor) -> None:
    home.got("POST", "/zones", {"name": "Zone B"})
    room = {"name": "Bathroom", "kind": "room", "zone": "zone-b", "synonyms": ["bath"]}
    home.got("POST", "/assets", room)
    home.got("POST", f"{sensor.path}/provision", {"asset_id": "bathroom"})
    sensor.measure(temperature=23.4, humidity=61.0)

    def ask(question: str) -> dict[str, Any]:
        return dict(home.got("GET", f"/values?q={urllib.parse.quote(question)}"))

    for question in ("temp zone b", "Zone-B temperature", "What's the temp in Zone B?"):
        said = ask(question)
        assert (said["place"]["id"], said["metric"], said["value"], said["unit"]) == (
            "zone-b",
            "temperature",
            23.4,
            "°C",
        )
        assert said["simulated"] is False
        assert 0 <= said["age_s"] < 600
    for question in ("bathroom humidity", "humidity of the bath"):
        assert (ask(question)["place"]["id"], ask(question)["value"]) == ("bathroom", 61.0)
    (zone,) = home.got("GET", "/zones")["zones"]
    assert zone["values"]["temperature"]["value"] == 23.4
    status, problem = home.ask("GET", "/values?q=temp+attic")
    assert (status, "attic" in json.dumps(problem)) == (404, True)


def test_a_simulated_house_is_furnished_and_says_everywhere_that_it_is_simulated(home: Home) -> None:
    def homeless() -> list[str]:
        return [device["id"] for device in home.got("GET", "/devices")["devices"] if device["asset"] is None]

    token = home.made("--api", "--scope", "operate")["token"]
    with simulated(home, "--furnish", api_token=token):
        until(lambda: len(home.got("GET", "/devices")["devices"]) == 11 and not homeless(), "everything in its place")
        until(lambda: home.ask("GET", "/values?q=temp+lounge")[0] == 200, "a value of the lounge")
        said = home.got("GET", "/values?q=temp+lounge")
        assert (said["place"]["id"], said["simulated"]) == ("living-room", True)
        assert "SIMULATED" in said["text"]
        home.got("PUT", "/plants/fern", {"name": "Nephrolepis"})
        home.got("POST", "/devices/fern/provision", {"plant_id": "basil"})
    with simulated(home, "--furnish", api_token=token):
        log = home.folder / "simulator.log"
        until(lambda: log.read_text().count("furnished") == 2, "furnished again")
        until(lambda: log.read_text().count(" online") == 22, "all nodes are back")
    assert home.got("GET", "/plants/fern")["name"] == "Nephrolepis"
    assert home.got("GET", "/devices/fern")["asset"] == "basil"
    assert len(home.got("GET", "/assets")["assets"]) == 11
    assert all(zone["simulated"] for zone in home.got("GET", "/zones")["zones"] if zone["values"])
