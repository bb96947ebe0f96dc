"""What people are told of a window besides its decisions: that it cannot be decided about, or on which guesses."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from ...core.window.moment import Missing
from ...core.window.words import fallback, is_told
from ..chronicle import Chronicle

BLIND, SEES, FALLBACK, FAILED = "window.blind", "window.sees", "window.fallback", "window.failed"
_LOG_MS = 60_000
_LASTS_MS = 60_000
"""What is missing for so long is missing."""
_log = logging.getLogger(__name__)


class Notes:
    """Each is told once: blindness by its episode, guesses by the day. `day` numbers the site's days."""

    def __init__(self, chronicle: Chronicle, clock: Callable[[], int], day: Callable[[int], int]) -> None:
        self._chronicle = chronicle
        self._clock = clock
        self._day = day
        self._blind: dict[str, int] = {}
        """When it was last logged, by window."""
        self._told: dict[str, tuple[int, set[frozenset[Missing]]]] = {}
        self._lacks: dict[str, tuple[frozenset[Missing], int]] = {}
        """What is missing, and since when, by window."""

    def blind(self, window: str, missing: Sequence[Missing], correlation: str = "") -> None:
        """Nothing is decided: there is no temperature. In the log at most once a minute."""
        reason = f"no temperature: {_why([one for one in missing if one.name == 'temperature'])}; nothing is decided"
        now_ms = self._clock()
        logged_ms = self._blind.get(window)
        if logged_ms is None:
            self._chronicle.note(BLIND, reason, window, "temperature", correlation)
        if logged_ms is None or not 0 <= now_ms - logged_ms < _LOG_MS:
            self._blind[window] = now_ms
            _log.warning("window %s: %s", window, reason)

    def sees(self, window: str) -> None:
        """There is a temperature."""
        if self._blind.pop(window, None) is not None:
            self._chronicle.note(SEES, "the temperature is back", window, "temperature")

    def guesses(self, window: str, missing: Sequence[Missing]) -> None:
        """What the decisions of the last minute take for granted because nobody measures it."""
        told = [one for one in missing if is_told(one) or one.name == "outdoor_temperature"]
        now_ms, names = self._clock(), frozenset(Missing(one.name, one.why) for one in told)
        known_names, since_ms = self._lacks.get(window, (frozenset(), now_ms))
        if names != known_names:
            since_ms = now_ms
        self._lacks[window] = names, since_ms
        # After a start not everybody has said a word yet.
        if not told or 0 <= now_ms - since_ms < _LASTS_MS:
            return
        day = self._day(now_ms)
        known_day, known = self._told.get(window, (day, set()))
        if known_day != day:
            known = set()
        self._told[window] = day, known
        if names not in known:
            known.add(names)
            self._chronicle.note(FALLBACK, "; ".join(fallback(one) for one in told), window)

    def failed(self, window: str, detail: str, correlation: str) -> None:
        """The node says that it could not."""
        self._chronicle.note(FAILED, detail or "the node gave no reason", window, correlation=correlation)

    def forget(self, window: str) -> None:
        """It is gone."""
        self._blind.pop(window, None)
        self._told.pop(window, None)
        self._lacks.pop(window, None)


def _why(missing: Sequence[Missing]) -> str:
    if not missing or missing[0].why == "unknown":
        return "nothing measures it"
    one = missing[0]
    return f"the newest is {one.detail}" if one.why == "stale" else f"it is doubtful ({one.detail})"
