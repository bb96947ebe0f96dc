"""Readings as a node sends them: one alone, or several in a batch."""

from __future__ import annotations

from ...core.codec import encode_telemetry
from ...core.messages import Sample
from .ledger import Entry


def payload(entries: list[Entry]) -> bytes:
    """The telemetry message of these readings, which may be of different boots."""
    readings = [encode_telemetry(_sample(entry)) for entry in entries]
    return readings[0] if len(readings) == 1 else b'{"readings":[%b]}' % b",".join(readings)


def _sample(entry: Entry) -> Sample:
    if entry.stamp_ms is not None:
        return Sample(entry.values, entry.stamp_ms, entry.boot, entry.seq)
    return Sample(entry.values, None, entry.boot, entry.seq, entry.uptime_ms)
