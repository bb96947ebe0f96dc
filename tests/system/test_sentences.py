"""Plain sentences from where they are said to the node that does it: a gateway of its own, paho nodes, no internet."""

from __future__ import annotations

import json
import queue
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.bench.processes import gateway_command

from .home_site import Home, Node, until

BATHROOM_RULE = "If humidity in the bathroom is above 70 % for 10 minutes, run the fan for 20 minutes, but not at night"
ROOMS = (
    {"id": "bathroom", "name": "Bathroom", "traits": {"kind": "room", "use": "washing"}},
    {"id": "bedroom", "name": "Bedroom", "traits": {"kind": "room", "use": "sleeping"}},
)
FAN = {
    "id": "bathroom-fan",
    "name": "Bathroom fan",
    "traits": {"kind": "fan"},
    "relations": [{"kind": "serves", "asset": "bathroom"}],
}
HEATER = {"id": "boiler", "name": "Boiler", "traits": {"kind": "water_heater"}}
STANDS = (
    ("climate", "bathroom", "Bathroom climate"),
    ("fan", "bathroom-fan", "Bathroom fan"),
    ("window", "bedroom", "Bedroom window"),
    ("heater", "boiler", "Boiler"),
)
"""Devices: their kind, where, their name."""
NOT_MEANT = (
    "don't turn on the bathroom fan",
    "should I open the bedroom window?",
    "turn of the bathroom fan",
    "set the boiler to 140",
    "Anna said turn on the bathroom fan",
    "what if I opened the bedroom window",
    "I turned on the bathroom fan",
    "open and close the bedroom window",
    "turn on the bathroom fan, not the boiler",
    "open the bedroom window in",
    "maybe turn on the bathroom fan",
    "ffffan on!!! §§ 9999999999",
)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path).open()
    yield home
    home.kill()


class House:
    """A bathroom whose air is measured, with a fan; a bedroom with a window; a boiler."""

    def __init__(self, home: Home) -> None:
        self.home = home
        for place in (*ROOMS, FAN, HEATER):
            home.got("POST", "/assets", place)
        enrolled = []
        for number, (kind, asset, name) in enumerate(STANDS):
            (device,) = home.enrol(1, number, kind)
            home.got("PATCH", f"/devices/{device.device_id}", {"name": name})
            home.got("POST", f"/devices/{device.device_id}/provision", {"asset_id": asset})
            enrolled.append(device)
        self.nodes = [Node(home, device) for device in enrolled]
        self.climate, self.fan, self.window, self.boiler = self.nodes
        self.climate.say("telemetry", timestamp=time.time() * 1000, humidity=61.5, temperature=21.5)
        self.window.say("telemetry", timestamp=time.time() * 1000, temperature=20.0, humidity=48.0, position=10)

    def say(self, text: str, **more: str) -> dict[str, Any]:
        """A sentence over the API, and the answer."""
        return dict(self.home.got("POST", "/chat", {"text": text, **more}))

    def yes(self, reply: dict[str, Any]) -> dict[str, Any]:
        """The button that lets a proposal happen."""
        return self.say("yes", choice=f"yes:{reply['proposal']['id']}")

    def measure(self, humidity: float) -> None:
        """The bathroom's air, now."""
        self.climate.say("telemetry", timestamp=time.time() * 1000, humidity=humidity, temperature=22.0)

    def close(self) -> None:
        """All gone."""
        for node in self.nodes:
            node.close()


@pytest.fixture
def house(home: Home) -> Iterator[House]:
    house = House(home)
    yield house
    house.close()


def hears_nothing(node: Node) -> None:
    """For as long as anything could take."""
    with pytest.raises(queue.Empty):
        pytest.fail(f"it was told {node.heard()}")


def said(home: Home, sentence: str, *words: str) -> subprocess.CompletedProcess[str]:
    """`gateway say`, as somebody types it."""
    command = gateway_command("say", sentence, *words, "--data", str(home.data))
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=90, stdin=subprocess.DEVNULL)


@pytest.mark.timeout(180)
def test_a_question_is_answered_with_unit_and_place_over_the_api_and_on_the_command_line(
    home: Home, house: House
) -> None:
    reply = house.say("what's the temp in the bathroom?")
    assert reply["kind"] == "query"
    assert "21.5" in reply["reply"]
    assert "°C" in reply["reply"]
    assert "athroom" in reply["reply"]
    assert (reply["intent"]["place"], reply["intent"]["parameter"]) == ("bathroom", "temperature")
    answered = said(home, "what's the temp in the bathroom?")
    assert answered.returncode == 0, answered.stderr
    assert "21.5" in answered.stdout


@pytest.mark.timeout(180)
def test_an_order_reaches_its_node_once_although_it_is_sent_twice(home: Home, house: House) -> None:
    reply = house.say("open the bedroom window to 40 percent", id="say-abc123")
    assert (reply["kind"], reply["intent"]["action"]) == ("command", "set_position")
    assert (reply["intent"]["device"], reply["intent"]["value"]) == (house.window.id, 40)
    order = house.window.order()
    assert (order["verb"], order["args"]) == ("set_position", {"position": 40})
    assert "at 40" not in reply["reply"], "it has not moved yet"
    house.window.answer(order, "accepted", "done")
    again = house.say("open the bedroom window to 40 percent", id="say-abc123")
    assert again["acted"][0]["command"] == reply["acted"][0]["command"]
    hears_nothing(house.window)


