"""Days of writing: counted, kept over a restart, compared with the budget."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.backends.machine.volume import volume
from gateway.backends.machine.wear import Wear, WearSettings, kept_days
from gateway.backends.machine.written import Meter
from tests.fakes import FixedClock

from . import boards

SOMEWHERE = Path("/var/lib/gateway")
NAMES = {1: "MainThread", 2: "store-writer"}


class Recorded:
    """A board whose counters are set by hand, and the wear measured on it."""

    def __init__(self, folder: Path, *, counted: bool = True, **settings: float) -> None:
        self.root = folder / "board"
        self.path = folder / "wear.json"
        self.clock = FixedClock()
        self.events: list[tuple[str, str]] = []
        self.settings = WearSettings(**settings)
        self.seconds = 0.0
        self.disk = "" if self.root.exists() else boards.mmc(self.root)
        self.disk = self.disk or "sys/devices/platform/soc/3f202000.mmc/mmc_host/mmc0/mmc0:aaaa/block/mmcblk0"
        if counted:
            self.count(readings=0, main=0, sectors=2_000_000)
        self.wear = self.start()

    def start(self) -> Wear:
        """A gateway process begins: its counters do too."""
        return Wear(
            volume(SOMEWHERE, self.root), self.path, self.clock, self.day,
            lambda kind, reason: self.events.append((kind, reason)), self.settings,
            Meter(self.root, lambda: NAMES), lambda: self.seconds, self.root,
        )  # fmt: skip

    def day(self, time_ms: int) -> str:
        return datetime.fromtimestamp(time_ms / 1000, UTC).date().isoformat()

    def count(self, *, readings: int, main: int, sectors: int) -> None:
        boards.put(self.root, "proc/self/task/1/io", f"write_bytes: {main}\n")
        boards.put(self.root, "proc/self/task/2/io", f"write_bytes: {readings}\n")
        boards.put(self.root, "proc/self/io", f"write_bytes: {main + readings}\ncancelled_write_bytes: 0\n")
        boards.put(self.root, f"{self.disk}/stat", boards.stat_line(sectors))

    def passes(self, *, hours: float) -> None:
        self.seconds += hours * 3600
        self.clock.advance(minutes=hours * 60)


def test_a_day_s_bytes_by_part_become_a_rate_and_an_estimate(tmp_path: Path) -> None:
    board = Recorded(tmp_path)
    board.passes(hours=6)
    board.count(readings=200_000_000, main=10_000_000, sectors=2_000_000 + 500_000)
    board.wear.look()
    shown = board.wear.shown()
    assert shown.measured
    assert shown.today.part_bytes == {"readings": 200_000_000, "main": 10_000_000}
    assert shown.today.seconds == 6 * 3600
    assert shown.part_bytes_per_day == {"readings": 800_000_000, "main": 40_000_000}
    assert shown.total_bytes_per_day == 840_000_000
    assert shown.disk_bytes_per_day == 500_000 * 512 * 4
    assert shown.life.years == pytest.approx((32e9 * 300 / 4 - 12_345_678 * 1024) / 1_024_000_000 / 365.25, abs=0.01)


def test_the_first_half_hour_is_no_rate(tmp_path: Path) -> None:
    board = Recorded(tmp_path)
    board.passes(hours=0.4)
    board.count(readings=50_000_000, main=0, sectors=2_100_000)
    board.wear.look()
    shown = board.wear.shown()
    assert (shown.total_bytes_per_day, shown.part_bytes_per_day, shown.life.years) == (None, {}, None)


def test_what_a_start_writes_is_counted_but_is_no_rate(tmp_path: Path) -> None:
    board = Recorded(tmp_path)
    board.count(readings=8_000_000, main=400_000, sectors=2_000_000)
    board.wear = board.start()
    board.passes(hours=1)
    board.count(readings=9_000_000, main=400_000, sectors=2_000_000)
    board.wear.look()
    shown = board.wear.shown()
    assert shown.today.part_bytes == {"start": 8_400_000, "readings": 1_000_000}
    assert shown.since_start == shown.today.part_bytes
    assert (shown.total_bytes_per_day, shown.part_bytes_per_day) == (24_000_000, {"readings": 24_000_000})


async def test_days_survive_a_restart_and_the_kernel_s_counters_that_begin_again(tmp_path: Path) -> None:
    board = Recorded(tmp_path)
    board.passes(hours=10)
    board.count(readings=300, main=5, sectors=2_000_010)
    await board.wear.close()
    board.count(readings=0, main=0, sectors=50)
    board.wear = board.start()
    board.passes(hours=1)
    board.count(readings=40, main=0, sectors=60)
    board.wear.look()
    assert board.wear.shown().today.part_bytes == {"readings": 340, "main": 5}
    assert board.wear.shown().since_start == {"readings": 40}
    assert board.wear.shown().today.disk_bytes == 20 * 512
    assert board.wear.shown().today.seconds == 11 * 3600


async def test_a_new_day_begins_at_zero_and_two_weeks_are_kept(tmp_path: Path) -> None:
    board = Recorded(tmp_path)
    for number in range(1, 20):
        board.passes(hours=24)
        board.count(readings=number * 100, main=0, sectors=2_000_000 + number)
        board.wear.look()
    shown = board.wear.shown()
    assert shown.today.part_bytes == {"readings": 100}
    assert [day.day for day in shown.days] == [f"2026-01-{number:02}" for number in range(25, 11, -1)]
    await board.wear.close()
    assert board.path.stat().st_size < 4096
    assert [day.day for day in kept_days(board.path)][-1] == "2026-01-26"


async def test_keeping_the_figures_costs_one_small_write_an_hour(tmp_path: Path) -> None:
    board = Recorded(tmp_path)
    written: set[int] = set()
    for _ in range(120):
        board.passes(hours=1 / 60)
        board.wear.look()
        await board.wear.save_when_due()
        if board.path.exists():
            written.add(board.path.stat().st_ino)
    assert len(written) <= 2
    assert kept_days(board.path)
    await board.wear.close()


def test_a_budget_that_is_exceeded_is_told_once_a_day_with_who_wrote_most(tmp_path: Path) -> None:
    board = Recorded(tmp_path, budget_mb_per_day=100)
    board.count(readings=90_000_000, main=5_000_000, sectors=2_000_000)
    board.wear.look()
    assert (board.wear.complaint(), board.events) == ("", [])
    for more in (0, 10):
        board.count(readings=120_000_000 + more, main=5_000_000, sectors=2_000_000)
        board.wear.look()
    words = "125 MB were written to the disk today, more than the budget of 100 MB; most by readings (120 MB)"
    assert board.events == [("card.budget", words)]
    assert board.wear.complaint() == words
    board.passes(hours=24)
    board.wear.look()
    assert board.wear.complaint() == ""


async def test_a_restart_does_not_tell_the_same_day_s_budget_again(tmp_path: Path) -> None:
    board = Recorded(tmp_path, budget_mb_per_day=1)
    board.count(readings=2_000_000, main=0, sectors=2_000_000)
    await board.wear.close()
    board.count(readings=0, main=0, sectors=2_000_000)
    again = board.start()
    again.look()
    assert len(board.events) == 1
    assert again.complaint()


def test_no_budget_is_never_exceeded(tmp_path: Path) -> None:
    board = Recorded(tmp_path, budget_mb_per_day=0)
    board.count(readings=10**13, main=0, sectors=2_000_000)
    board.wear.look()
    assert board.wear.complaint() == ""


def test_a_kernel_that_does_not_count_is_said_to(tmp_path: Path) -> None:
    board = Recorded(tmp_path, counted=False)
    board.passes(hours=5)
    board.wear.look()
    assert not board.wear.shown().measured
    assert board.wear.shown().today.part_bytes == {}


@pytest.mark.parametrize("content", ["", "{", '{"days": 3}', "\0" * 300])
def test_a_torn_file_costs_the_figures_and_nothing_else(tmp_path: Path, content: str) -> None:
    (tmp_path / "wear.json").write_text(content)
    board = Recorded(tmp_path)
    board.wear.look()
    assert board.wear.shown().days == []


async def test_figures_that_cannot_be_kept_do_not_stop_anything(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    board = Recorded(tmp_path)
    board.path.mkdir()
    await board.wear.close()
    assert "not kept" in caplog.text
