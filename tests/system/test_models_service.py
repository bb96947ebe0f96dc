"""A model is tried inside the unit's sandbox, where a process may not even limit itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.backends.inference import package
from gateway.core.signers import written_key
from tests.backends.inference import bad_models, toy

from .machine import Machine, NoMachine, why_not

pytestmark = [pytest.mark.needs("systemd-nspawn", "nsenter", "unshare", "setpriv"), pytest.mark.timeout(240)]


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    if reason := why_not():
        pytest.skip(reason)
    try:
        with Machine(tmp_path / "machine") as booted:
            yield booted
    except NoMachine as error:
        pytest.skip(f"systemd-nspawn cannot boot here: {error}")


def models(machine: Machine, *words: str) -> str:
    return machine.run("/opt/gateway/bin/gateway", "models", *words, user="gateway", check=False)


def test_under_systemd_models_are_tried_taken_and_refused_as_anywhere(machine: Machine, tmp_path: Path) -> None:
    machine.write("/srv/house.pub", written_key("house", toy.SIGNERS["house"]))
    made = {"good": toy.make(tmp_path / "good", version=9001), "bad": bad_models.slow(tmp_path / "bad")}
    for name, folder in made.items():
        (machine.root / f"srv/{name}.zip").write_bytes(package.pack(folder))
    machine.run("systemctl", "start", "gateway")
    assert "taken from now on" in models(machine, "trust", "/srv/house.pub")
    assert "window@9001 was tried" in models(machine, "install", "/srv/good.zip")
    assert "gateway: slow: " in models(machine, "install", "/srv/bad.zip")
    assert "window@9001 is in use" in models(machine, "promote", "window")
    machine.run("systemctl", "restart", "gateway")
    assert "ok   window@9001: whole, signed by house" in models(machine, "verify", "window")
    kept = machine.run("find", "/var/lib/gateway/models", "-printf", "%u %m %P\n")
    assert "gateway 600 window/9001/model.onnx" in kept
    assert "draft" not in kept
