"""`gateway doctor` on a real systemd machine, beside the gateway's own unit."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from .machine import Machine, NoMachine, wait_until, why_not

pytestmark = [pytest.mark.needs("systemd-nspawn", "nsenter", "unshare", "setpriv"), pytest.mark.timeout(240)]

GATEWAY = "/opt/gateway/bin/gateway"


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    if reason := why_not():
        pytest.skip(reason)
    try:
        with Machine(tmp_path_factory.mktemp("machine")) as booted:
            yield booted
    except NoMachine as error:
        pytest.skip(f"systemd-nspawn cannot boot here: {error}")


def doctor(machine: Machine, user: str = "") -> dict[str, dict[str, str]]:
    """Findings by name."""
    told = json.loads(machine.run(GATEWAY, "doctor", "--json", user=user, check=False))
    return {one["name"]: one for one in told["findings"]}


def test_the_doctor_follows_a_service_from_stopped_to_running_and_back(machine: Machine) -> None:
    found = doctor(machine)
    assert found["service"]["state"] == "look"
    assert "systemctl enable --now gateway.service" in found["service"]["advice"]
    assert found["running"]["state"] == "look"

    machine.run("systemctl", "enable", "--now", "gateway")
    for user in ("", "gateway"):
        found = doctor(machine, user)
        assert found["service"]["text"] == "active (running), 0 restarts"
        assert found["running"]["state"] == "good", found["running"]
        assert found["self-attack"]["state"] == "good"
        assert found["ports"]["text"] == "8883, 1883, 8443, 8080 are held by the gateway"
        assert found["open files"]["text"] == "up to 16384"
        assert found["data folder"]["text"] == "/var/lib/gateway of gateway, private"
        assert found["certificate"]["state"] == "good"

    machine.run("systemctl", "stop", "gateway")
    found = doctor(machine, "gateway")
    assert found["service"]["advice"] == "sudo systemctl start gateway.service"
    assert found["database"]["text"].endswith("sound")
    # As root it leaves the database alone: what root makes there would lock the gateway's user out.
    found = doctor(machine)
    assert "sudo -u gateway" in found["database"]["advice"]
    assert machine.run("find", "/var/lib/gateway", "-user", "root") == ""


def test_a_service_that_was_started_again_is_worth_a_look(machine: Machine) -> None:
    machine.run("systemctl", "enable", "--now", "gateway")
    machine.run("systemctl", "kill", "--signal=KILL", "gateway")
    wait_until(
        lambda: machine.show("gateway", "SubState", "NRestarts") == {"SubState": "running", "NRestarts": "1"},
        "it is back",
    )
    found = doctor(machine)
    assert (found["service"]["state"], found["service"]["text"]) == ("look", "active (running), 1 restart")
    assert "journalctl -u gateway.service" in found["service"]["advice"]
