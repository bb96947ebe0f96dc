"""Boards that are not at hand, from what their kernels show."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gateway.checkup import machine
from gateway.checkup.finding import State
from gateway.config.settings import Settings, Site
from tests.backends.machine import boards

from .patients import patient


def test_a_weak_supply_is_the_first_thing_to_mend(tmp_path: Path) -> None:
    boards.pi_3(tmp_path)
    found = machine.power(patient(tmp_path))
    assert found.state is State.BAD
    assert "too weak now" in found.text
    assert "5 V 3 A" in found.advice


@pytest.mark.parametrize(
    ("bits", "state", "word"),
    [
        ("0", State.GOOD, "never slowed down"),
        ("10000", State.LOOK, "at some time"),
        ("50000", State.LOOK, "supply"),
        ("80000", State.LOOK, "heat"),
        ("4", State.LOOK, "now"),
        ("c0008", State.LOOK, "heat"),
    ],
)
def test_what_the_firmware_says_of_power_and_heat_is_told(tmp_path: Path, bits: str, state: State, word: str) -> None:
    boards.pi(tmp_path, "Raspberry Pi 4", memory_mb=1800, available_mb=900, temperature_c=50, throttled=bits)
    found = machine.power(patient(tmp_path))
    assert found.state is state
    assert word in found.text


def test_the_firmware_is_asked_by_its_own_command_where_no_file_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = boards.put(tmp_path, "bin/vcgencmd", '#!/bin/sh\n[ "$1" = get_throttled ] && echo "throttled=0x50000"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    assert "at some time" in machine.power(patient(tmp_path)).text
    program.write_text("#!/bin/sh\necho 'VCHI initialization failed' >&2\nexit 255\n")
    assert machine.power(patient(tmp_path)).state is State.ABSENT


def test_a_machine_that_does_not_tell_about_power_or_heat_is_not_ill(tmp_path: Path) -> None:
    assert machine.power(patient(tmp_path)).state is State.ABSENT
    assert machine.temperature(patient(tmp_path)).state is State.ABSENT
    assert machine.memory(patient(tmp_path)).state is State.ABSENT


@pytest.mark.parametrize(("degrees", "state"), [(45, State.GOOD), (73, State.LOOK), (84, State.BAD)])
def test_heat_is_told_before_it_slows_the_board(tmp_path: Path, degrees: float, state: State) -> None:
    boards.pi(tmp_path, "Raspberry Pi 4", memory_mb=1800, available_mb=900, temperature_c=degrees, throttled="0")
    assert machine.temperature(patient(tmp_path)).state is state


@pytest.mark.parametrize(("available_mb", "state"), [(230, State.GOOD), (60, State.LOOK), (12, State.BAD)])
def test_a_small_board_is_told_when_memory_gets_short(tmp_path: Path, available_mb: int, state: State) -> None:
    boards.zero_2(tmp_path)
    boards.pi(tmp_path, "Zero 2 W", memory_mb=416, available_mb=available_mb, temperature_c=40, throttled="0")
    assert machine.memory(patient(tmp_path)).state is state


@pytest.mark.parametrize(
    ("place", "used", "state", "word"),
    [
        ("/dev/zram0", 200_000, State.GOOD, "compressed"),
        ("/var/swap", 2_000, State.GOOD, "/var/swap"),
        ("/var/swap", 200_000, State.LOOK, "wears"),
    ],
)
def test_swapping_to_the_card_is_told(tmp_path: Path, place: str, used: int, state: State, word: str) -> None:
    boards.put(tmp_path, "proc/swaps", f"Filename\tType\tSize\tUsed\tPriority\n{place} file 512000 {used} -2\n")
    found = machine.swap(patient(tmp_path))
    assert found.state is state
    assert word in found.text


def test_the_running_gateway_s_own_limit_of_open_files_counts(tmp_path: Path) -> None:
    boards.put(tmp_path, "data/gateway.lock", "77")
    boards.put(
        tmp_path, "proc/77/limits", "Limit   Soft Limit   Hard Limit   Units\nMax open files   256   4096   files\n"
    )
    found = machine.open_files(patient(tmp_path))
    assert found.state is State.LOOK
    assert "256" in found.text
    assert "LimitNOFILE" in found.advice


def test_a_zone_this_machine_does_not_know_is_told(tmp_path: Path) -> None:
    lost = msgspec.structs.replace(patient(tmp_path), settings=Settings(site=Site(timezone="Mars/Olympus")))
    assert machine.time_zone(lost).state is State.BAD
    berlin = msgspec.structs.replace(lost, settings=Settings(site=Site(timezone="Europe/Berlin")))
    assert machine.time_zone(berlin).state is State.GOOD


def test_the_board_is_named(tmp_path: Path) -> None:
    boards.zero_2(tmp_path)
    assert "Raspberry Pi Zero 2 W Rev 1.0" in machine.model(patient(tmp_path)).text
