"""Bytes written by part: with the kernel's real figures, and with recorded ones for what cannot be provoked."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvloop

from gateway.backends.machine.volume import Kind, volume
from gateway.backends.machine.written import Meter, part_of

from . import boards

MB = 1_000_000


@pytest.fixture
def on_disk() -> Iterator[Path]:
    """A folder on a real file system: what lies in memory is not counted."""
    for place in (Path(tempfile.gettempdir()), Path(__file__).parent, Path.home(), Path("/var/tmp")):
        if volume(place).kind is not Kind.MEMORY and os.access(place, os.W_OK):
            folder = Path(tempfile.mkdtemp(prefix="written-", dir=place))
            break
    else:
        pytest.skip("everything here is in memory")
    yield folder
    shutil.rmtree(folder)


def write(file: Path, count: int) -> None:
    with file.open("wb") as opened:
        opened.write(os.urandom(count))
        opened.flush()
        os.fsync(opened.fileno())


def test_what_is_written_and_synchronised_is_counted_for_its_part(on_disk: Path) -> None:
    meter = Meter()
    if meter.look() is None:
        pytest.skip("this kernel does not count bytes written")
    begin, done, over = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begin.wait(30)
        write(on_disk / "readings", 2 * MB)
        done.set()
        over.wait(30)

    worker = threading.Thread(target=work, name="store-writer")
    worker.start()
    begin.set()
    assert done.wait(30)
    write(on_disk / "main", MB)
    found = meter.look()
    over.set()
    worker.join(30)
    assert found is not None
    # The kernel counts whole pages; nothing else in this process writes so much.
    assert 2 * MB <= found.parts["readings"] < 2.5 * MB
    assert MB <= found.parts["main"] < 1.5 * MB


def test_a_thread_that_has_ended_is_not_forgotten(on_disk: Path) -> None:
    meter = Meter()
    if meter.look() is None:
        pytest.skip("this kernel does not count bytes written")
    worker = threading.Thread(target=write, args=(on_disk / "file", 2 * MB), name="store-writer")
    worker.start()
    worker.join(30)
    found = meter.look()
    assert found is not None
    assert found.parts["other"] >= 2 * MB


def test_what_is_removed_before_it_reached_the_disk_is_taken_back(on_disk: Path) -> None:
    meter = Meter()
    if meter.look() is None:
        pytest.skip("this kernel does not count bytes written")
    with (on_disk / "file").open("wb") as opened:
        opened.write(b"x" * MB)
    (on_disk / "file").unlink()
    found = meter.look()
    assert found is not None
    assert found.parts["main"] >= found.taken_back >= 0


def record(root: Path, total: int, threads: dict[int, int], taken_back: int = 0) -> None:
    shutil.rmtree(root / "proc", ignore_errors=True)
    for number, count in threads.items():
        boards.put(root, f"proc/self/task/{number}/io", f"write_bytes: {count}\ncancelled_write_bytes: 0\n")
    boards.put(root, "proc/self/io", f"write_bytes: {total}\ncancelled_write_bytes: {taken_back}\n")


def test_a_thread_under_an_old_number_begins_at_zero(tmp_path: Path) -> None:
    names = {1: "MainThread", 2: "store-writer"}
    meter = Meter(tmp_path, lambda: names)
    record(tmp_path, 1000, {1: 100, 2: 900})
    meter.look()
    names[2] = "asyncio_0"
    record(tmp_path, 1090, {1: 110, 2: 30}, taken_back=7)
    found = meter.look()
    assert found is not None
    assert found.parts == {"main": 10, "documents": 30, "other": 50}
    assert found.taken_back == 7


def test_only_what_came_since_the_last_look_is_told(tmp_path: Path) -> None:
    meter = Meter(tmp_path, lambda: {1: "MainThread"})
    record(tmp_path, 500, {1: 500})
    first, second = meter.look(), meter.look()
    assert first is not None
    assert second is not None
    assert (dict(first.parts), dict(second.parts)) == ({"main": 500}, {})


def test_a_kernel_that_does_not_count_is_told_apart_from_one_that_counts_nothing(tmp_path: Path) -> None:
    assert Meter(tmp_path).look() is None


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_what_a_loop_s_own_threads_write_is_documents(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    with asyncio.Runner(loop_factory=loop) as runner:
        name = runner.run(asyncio.to_thread(lambda: threading.current_thread().name))
    assert part_of(name) == "documents"
