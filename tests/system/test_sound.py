"""Sound over the real broker: three forms of the same buffer, levels in the history, recordings only when asked for."""

from __future__ import annotations

import base64
import json
import math
import ssl
import struct
import urllib.request
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.core.sound import Pcm, decode, to_wav

from .home_site import Home, until
from .pahoclient import Paho

TONE = array("h", (round(16384 * math.sin(2 * math.pi * 1000 * n / 16_000)) for n in range(32_000)))
"""1 kHz at half of full scale: -9.03 dBFS."""
FORMS = {
    "bare": TONE.tobytes(),
    "wav": to_wav(Pcm(16_000, TONE)),
    "base64": json.dumps(
        {"format": "pcm_s16le", "rate": 16_000, "data": base64.b64encode(TONE.tobytes()).decode()}
    ).encode(),
}


class Node:
    """A device that sends sound."""

    def __init__(self, home: Home) -> None:
        (device,) = home.enrol(1)
        self.home, self.id = home, device.device_id
        tls = ssl.create_default_context(cadata=device.ca_pem)
        self.paho = Paho(home.tls_port, self.id, user=device.mqtt_username, password=device.mqtt_password, tls=tls)

    def send(self, payload: bytes, topic: str = "") -> None:
        self.paho.put(topic or f"devices/{self.id}/audio", payload)

    def levels(self) -> list[float]:
        found: dict[str, Any] = self.home.got("GET", f"/devices/{self.id}/history?metric=sound_level")
        return [reading["value"] for reading in found["readings"]]

    def events(self, kind: str) -> list[dict[str, Any]]:
        found: dict[str, Any] = self.home.got("GET", f"/events?kind={kind}")
        return [event for event in found["events"] if event["device"] == self.id]


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    home = Home(tmp_path, "[audio]\noffset_db = 100.0\n").open()
    node = Node(home)
    yield node
    node.paho.close()
    home.kill()


def test_every_form_of_a_buffer_becomes_the_same_level_in_the_history(node: Node) -> None:
    for form in FORMS.values():
        node.send(form)
    node.send(FORMS["bare"], f"sensor/{node.id}/audio")
    until(lambda: len(node.levels()) == 4, "four levels")
    assert node.levels() == [91.0] * 4
    assert not (node.home.data / "recordings").exists()


def test_sound_that_cannot_be_read_is_told_and_the_next_is_heard(node: Node) -> None:
    node.send(b"\0\0")
    node.send(b"RIFF\xff\xff\xff\xffWAVEdata" + struct.pack("<I", 4) + bytes(4))
    node.send(FORMS["wav"])
    until(lambda: node.levels() == [91.0], "the level of the third")
    reasons = [event["reason"] for event in node.events("sound.unreadable")]
    assert len(reasons) == 2
    assert any("the least is 0.1 s" in reason for reason in reasons)
    assert any("comes before its format" in reason for reason in reasons)


def test_sound_is_recorded_only_while_somebody_asked_for_it(node: Node) -> None:
    home = node.home
    running = home.got("POST", f"/devices/{node.id}/recording", {"minutes": 5})
    assert running["device"] == node.id
    for form in FORMS.values():
        node.send(form)
    until(lambda: len(home.got("GET", "/recordings")["recordings"]) == 3, "three recordings")
    home.got("DELETE", f"/devices/{node.id}/recording")
    node.send(FORMS["bare"])
    until(lambda: len(node.levels()) == 4, "the fourth is heard")
    kept = home.got("GET", "/recordings")["recordings"]
    assert [one["seconds"] for one in kept] == [2.0] * 3
    for one in kept:
        request = urllib.request.Request(
            f"{home.url}/api/recordings/{one['id']}", headers={"Authorization": f"Bearer {home._token}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.headers["Content-Type"] == "audio/wav"
            assert decode(answer.read()).samples == TONE
    files = sorted((home.data / "recordings").iterdir())
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    home.got("DELETE", f"/recordings/{kept[0]['id']}")
    assert len(home.got("GET", "/recordings")["recordings"]) == 2
    reasons = [event["reason"] for event in node.events("recording")]
    assert any(reason.endswith("3 buffers kept") for reason in reasons)
    kinds = {entry["kind"] for entry in home.got("GET", "/audit?kind=recording")["audit"]}
    assert kinds == {"recording.start", "recording.stop", "recording.delete"}


def test_more_sound_than_can_be_listened_to_slows_no_reading(node: Node) -> None:
    for _ in range(40):
        node.paho.send(f"devices/{node.id}/audio", FORMS["bare"])
    node.paho.put(f"devices/{node.id}/telemetry", json.dumps({"co2": 700}))
    assert node.paho.flushed(30)
    found = node.home.got("GET", f"/devices/{node.id}/history?metric=co2")
    assert [reading["value"] for reading in found["readings"]] == [700]
    until(lambda: len(node.levels()) >= 1, "some of it is heard")
    assert set(node.levels()) == {91.0}
