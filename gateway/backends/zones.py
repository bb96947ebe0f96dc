"""A time zone by its name, from the system's zone data."""

from __future__ import annotations

import logging
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_log = logging.getLogger(__name__)


def zone(name: str) -> tuple[tzinfo, str]:
    """The zone and what is wrong with it in words, empty when nothing is: without its data it is UTC, loudly."""
    if name == "UTC":
        return UTC, ""
    try:
        return ZoneInfo(name), ""
    except (ZoneInfoNotFoundError, ValueError, OSError):
        wrong = f"this machine has no data of the time zone {name}: days and quiet hours follow UTC (install tzdata)"
        _log.error(wrong)
        return UTC, wrong
