"""Clock, network, attached parts, what is kept, and the gateway itself."""

from __future__ import annotations

import socket
import sqlite3
import time
from pathlib import Path

import msgspec
import pytest

from gateway import __version__
from gateway.backends.folder import DataFolder
from gateway.backends.store.settings import StoreSettings
from gateway.backends.store.store import Store
from gateway.checkup import clock, hardware, keeping, network, running
from gateway.checkup.examine import CHECKS, examine
from gateway.checkup.finding import Check, Finding, Patient, State, good
from gateway.config.settings import Mqtt, Panel, Settings
from tests.backends.machine import boards

from .patients import health, patient


def test_the_kernel_s_word_on_the_clock_is_understood(tmp_path: Path) -> None:
    found = clock.right(patient(tmp_path))
    assert found.state in (State.GOOD, State.LOOK)
    assert time.strftime("%Y-%m-%d", time.gmtime()) in found.text


@pytest.mark.parametrize(("apart", "state"), [(0, State.GOOD), (-7200, State.LOOK)])
def test_a_battery_clock_is_compared_with_the_machine_s(tmp_path: Path, apart: int, state: State) -> None:
    boards.put(tmp_path, "sys/class/rtc/rtc0/name", "rtc-ds1307 1-0068\n")
    boards.put(tmp_path, "sys/class/rtc/rtc0/since_epoch", f"{time.time() + apart:.0f}\n")
    found = clock.battery(patient(tmp_path))
    assert found.state is state
    assert ("2 hours" in found.text) is bool(apart)


@pytest.mark.parametrize(("machine", "words"), [("aarch64", "after a power cut"), ("x86_64", "at the start")])
def test_no_battery_clock_is_explained_and_not_a_fault(tmp_path: Path, machine: str, words: str) -> None:
    found = clock.battery(patient(tmp_path), machine)
    assert found.state is State.ABSENT
    assert words in found.text


def listening(tmp_path: Path, port: int) -> Patient:
    settings = Settings(mqtt=Mqtt(tls_port=port, local_port=0), panel=Panel(https_port=0, http_port=0))
    return msgspec.structs.replace(patient(tmp_path), settings=settings)


