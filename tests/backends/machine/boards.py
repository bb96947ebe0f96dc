"""Trees of /proc and /sys as boards show them that are not at hand. Every path and form is the kernel's."""

from __future__ import annotations

import os
from pathlib import Path

_MOUNTS = """\
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 {number} / / {state},noatime shared:1 - {kind} {source} rw
41 27 0:30 / /run rw,nosuid shared:5 - tmpfs tmpfs rw,size=97924k
"""
_MEMORY = """\
MemTotal:         {total:8} kB
MemFree:           105068 kB
MemAvailable:     {available:8} kB
SwapTotal:         102396 kB
SwapFree:           98300 kB
"""


def put(root: Path, path: str, content: str) -> Path:
    """A file of the tree."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
    return file


def link(root: Path, path: str, target: str) -> None:
    """A relative link within the tree, as sysfs has them."""
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(os.path.relpath(root / target, place.parent))


def stat_line(sectors_written: int) -> str:
    """A disk's `stat`."""
    return f"   66490    7471 3044309    78966   346986    58876 {sectors_written} 46934 0 31536 135905 0 0 0 0 0 0\n"


def mmc(root: Path, *, kind: str = "SD", name: str = "SC32G", gigabytes: int = 32, state: str = "rw") -> str:
    """Root on the second partition of an SD card or eMMC; its disk's folder."""
    disk = f"sys/devices/platform/soc/3f202000.mmc/mmc_host/mmc0/mmc0:aaaa/block/{'mmcblk0'}"
    put(root, f"{disk}/size", f"{gigabytes * 10**9 // 512}\n")
    put(root, f"{disk}/stat", stat_line(2_000_000))
    put(root, f"{disk}/device/type", f"{kind}\n")
    put(root, f"{disk}/device/name", f"{name}\n")
    put(root, f"{disk}/mmcblk0p2/partition", "2\n")
    put(root, f"{disk}/mmcblk0p2/stat", stat_line(1_900_000))
    link(root, "sys/dev/block/179:2", f"{disk}/mmcblk0p2")
    put(root, "sys/fs/ext4/mmcblk0p2/lifetime_write_kbytes", "12345678\n")
    put(root, "sys/fs/ext4/mmcblk0p2/errors_count", "0\n")
    mounts = _MOUNTS.format(number="179:2", kind="ext4", source="/dev/mmcblk0p2", state=state)
    put(root, "proc/self/mountinfo", mounts)
    return disk


def usb_disk(root: Path, *, removable: int = 0) -> str:
    """Root on a disk at a USB port; its folder."""
    disk = "sys/devices/platform/scb/fd500000.pcie/pci0000:00/0000:01:00.0/usb2/2-1/2-1:1.0/host0/block/sda"
    put(root, f"{disk}/size", "488397168\n")
    put(root, f"{disk}/stat", stat_line(4_000_000))
    put(root, f"{disk}/removable", f"{removable}\n")
    put(root, f"{disk}/queue/rotational", "1\n")
    put(root, f"{disk}/device/model", "PSSD T7\n")
    put(root, f"{disk}/sda2/partition", "2\n")
    link(root, "sys/dev/block/8:2", f"{disk}/sda2")
    put(root, "proc/self/mountinfo", _MOUNTS.format(number="8:2", kind="ext4", source="/dev/sda2", state="rw"))
    return disk


def pi(root: Path, model: str, *, memory_mb: int, available_mb: int, temperature_c: float, throttled: str) -> None:
    """A Raspberry Pi but for its disk."""
    put(root, "proc/device-tree/model", f"{model}\0")
    put(root, "proc/meminfo", _MEMORY.format(total=memory_mb * 1024, available=available_mb * 1024))
    put(root, "proc/uptime", "35023.21 133123.90\n")
    put(root, "proc/loadavg", "0.52 0.58 0.59 2/216 2071\n")
    put(root, "etc/os-release", 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\n')
    put(root, "sys/class/thermal/thermal_zone0/temp", f"{temperature_c * 1000:.0f}\n")
    put(root, "sys/devices/platform/soc/soc:firmware/get_throttled", f"{throttled}\n")


def pi_3(root: Path) -> None:
    """A Raspberry Pi 3B with an SD card and a weak power supply."""
    model = "Raspberry Pi 3 Model B Rev 1.2"
    pi(root, model, memory_mb=905, available_mb=640, temperature_c=54.8, throttled="50005")
    mmc(root)


def zero_2(root: Path) -> None:
    """A Raspberry Pi Zero 2 W: little memory, a small card, all well."""
    model = "Raspberry Pi Zero 2 W Rev 1.0"
    pi(root, model, memory_mb=416, available_mb=230, temperature_c=41.2, throttled="0")
    mmc(root, name="SU08G", gigabytes=8)


def compute_module(root: Path, *, life: str = "0x02 0x01", reserve: str = "0x01") -> None:
    """A Compute Module 4 with eMMC that says how worn it is."""
    model = "Raspberry Pi Compute Module 4 Rev 1.1"
    pi(root, model, memory_mb=3792, available_mb=3100, temperature_c=47.0, throttled="0")
    disk = mmc(root, kind="MMC", name="BJTD4R")
    put(root, f"{disk}/device/life_time", f"{life}\n")
    put(root, f"{disk}/device/pre_eol_info", f"{reserve}\n")
