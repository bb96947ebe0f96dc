"""The clocks of a Linux machine, and whether its wall clock deserves belief. And a file that remembers the time.

Who would know: the kernel's clock discipline (chrony, ntpd and timesyncd tell it), timesyncd's own mark, a real-time
clock with a plausible time. On boards without one, what sets the clock at start (fake-hwclock, timesyncd) restores
some moment before the power failed: that looks like a time and is none.
"""

from __future__ import annotations

import ctypes
import logging
import platform
import time
from pathlib import Path
from time import CLOCK_BOOTTIME, clock_gettime_ns
from typing import Literal, NamedTuple

import msgspec

from ..core.ports.clock import BUILT_MS, Remembered, Said, Trust
from .private_files import write_private

_log = logging.getLogger(__name__)

_TIMEX_BYTES = 256
_FREQUENCY_AT = 16
_FREQUENCY_ONE = 1 << 16
_STATUS_AT = 40
_STA_UNSYNC = 0x40
_TIME_ERROR = 5
_RTC_APART_MS = 86_400_000
"""A real-time clock and the system's further apart than this: one of them was never set."""
_QUICK_NS = 2_000_000


class LinuxClock:
    """Fulfils the port MachineClock. `trust` always: the wall clock is believed whatever it is.

    `root` holds the `proc`, `run` and `sys` of the machine.
    """

    def __init__(
        self, trust: Literal["auto", "always"] = "auto", root: Path = Path("/"), machine: str = platform.machine()
    ) -> None:
        self._always = trust == "always"
        self._root = root
        self._boot = _boot_name(root)
        # Asked once: to read it is slow, and whoever sets it sets the system's clock, too.
        self._kept = _is_kept(root, machine)

    @property
    def boot(self) -> str:
        """A short name of this boot of the machine."""
        return self._boot

    def monotonic_ms(self) -> int:
        """Since the machine's start, suspended or not."""
        return clock_gettime_ns(CLOCK_BOOTTIME) // 1_000_000

    def say(self) -> Said:
        """Both clocks at the same moment, and how far to believe the wall clock."""
        for _ in range(10):
            before_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
            wall_ns = time.time_ns()
            if time.clock_gettime_ns(time.CLOCK_BOOTTIME) - before_ns < _QUICK_NS:
                break
        return Said(before_ns // 1_000_000, wall_ns // 1_000_000, self._trust())

    def _trust(self) -> Trust:
        if self._always or self._synchronised():
            return Trust.SYNCHRONISED
        return Trust.KEPT if self._kept else Trust.NONE

    def _synchronised(self) -> bool:
        return (self._root / "run/systemd/timesync/synchronized").exists() or (
            (told := discipline()) is not None and told.synchronised
        )


class Discipline(NamedTuple):
    """What the kernel knows of its wall clock."""

    synchronised: bool
    """Somebody keeps it right."""
    drift_ppm: float
    """How fast it would go wrong by itself, as far as somebody has found out."""


def discipline() -> Discipline | None:
    """None also where a sandbox does not let us ask."""
    timex = ctypes.create_string_buffer(_TIMEX_BYTES)
    try:
        state: int = ctypes.CDLL(None).adjtimex(timex)
    except (OSError, AttributeError):
        return None
    if state < 0:
        return None
    if ctypes.sizeof(ctypes.c_void_p) != 8:
        return Discipline(state < _TIME_ERROR, 0.0)
    status = int.from_bytes(timex.raw[_STATUS_AT : _STATUS_AT + 4], "little")
    frequency = int.from_bytes(timex.raw[_FREQUENCY_AT : _FREQUENCY_AT + 8], "little", signed=True)
    return Discipline(state < _TIME_ERROR and not status & _STA_UNSYNC, frequency / _FREQUENCY_ONE)


def _boot_name(root: Path) -> str:
    try:
        return (root / "proc/sys/kernel/random/boot_id").read_text().replace("-", "").strip()[:12]
    except OSError:
        started_s = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
        return f"{round(started_s):x}"


def _is_kept(root: Path, machine: str) -> bool:
    """Whether something kept the time while the power was off."""
    clocks = sorted((root / "sys/class/rtc").glob("rtc*"))
    if not clocks:
        # PCs and their virtual machines get their time from firmware or host even where no device shows it.
        return machine in ("x86_64", "i686", "AMD64")
    now_ms = time.time_ns() // 1_000_000
    return any(abs(kept_ms - now_ms) < _RTC_APART_MS for kept_ms in map(_rtc_ms, clocks) if kept_ms >= BUILT_MS)


def _rtc_ms(clock: Path) -> int:
    try:
        return int((clock / "since_epoch").read_text()) * 1000
    except (OSError, ValueError):
        return 0


class TimeFile:
    """One small file, replaced as a whole; fulfils the port TimeMemory."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Remembered | None:
        """What was kept; None when there is nothing readable."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Remembered)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as error:
            _log.warning("%s is unreadable, the last time known is taken from the database: %s", self._path, error)
            return None

    def save(self, remembered: Remembered) -> None:
        """Keep it durably; blocks for as long as the disk takes. Raises OSError."""
        write_private(self._path, msgspec.json.encode(remembered))
