"""The machine below: room on the disk, what is written to it, memory, heat."""

from __future__ import annotations

from ..core.metrics import MetricTable, gauge
from ..core.ports.machine import Machine

_YEAR_S = 365.25 * 86_400


def table(machine: Machine) -> MetricTable:
    """What is known is shown; what is not is left out."""
    space, wear, board = machine.space, machine.wear, machine.board
    written = [({"part": part}, float(count)) for part, count in wear.since_start.items()]
    today = [({"part": part}, float(count)) for part, count in wear.today.part_bytes.items()]
    years = wear.life.years
    known: dict[str, tuple[str, float | None]] = {
        "disk_size_bytes": ("Size of the data folder's file system", space.total_bytes),
        "disk_free_bytes": ("Room there for the gateway's user", space.free_bytes),
        "disk_written_per_day_bytes": (
            "What the gateway writes on a day like those measured",
            wear.total_bytes_per_day,
        ),
        "disk_write_budget_bytes": ("What it may write a day; 0 is no limit", wear.budget_bytes_per_day),
        "disk_life_left_seconds": (
            "How long the card will last: an estimate",
            None if years is None else years * _YEAR_S,
        ),
        "machine_memory_bytes": ("Memory of the machine", board.memory_bytes),
        "machine_memory_available_bytes": ("Memory programs can still have", board.memory_available_bytes),
        "machine_temperature_celsius": ("Temperature of the processor", board.temperature_c),
        "machine_throttled": ("The firmware's bits of a Raspberry Pi: 0 undervoltage, 1 to 3 slowed", board.throttled),
    }
    rows = {f"gateway_{name}": gauge(text, value) for name, (text, value) in known.items() if value is not None}
    return rows | {
        "gateway_disk_written_bytes_total": ("counter", "Written since the start, by part", written),
        "gateway_disk_written_today_bytes": ("gauge", "Written since midnight, by part", today),
    }
