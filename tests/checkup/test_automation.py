"""What deciding by itself needs of a machine."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gateway.backends.inference.bundled import bundled_models
from gateway.checkup import automation
from gateway.checkup.finding import Patient, State
from gateway.config.automation_settings import Microphone, Pins
from gateway.config.settings import Settings
from gateway.core.errors import ModelFailed

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