def test_a_taken_port_names_its_holder_and_the_option(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        found = network.ports(listening(tmp_path, port))
        assert found.state is State.BAD
        assert f"{port} is taken by" in found.text
        assert "(mqtt.tls_port)" in found.text
    assert network.ports(listening(tmp_path, port)).state is State.GOOD


def test_a_port_of_another_program_is_no_fault_while_the_gateway_runs_on_others(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        there = msgspec.structs.replace(listening(tmp_path, port), ask=patient(tmp_path, answers=health()).ask)
        found = network.ports(there)
    assert found.state is State.GOOD
    assert "ports of its own choice" in found.text


def test_a_weak_radio_is_worth_a_look(tmp_path: Path) -> None:
    boards.put(tmp_path, "sys/class/net/wlan0/operstate", "up\n")
    boards.put(tmp_path, "sys/class/net/wlan0/phy80211/name", "phy0\n")
    line = (
        " face | tus | link level noise\n wlan0: 0000   36.  {}.  -256        0      0      0     12      0        0\n"
    )
    boards.put(tmp_path, "proc/net/wireless", line.format(-81))
    assert network.wireless(patient(tmp_path)).state is State.LOOK
    boards.put(tmp_path, "proc/net/wireless", line.format(-52))
    found = network.wireless(patient(tmp_path))
    assert (found.state, found.text.split(",")[1]) == (State.GOOD, " signal -52 dBm")


def test_a_board_with_pins_radio_and_microphone_shows_them(tmp_path: Path) -> None:
    for path in ("dev/gpiochip0", "dev/snd/pcmC1D0c", "run/dbus/system_bus_socket"):
        boards.put(tmp_path, path, "")
    boards.put(tmp_path, "sys/class/bluetooth/hci0/type", "primary\n")
    boards.put(tmp_path, "proc/812/comm", "bluetoothd\n")
    boards.put(tmp_path, "proc/asound/pcm", "00-00: bcm2835 : bcm2835 : playback 8\n01-00: USB Audio : : capture 1\n")
    found = [check.look(patient(tmp_path)) for check in hardware.CHECKS]
    assert [one.state for one in found] == [State.GOOD] * 3
    assert [one.text for one in found] == ["gpiochip0", "hci0, BlueZ is running", "USB Audio"]


def test_a_radio_that_is_switched_off_or_alone_is_told(tmp_path: Path) -> None:
    boards.put(tmp_path, "sys/class/bluetooth/hci0/type", "primary\n")
    boards.put(tmp_path, "run/dbus/system_bus_socket", "")
    assert "BlueZ is not running" in hardware.radio(patient(tmp_path)).text
    boards.put(tmp_path, "sys/class/rfkill/rfkill0/type", "bluetooth\n")
    boards.put(tmp_path, "sys/class/rfkill/rfkill0/soft", "1\n")
    assert "rfkill unblock" in hardware.radio(patient(tmp_path)).advice


def test_mistakes_in_the_configuration_are_bad(tmp_path: Path) -> None:
    found = keeping.configuration(msgspec.structs.replace(patient(tmp_path), mistakes=("mqtt.tls_port is wrong",)))
    assert found.state is State.BAD
    assert "mqtt.tls_port is wrong" in found.text


def test_a_folder_open_to_others_is_told_with_the_command_that_closes_it(tmp_path: Path) -> None:
    assert keeping.folder(patient(tmp_path)).state is State.ABSENT
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    assert f"chmod 700 {data}" in keeping.folder(patient(tmp_path)).advice
    data.chmod(0o700)
    assert keeping.folder(patient(tmp_path)).state is State.GOOD


@pytest.mark.parametrize(("days", "state"), [(400, State.GOOD), (10, State.LOOK), (-3, State.BAD)])
def test_a_certificate_s_end_is_told_in_time(tmp_path: Path, days: int, state: State) -> None:
    assert keeping.certificate(patient(tmp_path)).state is State.ABSENT
    end_ms = round((time.time() + days * 86_400) * 1000)
    boards.put(tmp_path, "data/keys/tls.json", f'{{"not_after_ms": {end_ms}, "names": ["pi.local"]}}')
    assert keeping.certificate(patient(tmp_path)).state is state


async def test_a_stopped_gateway_s_database_is_looked_over(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    store = Store(tmp_path / "data/gateway.db", StoreSettings())
    store.open()
    await store.close()
    found = keeping.database(patient(tmp_path))
    assert (found.state, found.text.split(", ")[1]) == (State.GOOD, "sound")


def test_a_damaged_database_is_bad(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    path = tmp_path / "data/gateway.db"
    connection = sqlite3.connect(path)
    connection.executescript("CREATE TABLE t (x); CREATE INDEX i ON t (x);")
    connection.executemany("INSERT INTO t VALUES (?)", [(f"row {number}",) for number in range(5000)])
    connection.commit()
    connection.close()
    content = bytearray(path.read_bytes())
    content[20_000:28_000] = b"\xff" * 8_000
    path.write_bytes(content)
    found = keeping.database(patient(tmp_path))
    assert found.state is State.BAD
    assert "keep a backup" in found.advice


def test_a_database_that_another_process_holds_is_left_alone(tmp_path: Path) -> None:
    held = DataFolder(tmp_path / "data")
    (tmp_path / "data/gateway.db").touch()
    try:
        found = keeping.database(patient(tmp_path))
    finally:
        held.close()
    assert found.state is State.LOOK
    assert "does not answer" in found.text


def test_a_part_that_is_not_well_is_said_in_its_own_words(tmp_path: Path) -> None:
    ill = patient(tmp_path, answers=health(disk={"ok": False, "detail": "only 0 B are free"}))
    found = running.answers(ill)
    assert found.state is State.BAD
    assert "disk: only 0 B are free" in found.text


def test_a_gateway_of_another_version_wants_a_restart(tmp_path: Path) -> None:
    found = running.answers(patient(tmp_path, answers=health()))
    assert found.state is State.LOOK
    assert __version__ in found.text


def test_a_successful_attack_on_itself_is_bad(tmp_path: Path) -> None:
    assert running.attack(patient(tmp_path)).state is State.ABSENT
    assert running.attack(patient(tmp_path, answers=health())).state is State.GOOD
    broken = health(broker={"ok": False, "detail": "2 attacks of the gateway on itself succeeded; the LAN is closed"})
    assert running.attack(patient(tmp_path, answers=broken)).state is State.BAD


def test_a_check_that_fails_or_hangs_says_so_and_stops_no_other(tmp_path: Path) -> None:
    def fails(patient: Patient) -> Finding:
        raise ZeroDivisionError("a mistake of ours")

    def hangs(patient: Patient) -> Finding:
        time.sleep(20)
        return good("late")

    def closed(patient: Patient) -> Finding:
        raise PermissionError(13, "denied", "/sys/secret")

    checks = [
        Check("A", "fails", fails), Check("A", "hangs", hangs, patience_s=0.05), Check("A", "closed", closed),
        Check("B", "works", lambda patient: good("well")),
    ]  # fmt: skip
    found = list(examine(patient(tmp_path), checks))
    assert [one.state for one in found] == [State.LOOK, State.LOOK, State.ABSENT, State.GOOD]
    assert "a mistake of ours" in found[0].text
    assert "no answer" in found[1].text
    assert "sudo" in found[2].advice


def test_no_check_fails_on_this_machine_or_on_one_that_shows_nothing(tmp_path: Path) -> None:
    for place in (patient(tmp_path), patient(Path("/"), data=tmp_path)):
        for result in examine(place, CHECKS):
            assert "could not be looked at" not in result.text, result
            assert "no answer" not in result.text, result
            assert result.text
            assert "\n" not in result.text + result.advice


def test_what_is_wrong_comes_with_what_to_do(tmp_path: Path) -> None:
    boards.pi_3(tmp_path)
    for result in examine(patient(tmp_path), CHECKS):
        if result.state is State.BAD:
            assert result.advice, result
