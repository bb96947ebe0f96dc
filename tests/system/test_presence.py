"""`gateway run` and a node that comes, loses its connection, says goodbye; and the gateway's own starts and ends."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from gateway.bench.site import Device, Site
from gateway.cli.remote import NotRunning, Remote

PATIENCE_S = 60


def until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def asked(site: Site, path: str) -> Any:
    """What the API answers. Its socket is the last thing that a start opens, so it is tried again."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return json.loads(Remote(site.data).ask("GET", f"/api/{path}"))
        except NotRunning:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def reasons(site: Site, query: str) -> list[tuple[str, str]]:
    """The events that match, oldest first."""
    return [(event["kind"], event["reason"]) for event in reversed(asked(site, f"events?{query}")["events"])]


class Node:
    """A node as firmware would be: retained status with a last will, and a heartbeat."""

    def __init__(self, site: Site, device: Device, boot: str) -> None:
        self.base = f"devices/{device.device_id}"
        self.client = Client(CallbackAPIVersion.VERSION2, client_id=device.device_id, reconnect_on_failure=False)
        self.client.username_pw_set(device.mqtt_username, device.mqtt_password)
        self.client.will_set(f"{self.base}/status", b"offline", 1, True)
        self.client.connect("127.0.0.1", site.port)
        self.client.loop_start()
        self.say("status", "online")
        self.say("heartbeat", json.dumps({"uptime_ms": 60_000, "boot": boot, "rssi": -61, "self_test": "ok"}))

    def say(self, what: str, payload: str) -> None:
        self.client.publish(f"{self.base}/{what}", payload, 1, what == "status").wait_for_publish(PATIENCE_S)

    def vanish(self) -> None:
        """The connection ends without a word."""
        sock = self.client.socket()
        assert sock is not None
        self.client.loop_stop()
        sock.close()
        self.client._reset_sockets()

    def leave(self) -> None:
        """It says goodbye."""
        self.say("status", "offline")
        self.client.disconnect()
        self.client.loop_stop()
        self.client._reset_sockets()


def test_a_nodes_comings_and_goings_have_reasons_and_a_short_break_is_no_event(tmp_path: Path) -> None:
    site = Site(tmp_path)
    with site.start():
        (device,) = site.enrol(1)
        path = f"devices/{device.device_id}"

        def shown() -> tuple[str, str]:
            found = asked(site, path)
            return found["status"], found["status_reason"]

        node = Node(site, device, "b1")
        until(lambda: shown() == ("online", ""))
        assert asked(site, path)["vitals"]["rssi_dbm"] == -61
        node.vanish()
        until(lambda: shown() == ("offline", "last will: connection lost"))
        node = Node(site, device, "b2")
        until(lambda: shown() == ("online", ""))
        node.leave()
        until(lambda: shown() == ("offline", "said goodbye"))
        assert reasons(site, f"device={device.device_id}") == [
            ("device.online", "heard for the first time"),
            ("device.rebooted", "it started again; before that it ran for 1 min or longer"),
        ]


def test_a_start_says_how_the_run_before_ended(tmp_path: Path) -> None:
    site = Site(tmp_path)
    server = site.start()
    server.kill()
    server = site.start()
    assert server.stop() == 0
    with site.start():
        told = reasons(site, "kind=gateway.")
    assert [kind for kind, _ in told] == ["gateway.started", "gateway.started", "gateway.stopped", "gateway.started"]
    assert [reason for _, reason in told][:3] == ["for the first time", "the last run was killed", "asked to stop"]
    assert told[-1][1].startswith("stopped ")


def test_a_gateway_that_stops_does_not_say_that_its_devices_left(tmp_path: Path) -> None:
    site = Site(tmp_path)
    with site.start():
        (device,) = site.enrol(1)
        node = Node(site, device, "b1")
    with site.start():
        assert [kind for kind, _ in reasons(site, f"device={device.device_id}")] == ["device.online"]
    node.client.loop_stop()
    node.client._reset_sockets()
