"""What follows when the gateway's clock is set, also when the disk is full just then."""

from __future__ import annotations

from pathlib import Path

from gateway.backends.clock import TimeFile
from gateway.core.errors import StoreError
from gateway.core.messages import Message
from gateway.core.ports.clock import Trust
from gateway.core.quality import Quality
from gateway.flow.timekeeper import SAVE_MS

from .gateway_model import Gateway, Machine, Memory, Shelf

START_MS = 1_790_000_000_000
HOUR_MS = 3_600_000


def blind(boot: str = "m1", now_ms: int = START_MS) -> Machine:
    return Machine(now_ms, error_ms=60_000 - now_ms, trust=Trust.NONE, boot=boot)


def test_everything_said_while_the_time_is_not_known_is_unsure_and_sure_afterwards() -> None:
    machine, shelf = blind(), Shelf()
    gateway = Gateway(machine, shelf, Memory())
    gateway.tell("node-1", {"boot": "b", "seq": 1, "uptime_ms": 5000, "t": 1})
    gateway.hear("sensor/node-1/t", b"2")
    gateway.tell("node-1", {"timestamp": START_MS, "t": 3})
    assert [reading.quality for reading in gateway.readings] == [{"t": Quality.TIME}, {"t": Quality.TIME}, {}]
    assert all(not taken.quality for taken in shelf.readings.values())
    machine.set_right()
    gateway.look()
    gateway.tell("node-1", {"boot": "b", "seq": 2, "uptime_ms": 5000, "t": 1})
    assert gateway.readings[-1].quality == {}
    assert gateway.readings[-1].time_ms == START_MS
    assert gateway.reasons("clock.unknown")


def test_what_a_full_disk_refused_is_said_again_until_it_is_taken() -> None:
    machine, shelf = blind(), Shelf()
    gateway = Gateway(machine, shelf, Memory())
    gateway.tell("node-1", {"boot": "b", "seq": 1, "uptime_ms": 5000, "t": 1})
    shelf.broken = StoreError("full")
    machine.set_right()
    gateway.look()
    gateway.tell("node-1", {"boot": "b", "seq": 2, "uptime_ms": 6000, "t": 1})
    shelf.broken = None
    gateway.look()
    gateway.look()
    assert set(shelf.dates().values()) == {START_MS}
    assert {boot.frame for boot in shelf.boots.values()} == {""}


def test_a_move_that_came_late_to_the_disk_moves_nothing_twice() -> None:
    shelf, memory = Shelf(), Memory()
    first = Gateway(blind(), shelf, memory)
    first.beat("node-1", "b", 10_000)
    first.hear("sensor/node-1/t", b"2")
    later = blind("m2", START_MS + HOUR_MS)
    second = Gateway(later, shelf, memory)
    shelf.broken = StoreError("full")
    second.beat("node-1", "b", 10_000 + HOUR_MS)
    shelf.broken = None
    second.hear("sensor/node-1/t", b"3")
    second.beat("node-1", "b", 10_000 + HOUR_MS)
    second.look()
    later.set_right()
    second.look()
    assert [time_ms for time_ms, _ in shelf.history("node-1")] == [START_MS, START_MS + HOUR_MS]


def test_a_wrong_battery_clock_that_is_set_right_re_dates_this_run_only() -> None:
    shelf, memory = Shelf(), Memory()
    before = Gateway(Machine(START_MS, boot="m0"), shelf, memory)
    before.tell("node-1", {"boot": "a", "seq": 1, "uptime_ms": 0, "t": 1})
    machine = Machine(START_MS + HOUR_MS, error_ms=7 * HOUR_MS, trust=Trust.KEPT, boot="m1")
    gateway = Gateway(machine, shelf, memory)
    gateway.tell("node-1", {"boot": "b", "seq": 1, "uptime_ms": 0, "t": 2})
    gateway.tell("node-1", {"boot": "c", "seq": 1, "timestamp": START_MS + HOUR_MS, "uptime_ms": 0, "t": 3})
    gateway.hear("sensor/node-2/t", b"4")
    machine.set_right()
    gateway.look()
    assert [time_ms for time_ms, _ in shelf.history("node-1")] == [START_MS, START_MS + HOUR_MS, START_MS + HOUR_MS]
    assert [time_ms for time_ms, _ in shelf.history("node-2")] == [START_MS + HOUR_MS]
    (reason,) = gateway.reasons("clock.set")
    assert reason.endswith("it was 7 h ahead; 2 boots of 2 devices were re-dated")
    assert not gateway.steps[0].learnt


def test_a_time_in_the_future_that_was_set_right_is_not_gone_on_from() -> None:
    shelf, memory = Shelf(), Memory()
    wrong = Machine(START_MS, error_ms=10**12, trust=Trust.KEPT, boot="m0")
    gateway = Gateway(wrong, shelf, memory)
    gateway.tell("node-1", {"timestamp": START_MS + 10**12, "t": 1})
    wrong.set_right()
    gateway.look()
    again = Gateway(blind("m1", START_MS + HOUR_MS), shelf, memory)
    assert START_MS <= again.keeper.now_ms() <= START_MS + HOUR_MS


def test_what_a_crystal_wandered_moves_the_time_and_no_date() -> None:
    shelf = Shelf()
    machine = Machine(START_MS)
    gateway = Gateway(machine, shelf, Memory())
    gateway.beat("node-1", "b", 0)
    gateway.tell("node-1", {"boot": "b", "seq": 1, "uptime_ms": 0, "t": 2})
    machine.now_ms += 100 * HOUR_MS
    machine.error_ms = 20_000
    gateway.look()
    assert gateway.keeper.now_ms() == machine.now_ms + 20_000
    assert list(shelf.dates().values()) == [START_MS]
    assert gateway.reasons("clock.set") == [
        "the machine's clock was set: it was 20 s behind; what is dated already stays"
    ]


def test_a_message_on_its_way_to_the_disk_is_announced_under_the_time_that_holds_then() -> None:
    machine, shelf = blind(), Shelf()
    gateway = Gateway(machine, shelf, Memory())
    taken = gateway.ingest.take(Message("node-1", "sensor/node-1/t", b"2", 1, False))
    machine.set_right()
    gateway.look()
    shelf.submit(taken.changes)
    gateway.ingest.committed(taken)
    assert [(reading.time_ms, reading.quality) for reading in gateway.readings] == [(START_MS, {})]


async def test_the_time_is_written_down_hourly_and_at_the_end(tmp_path: Path) -> None:
    memory = TimeFile(tmp_path / "clock.json")
    machine = blind()
    gateway = Gateway(machine, Shelf(), Memory())
    keeper = gateway.keeper
    keeper._memory = memory
    await keeper.close()
    first = memory.load()
    assert first is not None
    assert first.provisional
    machine.now_ms += SAVE_MS
    assert keeper._due()
    await keeper.close()
    again = memory.load()
    assert again is not None
    assert again.known_ms - first.known_ms == SAVE_MS


def test_it_names_the_boot_of_the_machine_through_which_the_steady_clock_runs_on() -> None:
    assert Gateway(Machine(START_MS, boot="m7"), Shelf(), Memory()).keeper.boot == "m7"
