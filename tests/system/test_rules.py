"""A rule from its first draft to a fan that runs: over the API of a gateway of its own, with nodes on real MQTT."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.bench.processes import gateway_command
from gateway.bench.site import Device

from .home_site import Home, Node, until

DAMP_PCT, DRY_PCT = 74.0, 62.0
"""One step apart that a real room can make; the dry one is below 70 - hysteresis."""
ABOVE = {"kind": "value", "asset": "bathroom", "metric": "humidity", "operator": ">", "value": 70}
RULE: dict[str, Any] = {
    "name": "Bathroom fan",
    "when": ABOVE,
    "for_s": 1,
    "hysteresis": 5,
    "then": [{"kind": "command", "asset": "bathroom-fan", "verb": "turn_on", "for_s": 3}],
    "catch_up": "late",
}
ROOM = {"id": "bathroom", "name": "Bathroom", "traits": {"kind": "room", "use": "washing"}}
FAN = {"id": "bathroom-fan", "name": "Bathroom fan", "traits": {"kind": "fan"}}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path).open()
    yield home
    home.kill()


class Bathroom:
    """A room whose air is measured, and a fan in it."""

    def __init__(self, home: Home) -> None:
        self.home = home
        (self._climate,) = home.enrol(1, 0, "climate")
        (self.fan,) = home.enrol(1, 1, "fan")
        for place, device in ((ROOM, self._climate), (FAN, self.fan)):
            home.got("POST", "/assets", place)
            home.got("POST", f"/devices/{device.device_id}/provision", {"asset_id": place["id"]})
        self.sensor = Node(home, self._climate)

    def again(self) -> None:
        """The gateway was away: the sensor comes back."""
        self.sensor.close()
        self.sensor = Node(self.home, self._climate)

    def measure(self, humidity: float, ago_s: float = 0.0) -> None:
        """It is on the gateway's disk afterwards."""
        self.sensor.say("telemetry", timestamp=(time.time() - ago_s) * 1000, humidity=humidity, temperature=22.0)

    def seen_by(self, rule: dict[str, Any]) -> dict[str, Any]:
        """A rule that looks at the sensor itself: also at what it measured before it stood anywhere."""
        return {**rule, "when": {**ABOVE, "asset": "", "device": self.sensor.id}}


@pytest.fixture
def bathroom(home: Home) -> Iterator[Bathroom]:
    bathroom = Bathroom(home)
    yield bathroom
    bathroom.sensor.close()


@contextlib.contextmanager
def online(home: Home, device: Device) -> Iterator[Node]:
    node = Node(home, device)
    try:
        yield node
    finally:
        node.close()


def hears_nothing(node: Node) -> None:
    """For as long as anything could take."""
    with pytest.raises(queue.Empty):
        pytest.fail(f"it was told {node.heard()}")


def firings(home: Home, rule: str = "bathroom-fan") -> list[dict[str, Any]]:
    """Newest first."""
    return list(home.got("GET", f"/rules/{rule}/firings")["firings"])


def timers(home: Home) -> list[dict[str, Any]]:
    """Those that would do something."""
    armed = home.got("GET", "/timers")["timers"]
    return [timer for timer in armed if timer["state"] == "armed" and not timer["shadow"]]


def enable(home: Home, mode: str, rule: str = "bathroom-fan") -> None:
    assert home.got("POST", f"/rules/{rule}/enable", {"mode": mode})["mode"] == mode


def reasons(home: Home, kind: str) -> list[str]:
    return [event["reason"] for event in home.got("GET", f"/events?kind={kind}")["events"]]


