"""The file system a folder is on, and the disk below it."""

from __future__ import annotations

import os
import re
from enum import StrEnum
from pathlib import Path

import msgspec

from . import files

ROOT = Path("/")
_SECTOR_BYTES = 512  # whatever the disk's own, the kernel counts in these
_WRITTEN = 6
"""Which number of `stat` is sectors written (Documentation/admin-guide/iostats.rst)."""
_IN_MEMORY = frozenset({"tmpfs", "ramfs"})


class Kind(StrEnum):
    """What a disk is made of, as people call it."""

    SD = "SD card"
    EMMC = "eMMC"
    STICK = "USB stick"
    USB = "USB disk"
    NVME = "NVMe SSD"
    SSD = "SSD"
    HARD_DISK = "hard disk"
    VIRTUAL = "virtual disk"
    MEMORY = "memory"
    UNKNOWN = "unknown disk"


class Volume(msgspec.Struct, frozen=True):
    """A mounted file system. Empty text and None: the kernel does not tell."""

    mount: str
    file_system: str
    options: tuple[str, ...]
    device: str = ""
    """The partition, as `mmcblk0p2`."""
    disk: str = ""
    """The whole disk, as `mmcblk0`."""
    folder: str = ""
    """The whole disk's folder in sysfs."""
    kind: Kind = Kind.UNKNOWN
    model: str = ""
    size_bytes: int = 0
    """Of the whole disk."""

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written: so the kernel leaves a file system that it found damaged."""
        return "ro" in self.options


class ChipHealth(msgspec.Struct, frozen=True):
    """What an eMMC chip says of itself (JEDEC 5.0): life used in tenths, 11 is over; reserve 1 normal, 2 low, 3 out."""

    used_tenths: int
    reserve: int


def volume(folder: Path, root: Path = ROOT) -> Volume:
    """What `folder` is on. `root` is where /proc and /sys are found."""
    found = _mounted(folder, root)
    if found is None:
        return Volume("", "", ())
    number, mount, file_system, options, source = found
    if file_system in _IN_MEMORY:
        return Volume(mount, file_system, options, kind=Kind.MEMORY)
    device = _device(number, source, root)
    if device is None:
        return Volume(mount, file_system, options)
    disk = _disk(device)
    return Volume(
        mount=mount,
        file_system=file_system,
        options=options,
        device=device.name,
        disk=disk.name,
        folder=str(disk),
        kind=_kind(disk),
        model=files.text(disk / "device/name") or files.text(disk / "device/model") or "",
        size_bytes=(files.number(disk / "size") or 0) * _SECTOR_BYTES,
    )


def written_bytes(on: Volume) -> int | None:
    """What everybody has written to this whole disk since the machine started."""
    words = (files.text(Path(on.folder) / "stat") or "").split() if on.folder else []
    return int(words[_WRITTEN]) * _SECTOR_BYTES if len(words) > _WRITTEN else None


def lifetime_bytes(on: Volume, root: Path = ROOT) -> int | None:
    """What was ever written to this file system, which ext4 counts; less than what the disk has seen."""
    kib = files.number(root / "sys/fs/ext4" / on.device / "lifetime_write_kbytes") if on.device else None
    return None if kib is None else kib * 1024


def file_system_errors(on: Volume, root: Path = ROOT) -> int | None:
    """Errors found in this ext4 file system since it was last checked."""
    return files.number(root / "sys/fs/ext4" / on.device / "errors_count") if on.device else None


def chip_health(on: Volume) -> ChipHealth | None:
    """None: no eMMC, or it does not tell."""
    used = (files.text(Path(on.folder) / "device/life_time") or "").split() if on.folder else []
    try:
        tenths = max(int(word, 16) for word in used)
        reserve = int(files.text(Path(on.folder) / "device/pre_eol_info") or "0", 16)
    except ValueError:
        return None
    return ChipHealth(tenths, reserve) if tenths else None


def _mounted(folder: Path, root: Path) -> tuple[str, str, str, tuple[str, ...], str] | None:
    """(major:minor, mount point, type, options, source) of the mount that holds `folder`: the deepest, and newest."""
    place = os.path.realpath(folder)
    best: tuple[str, str, str, tuple[str, ...], str] | None = None
    for line in (files.text(root / "proc/self/mountinfo") or "").splitlines():
        before, _, after = line.partition(" - ")
        words, kind = before.split(), after.split()
        if len(words) < 6 or len(kind) < 2:
            continue
        mount = _plain(words[4])
        inside = place == mount or place.startswith(mount.rstrip("/") + "/")
        if inside and (best is None or len(mount) >= len(best[1])):
            options = tuple(words[5].split(",") + (kind[2].split(",") if len(kind) > 2 else []))
            best = (words[2], mount, kind[0], options, _plain(kind[1]))
    return best


def _plain(escaped: str) -> str:
    """A path as it is; the kernel writes a blank as a backslash and 040."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), escaped)


def _device(number: str, source: str, root: Path) -> Path | None:
    """The block device's folder; by the name of its source where the file system has a number of its own (btrfs)."""
    for link in (root / "sys/dev/block" / number, root / "sys/class/block" / Path(source).name):
        if link.exists() and Path(source).name:
            return link.resolve()
    return None


def _disk(device: Path) -> Path:
    """The whole disk below a partition, an encrypted or a logical volume."""
    for _ in range(4):
        if (device / "partition").exists():
            device = device.parent
        below = sorted((device / "slaves").glob("*"))
        if not below:
            break
        device = below[0].resolve()
    return device


def _kind(disk: Path) -> Kind:
    name = disk.name
    if name.startswith("mmcblk"):
        return Kind.EMMC if files.text(disk / "device/type") == "MMC" else Kind.SD
    if name.startswith("nvme"):
        return Kind.NVME
    if name.startswith(("vd", "xvd", "loop", "zram", "ram", "nbd")):
        return Kind.VIRTUAL
    if not name.startswith(("sd", "hd")):
        return Kind.UNKNOWN
    if "/usb" in str(disk):
        return Kind.STICK if files.number(disk / "removable") else Kind.USB
    return Kind.HARD_DISK if files.number(disk / "queue/rotational") else Kind.SSD
