"""A command from the API's answer to its end, a shadow from a wish to what holds: through restarts of either side."""

from __future__ import annotations

import contextlib
import itertools
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.bench.site import Device

from .home_site import Home, Node, simulated, until


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path).open()
    yield home
    home.kill()


@pytest.fixture
def device(home: Home) -> Device:
    (device,) = home.enrol(1)
    return device


@contextlib.contextmanager
def online(home: Home, device: Device) -> Iterator[Node]:
    node = Node(home, device)
    try:
        yield node
    finally:
        node.close()


def give(home: Home, device: Device, **order: object) -> dict[str, Any]:
    """What the API says to a command: 202."""
    status, said = home.ask("POST", f"/devices/{device.device_id}/commands", {"verb": "identify", **order})
    assert status == 202, said
    return dict(said)


def look(home: Home, command: dict[str, Any]) -> dict[str, Any]:
    return dict(home.got("GET", f"/devices/{command['device']}/commands/{command['id']}"))


def ended(home: Home, command: dict[str, Any], status: str) -> dict[str, Any]:
    until(lambda: look(home, command)["status"] == status, f"{command['id']} {status}")
    return look(home, command)


def restart(home: Home) -> None:
    home.kill()
    home.open()


def reasons(home: Home, kind: str) -> list[str]:
    return [event["reason"] for event in home.got("GET", f"/events?kind={kind}")["events"]]


def test_a_command_arrives_and_its_whole_life_is_visible(home: Home, device: Device) -> None:
    with online(home, device) as node:
        given = give(home, device, verb="set_position", args={"position": 40}, expires_s=120)
        assert given["status"] in ("queued", "sent")
        order = node.order()
        assert (order["id"], order["verb"], order["args"]) == (given["id"], "set_position", {"position": 40})
        assert order["expires_ms"] == given["expires_ms"]
        assert 0 < order["ttl_ms"] <= 120_000
        node.answer(order, "accepted", "done")
        told = ended(home, given, "done")
    assert [step["status"] for step in told["history"]] == ["queued", "sent", "accepted", "done"]
    times = [step["time_ms"] for step in told["history"]]
    assert times == sorted(times)
    assert told["who"].startswith("api-")
    assert told["correlation"] == given["correlation"] != ""
    trace = home.got("GET", f"/trace/{given['correlation']}")
    assert {step["what"] for step in trace["steps"]} >= {"command", "audit"}


def test_a_command_outlives_a_kill_and_is_given_once(home: Home, device: Device) -> None:
    given = give(home, device)
    assert given["status"] == "queued"
    restart(home)
    with online(home, device) as node:
        order = node.order()
        assert order["id"] == given["id"]
        node.answer(order, "accepted", "done")
        ended(home, given, "done")
    with online(home, device) as node:
        fence = give(home, device)
        assert node.order()["id"] == fence["id"]


def test_a_command_whose_time_ran_out_is_never_given_afterwards(home: Home, device: Device) -> None:
    given = give(home, device, expires_s=0.5)
    ended(home, given, "expired")
    assert reasons(home, "command.expired") == ["identify was never taken on: the node was not there"]
    restart(home)
    with online(home, device) as node:
        fence = give(home, device)
        assert node.order()["id"] == fence["id"]


def test_what_ran_out_while_the_gateway_was_off_says_so(home: Home, device: Device) -> None:
    given = give(home, device, expires_s=0.5)
    home.kill()
    home.open()
    ended(home, given, "expired")
    assert len(reasons(home, "command.expired")) == 1


def test_a_node_that_was_gone_before_it_answered_is_given_it_again(home: Home, device: Device) -> None:
    with online(home, device) as node:
        given = give(home, device)
        first = node.order()
        node.answer(first, "accepted")
    with online(home, device) as node:
        again = node.order()
        assert again["id"] == first["id"] == given["id"]
        node.answer(again, "failed", detail="interrupted by a restart")
        told = ended(home, given, "failed")
    assert told["detail"] == "interrupted by a restart"
    assert reasons(home, "command.failed") == ["identify: interrupted by a restart"]


def test_what_a_node_says_after_the_time_ran_out_is_the_truth(home: Home, device: Device) -> None:
    with online(home, device) as node:
        given = give(home, device, expires_s=1.0)
        order = node.order()
        ended(home, given, "expired")
        node.answer(order, "done")
        told = ended(home, given, "done")
    assert told["history"][-1]["late"]
    assert len(reasons(home, "command.late")) == 1


