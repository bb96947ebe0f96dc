"""Writing episodes, the baselines of machines and the days of their health: collected, then few statements.

All of it is keyed and the last word counts, so that changes may come again in their order and end the same.
"""

from __future__ import annotations

import sqlite3

import msgspec

from ...core.insight import BASELINE_STATES, BaselineState
from ...core.ports.insight import BaselineKept, EpisodeKept, HealthKept
from ...core.ports.store import NotesDated
from .rows import insert
from .settings import StoreSettings

BASELINES = 5
"""Kept of one machine."""
HEALTH_DAYS = 2000
"""Kept of one machine."""
_EPISODES = """episodes
(id, asset, device, metric, nature, opened_ms, seen_ms, closed_ms, score, need, reason, signals, model, correlation,
simulated, verdict, judged_by, judged_ms)"""
_LAST_WORD = """ON CONFLICT (id) DO UPDATE SET asset = excluded.asset, device = excluded.device,
metric = excluded.metric, nature = excluded.nature, opened_ms = excluded.opened_ms, seen_ms = excluded.seen_ms,
closed_ms = excluded.closed_ms, score = excluded.score, need = excluded.need, reason = excluded.reason,
signals = excluded.signals, model = excluded.model, correlation = excluded.correlation,
simulated = excluded.simulated, verdict = excluded.verdict, judged_by = excluded.judged_by,
judged_ms = excluded.judged_ms"""
_LEAST = """
DELETE FROM episodes WHERE number IN (
    SELECT number FROM episodes ORDER BY closed_ms IS NULL, verdict <> '', opened_ms, number LIMIT ?)"""
_BASELINES = """baselines
(id, asset, state, from_ms, to_ms, who, asked_ms, frozen_ms, channels, rows, digest, detail, frozen,
lost)"""
_OF_THE_FROZEN = ("from_ms", "to_ms", "frozen_ms", "channels", "rows", "digest", "frozen")
"""What a frozen baseline is, and is made of: no later word changes it."""
_UNFROZEN = ", ".join(
    f"{name} = iif(length(baselines.frozen) > 0, baselines.{name}, excluded.{name})" for name in _OF_THE_FROZEN
)
_STATE = f"""ON CONFLICT (id) DO UPDATE SET state = excluded.state, detail = excluded.detail, lost = excluded.lost,
{_UNFROZEN}"""
_COUNT = (BASELINE_STATES[BaselineState.COLLECTING], BASELINE_STATES[BaselineState.FROZEN])
_FIRST = f"state IN {_COUNT} DESC, asked_ms DESC, number DESC"
_SUPERSEDED = f"""
DELETE FROM baselines WHERE number IN (
    SELECT number FROM (
        SELECT number, row_number() OVER (PARTITION BY asset ORDER BY {_FIRST}) AS of_asset,
            row_number() OVER (ORDER BY {_FIRST}) AS of_all
        FROM baselines)
    WHERE of_asset > {BASELINES} OR of_all > ?)"""  # noqa: S608 - our own numbers and names
_HEALTH = "health (asset, recipe, day, value)"
_SAID_AGAIN = "ON CONFLICT (asset, recipe, day) DO UPDATE SET value = excluded.value"
_OLD_DAYS = f"""
DELETE FROM health WHERE asset = ?1 AND day <= (
    SELECT day FROM (SELECT DISTINCT day FROM health WHERE asset = ?1) ORDER BY day DESC LIMIT 1 OFFSET {HEALTH_DAYS})
"""  # noqa: S608 - our own number
_OLDEST_DAYS = """
DELETE FROM health WHERE (asset, recipe, day) IN (SELECT asset, recipe, day FROM health ORDER BY day LIMIT ?)"""
_DATED = (
    "UPDATE episodes SET opened_ms = opened_ms + ?1 WHERE opened_ms BETWEEN ?2 AND ?3",
    "UPDATE episodes SET seen_ms = seen_ms + ?1 WHERE seen_ms BETWEEN ?2 AND ?3",
    "UPDATE episodes SET closed_ms = closed_ms + ?1 WHERE closed_ms BETWEEN ?2 AND ?3",
    "UPDATE episodes SET judged_ms = judged_ms + ?1 WHERE judged_ms BETWEEN ?2 AND ?3",
    "UPDATE baselines SET asked_ms = asked_ms + ?1 WHERE asked_ms BETWEEN ?2 AND ?3",
    "UPDATE baselines SET frozen_ms = frozen_ms + ?1 WHERE frozen_ms BETWEEN ?2 AND ?3",
    "UPDATE baselines SET from_ms = from_ms + ?1, to_ms = to_ms + ?1 WHERE from_ms BETWEEN ?2 AND ?3",
)


class InsightRows:
    """The tables episodes, baselines and health, seen from the one connection that writes them."""

    def __init__(self, connection: sqlite3.Connection, settings: StoreSettings) -> None:
        self._connection = connection
        self._settings = settings
        self._episodes: dict[str, EpisodeKept] = {}
        self._baselines: list[BaselineKept] = []
        self._health: dict[tuple[str, str, int], HealthKept] = {}

    def episode(self, change: EpisodeKept) -> None:
        """An episode as it is now: the last word counts."""
        self._episodes[change.id] = change

    def baseline(self, change: BaselineKept) -> None:
        """Where a commissioning stands; once it is frozen, only its state, detail and what is lost of it change."""
        self._baselines.append(change)

    def health(self, change: HealthKept) -> None:
        """What an indicator was on a day; said again, it is another value."""
        self._health[change.asset, change.recipe, change.day] = change

    def erase(self, device: str) -> None:
        """Forget a device's episodes. Baselines and health are of the machine, not of what measures it."""
        self.flush()
        self._connection.execute("DELETE FROM episodes WHERE device = ?", (device,))

    def date(self, change: NotesDated) -> None:
        """Move what was written down while the clock was wrong; a commissioning's end moves with its beginning."""
        self.flush()
        for sql in _DATED:
            self._connection.execute(sql, (change.shift_ms, change.from_ms, change.to_ms))

    def flush(self) -> int:
        """Write what was collected. Returns about how many pages that changed."""
        pages = 3 * len(self._episodes) + 4 * len(self._baselines) + len(self._health)
        if self._episodes:
            self._write_episodes()
        if self._baselines:
            rows = [value for one in self._baselines for value in msgspec.structs.astuple(one)]
            insert(self._connection, _BASELINES, 14, rows, _STATE)
            self._connection.execute(_SUPERSEDED, (self._settings.baseline_rows,))
        if self._health:
            self._write_health()
        self.forget()
        return pages

    def forget(self) -> None:
        """The batch was rolled back."""
        self._episodes, self._baselines, self._health = {}, [], {}

    def _write_episodes(self) -> None:
        rows = [value for one in self._episodes.values() for value in msgspec.structs.astuple(one)]
        insert(self._connection, _EPISODES, 18, rows, _LAST_WORD)
        self._bound("episodes", self._settings.episode_rows, _LEAST)

    def _write_health(self) -> None:
        rows = [value for one in self._health.values() for value in msgspec.structs.astuple(one)]
        insert(self._connection, _HEALTH, 4, rows, _SAID_AGAIN)
        for asset in {asset for asset, _, _ in self._health}:
            self._connection.execute(_OLD_DAYS, (asset,))
        self._bound("health", self._settings.health_rows, _OLDEST_DAYS)

    def _bound(self, table: str, limit: int, make_room: str) -> None:
        # Counted each time: there are a few of them a day.
        count: int = self._connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - a constant
        if count > limit:
            self._connection.execute(make_room, (count - limit + limit // 20,))
