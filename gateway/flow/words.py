"""How reasons are worded: durations instead of clock times, which may still change; others' words made safe."""

from __future__ import annotations

_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS
_DAY_MS = 24 * _HOUR_MS


def duration(ms: int) -> str:
    """`5 s`, `14 min`, `3 h 5 min`, `12 days`: two units at most, rounded down; hours tell nothing after a week."""
    if ms < _MINUTE_MS:
        return f"{max(ms, 0) // 1000} s"
    if ms < _HOUR_MS:
        return f"{ms // _MINUTE_MS} min"
    if ms < _DAY_MS:
        hours, minutes = ms // _HOUR_MS, ms % _HOUR_MS // _MINUTE_MS
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = ms // _DAY_MS, ms % _DAY_MS // _HOUR_MS
    named = "1 day" if days == 1 else f"{days} days"
    return f"{named} {hours} h" if hours and days < 7 else named


def line(text: str, limit: int = 400) -> str:
    """`text` as one bounded line: parts of it may come from a node, and terminals and logs show it."""
    safe = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text[: limit + 1])
    return safe if len(safe) <= limit else safe[: limit - 1] + "…"