def test_an_order_that_a_program_publishes_has_the_same_life(home: Home, device: Device) -> None:
    program = home.account("helm", "operate")
    try:
        program.put(f"devices/{device.device_id}/command", '{"id":"p-1","verb":"identify"}')
    finally:
        program.close()
    restart(home)
    with online(home, device) as node:
        order = node.order()
        assert order["id"] == "p-1"
        node.answer(order, "accepted", "done")
        told = ended(home, {"id": "p-1", "device": device.device_id}, "done")
    assert told["who"] == "helm"


def test_the_same_id_is_the_same_command_and_nothing_else(home: Home, device: Device) -> None:
    first, again = give(home, device, id="mine"), give(home, device, id="mine")
    assert (first["id"], first["created_ms"]) == (again["id"], again["created_ms"])
    path = f"/devices/{device.device_id}/commands"
    assert home.ask("POST", path, {"verb": "restart", "id": "mine"})[0] == 409
    assert len(home.got("GET", path)["commands"]) == 1


def test_a_command_that_waits_can_be_taken_back(home: Home, device: Device) -> None:
    given = give(home, device)
    told = home.got("DELETE", f"/devices/{device.device_id}/commands/{given['id']}")
    assert told["status"] == "failed"
    with online(home, device) as node:
        fence = give(home, device)
        assert node.order()["id"] == fence["id"]


def test_a_wish_outlives_a_kill_and_converges(home: Home, device: Device) -> None:
    path = f"/devices/{device.device_id}/shadow"
    home.got("PATCH", path, {"desired": {"interval_s": 30, "limits": {"position": {"max": 80}}}})
    wanted = home.got("PATCH", path, {"desired": {"interval_s": 2}})
    assert wanted["sync"] == "pending"
    restart(home)
    state = {"interval_s": 2, "limits": {"position": {"max": 80}}}
    with online(home, device) as node:
        assert node.heard() == ("shadow/desired", {"version": wanted["desired"]["version"], "state": state})
        node.say("shadow/reported", version=wanted["desired"]["version"], state={**state, "audio": False})
        until(lambda: home.got("GET", path)["sync"] == "in_sync", "in sync")
    restart(home)
    assert home.got("GET", path)["sync"] == "in_sync"
    assert len(reasons(home, "shadow.applied")) == 1


def test_a_wish_is_refused_with_an_old_version_or_against_what_the_device_declared(home: Home, device: Device) -> None:
    path = f"/devices/{device.device_id}/shadow"
    known = home.got("PATCH", path, {"desired": {"interval_s": 5}})["desired"]["version"]
    home.got("PATCH", path, {"desired": {"interval_s": 6}, "version": known})
    assert home.ask("PATCH", path, {"desired": {"interval_s": 7}, "version": known})[0] == 409
    with simulated(home, "--nodes", "1"):
        until(lambda: home.ask("GET", "/devices/living-room-window")[0] == 200, "the window registered")
        status, problem = home.ask("PATCH", "/devices/living-room-window/shadow", {"desired": {"interval_s": 0}})
    assert status == 409
    assert "interval_s" in problem["detail"]


def test_interval_and_limits_of_a_simulated_window_are_set_through_its_shadow(home: Home) -> None:
    window = "/devices/living-room-window"
    with simulated(home, "--nodes", "1", "--interval", "1000"):
        until(lambda: home.ask("GET", window)[0] == 200, "the window registered")
    wish = {"desired": {"interval_s": 1, "limits": {"position": {"max": 80}}}}
    home.got("PATCH", f"{window}/shadow", wish)
    restart(home)
    with simulated(home, "--nodes", "1", "--interval", "1000"):
        until(lambda: home.got("GET", f"{window}/shadow")["sync"] == "in_sync", "in sync")
        readings = f"{window}/history?metric=temperature"
        until(lambda: len(home.got("GET", readings)["readings"]) > 6, "readings every second")
        times = [reading["time_ms"] for reading in home.got("GET", readings)["readings"]]
        assert statistics.median(b - a for a, b in itertools.pairwise(times)) < 100_000
        far = home.got("POST", f"{window}/commands", {"verb": "set_position", "args": {"position": 90}})
        assert ended(home, far, "failed")["detail"] == "position 90 is above the limit 80"
        near = home.got("POST", f"{window}/commands", {"verb": "set_position", "args": {"position": 12}})
        assert ended(home, near, "done")["simulated"]
