"""What a folder is on, from the trees of boards and from this very machine."""

from __future__ import annotations

import os
from pathlib import Path

from gateway.backends.machine.volume import (
    ChipHealth,
    Kind,
    chip_health,
    file_system_errors,
    lifetime_bytes,
    volume,
    written_bytes,
)
from tests.backends.small_disk import small_disk

from . import boards

SOMEWHERE = Path("/var/lib/gateway")


def test_an_sd_card_is_told_with_its_name_size_and_what_was_written_to_all_of_it(tmp_path: Path) -> None:
    boards.pi_3(tmp_path)
    found = volume(SOMEWHERE, tmp_path)
    assert (found.kind, found.model, found.device, found.disk) == (Kind.SD, "SC32G", "mmcblk0p2", "mmcblk0")
    assert (found.file_system, found.mount, found.read_only) == ("ext4", "/", False)
    assert found.size_bytes == 32 * 10**9
    assert written_bytes(found) == 2_000_000 * 512
    assert lifetime_bytes(found, tmp_path) == 12_345_678 * 1024
    assert file_system_errors(found, tmp_path) == 0
    assert chip_health(found) is None


def test_an_emmc_says_how_worn_it_is(tmp_path: Path) -> None:
    boards.compute_module(tmp_path, life="0x02 0x05", reserve="0x02")
    found = volume(SOMEWHERE, tmp_path)
    assert found.kind is Kind.EMMC
    assert chip_health(found) == ChipHealth(used_tenths=5, reserve=2)


def test_an_old_emmc_that_does_not_know_its_wear_is_not_believed_to_be_new(tmp_path: Path) -> None:
    boards.compute_module(tmp_path, life="0x00 0x00")
    assert chip_health(volume(SOMEWHERE, tmp_path)) is None


def test_a_disk_at_usb_is_no_hard_disk_though_its_bridge_says_so(tmp_path: Path) -> None:
    boards.usb_disk(tmp_path)
    assert volume(SOMEWHERE, tmp_path).kind is Kind.USB


def test_a_removable_disk_at_usb_is_a_stick(tmp_path: Path) -> None:
    boards.usb_disk(tmp_path, removable=1)
    assert volume(SOMEWHERE, tmp_path).kind is Kind.STICK


def test_an_encrypted_volume_is_on_the_disk_below_it(tmp_path: Path) -> None:
    disk = boards.usb_disk(tmp_path)
    boards.put(tmp_path, "sys/devices/virtual/block/dm-0/size", "1000\n")
    boards.link(tmp_path, "sys/devices/virtual/block/dm-0/slaves/sda2", f"{disk}/sda2")
    boards.link(tmp_path, "sys/dev/block/253:0", "sys/devices/virtual/block/dm-0")
    mounts = "27 1 253:0 / / rw - ext4 /dev/mapper/root rw\n"
    boards.put(tmp_path, "proc/self/mountinfo", mounts)
    found = volume(SOMEWHERE, tmp_path)
    assert (found.disk, found.device, found.kind) == ("sda", "dm-0", Kind.USB)


def test_the_deepest_mount_counts_and_blanks_in_its_name_are_read(tmp_path: Path) -> None:
    data = tmp_path / "my data"
    (data / "gateway").mkdir(parents=True)
    escaped = str(data).replace(" ", "\\040")
    mounts = f"27 1 0:1 / / rw - overlay overlay rw\n30 27 0:44 / {escaped} ro - tmpfs tmpfs rw\n"
    boards.put(tmp_path, "proc/self/mountinfo", mounts)
    found = volume(data / "gateway", tmp_path)
    assert (found.mount, found.kind, found.read_only) == (str(data), Kind.MEMORY, True)
    assert volume(tmp_path / "my data too", tmp_path).kind is Kind.UNKNOWN


def test_nothing_is_known_where_the_kernel_shows_nothing(tmp_path: Path) -> None:
    found = volume(SOMEWHERE, tmp_path)
    assert (found.kind, found.size_bytes, found.disk) == (Kind.UNKNOWN, 0, "")
    assert written_bytes(found) is None
    assert lifetime_bytes(found, tmp_path) is None


def test_this_machine_s_own_mounts_are_found(tmp_path: Path) -> None:
    found = volume(tmp_path)
    assert found.mount
    assert os.path.realpath(tmp_path).startswith(found.mount)


def test_a_disk_in_memory_is_told_as_that(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", 256) as disk:
        assert volume(disk).kind is Kind.MEMORY
