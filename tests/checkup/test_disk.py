"""Disks: recorded ones, and a real one that is full."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.checkup import disk
from gateway.checkup.finding import State
from tests.backends.machine import boards
from tests.backends.small_disk import fill, small_disk

from .patients import patient


def answer(per_day: int | None, budget: int = 2_000_000_000, years: float | None = 6.6) -> dict[str, object]:
    life = {"text": "about 7 years", "basis": "guessed", "years": years}
    wear = {
        "measured": True, "part_bytes_per_day": {"readings": 9 * (per_day or 0) // 10, "main": (per_day or 0) // 10},
        "total_bytes_per_day": per_day, "budget_bytes_per_day": budget, "life": life,
    }  # fmt: skip
    return {"/api/system": {"wear": wear}}


def test_a_card_is_named_with_its_size(tmp_path: Path) -> None:
    boards.pi_3(tmp_path)
    found = disk.kind(patient(tmp_path))
    assert (found.state, found.text) == (State.GOOD, "SD card SC32G 32 GB, ext4 at /")


def test_a_folder_in_memory_is_bad_because_all_is_lost_without_power(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", 1024) as small:
        found = disk.kind(patient(Path("/"), data=small / "data"))
        assert found.state is State.BAD
        assert "lost" in found.text


def test_a_full_disk_is_bad_and_one_with_room_is_not(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", 1024) as small:
        assert disk.room(patient(tmp_path, data=small)).state is State.GOOD
        fill(small)
        found = disk.room(patient(tmp_path, data=small))
        assert found.state is State.BAD
        assert "no reading can be kept" in found.text


def test_a_file_system_that_the_kernel_has_closed_for_writing_is_bad(tmp_path: Path) -> None:
    boards.mmc(tmp_path, state="ro")
    assert disk.file_system(patient(tmp_path)).state is State.BAD


def test_errors_on_record_are_told(tmp_path: Path) -> None:
    boards.mmc(tmp_path)
    assert disk.file_system(patient(tmp_path)).state is State.GOOD
    boards.put(tmp_path, "sys/fs/ext4/mmcblk0p2/errors_count", "3\n")
    found = disk.file_system(patient(tmp_path))
    assert (found.state, found.text) == (State.BAD, "3 errors on record")


def test_the_speed_is_measured_on_the_real_disk_and_leaves_nothing_behind(tmp_path: Path) -> None:
    found = disk.speed(patient(tmp_path, data=tmp_path))
    assert "99 of 100 within" in found.text
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_has_no_speed(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", 1024) as small:
        fill(small)
        found = disk.speed(patient(tmp_path, data=small))
        assert (found.state, found.text) == (State.ABSENT, "not measured: there is no room left to write to")


def test_what_the_running_gateway_writes_is_told_by_part(tmp_path: Path) -> None:
    found = disk.wear(patient(tmp_path, answers=answer(840_000_000)))
    assert found.state is State.GOOD
    assert found.text == "the gateway writes 840 MB a day (readings 756 MB, main 84 MB), budget 2.0 GB"


def test_writing_over_the_budget_is_worth_a_look(tmp_path: Path) -> None:
    assert disk.wear(patient(tmp_path, answers=answer(3_000_000_000))).state is State.LOOK


def test_a_life_that_is_not_known_is_not_called_good(tmp_path: Path) -> None:
    boards.mmc(tmp_path)
    assert disk.life(patient(tmp_path, answers=answer(None, years=None))).state is State.ABSENT
    assert disk.life(patient(tmp_path)).state is State.ABSENT
    assert disk.wear(patient(tmp_path)).state is State.ABSENT


@pytest.mark.parametrize(("years", "state"), [(6.6, State.GOOD), (1.2, State.LOOK), (0.0, State.LOOK)])
def test_a_short_life_is_worth_a_look(tmp_path: Path, years: float, state: State) -> None:
    boards.mmc(tmp_path)
    assert disk.life(patient(tmp_path, answers=answer(10**9, years=years))).state is state


def test_a_stopped_gateway_s_kept_figures_are_used(tmp_path: Path) -> None:
    boards.mmc(tmp_path)
    days = '{"days":[{"day":"2026-01-07","seconds":86400,"part_bytes":{"readings":250000000},"disk_bytes":1000000000}]}'
    boards.put(tmp_path, "data/wear.json", days)
    assert "250 MB a day" in disk.wear(patient(tmp_path)).text
    assert disk.life(patient(tmp_path)).text.startswith("about 7 years left, an estimate: 1.0 GB a day")


@pytest.mark.parametrize(("life", "reserve"), [("0x0b 0x01", "0x01"), ("0x02 0x01", "0x02"), ("0x09 0x02", "0x01")])
def test_a_chip_that_says_its_end_is_near_is_believed(tmp_path: Path, life: str, reserve: str) -> None:
    boards.compute_module(tmp_path, life=life, reserve=reserve)
    found = disk.life(patient(tmp_path))
    assert found.state is State.BAD
    assert "backup" in found.advice
