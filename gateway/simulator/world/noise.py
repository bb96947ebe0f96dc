"""Chance without state: the same seed and key always give the same number, in any order and on any machine."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

Key = str | int


def _digest(seed: int, keys: tuple[Key, ...], size: int) -> bytes:
    return blake2b(repr((seed, *keys)).encode(), digest_size=size).digest()


def chance(seed: int, *keys: Key) -> float:
    """A number in [0, 1), evenly spread."""
    return int.from_bytes(_digest(seed, keys, 6), "big") / 2**48


def normal(seed: int, *keys: Key) -> float:
    """A number with mean 0 and deviation 1, nearly normal and never beyond 4.9 (the sum of eight even ones)."""
    digest = _digest(seed, keys, 16)
    total = sum(int.from_bytes(digest[at : at + 2], "big") for at in range(0, 16, 2))
    return (total / 65535 - 4.0) * 1.224745


# The ends of a wander are asked for thousands of times in a row.
_kept_chance = lru_cache(maxsize=1024)(chance)


def drift(seed: int, name: str, time_ms: int, period_ms: int) -> float:
    """A smooth wander in [-1, 1] that finds a new direction every `period_ms`."""
    index, rest_ms = divmod(time_ms, period_ms)
    before = _kept_chance(seed, name, index)
    after = _kept_chance(seed, name, index + 1)
    part = rest_ms / period_ms
    return 2.0 * (before + (after - before) * part * part * (3.0 - 2.0 * part)) - 1.0
