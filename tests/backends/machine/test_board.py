"""The computer, from the trees of boards."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.backends.machine.board import HAS_HAPPENED, THROTTLED, UNDERVOLTAGE, board

from . import boards


def test_a_pi_with_a_weak_supply_says_so(tmp_path: Path) -> None:
    boards.pi_3(tmp_path)
    found = board(tmp_path)
    assert found.model == "Raspberry Pi 3 Model B Rev 1.2"
    assert found.throttled is not None
    assert found.throttled & UNDERVOLTAGE
    assert found.throttled >> HAS_HAPPENED & THROTTLED
    assert found.temperature_c == pytest.approx(54.8)
    assert found.memory_bytes == 905 * 2**20
    assert found.memory_available_bytes == 640 * 2**20
    assert found.system.startswith("Debian GNU/Linux 12 (bookworm), ")


def test_a_kernel_that_tells_the_voltage_by_hwmon_is_understood(tmp_path: Path) -> None:
    boards.put(tmp_path, "sys/class/hwmon/hwmon1/name", "rpi_volt\n")
    alarm = boards.put(tmp_path, "sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1\n")
    assert board(tmp_path).throttled == UNDERVOLTAGE
    alarm.write_text("0\n")
    assert board(tmp_path).throttled == 0


def test_what_a_machine_does_not_tell_is_not_known(tmp_path: Path) -> None:
    found = board(tmp_path)
    assert (found.model, found.throttled, found.temperature_c, found.memory_bytes) == ("", None, None, None)