@pytest.mark.timeout(180)
def test_the_command_line_gives_an_order_and_says_what_became_of_it(home: Home, house: House) -> None:
    command = gateway_command("say", "close the bedroom window", "--data", str(home.data))
    running = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    order = house.window.order()
    assert (order["verb"], order["args"]) == ("set_position", {"position": 0})
    house.window.answer(order, "accepted", "done")
    output, _ = running.communicate(timeout=60)
    assert running.returncode == 0, output
    assert "edroom window" in output


@pytest.mark.timeout(180)
def test_what_was_not_meant_moves_nothing(house: House) -> None:
    for sentence in NOT_MEANT:
        reply = house.say(sentence)
        assert reply["kind"] not in ("command", "rule"), (sentence, reply)
        assert reply["reply"], sentence
        assert reply.get("acted") in (None, []), sentence
    assert house.home.got("GET", "/rules")["rules"] == []
    for node in house.nodes:
        assert house.home.got("GET", f"/devices/{node.id}/commands")["commands"] == []


@pytest.mark.timeout(180)
def test_the_bathroom_sentence_is_read_back_as_a_rule_with_its_history_and_waits_for_a_yes(
    home: Home, house: House
) -> None:
    reply = house.say(BATHROOM_RULE)
    assert reply["kind"] == "rule", reply
    intent = reply["intent"]
    assert (intent["action"], intent["device"], intent["place"]) == ("turn_on", house.fan.id, "bathroom")
    assert intent["condition"] == {
        "parameter": "humidity",
        "operator": ">",
        "value": 70,
        "for_s": 600,
        "place": "bathroom",
    } or intent["condition"] == {"parameter": "humidity", "operator": ">", "value": 70, "for_s": 600}
    assert intent["schedule"]["for_s"] == 1200
    assert intent["schedule"]["not"] == ["22:00", "06:00"]
    rule = intent["rule"]
    assert (rule["when"]["metric"], rule["when"]["operator"], rule["when"]["value"]) == ("humidity", ">", 70)
    assert rule["for_s"] == 600
    assert rule["if"] == {"kind": "not", "of": {"kind": "time", "from": "22:00", "to": "06:00"}}
    assert (rule["then"][0]["verb"], rule["then"][0]["for_s"]) == ("turn_on", 1200)
    assert "70" in reply["rule"]["text"]
    assert reply["rule"]["backtest"] is not None
    assert reply["proposal"]["id"]
    assert home.got("GET", "/rules")["rules"] == []
    declined = house.say("no")
    assert declined["kind"] in ("command", "none")
    assert home.got("GET", "/rules")["rules"] == []


@pytest.mark.timeout(180)
def test_a_rule_that_was_confirmed_runs_its_fan_and_stops_it_in_time(home: Home, house: House) -> None:
    house.measure(62)
    reply = house.say("if humidity in the bathroom is above 70 % for 1 second, run the fan for 3 seconds")
    assert reply["kind"] == "rule", reply
    assert house.yes(reply)["kind"] in ("command", "rule")
    (rule,) = home.got("GET", "/rules")["rules"]
    assert rule["mode"] == "live"
    house.measure(78)
    order = house.fan.order()
    assert order["verb"] == "turn_on"
    house.fan.answer(order, "accepted", "done")
    off = house.fan.order()
    assert off["verb"] == "turn_off"
    house.fan.answer(off, "accepted", "done")
    assert house.yes(reply)["kind"] not in ("rule",), "a proposal counts once"
    assert len(home.got("GET", "/rules")["rules"]) == 1


@pytest.mark.timeout(180)
def test_an_order_for_a_while_is_taken_back_in_time(house: House) -> None:
    reply = house.say("turn on the bathroom fan for 3 seconds")
    assert reply["kind"] == "command", reply
    order = house.fan.order()
    assert order["verb"] == "turn_on"
    house.fan.answer(order, "accepted", "done")
    off = house.fan.order()
    assert off["verb"] == "turn_off"


@pytest.mark.timeout(180)
def test_what_was_said_last_is_taken_back(house: House) -> None:
    house.say("turn on the bathroom fan")
    order = house.fan.order()
    house.fan.answer(order, "accepted", "done")
    until(
        lambda: house.home.got("GET", f"/devices/{house.fan.id}/commands")["commands"][0]["status"] == "done",
        "it is done",
    )
    reply = house.say("cancel that")
    if reply.get("proposal"):
        house.yes(reply)
    back = house.fan.order()
    assert back["verb"] == "turn_off"


@pytest.mark.timeout(180)
def test_somebody_who_may_only_read_is_answered_and_moves_nothing(
    home: Home, house: House, request: pytest.FixtureRequest
) -> None:
    reader = home.program("read")
    request.addfinalizer(reader.close)
    status, body = reader.ask("POST", "/chat", {"text": "what is the humidity in the bathroom"})
    assert (status, "61.5" in json.loads(body)["reply"]) == (200, True), body
    status, body = reader.ask("POST", "/chat", {"text": "turn on the bathroom fan"})
    assert status == 200
    assert json.loads(body).get("acted") in (None, [])
    assert home.got("GET", f"/devices/{house.fan.id}/commands")["commands"] == []


@pytest.mark.timeout(180)
def test_talks_do_not_hear_each_other(house: House) -> None:
    reply = house.say("if humidity in the bathroom is above 70 %, turn on the fan", talk="kitchen")
    assert reply["kind"] == "rule", reply
    house.say("yes", talk="garden")
    assert house.home.got("GET", "/rules")["rules"] == []
    house.say("yes", talk="kitchen")
    assert len(house.home.got("GET", "/rules")["rules"]) == 1
