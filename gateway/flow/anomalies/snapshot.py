"""How noticing goes, for metrics."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ...core.insight import Nature
from ...core.metrics import Distribution


class AnomalySnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What is watched, how far it is behind, and what it costs, at one moment; counts are since the start."""

    series: int = 0
    """Watched."""
    ready: int = 0
    """Of these, learnt for long enough to be judged."""
    behind: int = 0
    """Devices whose readings are caught up from the history."""
    inbox: int = 0
    """Readings that wait."""
    dropped: int = 0
    """Readings that did not fit and were read from the history later."""
    steps: int = 0
    """Points that series were judged by."""
    step_s: Distribution
    """How long each took."""
    state_bytes: int = 0
    """Size of what was learnt, when it was last kept."""
    opened: Mapping[Nature, int] = {}
    """Episodes."""
