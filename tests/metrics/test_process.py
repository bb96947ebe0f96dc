"""The process and the event loop, measured."""

from __future__ import annotations

import asyncio
import time

from gateway.metrics.lag import LoopLag
from gateway.metrics.process import Process, table


def value(name: str, process: Process) -> float:
    ((_, found),) = table(process)[name][2]
    assert isinstance(found, float | int)
    return found


def test_what_the_kernel_says_of_this_process_is_told() -> None:
    process = Process("1.2.3")
    assert 0 < time.time() - value("process_start_time_seconds", process) < 7200
    assert 5e6 < value("process_resident_memory_bytes", process) < value("process_virtual_memory_bytes", process)
    assert 3 <= value("process_open_fds", process) < value("process_max_fds", process)
    assert value("process_cpu_seconds_total", process) > 0
    ((labels, one),) = table(process)["gateway_build_info"][2]
    assert (labels["version"], one) == ("1.2.3", 1.0)


async def test_a_loop_that_is_held_up_is_seen() -> None:
    now_s = 0.0

    def clock_s() -> float:
        nonlocal now_s
        now_s += 1.3  # between asking and coming back
        return now_s

    lag = LoopLag(clock_s)
    task = asyncio.create_task(lag.run())
    deadline = time.monotonic() + 30
    while not sum(lag.seconds.counts) and time.monotonic() < deadline:  # noqa: ASYNC110 - looked at from outside
        await asyncio.sleep(0.05)
    task.cancel()
    seconds = lag.seconds
    assert seconds.counts[seconds.bounds.index(0.5)] == sum(seconds.counts) > 0
