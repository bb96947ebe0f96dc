"""The gateway's process, under the names every Prometheus client uses, and what was built."""

from __future__ import annotations

import platform
import resource
import time
from contextlib import suppress
from pathlib import Path

from ..core.metrics import Metric, MetricTable, counter, gauge

_SELF = Path("/proc/self")


class Process:
    """The process. Its start is worked out once: setting the clock is not a restart."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.started_s = time.time() - _age_s()


def _age_s() -> float:
    """Seconds since this process began."""
    with suppress(OSError, ValueError, IndexError):
        ticks = int(_stat()[19])
        return max(
            0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / 100
        )  # the kernel tells user space 100 a second
    return 0.0


def _stat() -> list[str]:
    """`/proc/self/stat` from the third field on; the second, a name, may hold blanks."""
    return (_SELF / "stat").read_text().rpartition(")")[2].split()


def table(process: Process) -> MetricTable:
    """What the kernel knows of it."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    built = {"version": process.version, "python": platform.python_version(), "machine": platform.machine()}
    rows: dict[str, Metric] = {
        "gateway_build_info": ("gauge", "What runs here; always 1", [(built, 1.0)]),
        "process_cpu_seconds_total": counter("User and system processor time", usage.ru_utime + usage.ru_stime),
        "process_start_time_seconds": gauge("When the process began, by the clock of then", process.started_s),
        "process_max_fds": gauge("Most file descriptors it may have", resource.getrlimit(resource.RLIMIT_NOFILE)[0]),
    }
    with suppress(OSError, ValueError, IndexError):
        virtual, resident = (int(pages) * resource.getpagesize() for pages in (_SELF / "statm").read_text().split()[:2])
        rows["process_resident_memory_bytes"] = gauge("Memory it really takes", resident)
        rows["process_virtual_memory_bytes"] = gauge("Addresses it has taken", virtual)
        rows["process_open_fds"] = gauge("Open file descriptors", sum(1 for _ in (_SELF / "fd").iterdir()))
    return rows
