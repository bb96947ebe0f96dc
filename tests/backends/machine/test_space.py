"""Room on the disk, on a real file system that is soon full."""

from __future__ import annotations

from pathlib import Path

from gateway.backends.machine.space import SpaceWatch, StoreWatch, space, tight
from gateway.core.errors import StoreError, StoreFull
from gateway.core.ports.machine import Space
from tests.backends.small_disk import fill, small_disk
from tests.fakes import FixedClock


def test_a_disk_that_fills_is_told_once_and_again_when_there_is_room(tmp_path: Path) -> None:
    events: list[str] = []
    with small_disk(tmp_path / "small", 4096) as disk:
        watch = SpaceWatch(disk, 500, lambda kind, reason: events.append(f"{kind}: {reason}"))
        watch.look()
        assert (watch.complaint(), events) == ("", [])
        filler = fill(disk)
        watch.look()
        watch.look()
        assert events == ["disk.low: only 0 B of 4.2 MB are free on the disk"]
        assert "make room" in watch.complaint()
        filler.unlink()
        watch.look()
        assert watch.complaint() == ""
        assert [event.split(":")[0] for event in events] == ["disk.low", "disk.roomy"]


def test_a_small_disk_warns_at_a_tenth_and_a_large_one_at_the_option(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", 4096) as disk:
        assert space(disk, 500).warn_below_bytes == 4096 * 1024 // 10
        assert space(disk, 0.1).warn_below_bytes == 100_000


def test_a_little_more_room_than_the_level_is_not_yet_all_clear() -> None:
    found = Space(total_bytes=10**10, free_bytes=550_000_000, warn_below_bytes=500_000_000)
    assert tight(found) == ""
    assert tight(found, 1.2) == "only 550 MB of 10 GB are free on the disk"


def test_a_disk_that_takes_no_more_files_is_full_too() -> None:
    found = Space(total_bytes=10**10, free_bytes=10**9, warn_below_bytes=1, free_files_pct=0.5)
    assert tight(found) == "the disk has room for only 0.5 % more files"


def test_a_full_store_is_told_and_how_long_it_lasted() -> None:
    events: list[tuple[str, str]] = []
    failure: list[StoreError | None] = [StoreFull("no room left on /data")]
    clock = FixedClock()
    watch = StoreWatch(lambda: failure[0], lambda kind, reason: events.append((kind, reason)), clock)
    watch.changed(False)
    assert watch.complaint() == (
        "the disk is full: readings are neither kept nor acknowledged, nodes send them again when it works"
    )
    clock.advance(minutes=12)
    failure[0] = None
    watch.changed(True)
    assert watch.complaint() == ""
    assert [kind for kind, _ in events] == ["store.full", "store.works"]
    assert "after 12 min without" in events[1][1]


def test_a_failing_disk_is_not_called_full_and_its_name_is_not_told_to_everybody() -> None:
    events: list[str] = []
    watch = StoreWatch(
        lambda: StoreError("input/output error on /data/gateway.db"),
        lambda kind, reason: events.append(kind),
        FixedClock(),
    )
    watch.changed(False)
    assert events == ["store.failed"]
    assert "/data" not in watch.complaint()