def rules_command(home: Home, *words: str) -> dict[str, Any]:
    """What `gateway rules … --json` prints."""
    command = gateway_command("rules", *words, "--json", "--data", str(home.data))
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.timeout(180)
def test_a_rule_runs_in_shadow_then_live_and_its_fan_stops_in_time_through_a_power_cut(
    home: Home, bathroom: Bathroom
) -> None:
    bathroom.measure(DRY_PCT)
    made = home.got("POST", "/rules", RULE)
    assert (made["id"], made["mode"], made["version"]) == ("bathroom-fan", "off", 1)
    assert "70" in made["text"]
    enable(home, "shadow")
    with online(home, bathroom.fan) as fan:
        bathroom.measure(DAMP_PCT)
        until(lambda: firings(home), "a firing in shadow")
        (would,) = firings(home)
        assert (would["mode"], would["outcome"]) == ("shadow", "would")
        bathroom.measure(DRY_PCT)
        enable(home, "live")
        bathroom.measure(DAMP_PCT)
        order = fan.order()  # in shadow nothing was said to it, else this would be that
        assert (order["verb"], order["id"][:2]) == ("turn_on", "r-")
        fan.answer(order, "accepted", "done")
        (timer,) = timers(home)
    home.kill()
    time.sleep(max(0.0, timer["due_ms"] / 1000 - time.time()))
    home.open()
    up_at = time.monotonic()
    with online(home, bathroom.fan) as fan:
        off = fan.order()
        assert time.monotonic() - up_at < 5
        assert (off["verb"], off["id"]) == ("turn_off", f"t-{timer['id']}-0")
        fan.answer(off, "accepted", "done")
        until(lambda: not timers(home), "no timer runs")
    (fired,) = [one for one in firings(home) if one["mode"] == "live"]
    assert fired["outcome"] == "done"
    assert "74" in fired["why"]
    (act,) = fired["acts"]
    assert act["command"] == order["id"]


@pytest.mark.timeout(180)
def test_what_was_due_while_it_was_off_is_done_late_left_out_or_replaced_as_the_rule_says(home: Home) -> None:
    (sensor_device,) = home.enrol(1, 0, "climate")
    fans = dict(zip(("late", "skip", "safe"), home.enrol(3, 1, "fan"), strict=True))
    with contextlib.ExitStack() as stack:
        sensor = stack.enter_context(online(home, sensor_device))
        sensor.say("telemetry", timestamp=time.time() * 1000, humidity=DRY_PCT)
        nodes = [stack.enter_context(online(home, device)) for device in fans.values()]
        for policy, node in zip(fans, nodes, strict=True):
            rule = {
                "name": f"Fan {policy}",
                "when": {**ABOVE, "asset": "", "device": sensor.id},
                "then": [{"kind": "command", "device": node.id, "verb": "turn_on", "for_s": 4}],
                "safe": [{"kind": "command", "device": node.id, "verb": "set_speed", "args": {"speed": 10}}],
                "catch_up": policy,
            }
            enable(home, "live", home.got("POST", "/rules", rule)["id"])
        sensor.say("telemetry", timestamp=time.time() * 1000, humidity=DAMP_PCT)
        for node in nodes:
            order = node.order()
            assert order["verb"] == "turn_on"
            node.answer(order, "accepted", "done")
        armed = timers(home)
    home.kill()
    assert len(armed) == 3
    due_s = max(timer["due_ms"] for timer in armed) / 1000
    time.sleep(max(0.0, due_s + 6 - time.time()))  # more than 5 s late is missed
    home.open()
    with online(home, fans["late"]) as late, online(home, fans["safe"]) as safe, online(home, fans["skip"]) as skip:
        ended = late.order()
        assert ended["verb"] == "turn_off"
        late.answer(ended, "accepted", "done")
        instead = safe.order()
        safe.answer(instead, "accepted", "done")
        assert (instead["verb"], instead["args"]) == ("set_speed", {"speed": 10})
        until(lambda: not timers(home), "all three have ended")
        assert reasons(home, "timer.missed")
        hears_nothing(skip)
        hears_nothing(safe)


@pytest.mark.timeout(180)
def test_a_draft_with_mistakes_is_refused_with_each_path_and_its_reason(home: Home, bathroom: Bathroom) -> None:
    bathroom.measure(DRY_PCT)
    night = {"kind": "time", "from": "22:00", "to": "22:00"}
    draft = {**RULE, "when": {**ABOVE, "metric": "soil_moisture"}, "if": {"kind": "not", "of": night}}
    checked = home.got("POST", "/rules/check", draft)
    paths = [problem["path"] for problem in checked["problems"]]
    assert "when.metric" in paths
    assert any(path.startswith("if.of") for path in paths)
    assert all(problem["reason"] for problem in checked["problems"])
    status, refused = home.ask("POST", "/rules", draft)
    assert (status, refused["problems"]) == (409, checked["problems"])
    status, refused = home.ask("POST", "/rules", {**RULE, "when": {**ABOVE, "metrik": "humidity"}})
    assert status == 422
    assert "metrik" in refused["detail"]
    assert home.got("GET", "/rules")["rules"] == []


