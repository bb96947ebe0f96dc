"""A model's whole life on a gateway as it is run: refused, in shadow, promoted, failing, rolled back, killed."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.core.signers import written_key
from tests.backends.inference import bad_models, toy

from .home_site import Home, until
from .pahoclient import Paho

OPTIONS = "[window]\nmin_interval_s = 0\ndeadband_pct = 0\n"
GOOD, FAILING = 9001, 9002
REFUSED = {
    "corrupt": bad_models.flipped_byte,
    "unsigned": bad_models.of_a_stranger,
    "schema": bad_models.with_another_unit,
    "unsafe": bad_models.with_a_loop,
    "slow": bad_models.slow,
    "drifting": bad_models.with_other_golden_answers,
}


class Window:
    """A node that declares nothing, measures what it is told to, and hears what is decided."""

    def __init__(self, home: Home) -> None:
        (device,) = home.enrol(1)
        self.id = device.device_id
        self._temperature = 24.0
        self._paho = Paho(
            home.tls_port,
            self.id,
            clean=False,  # it comes back by itself, and listens still
            user=device.mqtt_username,
            password=device.mqtt_password,
            tls=ssl.create_default_context(cadata=device.ca_pem),
        )
        self._paho.want(f"window/{self.id}/control", 1)

    def decided(self, humidity: float = 40.0) -> dict[str, Any]:
        """What it hears when it has become 1.5 K warmer or colder."""
        self._temperature = 24.0 if self._temperature > 24.5 else 25.5
        self._paho.put(
            f"devices/{self.id}/telemetry", json.dumps({"temperature": self._temperature, "humidity": humidity})
        )
        return dict(json.loads(self._paho.take().payload))

    def close(self) -> None:
        self._paho.close()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path, OPTIONS).open()
    yield home
    home.kill()


@pytest.fixture
def window(home: Home) -> Iterator[Window]:
    window = Window(home)
    yield window
    window.close()


def models(home: Home, *words: str) -> tuple[int, str]:
    """`gateway models` as a person runs it: exit code and everything it said."""
    command = [sys.executable, "-m", "gateway", "models", *words, "--data", str(home.data)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout + done.stderr


def trusted(home: Home, tmp_path: Path) -> None:
    key = tmp_path / "house.pub"
    key.write_text(written_key("house", toy.SIGNERS["house"]))
    assert models(home, "trust", str(key))[0] == 0


def installed(home: Home, folder: Path) -> None:
    code, said = models(home, "install", str(folder))
    assert code == 0, said


def test_each_kind_of_bad_model_is_refused_with_its_reason_and_leaves_nothing(home: Home, tmp_path: Path) -> None:
    trusted(home, tmp_path)
    for fault, maker in REFUSED.items():
        code, said = models(home, "install", str(maker(tmp_path / fault)))
        assert (code, said.startswith(f"gateway: {fault}: ")) == (1, True), said
    reasons = [event["reason"] for event in home.got("GET", "/events?kind=model.refused")["events"]]
    assert len(reasons) >= 3  # more than three of a kind within a minute are counted
    assert home.got("GET", "/models/window")["shadow"] is None
    assert not list((home.data / "models").rglob("model.onnx"))


def test_a_model_runs_in_shadow_is_promoted_fails_and_is_rolled_back_by_itself(
    home: Home, window: Window, tmp_path: Path
) -> None:
    trusted(home, tmp_path)
    before = window.decided()["model"]
    installed(home, toy.make(tmp_path / "good", version=GOOD))
    assert window.decided()["model"] == before
    shown = home.got("GET", f"/decisions?device={window.id}")["decisions"][0]
    assert shown["shadow"]["model"] == f"window@{GOOD}"
    assert models(home, "promote", "window")[0] == 0
    assert window.decided()["model"] == f"window@{GOOD}"

    installed(home, bad_models.failing_where_it_is_bone_dry(tmp_path / "failing", FAILING))
    assert models(home, "promote", "window")[0] == 0
    assert window.decided()["model"] == f"window@{FAILING}"
    began = time.monotonic()
    assert window.decided(humidity=8.0)["model"] == f"window@{GOOD}", "the one before answers this very decision"
    assert time.monotonic() - began < 2.0
    (event,) = home.got("GET", "/events?kind=model.rolled_back")["events"]
    assert f"window@{FAILING} to window@{GOOD}: the graph failed" in event["reason"]
    assert window.decided()["model"] == f"window@{GOOD}"

    until(lambda: f'"active": {GOOD}' in (home.data / "documents" / "models.json").read_text(), "it is on the disk")
    home.kill()
    home.open()
    until(lambda: window.decided()["model"] != "teacher", "the model is loaded again")
    assert window.decided()["model"] == f"window@{GOOD}"
    assert home.got("GET", "/models/window")["active"] == GOOD


def test_a_rollback_by_a_person_decides_as_before_and_a_changed_file_is_found(
    home: Home, window: Window, tmp_path: Path
) -> None:
    trusted(home, tmp_path)
    window.decided()
    for version in (GOOD, GOOD + 1):
        installed(home, toy.make(tmp_path / str(version), version=version))
        assert models(home, "promote", "window")[0] == 0
        if version == GOOD:
            before = [window.decided()["position"] for _ in range(2)]
    assert window.decided()["model"] == f"window@{GOOD + 1}"
    assert models(home, "rollback", "window") == (0, f"window@{GOOD} is in use again.\n")
    again = {window.decided()["position"] for _ in range(2)}
    assert again == set(before)
    model = home.data / "models" / "window" / str(GOOD + 1) / "model.onnx"
    model.write_bytes(model.read_bytes()[:-1] + b"x")
    code, said = models(home, "verify", "window")
    assert code == 1
    assert f"BAD  window@{GOOD + 1}: corrupt: model.onnx does not have the sha256 its manifest says" in said
    assert f"ok   window@{GOOD}: whole, signed by house" in said
