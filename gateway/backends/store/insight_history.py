"""Reading episodes, baselines and the days of health back, as functions of a connection; run by the reader's thread.

A damaged page may hold anything: what is none is left out, loudly.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import TypeVar

import msgspec

from ...core.insight import Baseline, Episode
from ...core.ports.insight import BaselineKept, EpisodeKept, HealthKept, baseline_of, episode_of

EVER = -(1 << 63), (1 << 63) - 1
"""From and to when nobody says so."""
_COLUMNS = """
SELECT id, asset, device, metric, nature, opened_ms, seen_ms, closed_ms, score, need, reason, signals, model,
    correlation, simulated, verdict, judged_by, judged_ms
FROM episodes"""
_OLDER = """
opened_ms < :to_ms AND (closed_ms IS NULL OR closed_ms >= :from_ms)
AND (:asset = '' OR asset = :asset) AND (:device = '' OR device = :device)
AND (:before = '' OR (opened_ms, number) < (SELECT opened_ms, number FROM episodes WHERE id = :before))
ORDER BY opened_ms DESC, number DESC LIMIT :limit"""
_LISTED = {
    "device": f"{_COLUMNS} WHERE device = :device AND {_OLDER}",
    "asset": f"{_COLUMNS} WHERE asset = :asset AND {_OLDER}",
    "": f"{_COLUMNS} WHERE {_OLDER}",
}
_OPEN = f"{_COLUMNS} WHERE closed_ms IS NULL AND {_OLDER}"
_CAUSED = f"""{_COLUMNS}
WHERE correlation = :correlation AND correlation <> '' AND (NOT :open OR closed_ms IS NULL) AND {_OLDER}"""
_ONE = f"{_COLUMNS} WHERE id = ?"
_JUDGED = f"{_COLUMNS} WHERE verdict <> '' OR closed_ms IS NULL OR opened_ms >= ? ORDER BY opened_ms, number"
_BASELINES = """
SELECT id, asset, state, from_ms, to_ms, who, asked_ms, frozen_ms, channels, rows, digest, detail, frozen, lost
FROM baselines WHERE (?1 = '' OR asset = ?1) ORDER BY asked_ms DESC, number DESC"""
_HEALTH = "SELECT asset, recipe, day, value FROM health WHERE (?1 = '' OR asset = ?1) ORDER BY day, asset, recipe"
_SIMULATED = 14
UNREADABLE = (msgspec.MsgspecError, UnicodeError, KeyError, ValueError)
"""What reading a row raises that a damaged page made."""
_Row = tuple[object, ...]
_Meant = TypeVar("_Meant")
_log = logging.getLogger(__name__)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which episodes."""

    asset: str = ""
    device: str = ""
    from_ms: int | None = None
    to_ms: int | None = None
    open_only: bool = False
    limit: int = 100
    before: str = ""
    correlation: str = ""


def episodes(connection: sqlite3.Connection, wanted: Wanted) -> list[Episode]:
    """Newest opened first; `before`: only those older than the episode of this id (none, when it is not known)."""
    if wanted.correlation:
        sql = _CAUSED
    elif wanted.open_only:
        sql = _OPEN
    else:
        sql = _LISTED["device" if wanted.device else "asset" if wanted.asset else ""]
    said = {
        "asset": wanted.asset,
        "device": wanted.device,
        "from_ms": EVER[0] if wanted.from_ms is None else max(wanted.from_ms, EVER[0]),
        "to_ms": EVER[1] if wanted.to_ms is None else min(wanted.to_ms, EVER[1]),
        "limit": wanted.limit,
        "before": wanted.before,
        "correlation": wanted.correlation,
        "open": wanted.open_only,
    }
    return meant(connection.execute(sql, said), _episode)


def episode(connection: sqlite3.Connection, episode_id: str) -> Episode | None:
    """None: there is none of this id (any more)."""
    found = meant(connection.execute(_ONE, (episode_id,)), _episode)
    return found[0] if found else None


def judged(connection: sqlite3.Connection, since_ms: int) -> list[Episode]:
    """With a verdict, or open, or opened since; oldest first."""
    return meant(connection.execute(_JUDGED, (since_ms,)), _episode)


def baselines(connection: sqlite3.Connection, asset: str) -> list[Baseline]:
    """Newest asked for first; of one asset, or of every one."""
    return meant(connection.execute(_BASELINES, (asset,)), _baseline)


def health(connection: sqlite3.Connection, asset: str) -> list[HealthKept]:
    """By day; of one asset, or of every one."""
    return meant(connection.execute(_HEALTH, (asset,)), lambda row: HealthKept(*row))  # type: ignore[arg-type]


def is_whole(frozen: bytes, digest: str) -> bool:
    """Whether these are the bytes that were frozen."""
    return sha256(frozen).hexdigest() == digest if frozen else not digest


def _episode(row: _Row) -> Episode:
    kept = (*row[:_SIMULATED], bool(row[_SIMULATED]), *row[_SIMULATED + 1 :])
    return episode_of(EpisodeKept(*kept))  # type: ignore[arg-type]  # STRICT tables: the columns are of their types


def _baseline(row: _Row) -> Baseline:
    baseline = baseline_of(BaselineKept(*row))  # type: ignore[arg-type]  # as above
    if not is_whole(baseline.frozen, baseline.digest):
        raise ValueError("what was frozen is not what it was")
    return baseline


def meant(rows: Iterable[_Row], read: Callable[[_Row], _Meant]) -> list[_Meant]:
    """What rows say; those that cannot be read are told and left out."""
    found = []
    for row in rows:
        try:
            found.append(read(row))
        except UNREADABLE as error:
            _log.error("what is stored of %s cannot be read: %s", row[:2], error)
    return found