@pytest.mark.timeout(180)
def test_a_rule_is_rehearsed_on_what_was_measured(home: Home, bathroom: Bathroom) -> None:
    course = ((7200, DRY_PCT), (7100, DAMP_PCT), (7000, DAMP_PCT), (6900, DRY_PCT), (3600, DAMP_PCT), (3500, DAMP_PCT))
    for ago_s, humidity in (*course, (0, DRY_PCT)):
        bathroom.measure(humidity, ago_s)
    rehearsed = home.got("POST", "/rules/backtest", {"rule": {**bathroom.seen_by(RULE), "for_s": 60}})
    first, second = (one["time_ms"] for one in rehearsed["firings"] if one["part"] == "then")
    assert abs(second - first - 3_500_000) < 1000
    assert abs(time.time() * 1000 - 3_540_000 - second) < 60_000
    assert home.got("GET", "/rules")["rules"] == []


@pytest.mark.timeout(180)
def test_a_rule_that_does_not_fire_says_what_holds_it_back_and_its_value(home: Home, bathroom: Bathroom) -> None:
    bathroom.measure(DRY_PCT)
    cold = {"kind": "compare", "asset": "bathroom", "metric": "temperature", "operator": "<", "value": 5}
    home.got("POST", "/rules", {**RULE, "if": cold})
    enable(home, "shadow")
    bathroom.measure(DAMP_PCT)
    until(lambda: home.got("GET", "/rules/bathroom-fan")["state"] == "held back", "it is held back")
    why = json.dumps(home.got("GET", "/rules/bathroom-fan/why"), ensure_ascii=False)
    assert "22" in why, why
    assert firings(home) == []


@pytest.mark.timeout(180)
def test_what_two_hours_brought_is_replayed_to_the_same_firings(home: Home, bathroom: Bathroom) -> None:
    bathroom.measure(DRY_PCT, ago_s=7260)
    home.got(
        "POST", "/rules", {**bathroom.seen_by(RULE), "for_s": 20, "then": [{"kind": "notify", "text": "damp: {value}"}]}
    )
    enable(home, "shadow")
    for minute in range(119, 0, -1):
        bathroom.measure(DAMP_PCT if minute % 20 < 8 else DRY_PCT, ago_s=60.0 * minute)
    until(lambda: len(firings(home)) == 6, "six firings")
    said = rules_command(home, "replay")
    assert (said["live"], said["replayed"], said["same"]) == (6, 6, True), said
    home.kill()
    home.open()
    bathroom.again()
    bathroom.measure(DRY_PCT, ago_s=45)
    bathroom.measure(DAMP_PCT, ago_s=30)
    bathroom.measure(DAMP_PCT)
    until(lambda: len(firings(home)) == 7, "one more after the power cut")
    said = rules_command(home, "replay")
    assert (said["live"], said["replayed"], said["same"]) == (7, 7, True), said


@pytest.mark.timeout(180)
def test_a_person_goes_before_a_rule_and_the_firing_says_who(home: Home, bathroom: Bathroom) -> None:
    bathroom.measure(DRY_PCT)
    home.got("POST", "/rules", RULE)
    enable(home, "live")
    with online(home, bathroom.fan) as fan:
        home.got("POST", f"/devices/{fan.id}/commands", {"verb": "turn_off"})
        order = fan.order()
        assert order["verb"] == "turn_off"
        fan.answer(order, "accepted", "done")
        bathroom.measure(DAMP_PCT)
        until(lambda: firings(home) and firings(home)[0]["outcome"] != "pending", "it fires")
        (fired,) = firings(home)
        assert fired["outcome"] == "held"
        assert fired["acts"][0]["over"]
        hears_nothing(fan)
        assert timers(home) == []
