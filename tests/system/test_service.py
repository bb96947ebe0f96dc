"""The unit in `systemd/` on a real systemd: start, watchdog, sandbox, and what a person reads when it fails."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .machine import UNITS, Machine, NoMachine, wait_until, why_not

pytestmark = [pytest.mark.needs("systemd-nspawn", "nsenter", "unshare", "setpriv"), pytest.mark.timeout(240)]

HERE = Path(__file__).parent
DATA = "/var/lib/gateway"
DROP_INS = "/etc/systemd/system/gateway.service.d"
SOON = "[Service]\nWatchdogSec=10\nRestartSec=100ms\n"
# Of one kind that the kernel knows everywhere and the unit does not name, and one that is always allowed.
OTHER_DEVICE, HARMLESS_DEVICE = (10, 255), (1, 3)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    if reason := why_not():
        pytest.skip(reason)
    try:
        with Machine(tmp_path_factory.mktemp("machine")) as booted:
            yield booted
    except NoMachine as error:
        pytest.skip(f"systemd-nspawn cannot boot here: {error}")


class Service:
    """The gateway as a unit of the machine."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def start(self, *drop_ins: str) -> None:
        self.prepare(*drop_ins)
        self.machine.run("systemctl", "start", "gateway", check=False)
        assert self.shown("SubState") == "running", self.said()[-3000:]

    def prepare(self, *drop_ins: str) -> None:
        for number, text in enumerate(drop_ins):
            self.machine.write(f"{DROP_INS}/{number}.conf", text)
        self.machine.run("systemctl", "daemon-reload")

    def clear(self) -> None:
        """As before the first start."""
        self.machine.run("systemctl", "stop", "gateway")
        self.machine.run("umount", DATA, check=False)
        self.machine.run("systemctl", "reset-failed", check=False)
        self.machine.run("rm", "-rf", DATA, DROP_INS, "/etc/gateway", "/etc/credstore")
        self.machine.run("journalctl", "--rotate", "--vacuum-time=1s")

    @property
    def pid(self) -> int:
        return int(self.shown("MainPID"))

    @property
    def restarts(self) -> int:
        return int(self.shown("NRestarts"))

    def shown(self, name: str) -> str:
        return self.machine.show("gateway", name)[name]

    def wait_for_restart(self) -> None:
        """Another process, and ready."""
        wait_until(lambda: self.restarts > 0 and self.shown("SubState") == "running", "systemd restarts the gateway")

    def journal(self) -> list[dict[str, str]]:
        words = ("journalctl", "-b", "-u", "gateway", "-o", "json", "--no-pager")
        return [json.loads(line) for line in self.machine.run(*words).splitlines()]

    def said(self) -> str:
        return "\n".join(str(entry["MESSAGE"]) for entry in self.journal())


