"""What may be chosen about the store."""

from __future__ import annotations

import msgspec

from ...core.metrics import Distribution


class StoreSettings(msgspec.Struct, frozen=True):
    """Bounds of the store; the defaults suit a Raspberry Pi Zero 2."""

    waiting_limit: int = 8192
    """Changes (each started KiB of payload counts as one more) that may wait before publishers are slowed."""
    batch_limit: int = 4096
    """Submissions in one commit at most."""
    delay_s: float = 0.0
    """How long an acknowledgement of a reading may be held back so that others share its write; 0: not at all."""
    journal_bytes: int = 4 * 1024 * 1024
    """Size of each of the journal's two files."""
    settle_s: float = 900.0
    """How long changes may wait in the journal before they are settled into the database, together, …"""
    settle_changes: int = 4096
    """… or how many of them; more are settled …"""
    settle_at_once: int = 256
    """… this many at a time, as commits wait for it."""
    ballast_bytes: int = 8 * 1024 * 1024
    """Room kept so that on a full disk what was acknowledged can be settled."""
    chore_pause_s: float = 0.02
    """Between one little piece of what can wait and the next."""
    chores_s: float = 60.0
    """Between one look for what can be packed, rolled up or let go, and the next."""
    pack_after_s: float = 600.0
    """How long nothing came for a block before it becomes a chunk."""
    roll_after_s: float = 3600.0
    """How long a day (UTC) is over before it is rolled up."""
    raw_days: int = 730
    """Readings are kept this long, then only their rollups …"""
    minute_days: int = 3650
    """… by minute for so long (never shorter than readings), by hour and by day for ever."""
    max_bytes: int = 4096 * 1024 * 1024
    """A larger database lets its oldest readings go early; 0: never."""
    checkpoint_pages: int = 8192
    """Pages of 1 KiB in the write-ahead log before they are moved into the database."""
    quarantine_rows: int = 2000
    quarantine_bytes: int = 32 * 1024 * 1024
    audit_rows: int = 20_000
    event_rows: int = 50_000
    command_rows: int = 20_000
    """Commands without an end are kept whatever their number."""
    decision_rows: int = 50_000
    override_rows: int = 10_000
    """What people wanted instead; what teaches no more makes room first."""
    episode_rows: int = 10_000
    """The oldest that are over and that nobody has judged make room first."""
    firing_rows: int = 50_000
    """Of rules; the oldest that have an outcome make room first."""
    timer_rows: int = 10_000
    """That have ended; the oldest go first, armed ones never."""
    tape_rows: int = 200_000
    """Of what rules heard, for replays; the oldest go first, and those older than 60 days."""
    alert_rows: int = 20_000
    """That are over; the oldest go first."""
    delivery_rows: int = 20_000
    """Messages that have an end; the oldest go first."""
    said_rows: int = 5_000
    """Of the assistant's log; the oldest go first."""
    baseline_rows: int = 1000
    """Of all machines together; those that count no more make room first."""
    health_rows: int = 500_000
    """Indicators of machines, each on one day."""
    spare_bytes: int = 4 * 1024 * 1024
    """Room that must be back on a disk that was full before it is written to again."""


class StoreSnapshot(msgspec.Struct, frozen=True):
    """The store at one moment, for health and metrics."""

    healthy: bool
    failure: str
    """Why it is not healthy; empty when it is."""
    recovered: str
    """What was done about damaged files at the last start; empty when nothing was."""
    readings: int
    """Committed since the start."""
    duplicates: int
    """Readings that were there already, and ignored."""
    commits: int
    commit_ms: float
    """How long the last commit took."""
    commit_s: Distribution
    """How long all of them took."""
    waiting: int
    unsettled: int
    """Changes that only the journal has yet."""
    tidy: bool
    """There is no chore left to do."""
    disk_bytes: int
