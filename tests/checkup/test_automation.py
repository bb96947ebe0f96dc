"""What deciding by itself needs of a machine."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec
import pytest

from gateway.backends.anomaly_file import AnomalyFile
from gateway.backends.inference.bundled import bundled_models
from gateway.checkup import automation
from gateway.checkup.finding import Patient, State
from gateway.config.automation_settings import Anomaly, Microphone, Pins, Rules
from gateway.config.settings import Settings
from gateway.core.errors import ModelFailed
from gateway.core.ports.insight import KeptAnomalies, KeptDevice, KeptMachine, KeptSeries

from .patients import patient


def test_models_that_are_not_as_they_were_signed_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(automation, "bundled_models", lambda: tmp_path)
    found = automation.models(patient(tmp_path))
    assert (found.state, found.text) == (State.LOOK, "none came with this gateway")
    (tmp_path / "window").mkdir()
    (tmp_path / "window" / "manifest.toml").write_text("name = 1\n")
    monkeypatch.setattr(automation, "bundled_signers", dict)
    found = automation.models(patient(tmp_path))
    assert found.state is State.BAD
    assert found.text.startswith("window: ")
    assert "install the gateway anew" in found.advice


def test_the_models_of_this_gateway_are_as_they_were_signed(tmp_path: Path) -> None:
    found = automation.models(patient(tmp_path))
    assert (found.state, found.advice) == (State.GOOD, "")
    for folder in bundled_models().glob("*/manifest.toml"):
        assert f"{folder.parent.name}@" in found.text


def test_a_machine_without_the_library_is_told_what_that_means(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing() -> str:
        raise ModelFailed("onnxruntime cannot be used here")

    monkeypatch.setattr(automation, "runtime_label", nothing)
    found = automation.library(patient(tmp_path))
    assert (found.state, "the plain rule" in found.advice) == (State.LOOK, True)


def test_the_library_tells_its_version(tmp_path: Path) -> None:
    found = automation.library(patient(tmp_path))
    assert (found.state, found.text.split()[0]) == (State.GOOD, "onnxruntime")


def wanting(tmp_path: Path, pins: Pins | None = None, microphone: Microphone | None = None) -> Patient:
    settings = Settings(pins=pins or Pins(), microphone=microphone or Microphone())
    return msgspec.structs.replace(patient(tmp_path), settings=settings)


def test_pins_are_only_looked_at_when_the_configuration_names_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert automation.own_pins(wanting(tmp_path)).state is State.ABSENT
    named = wanting(tmp_path, Pins(status_led=17, servo=18))
    monkeypatch.setattr(automation, "find_spec", lambda name: object())
    assert automation.own_pins(named).text == "status_led, servo through gpiozero"
    monkeypatch.setattr(automation, "find_spec", lambda name: object() if name == "gpiozero" else None)
    found = automation.own_pins(named)
    assert (found.state, "lgpio are not installed" in found.text) == (State.BAD, True)
    assert "edge-gateway[pi]" in found.advice


def test_portaudio_is_only_looked_for_when_the_microphone_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert automation.sound(wanting(tmp_path)).state is State.ABSENT
    wanted = wanting(tmp_path, microphone=Microphone(enabled=True))
    monkeypatch.setattr(automation, "find_spec", lambda name: None)
    assert "edge-gateway[sound]" in automation.sound(wanted).advice
    monkeypatch.setattr(automation, "find_spec", lambda name: object())
    monkeypatch.setattr(automation, "find_library", lambda name: None)
    assert automation.sound(wanted).advice == "sudo apt install libportaudio2"
    monkeypatch.setattr(automation, "find_library", lambda name: "libportaudio.so.2")
    assert automation.sound(wanted).text == "libportaudio.so.2"


def test_what_was_learnt_of_the_usual_is_told(tmp_path: Path) -> None:
    at = patient(tmp_path, data=tmp_path)
    assert automation.learnt(at).state is State.ABSENT
    path = tmp_path / "anomaly.state"
    series = {"temperature": KeptSeries(1, b"x" * 2000), "humidity": KeptSeries(1, b"y" * 2000)}
    saved_ms = round((time.time() - 3 * 3600) * 1000)
    devices = {"node-1": KeptDevice("02:aa", series)}
    AnomalyFile(path).save(KeptAnomalies(saved_ms, devices, {"pump": KeptMachine("b1", 1, b"")}))
    found = automation.learnt(at)
    assert (found.state, found.text) == (State.GOOD, "2 series of 1 device, 1 machine; 4 KB, kept 3 h ago")
    path.write_bytes(path.read_bytes()[:100])
    found = automation.learnt(at)
    assert (found.state, "learnt anew" in found.advice) == (State.LOOK, True)
    assert path.stat().st_size == 100
    off = msgspec.structs.replace(at, settings=Settings(anomaly=Anomaly(enabled=False)))
    assert automation.learnt(off).state is State.ABSENT


def test_rules_are_counted_and_those_that_fired_too_often_are_named(tmp_path: Path) -> None:
    def answers(*modes: str) -> dict[str, object]:
        return {"/api/rules": {"rules": [{"id": f"r{n}", "mode": mode} for n, mode in enumerate(modes)]}}

    assert automation.rules(patient(tmp_path)).state is State.ABSENT
    found = automation.rules(patient(tmp_path, answers=answers("live", "live", "shadow", "off")))
    assert (found.state, found.text) == (State.GOOD, "4 rules: 2 live, 1 in shadow, 1 off")
    found = automation.rules(patient(tmp_path, answers=answers("live", "tripped")))
    assert (found.state, found.text) == (State.LOOK, "r1 fired too often and is stopped")
    off = msgspec.structs.replace(patient(tmp_path, answers=answers()), settings=Settings(rules=Rules(enabled=False)))
    assert automation.rules(off).state is State.ABSENT
