"""The computer: model, memory, temperature, power."""

from __future__ import annotations

import os
from pathlib import Path

from ...core.ports.machine import Board
from . import files
from .volume import ROOT

UNDERVOLTAGE, CAPPED, THROTTLED, HOT = 1 << 0, 1 << 1, 1 << 2, 1 << 3
HAS_HAPPENED = 16
"""The same bits shifted by this: at some time since the machine started."""
_FIRMWARE = "sys/devices/platform/soc/soc:firmware/get_throttled"
_FIRMWARE_5 = "sys/devices/platform/axi/axi:firmware/get_throttled"


def board(root: Path = ROOT) -> Board:
    """The computer as it is now."""
    memory = files.numbers(root / "proc/meminfo")
    return Board(
        model=_model(root),
        system=_system(root),
        memory_bytes=_kib(memory, "MemTotal"),
        memory_available_bytes=_kib(memory, "MemAvailable"),
        swap_bytes=_kib(memory, "SwapTotal"),
        swap_free_bytes=_kib(memory, "SwapFree"),
        temperature_c=temperature_c(root),
        throttled=throttled(root),
        up_s=_first(root / "proc/uptime"),
        load_1=_first(root / "proc/loadavg"),
    )


def temperature_c(root: Path = ROOT) -> float | None:
    """The hottest sensor of the processor, in °C."""
    readings = [files.number(zone / "temp") for zone in (root / "sys/class/thermal").glob("thermal_zone*")]
    found = [reading / 1000 for reading in readings if reading is not None and 0 < reading < 200_000]
    return max(found, default=None)


def throttled(root: Path = ROOT) -> int | None:
    """What a Raspberry Pi's firmware says of power and heat; None: it is none, or does not tell here."""
    for place in (_FIRMWARE, _FIRMWARE_5):
        if found := files.text(root / place):
            try:
                return int(found, 16)
            except ValueError:
                return None
    for monitor in (root / "sys/class/hwmon").glob("hwmon*"):
        if files.text(monitor / "name") == "rpi_volt":
            alarm = files.number(monitor / "in0_lcrit_alarm")
            return None if alarm is None else UNDERVOLTAGE * (alarm > 0)
    return None


def _model(root: Path) -> str:
    for place in ("proc/device-tree/model", "sys/firmware/devicetree/base/model", "sys/class/dmi/id/product_name"):
        if found := files.text(root / place):
            return found
    return ""


def _system(root: Path) -> str:
    for line in (files.text(root / "etc/os-release") or "").splitlines():
        name, _, value = line.partition("=")
        if name == "PRETTY_NAME":
            return f"{value.strip(chr(34))}, {os.uname().machine}"
    return f"{os.uname().sysname}, {os.uname().machine}"


def _kib(memory: dict[str, int], name: str) -> int | None:
    return memory[name] * 1024 if name in memory else None


def _first(path: Path) -> float | None:
    words = (files.text(path) or "").split()
    try:
        return float(words[0]) if words else None
    except ValueError:
        return None
