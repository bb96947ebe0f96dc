"""Which cores threads run on; in processes of their own, as tests share theirs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.bench.site import Site

PROGRAM = """
import os, threading
from concurrent.futures import ThreadPoolExecutor
from gateway.backends.cores import anywhere, keep_together

every = os.sched_getaffinity(0)
release = threading.Event()
other = threading.Thread(target=release.wait)
other.start()
keep_together((threading.get_native_id(), other.native_id))
assert os.sched_getaffinity(0) == os.sched_getaffinity(other.native_id) == {max(every)}
with ThreadPoolExecutor(1) as bound, ThreadPoolExecutor(1, initializer=anywhere) as free:
    assert bound.submit(os.sched_getaffinity, 0).result() == {max(every)}
    assert free.submit(os.sched_getaffinity, 0).result() == every
release.set()
"""

needs_two_cores = pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two cores")


@needs_two_cores
def test_threads_are_kept_together_and_pools_run_anywhere() -> None:
    subprocess.run([sys.executable, "-c", PROGRAM], check=True)


def test_on_a_single_core_there_is_nothing_to_do() -> None:
    program = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
    program += "from gateway.backends.cores import keep_together, anywhere\n"
    program += (
        "before = os.sched_getaffinity(0); keep_together([0]); anywhere(); assert os.sched_getaffinity(0) == before"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@needs_two_cores
def test_the_loop_and_the_store_of_a_gateway_share_a_core_and_its_readers_do_not(tmp_path: Path) -> None:
    site = Site(tmp_path)
    with site.start() as server:
        site.enrol(1)
        threads = {
            (task / "comm").read_text().strip() + task.name: os.sched_getaffinity(int(task.name))
            for task in Path(f"/proc/{server.pid}/task").iterdir()
        }
    every = os.sched_getaffinity(0)
    bound = [cores for cores in threads.values() if cores == {max(every)}]
    assert len(bound) >= 2
    assert every in threads.values()
