"""What is wrong with a value, as the API names it."""

from __future__ import annotations

from functools import lru_cache

from ...core.quality import Quality


@lru_cache(maxsize=256)
def quality_names(bits: int) -> tuple[str, ...]:
    """`stuck`, `out_of_range`, … of the bits of `quality.Quality`; empty when nothing is wrong."""
    return tuple(bit.name.lower() for bit in Quality if bits & bit and bit.name)