class Node:
    """A device on the machine's network."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        made = machine.run("/opt/gateway/bin/gateway", "token", "create", "--enrol", "--json", user="gateway")
        self._credentials = self._ask("enrol", json.loads(made)["token"])

    def send(self, first: int, count: int, *how: str) -> object:
        """How many were acknowledged."""
        return self._ask("send", json.dumps(self._credentials), str(first), str(count), *how)

    def values(self) -> object:
        return self._ask("values", json.dumps(self._credentials))

    def _ask(self, *words: str) -> object:
        return json.loads(self._machine.beside(sys.executable, "-m", "tests.system.service_node", *words))


@pytest.fixture
def service(machine: Machine) -> Service:
    made = Service(machine)
    made.clear()
    return made


def counted(count: int) -> list[float]:
    return [400.0 + number for number in range(count)]


def test_once_started_it_answers_nodes_as_its_own_user_with_private_data(service: Service, machine: Machine) -> None:
    service.start()
    node = Node(machine)
    assert node.send(0, 20) == 20
    assert node.values() == counted(20)
    assert machine.show("gateway", "ActiveState", "SubState", "Result") == {
        "ActiveState": "active",
        "SubState": "running",
        "Result": "success",
    }
    assert "0 devices" in service.shown("StatusText")
    status = machine.run("cat", f"/proc/{service.pid}/status")
    user = machine.run("id", "-u", "gateway").strip()
    assert re.search(rf"^Uid:\s+{user}\s+{user}\s+{user}\s+{user}$", status, re.MULTILINE)
    assert user != "0"
    assert re.search(r"^Cap(Eff|Bnd):\s+0+$", status, re.MULTILINE)
    kept = machine.run("find", DATA, "-printf", "%u %#m %y %P\n").splitlines()
    assert all(line.startswith(("gateway 0700 d", "gateway 0600 f", "gateway 0600 s")) for line in kept), kept


def test_a_stopped_process_is_killed_by_the_watchdog_and_what_was_acknowledged_is_kept(
    service: Service, machine: Machine
) -> None:
    service.start(SOON)
    node = Node(machine)
    assert node.send(0, 100) == 100
    os.kill(machine.outside_pid(service.pid), signal.SIGSTOP)
    service.wait_for_restart()
    assert "Watchdog timeout" in service.said()
    assert node.values() == counted(100)


def test_a_store_that_hangs_is_restarted_by_the_watchdog_and_says_where_it_hung(
    service: Service, machine: Machine
) -> None:
    service.start(SOON)
    node = Node(machine)
    assert node.send(0, 100) == 100
    pid = machine.outside_pid(service.pid)
    with subprocess.Popen([sys.executable, HERE / "freeze.py", str(pid)], stdout=subprocess.PIPE) as freezing:
        assert freezing.stdout is not None
        assert int(freezing.stdout.readline()) > 0, "the gateway had no other threads"
        service.wait_for_restart()
        assert freezing.wait(30) == 0
    said = service.said()
    assert "has not answered" in said
    assert "Watchdog timeout" in said
    assert re.search(r'File ".*store/writer.py", line \d+ in _take', said), said[-3000:]
    assert node.values() == counted(100)


def test_killed_it_comes_back_with_what_was_acknowledged(service: Service, machine: Machine) -> None:
    service.start(SOON)
    node = Node(machine)
    assert node.send(0, 100) == 100
    os.kill(machine.outside_pid(service.pid), signal.SIGKILL)
    service.wait_for_restart()
    assert node.values() == counted(100)
    assert node.send(100, 10) == 10


def test_it_stops_cleanly(service: Service, machine: Machine) -> None:
    service.start()
    machine.run("systemctl", "stop", "gateway")
    assert machine.show("gateway", "ActiveState", "Result", "ExecMainStatus") == {
        "ActiveState": "inactive",
        "Result": "success",
        "ExecMainStatus": "0",
    }


def test_the_unit_is_valid_and_exposes_little(service: Service, machine: Machine) -> None:
    assert machine.run("systemd-analyze", "verify", "gateway.service") == ""
    service.prepare()
    shown = machine.run("systemd-analyze", "security", "--no-pager", "gateway.service")
    overall = re.search(r"Overall exposure level for gateway.service: ([\d.]+)", shown)
    assert overall is not None
    assert float(overall[1]) <= 2.0, shown


def test_in_its_sandbox_libraries_work_and_the_machine_is_out_of_reach(service: Service, machine: Machine) -> None:
    machine.run("mkdir", "-p", "/etc/gateway")
    found = in_sandbox(machine)
    works = ["inference", "event loop", "password hash", "native callback", "addresses", "clock state", "processor"]
    works += ["own data", "temporary files"]
    assert {name: found[name] for name in works} == dict.fromkeys(works, True)
    refused = [name for name in found if name not in works]
    assert len(refused) == 8
    assert [name for name in refused if found[name] is True] == []


def test_of_devices_it_opens_what_the_unit_names_and_its_groups_may(service: Service, machine: Machine) -> None:
    named = re.findall(r"^DeviceAllow=char-(\S+) rw$", (UNITS / "gateway.service").read_text(), re.MULTILINE)
    assert named == ["gpiochip", "i2c", "spi", "alsa"]
    groups = machine.run("id", "-nG", "gateway").split()
    assert set(groups) == {"gateway", "gpio", "i2c", "spi", "audio", "bluetooth"}
    machine.run("mknod", "-m", "660", "/dev/gpiochip0", "c", *map(str, HARMLESS_DEVICE))
    machine.run("chgrp", "gpio", "/dev/gpiochip0")
    machine.run("mknod", "-m", "666", "/dev/other", "c", *map(str, OTHER_DEVICE))
    # A class of devices, named as the unit names pins: the kernel has no such device, but it may look for it.
    found = in_sandbox(machine, "/dev/gpiochip0", "/dev/other")
    assert found["/dev/gpiochip0"] is True
    assert "Operation not permitted" in str(found["/dev/other"])
    found = in_sandbox(machine, "/dev/other", more="DeviceAllow=char-misc rw\n")
    assert "No such device" in str(found["/dev/other"])


def in_sandbox(machine: Machine, *devices: str, more: str = "") -> dict[str, bool | str]:
    """What `sandbox.py` finds when the unit runs it in the gateway's place."""
    shutil.copy(HERE / "sandbox.py", machine.root / "opt/gateway/sandbox.py")
    unit = (UNITS / "gateway.service").read_text()
    for line, instead in {
        "/opt/gateway/bin/gateway run": " ".join(["/opt/gateway/bin/python", "/opt/gateway/sandbox.py", *devices]),
        "Type=notify": "Type=oneshot",
        "Restart=always": "Restart=no",
        "WatchdogSec=60\n": more,
    }.items():
        assert line in unit
        unit = unit.replace(line, instead)
    machine.write("/etc/systemd/system/sandbox.service", unit)
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "start", "sandbox")
    lines = machine.run("journalctl", "-u", "sandbox", "-o", "cat", "--no-pager").splitlines()
    found: dict[str, bool | str] = json.loads([line for line in lines if line.startswith("{")][-1])
    return found


