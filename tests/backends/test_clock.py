"""The machine's clocks, on this machine and on copies of others' /proc, /run and /sys."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import pytest

from gateway.backends.clock import Discipline, LinuxClock, TimeFile
from gateway.core.ports.clock import BUILT_MS, MachineClock, Remembered, TimeMemory, Trust

PI = "aarch64"


def machine(tmp_path: Path, *, synchronised: bool = False, rtc_s: int | None = None) -> Path:
    boot = tmp_path / "proc/sys/kernel/random"
    boot.mkdir(parents=True)
    (boot / "boot_id").write_text("44551758-7cc8-4dc1-b480-5baedd8a89df\n")
    if synchronised:
        (tmp_path / "run/systemd/timesync").mkdir(parents=True)
        (tmp_path / "run/systemd/timesync/synchronized").touch()
    if rtc_s is not None:
        (tmp_path / "sys/class/rtc/rtc0").mkdir(parents=True)
        (tmp_path / "sys/class/rtc/rtc0/since_epoch").write_text(f"{rtc_s}\n")
    return tmp_path


@pytest.fixture(autouse=True)
def unsynchronised_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the kernel of the machine that tests run on says must not matter."""
    monkeypatch.setattr("gateway.backends.clock.discipline", lambda: None)


def test_it_is_what_the_gateway_asks_for(tmp_path: Path) -> None:
    clock: MachineClock = LinuxClock()
    memory: TimeMemory = TimeFile(tmp_path / "clock.json")
    assert memory.load() is None
    assert clock.boot == LinuxClock().boot != ""
    assert clock.boot.isalnum()


def test_both_clocks_are_read_at_the_same_moment() -> None:
    clock = LinuxClock()
    apart = {(said.wall_ms - said.monotonic_ms) for said in (clock.say() for _ in range(200))}
    assert max(apart) - min(apart) < 100
    assert abs(clock.say().wall_ms - time.time() * 1000) < 60_000
    assert clock.monotonic_ms() <= clock.monotonic_ms()


def test_a_board_without_anything_is_not_believed(tmp_path: Path) -> None:
    assert LinuxClock(root=machine(tmp_path), machine=PI).say().trust is Trust.NONE


def test_a_board_is_believed_once_timesyncd_says_so(tmp_path: Path) -> None:
    clock = LinuxClock(root=machine(tmp_path), machine=PI)
    assert clock.say().trust is Trust.NONE
    (tmp_path / "run/systemd/timesync").mkdir(parents=True)
    (tmp_path / "run/systemd/timesync/synchronized").touch()
    assert clock.say().trust is Trust.SYNCHRONISED


def test_what_the_kernel_says_is_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.backends.clock.discipline", lambda: Discipline(True, 0.0))
    assert LinuxClock(root=machine(tmp_path), machine=PI).say().trust is Trust.SYNCHRONISED


def test_a_battery_clock_is_believed_when_its_time_can_be(tmp_path: Path) -> None:
    assert LinuxClock(root=machine(tmp_path / "a", rtc_s=int(time.time())), machine=PI).say().trust is Trust.KEPT


@pytest.mark.parametrize("rtc_s", [30, BUILT_MS // 1000 - 1, 4_000_000_000])
def test_a_battery_clock_that_lost_its_time_is_not(tmp_path: Path, rtc_s: int) -> None:
    for kind in (PI, "x86_64"):
        assert LinuxClock(root=machine(tmp_path / kind, rtc_s=rtc_s), machine=kind).say().trust is Trust.NONE


def test_a_container_on_a_pc_is_believed_without_any_device(tmp_path: Path) -> None:
    assert LinuxClock(root=machine(tmp_path), machine="x86_64").say().trust is Trust.KEPT


def test_the_owners_word_counts(tmp_path: Path) -> None:
    assert LinuxClock("always", root=machine(tmp_path), machine=PI).say().trust is Trust.SYNCHRONISED


def test_a_boot_has_one_name(tmp_path: Path) -> None:
    assert LinuxClock(root=machine(tmp_path)).boot == "445517587cc8"
    nowhere = LinuxClock(root=tmp_path / "nothing").boot
    assert nowhere.isalnum()


def test_the_time_is_remembered_and_a_torn_file_is_only_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    memory = TimeFile(tmp_path / "clock.json")
    kept = Remembered("m", 5, True, BUILT_MS)
    memory.save(kept)
    assert memory.load() == kept
    (tmp_path / "clock.json").write_bytes(b'{"boot":')
    with caplog.at_level(logging.WARNING):
        assert memory.load() is None
    assert caplog.records
