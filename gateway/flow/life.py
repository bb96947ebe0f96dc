"""The gateway's own comings and goings, as events: started (and how the last run ended), stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from ..core.messages import Happened
from .chronicle import Chronicle
from .words import duration

STARTED, STOPPED = "gateway.started", "gateway.stopped"


class Life:
    """Notes the start and the end of a run.

    The event log itself is the marker: a start that no stop followed was killed. `boot` names the machine's boot, so
    that a power cut can be told from a killed process; it is the correlation id of both events.
    """

    def __init__(self, chronicle: Chronicle, clock: Callable[[], int], boot: str) -> None:
        self._chronicle = chronicle
        self._clock = clock
        self._cause = f"machine-{boot[:8]}" if boot else ""

    def started(self, last: Sequence[Happened]) -> None:
        """A run begins; `last` has the newest event of kind `gateway.` of earlier ones, if there is any."""
        self._chronicle.note(STARTED, self._after(last[0]) if last else "for the first time", correlation=self._cause)

    def stopped(self, error: BaseException | None) -> None:
        """The run ends in order, because it was asked to or because of `error`."""
        asked = error is None or isinstance(error, asyncio.CancelledError | KeyboardInterrupt | GeneratorExit)
        self._chronicle.note(STOPPED, "asked to stop" if asked else f"failed: {error!r}", correlation=self._cause)

    def _after(self, last: Happened) -> str:
        if last.kind == STOPPED:
            away_ms = self._clock() - last.time_ms
            return f"stopped {duration(away_ms)} ago ({last.reason})" if away_ms >= 0 else f"stopped ({last.reason})"
        if self._cause and last.correlation and last.correlation != self._cause:
            return "the machine lost its power or was reset while the gateway ran"
        return "the last run was killed"