def test_mistakes_in_the_configuration_are_told_and_it_is_not_tried_again(service: Service, machine: Machine) -> None:
    machine.write("/etc/gateway/gateway.toml", '[mqtt]\ntls_prt = 8883\nbind = "all"\n')
    service.prepare(SOON)
    machine.run("systemctl", "start", "gateway", check=False)
    wait_until(lambda: service.shown("ActiveState") == "failed", "the unit fails")
    assert service.shown("ExecMainStatus") == "78"
    assert service.restarts == 0
    status = machine.run("systemctl", "status", "--no-pager", "--full", "gateway", check=False)
    assert "line 2: mqtt.tls_prt: is not an option; did you mean tls_port?" in status
    assert "put it right, then: systemctl restart gateway" in status
    assert {entry["PRIORITY"] for entry in service.journal() if "tls_prt" in entry["MESSAGE"]} == {"3"}
    machine.write("/etc/gateway/gateway.toml", "[mqtt]\ntls_port = 8885\n")
    machine.run("systemctl", "restart", "gateway")
    assert service.shown("SubState") == "running"


def test_a_taken_port_is_told_and_it_starts_when_the_port_is_free(service: Service, machine: Machine) -> None:
    machine.run("systemd-run", "--unit=thief", "--", *taking(8883))
    wait_until(lambda: ":22B3" in machine.run("cat", "/proc/net/tcp"), "the port is taken")
    service.prepare(SOON)
    machine.run("systemctl", "start", "gateway", check=False)
    wait_until(lambda: service.restarts > 1, "it tries again")
    assert "port 8883 cannot be opened: a process of root has it" in service.said()
    assert "set mqtt.tls_port" in service.said()
    machine.run("systemctl", "stop", "thief")
    wait_until(lambda: service.shown("SubState") == "running", "it starts")


def taking(port: int) -> list[str]:
    program = f"import socket, time; held = socket.create_server(('', {port})); time.sleep(600)"
    return ["/opt/gateway/bin/python", "-c", program]


def test_a_second_gateway_on_its_data_is_refused(service: Service, machine: Machine) -> None:
    service.start()
    refused = machine.run("/opt/gateway/bin/gateway", "run", user="gateway", check=False)
    assert f"a gateway is already running on {DATA} (process {service.pid}); stop it first" in refused
    assert service.restarts == 0


def test_the_server_key_comes_from_a_credential_where_there_is_one(service: Service, machine: Machine) -> None:
    machine.write("/etc/credstore/encryption_key", "0123456789abcdef" * 4, 0o600)
    service.start()
    assert "server.check" in machine.run("ls", f"{DATA}/keys")
    assert "server.key" not in machine.run("ls", f"{DATA}/keys")
    machine.run("rm", "/etc/credstore/encryption_key")
    machine.run("systemctl", "restart", "gateway", check=False)
    wait_until(lambda: "The server key" in service.shown("StatusText"), "it misses its key")


def test_on_a_full_disk_it_keeps_running_and_takes_readings_again_when_there_is_room(
    service: Service, machine: Machine
) -> None:
    machine.run("mkdir", "-p", DATA)
    machine.run("mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", DATA)
    service.start(SOON)
    node = Node(machine)
    assert node.send(0, 10) == 10
    machine.run("sh", "-c", f"cat /dev/zero >{DATA}/filler", check=False)
    before = node.send(10, 400, "briefly")
    assert isinstance(before, int)
    assert service.shown("SubState") == "running"
    assert service.restarts == 0
    machine.run("rm", f"{DATA}/filler")
    wait_until(lambda: node.send(1000, 1, "briefly") == 1, "readings are taken again")
    kept = node.values()
    assert isinstance(kept, list)
    assert set(counted(10 + before)) <= set(kept)


def test_the_journal_has_its_lines_as_json_with_their_priorities(service: Service, machine: Machine) -> None:
    service.start()
    wait_until(lambda: '"level"' in service.said(), "it says something")
    machine.run("systemctl", "stop", "gateway")
    machine.run("rm", f"{DATA}/keys/server.key", f"{DATA}/keys/server.key.spare")
    machine.run("systemctl", "start", "gateway", check=False)
    wait_until(lambda: "critical" in service.said(), "it says that its key is gone")
    own = {entry["PRIORITY"]: json.loads(entry["MESSAGE"]) for entry in service.journal() if entry["MESSAGE"][0] == "{"}
    assert {priority: line["level"] for priority, line in own.items()}.items() >= {"6": "info", "2": "critical"}.items()


def test_every_file_of_the_service_is_explained_in_its_readme() -> None:
    explained = (UNITS / "README.md").read_text()
    files = [str(path.relative_to(UNITS)) for path in UNITS.rglob("*") if path.is_file() and path.name != "README.md"]
    assert files
    assert [name for name in files if f"`{name}`" not in explained] == []
